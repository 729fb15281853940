//! Runs cases and sums the ladder up.

use super::{Bench, Case, Check, Verdict};
use crate::stats::Moments;

/// Run the parts of a case up to `tier`.
#[must_use]
pub fn run_case(case: &Case, tier: u8, bench: &Bench<'_>) -> Vec<Check> {
    let parts = case.parts.iter().filter(|part| part.tier <= tier);
    let mut checks: Vec<Check> = parts.flat_map(|part| (part.check)(bench)).collect();
    let (agreed, worlds) = bench.take_engines();
    if worlds > 0 {
        checks.push(Check::within("worlds equal under both engines", worlds as f64, agreed as f64, 0.0));
    }
    checks
}

/// The whole ladder in a few numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Comparisons.
    pub checks: usize,
    /// Those that do not pass.
    pub failed: usize,
    /// The z-scores of the simulated ones.
    pub z: Vec<f64>,
}

impl Summary {
    /// Count one more comparison.
    pub fn add(&mut self, check: &Check) {
        self.checks += 1;
        self.failed += usize::from(check.verdict() != Verdict::Pass);
        // An allowance in the comparison makes its score smaller than a standard normal.
        if !check.has_allowance() {
            self.z.extend(check.z());
        }
    }

    /// Mean and standard deviation of the z-scores; `None` under two of them.
    #[must_use]
    pub fn spread(&self) -> Option<(f64, f64)> {
        Moments::of(&self.z).ok().map(|moments| (moments.mean, moments.variance.sqrt()))
    }

    /// Share of z-scores beyond `limit` on either side.
    #[must_use]
    pub fn share_beyond(&self, limit: f64) -> f64 {
        self.z.iter().filter(|z| z.abs() > limit).count() as f64 / self.z.len().max(1) as f64
    }
}
