//! Assignment mechanisms: who gets which arm, drawn by stable hashing under the design's own key.
//!
//! A design knows units, clusters and time; it never sees the world. A newcomer adds a design as one file and its two
//! lines here.

mod bandit;
mod canary;
mod capacity_split;
mod cluster;
mod cluster_switchback;
mod coins;
mod constant;
mod counts;
mod experiment_of_experiments;
mod gate;
mod history;
mod minimax;
mod orders;
mod request;
mod saturation;
mod shadow;
mod switchback;
mod timetable;
mod user;
mod user_by_pool;

pub use coins::share_of;
pub use constant::Constant;
pub use minimax::{minimax_points, minimax_risk};
pub use orders::Order;

use std::ops::Range;

use crate::policy::Scope;
use crate::record::Reading;
use crate::rng::{Family, Purpose, Streams, name_key};
use crate::settings::Section;
use crate::units::{ArmId, ClusterId, SimTime, Span};
use crate::workload::Request;

/// The control's arm.
pub const CONTROL: ArmId = ArmId(0);

/// The candidate's arm in a world that compares two policies.
pub const CANDIDATE: ArmId = ArmId(1);

/// What a design randomises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: one arm for all.
    World,
    /// Each request.
    Request,
    /// Each user.
    User,
    /// Each cluster.
    Cluster,
    /// Each block of time, for the whole fleet.
    Block,
    /// Each user, against a share that changes with time: a user may meet first one arm and then the other.
    UserRamp,
    /// Each block of time of each cluster.
    ClusterBlock,
    /// A share for each cluster, and coins within it. Inference counts clusters.
    Saturation,
    /// Users and clusters, each by itself. All requests of a user have one home, and so one arm.
    UserByCluster,
    /// Requests in half of the clusters; in the other half clusters or blocks of time. A user or a batch may meet both arms.
    Halves,
}

impl Unit {
    /// The unit as a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::World => "world",
            Self::Request => "request",
            Self::User => "user",
            Self::Cluster => "cluster",
            Self::Block => "block",
            Self::UserRamp => "user_ramp",
            Self::ClusterBlock => "cluster_block",
            Self::Saturation => "saturation",
            Self::UserByCluster => "user_by_cluster",
            Self::Halves => "halves",
        }
    }

    /// The coarsest scope that the unit can hold apart.
    #[must_use]
    pub const fn separates(self) -> Scope {
        match self {
            Self::Request | Self::Saturation | Self::Halves => Scope::Request,
            Self::User | Self::UserRamp | Self::UserByCluster => Scope::User,
            Self::World | Self::Cluster | Self::Block | Self::ClusterBlock => Scope::Cluster,
        }
    }
}

/// What a design needs to know of the fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetFacts {
    /// Name and attributes of each cluster.
    pub clusters: Vec<(String, Vec<(String, String)>)>,
    /// Replicas of each cluster.
    pub replicas: Vec<u32>,
    /// End of the measured time.
    pub horizon: SimTime,
    /// Start of the measured time.
    pub warm_up: SimTime,
    /// Time of day at which the world starts, in seconds since midnight of a Monday.
    pub start_of_day_s: f64,
}

impl FleetFacts {
    /// The value of an attribute of a cluster.
    #[must_use]
    pub fn attribute(&self, cluster: usize, name: &str) -> Option<&str> {
        self.clusters[cluster].1.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How the units hang together, which the analysis must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Structure {
    /// Units were randomised independently or completely.
    Plain,
    /// Units were randomised within strata: the stratum of each unit.
    Strata(Vec<u32>),
    /// One unit of each pair was treated: the pair of each unit.
    Pairs(Vec<u32>),
    /// Every other unit was treated: two assignments exist, so there is nothing to compare with, and no test.
    Alternating,
}

/// One draw of a design: arms for everything that may come. What a design remembers of a world (what an adaptive one has
/// learned, and the probabilities with which it decided) lies in here, so that it can be asked afterwards.
pub trait Assignment: Sync {
    /// The same draws with the memory of a new world.
    fn fresh(&self) -> Box<dyn Assignment>;

    /// What was randomised.
    fn unit(&self) -> Unit;

    /// The arm of a request whose home is `home`. The world asks once for each request, in order of arrival.
    fn arm(&mut self, request: &Request, home: ClusterId) -> ArmId;

    /// Whether it decides by what became of earlier requests, so that ends must reach it in order of time.
    fn learns(&self) -> bool {
        false
    }

    /// A request has ended at `finished`: what a gateway knows of it by then. Calls come in order of time, before the next
    /// decision; only where it [`learns`](Self::learns).
    fn learn(&mut self, _reading: &Reading<'_>, _finished: SimTime) {}

    /// The arm whose batching rules the replicas of `cluster` at `now`: the control where arms share the hardware.
    fn cluster_arm(&self, _cluster: ClusterId, _now: SimTime) -> ArmId {
        CONTROL
    }

    /// Instants at which `cluster_arm` may change, in order.
    fn flips(&self) -> &[SimTime] {
        &[]
    }

    /// The number of the unit that a request belongs to; `None` when it belongs to none (outside all blocks).
    fn unit_of(&self, request: &Request, home: ClusterId) -> Option<u32>;

    /// The number of the unit and its arm that hold the hardware of `cluster` at `now`; `None` where arms share it.
    fn unit_of_hardware(&self, _cluster: ClusterId, _now: SimTime) -> Option<(u32, ArmId)> {
        None
    }

    /// Whether `now` is within the washout after a switch.
    fn in_washout(&self, _now: SimTime) -> bool {
        false
    }

    /// How the units hang together.
    fn structure(&self) -> Structure {
        Structure::Plain
    }

    /// The exact probability with which a request was given the candidate: over all draws of the design; given the share of its
    /// cluster where shares were drawn first; given the past where the design learned from it.
    fn propensity(&self, request: &Request, home: ClusterId) -> f64;

    /// The share of candidates that a request's cluster was given, where clusters were given shares.
    fn saturation(&self, _request: &Request, _home: ClusterId) -> Option<f64> {
        None
    }

    /// The number of the block of time at a cluster, in designs that switch.
    fn block(&self, _cluster: ClusterId, _now: SimTime) -> Option<u32> {
        None
    }

    /// The blocks of time of a cluster, in designs that switch: one after the other they fill the measured time. The steps of a
    /// ramp or bandit are none of them, since both arms decide in each.
    fn blocks(&self, _cluster: ClusterId) -> Vec<BlockOfTime> {
        Vec::new()
    }

    /// Time since the last instant at which a cluster might have switched, in designs that switch.
    fn since_switch(&self, _cluster: ClusterId, _now: SimTime) -> Option<Span> {
        None
    }

    /// Which experiment a request is part of, where several run side by side: 0, or 1 for that of coarser units.
    fn part(&self, _request: &Request, _home: ClusterId) -> u8 {
        0
    }

    /// The coins of a request's user and of its home cluster, where both must be heads.
    fn factors(&self, _request: &Request, _home: ClusterId) -> Option<(bool, bool)> {
        None
    }

    /// Whether each unit got the candidate, by unit, where there is a list of them. Other draws of the same design
    /// ([`Design::assign`]) are what might have been drawn instead: that is randomisation inference.
    fn treated_units(&self) -> Option<Vec<bool>> {
        None
    }

    /// Whether each arm has replicas of its own.
    fn splits_capacity(&self) -> bool {
        false
    }

    /// The replicas among `all` those of `cluster` that serve an arm; asked where it [splits
    /// capacity](Self::splits_capacity).
    fn replicas(&self, _cluster: ClusterId, _arm: ArmId, all: Range<u32>) -> Range<u32> {
        all
    }

    /// Whether copies of some requests are sent to the candidate.
    fn shadows(&self) -> bool {
        false
    }

    /// Whether a copy of the request is sent to the candidate; asked where it [shadows](Self::shadows).
    fn mirrors(&self, _request: &Request) -> bool {
        false
    }
}

/// A stretch of time in which one arm decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockOfTime {
    /// When it begins.
    pub start: SimTime,
    /// When it ends.
    pub end: SimTime,
    /// Who decides.
    pub arm: ArmId,
    /// How much of its start is [washout](Assignment::in_washout).
    pub washout: Span,
}

/// The blocks of a fleet that switches as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockPlan {
    /// Length of what one coin decides.
    pub block: Span,
    /// Time after each instant at which the arm may change that an analysis may leave out.
    pub washout: Span,
    /// How arms follow each other.
    pub order: Order,
    /// Share of blocks with the candidate.
    pub share: f64,
}

/// A way to assign arms.
pub trait Design: Send + Sync {
    /// What it randomises.
    fn unit(&self) -> Unit;

    /// Whether its arms can differ on an axis of this scope.
    fn holds_apart(&self, scope: Scope) -> bool {
        scope <= self.unit().separates()
    }

    /// Its blocks of time, where the whole fleet switches as one.
    fn block_plan(&self) -> Option<BlockPlan> {
        None
    }

    /// Note settings that do not fit the fleet.
    fn check(&self, _facts: &FleetFacts, _section: &Section<'_>) {}

    /// Draw the assignment of one replication.
    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment>;
}

/// All designs.
pub const DESIGNS: &[crate::policy::Spec<dyn Design>] = &[
    request::SPEC,
    user::SPEC,
    cluster::SPEC,
    switchback::SPEC,
    saturation::SPEC,
    cluster_switchback::SPEC,
    capacity_split::SPEC,
    user_by_pool::SPEC,
    experiment_of_experiments::SPEC,
    canary::SPEC,
    shadow::SPEC,
    bandit::SPEC,
];

/// A design of the scenario.
pub struct NamedDesign {
    /// Its name; the kind where none is given.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// The mechanism.
    pub design: Box<dyn Design>,
}

impl std::fmt::Debug for NamedDesign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamedDesign").field("name", &self.name).field("kind", &self.kind).finish()
    }
}

impl NamedDesign {
    /// Draw the assignment of one replication, under the key of the design's own name.
    #[must_use]
    pub fn assign(&self, streams: Streams, facts: &FleetFacts) -> Box<dyn Assignment> {
        self.design.assign(streams.family(Purpose::Assignment).keyed(name_key(&self.name)), facts)
    }
}

/// The share of units that get the candidate.
fn read_share(section: &Section<'_>) -> f64 {
    section.number("share", Some(0.5), 0.001..=0.999)
}

/// `treated` of the units, chosen by the smallest keyed draws.
fn choose(draws: Family, keys: &[u64], treated: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|&unit| (draws.bits(keys[unit]), unit));
    let mut chosen = vec![false; keys.len()];
    for &unit in order.iter().take(treated) {
        chosen[unit] = true;
    }
    chosen
}

fn arm_of(treated: bool) -> ArmId {
    if treated { CANDIDATE } else { CONTROL }
}

#[cfg(test)]
mod tests;
