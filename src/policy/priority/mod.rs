//! Priority: which requests go first in a replica's queue. Higher levels go first, first-in-first-out within a level.

mod by_tier;
mod equal;
mod fixed;

use super::Spec;

/// The priority level of a request. It has no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// The same level for all that this policy decides.
    Level(u8),
    /// The priority of the request's tier.
    Tier,
}

/// A priority rule as a family member.
pub trait PriorityRule: Send + Sync {
    /// The rule in the world's terms.
    fn priority(&self) -> Priority;
}

impl PriorityRule for Priority {
    fn priority(&self) -> Priority {
        *self
    }
}

/// All priority rules.
pub const PRIORITIES: &[Spec<dyn PriorityRule>] = &[equal::SPEC, fixed::SPEC, by_tier::SPEC];

impl Priority {
    /// The level of a request whose tier has priority `of_tier`.
    #[inline]
    #[must_use]
    pub const fn level(self, of_tier: u8) -> u8 {
        match self {
            Self::Level(level) => level,
            Self::Tier => of_tier,
        }
    }
}
