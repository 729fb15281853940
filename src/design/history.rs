//! What an adaptive design decided over time: the probability of the candidate from each instant on.

use crate::units::{SimTime, Span};

/// Shares in order of time; the first holds from the start of the world.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct History(Vec<(SimTime, f64)>);

impl History {
    /// One share from the start of the world on.
    pub(super) fn new(share: f64) -> Self {
        Self(vec![(SimTime::ZERO, share)])
    }

    /// From `now` on another share holds.
    pub(super) fn push(&mut self, now: SimTime, share: f64) {
        self.0.push((now, share));
    }

    fn at(&self, now: SimTime) -> usize {
        self.0.partition_point(|(start, _)| *start <= now) - 1
    }

    /// The latest share.
    pub(super) fn latest(&self) -> f64 {
        self.0[self.0.len() - 1].1
    }

    /// The share at `now`.
    pub(super) fn share(&self, now: SimTime) -> f64 {
        self.0[self.at(now)].1
    }

    /// The number of the stretch of time.
    pub(super) fn block(&self, now: SimTime) -> u32 {
        self.at(now) as u32
    }

    /// Since the share last might have changed.
    pub(super) fn since(&self, now: SimTime) -> Span {
        now.since(self.0[self.at(now)].0)
    }
}
