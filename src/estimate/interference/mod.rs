//! Estimators that look at what a row does to the rows after it. Rows are in order of time and single requests were
//! randomised; what all of them find in a long log is the slope V′(p), which equals the launch effect only where V(p) is a
//! straight line.

pub(super) mod differences_in_neighbors;
pub(super) mod differences_in_q;
pub(super) mod differences_in_q_lstd;
pub(super) mod little_mix;
pub(super) mod truncated_policy_gradient;
mod values;
pub(super) mod weighted_direct_effect;

#[cfg(all(test, feature = "cli"))]
mod chain_tests;

use super::Sample;
use crate::settings::Section;
use crate::stats::NotEstimable;

/// ⌊T^{1/3}⌋ rows, the bandwidth for long logs of single requests (Johari, Peng and Xing, arXiv 2506.05308).
fn cube_root_lags(rows: usize) -> usize {
    libm::floor(libm::cbrt(rows as f64) + 1e-9) as usize
}

/// Reads `lags`, which is [`cube_root_lags`] where it is not given.
fn read_lags(section: &Section<'_>) -> Option<usize> {
    section.ignore(&["lags"]);
    section.has("lags").then(|| section.integer("lags", None, 0..=100_000) as usize)
}

/// Arm, probability and outcome of the rows that are looked at, in order of time.
struct Path {
    treated: Vec<bool>,
    /// Probability of the candidate: as logged, else the treated share of the rows.
    propensity: Vec<f64>,
    value: Vec<f64>,
    /// Positions of the rows in the log.
    rows: Vec<usize>,
}

impl Path {
    fn of(sample: &Sample<'_>) -> Result<Self, NotEstimable> {
        let rows: Vec<usize> = sample.rows().collect();
        let treated: Vec<bool> = rows.iter().map(|&row| sample.frame.treated[row]).collect();
        let share = treated.iter().filter(|treated| **treated).count() as f64 / treated.len().max(1) as f64;
        if share <= 0.0 || share >= 1.0 {
            return Err(NotEstimable::EmptyArm);
        }
        let propensity: Vec<f64> =
            rows.iter().map(|&row| sample.frame.propensity.get(row).copied().unwrap_or(share)).collect();
        if propensity.iter().any(|e| !(*e > 0.0 && *e < 1.0)) {
            return Err(NotEstimable::NoOverlap);
        }
        Ok(Self { treated, propensity, value: sample.values()?, rows })
    }

    /// (Z − e)/(e(1 − e)) of each row: its mean is zero and its product with an outcome is what treatment does to it.
    fn tilt(&self) -> Vec<f64> {
        let tilt = |(treated, e): (&bool, &f64)| if *treated { 1.0 / e } else { -1.0 / (1.0 - e) };
        self.treated.iter().zip(&self.propensity).map(tilt).collect()
    }
}
