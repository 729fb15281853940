//! One server that arrivals join the less readily the longer its queue is (model of Li, Johari, Kuang and
//! Wager, arXiv 2302.12093; differences in Q of Farias et al., NeurIPS 2022).

use super::birth_death::{BirthDeath, expectation, stationary, value_steps};

/// The queue: a potential arrival that finds N joins with probability a·g(N), g(k) = 1/(1 + balk·k), and
/// never when it finds `room`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balking {
    /// Potential arrivals per unit of time.
    pub potential: f64,
    /// Service rate.
    pub mu: f64,
    /// How strongly a queue deters.
    pub balk: f64,
    /// Most in the system.
    pub room: u32,
}

impl Balking {
    /// g(k).
    #[must_use]
    pub fn readiness(&self, k: f64) -> f64 {
        if k < f64::from(self.room) { 1.0 / (1.0 + self.balk * k) } else { 0.0 }
    }

    /// The number in the system when arrivals join with probability `a`·g(N).
    #[must_use]
    pub fn chain(&self, a: f64) -> BirthDeath {
        BirthDeath::new(self.room, |k| self.potential * a * self.readiness(k), |_| self.mu)
    }

    /// Σ π_a(k)·g(k): how readily the average arrival joins when the system runs at `a`.
    #[must_use]
    pub fn mean_readiness(&self, a: f64) -> f64 {
        expectation(&stationary(&self.chain(a)), |k| self.readiness(k))
    }

    /// Mean number in the system at `a`.
    #[must_use]
    pub fn mean_number(&self, a: f64) -> f64 {
        expectation(&stationary(&self.chain(a)), |k| k)
    }

    /// dV/da of the joined share V(a) = a·Σ π g, by differences in Q: Σ π(k)·g(k)·(1 + h(k+1) − h(k)), where
    /// h counts the joins that one more in the system costs.
    #[must_use]
    pub fn joined_slope_by_values(&self, a: f64) -> f64 {
        let chain = self.chain(a);
        let steps = value_steps(&chain, |k| self.potential * a * self.readiness(k));
        self.weighted(&chain, |k| 1.0 + steps.get(k).copied().unwrap_or(0.0))
    }

    /// The same by the idle time: (mu/potential)·π(0)·Σ_{i<room} P(N > i)/a.
    #[must_use]
    pub fn joined_slope_by_idle_time(&self, a: f64) -> f64 {
        let law = stationary(&self.chain(a));
        self.mu / self.potential * law[0] * expectation(&law, |k| k) / a
    }

    /// d(mean number)/da by differences in Q: potential·Σ π(k)·g(k)·(h(k+1) − h(k)), where h counts time in
    /// the system.
    #[must_use]
    pub fn number_slope_by_values(&self, a: f64) -> f64 {
        let chain = self.chain(a);
        let steps = value_steps(&chain, |k| k);
        self.potential * self.weighted(&chain, |k| steps.get(k).copied().unwrap_or(0.0))
    }

    /// Σ π(k)·g(k)·value(k).
    fn weighted(&self, chain: &BirthDeath, value: impl Fn(usize) -> f64) -> f64 {
        let law = stationary(chain);
        law.iter().enumerate().map(|(k, weight)| weight * self.readiness(k as f64) * value(k)).sum()
    }
}
