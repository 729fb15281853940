//! Continuous batching: n sequences advance together, one token each per iteration of α + β·n seconds.

use super::birth_death::{BirthDeath, expectation, stationary};

/// One replica.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replica {
    /// Fixed part of an iteration, in seconds.
    pub alpha_s: f64,
    /// Part of an iteration per sequence, in seconds.
    pub beta_s: f64,
    /// Most sequences at once; a request beyond them is turned away.
    pub batch: u32,
}

/// What the replica does in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Mean number of sequences.
    pub mean_number: f64,
    /// Probability that a request is turned away.
    pub rejected: f64,
    /// Mean seconds for one token of an admitted request.
    pub token_s: f64,
}

impl Replica {
    /// Tokens per second with n sequences: n/(α + β·n).
    #[must_use]
    pub fn tokens_per_s(&self, n: f64) -> f64 {
        n / (self.alpha_s + self.beta_s * n)
    }

    /// The load under `per_s` Poisson requests of `tokens` on average; the law of the tokens does not matter.
    /// A request of x tokens stays x·E N/(admitted rate·mean tokens) seconds on average.
    #[must_use]
    pub fn load(&self, per_s: f64, tokens: f64) -> Load {
        let law = stationary(&BirthDeath::new(self.batch, |_| per_s, |n| self.tokens_per_s(n) / tokens));
        let mean_number = expectation(&law, |n| n);
        let rejected = law.last().copied().unwrap_or(0.0);
        Load { mean_number, rejected, token_s: mean_number / (per_s * (1.0 - rejected) * tokens) }
    }
}
