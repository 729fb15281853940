//! A named policy: one value for each axis, as a user could deploy it.

use super::admission::{ADMISSIONS, Admission};
use super::demand::{DEMANDS, Demand};
use super::family::{Scope, build};
use super::limiter::{LIMITERS, Limiter};
use super::priority::{PRIORITIES, Priority};
use super::router::{ROUTERS, Router};
use super::scheduler::{Batching, SCHEDULERS};
use crate::settings::Section;
use crate::units::Span;

/// The axes of a policy, each with the finest unit at which it can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Which replica serves.
    Router,
    /// Whether it is taken at all.
    Admission,
    /// How much a user may send.
    Limiter,
    /// How much is asked for.
    Demand,
    /// Who goes first in a replica's queue.
    Priority,
    /// How a replica forms batches.
    Scheduler,
}

impl Axis {
    /// All axes.
    pub const ALL: [Self; 6] =
        [Self::Router, Self::Admission, Self::Limiter, Self::Demand, Self::Priority, Self::Scheduler];

    /// The key in a scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Admission => "admission",
            Self::Limiter => "limiter",
            Self::Demand => "demand",
            Self::Priority => "priority",
            Self::Scheduler => "scheduler",
        }
    }

    /// The finest unit at which two values can stand side by side.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::Router | Self::Admission | Self::Demand | Self::Priority => Scope::Request,
            Self::Limiter => Scope::User,
            Self::Scheduler => Scope::Cluster,
        }
    }

    /// Why it cannot differ at a finer unit.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Router | Self::Admission | Self::Demand | Self::Priority => {
                "each request is decided on its own"
            }
            Self::Limiter => "an allowance belongs to a user: split requests would share or double it",
            Self::Scheduler => "all requests of a replica share one batch",
        }
    }
}

/// A named policy.
pub struct Policy {
    /// Its name in the scenario.
    pub name: String,
    /// Which replica serves.
    pub router: Box<dyn Router>,
    /// Whether a request is taken at all.
    pub admission: Box<dyn Admission>,
    /// How much a user may send.
    pub limiter: Box<dyn Limiter>,
    /// How much is asked for.
    pub demand: Demand,
    /// Who goes first.
    pub priority: Priority,
    /// How replicas form batches.
    pub batching: Batching,
    /// The settings of each axis with every default, to see on which axes two policies differ.
    settings: Vec<(Axis, Vec<(String, toml::Value)>)>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("name", &self.name).field("settings", &self.settings).finish()
    }
}

impl Policy {
    /// Read `[policy.name]`. `None` when an axis could not be read; the reader then holds the problem.
    #[must_use]
    pub fn read(name: &str, section: &Section<'_>) -> Option<Self> {
        let axis = |axis: Axis| section.table(axis.name());
        let router = build(&axis(Axis::Router), "round_robin", ROUTERS);
        let admission = build(&axis(Axis::Admission), "always", ADMISSIONS);
        let limiter = build(&axis(Axis::Limiter), "none", LIMITERS);
        let demand = build(&axis(Axis::Demand), "as_sent", DEMANDS);
        let priority = build(&axis(Axis::Priority), "equal", PRIORITIES);
        let scheduler = build(&axis(Axis::Scheduler), "chunked", SCHEDULERS);
        section.finish();
        let settings = Axis::ALL.iter().map(|&axis| (axis, section.resolved_under(axis.name()))).collect();
        Some(Self {
            name: name.to_owned(),
            router: router?,
            admission: admission?,
            limiter: limiter?,
            demand: demand?.demand(),
            priority: priority?.priority(),
            batching: scheduler?.batching(),
            settings,
        })
    }

    /// The settings of an axis, defaults included: keys below it and values.
    #[must_use]
    pub fn settings(&self, axis: Axis) -> &[(String, toml::Value)] {
        self.settings.iter().find(|(own, _)| *own == axis).map_or(&[], |(_, settings)| settings)
    }

    /// The axes on which this policy and `other` differ.
    #[must_use]
    pub fn differing_axes(&self, other: &Self) -> Vec<Axis> {
        let pairs = self.settings.iter().zip(&other.settings);
        pairs.filter(|(own, others)| own.1 != others.1).map(|(own, _)| own.0).collect()
    }

    /// Whether this policy and `other` have the same settings on `axis`.
    #[must_use]
    pub fn agrees_on(&self, axis: Axis, other: &Self) -> bool {
        !self.differing_axes(other).contains(&axis)
    }

    /// Age bounds of all scraped signals that the policy reads.
    #[must_use]
    pub fn scrapes(&self) -> Vec<Span> {
        let mut scrapes = self.router.scrapes();
        scrapes.extend(self.admission.scrapes());
        scrapes
    }
}
