//! Choices from a stream of draws.

use crate::rng::Stream;

/// A stream of draws and ways to choose with it.
#[derive(Clone, Copy)]
pub(super) struct Dice(pub(super) Stream);

impl Dice {
    /// A uniform number in (0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    /// One of the options, all equally likely.
    pub(super) fn pick<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.0.below(options.len() as u32) as usize]
    }

    /// A uniform number between two.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A number whose logarithm is uniform between those of two.
    pub(super) fn magnitude(&mut self, low: f64, high: f64) -> f64 {
        low * libm::pow(high / low, self.uniform())
    }

    /// A uniform whole number from `low` to `high`.
    pub(super) fn whole(&mut self, low: u32, high: u32) -> u32 {
        low + self.0.below(high - low + 1)
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }
}
