//! The teaching shapes: fixed, uniform and exponential lengths.

use super::cumulative::{Cumulative, Tails};
use super::problem::{LengthProblem, positive};

/// Every integer of `low..=high` equally often. A fixed length is the case `low == high`, and an atom is
/// one too.
pub(super) struct Uniform {
    low: u32,
    high: u32,
}

impl Uniform {
    pub(super) fn new(low: u32, high: u32) -> Result<Self, LengthProblem> {
        if low > high {
            return Err(LengthProblem::new("high", high, format!("at least low, which is {low}")));
        }
        Ok(Self { low, high })
    }
}

impl Cumulative for Uniform {
    fn tails(&self, tokens: u32) -> Tails {
        if tokens < self.low {
            return Tails::NONE_YET;
        }
        if tokens >= self.high {
            return Tails::ALL;
        }
        let count = f64::from(self.high - self.low) + 1.0;
        Tails {
            at_most: (f64::from(tokens - self.low) + 1.0) / count,
            above: f64::from(self.high - tokens) / count,
        }
    }

    fn support(&self) -> (u32, u32) {
        (self.low, self.high)
    }
}

/// Exponential lengths, rounded to the nearest integer.
pub(super) struct Exponential {
    mean: f64,
}

impl Exponential {
    pub(super) fn new(mean: f64) -> Result<Self, LengthProblem> {
        Ok(Self { mean: positive("mean", mean)? })
    }
}

impl Cumulative for Exponential {
    fn tails(&self, tokens: u32) -> Tails {
        let edge = (f64::from(tokens) + 0.5) / self.mean;
        Tails { at_most: -libm::expm1(-edge), above: libm::exp(-edge) }
    }
}
