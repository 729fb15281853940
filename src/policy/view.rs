//! What a policy may see. The output length of a request is not in here, and that is the point.

use crate::rng::Stream;
use crate::units::{ClassId, ClusterId, RegionId, ReplicaId, SimTime, Span, TierId, UserId};

/// A request as a gateway sees it when it decides.
#[derive(Clone, Copy, Debug)]
pub struct RequestView {
    /// When the decision is made: its arrival at the gateway.
    pub now: SimTime,
    /// Who sends it.
    pub user: UserId,
    /// What the user pays for.
    pub tier: TierId,
    /// Kind of traffic.
    pub class: ClassId,
    /// Where the user sits.
    pub region: RegionId,
    /// The cluster whose gateway took it in: the nearest one.
    pub home: ClusterId,
    /// Prompt tokens.
    pub prompt_tokens: u32,
    /// The longest answer that the client allows.
    pub max_output_tokens: u32,
    /// The request's own luck for random choices. Two policies meet the same draws.
    pub draws: Stream,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The serving replica.
    pub replica: ReplicaId,
    /// Its cluster.
    pub cluster: ClusterId,
}

/// KV blocks in use and in all. Ordered by the share in use, exactly.
#[derive(Clone, Copy, Debug, Default)]
pub struct KvLoad {
    /// Blocks in use, those of the iteration in flight included.
    pub used: u64,
    /// Blocks in all.
    pub capacity: u64,
}

impl KvLoad {
    /// Whether the share in use is at least `threshold`.
    #[must_use]
    pub fn reaches(self, threshold: f64) -> bool {
        self.used as f64 >= threshold * self.capacity as f64
    }
}

impl PartialEq for KvLoad {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for KvLoad {}

impl PartialOrd for KvLoad {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KvLoad {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.used * other.capacity).cmp(&(other.used * self.capacity))
    }
}

/// The fleet as a gateway sees it. Each signal is asked for with its staleness: zero reads the state as it is (the
/// gateway's own counters), Δ reads what the last scrape at a multiple of Δ found.
pub trait FleetView {
    /// Clusters in the fleet.
    fn clusters(&self) -> u16;

    /// The replicas of a cluster, as a range of replica numbers.
    fn replicas(&self, cluster: ClusterId) -> std::ops::Range<u32>;

    /// All clusters by distance from `cluster`, itself first; ties by number.
    fn by_distance(&self, cluster: ClusterId) -> &[ClusterId];

    /// Requests sent to a replica and not finished: in transit, waiting and running.
    fn outstanding(&mut self, replica: ReplicaId, staleness: Span) -> u32;

    /// Requests that wait at a replica.
    fn waiting(&mut self, replica: ReplicaId, staleness: Span) -> u32;

    /// KV blocks of a replica.
    fn kv_load(&mut self, replica: ReplicaId, staleness: Span) -> KvLoad;

    /// Whether what the request would reserve at a replica fits into its free KV blocks now, beside what those that wait there
    /// will reserve.
    fn has_room(&mut self, replica: ReplicaId, request: &RequestView) -> bool;
}

/// Sizes that a policy may need for its own state.
#[derive(Clone, Copy, Debug)]
pub struct PolicyContext {
    /// Clusters in the fleet.
    pub clusters: u16,
}
