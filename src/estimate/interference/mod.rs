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
use crate::stats::{ColumnName, Difference, NotEstimable, SmallSample, difference_from, newey_west_mean};

/// With fewer rows the error, which sums covariances over a tenth of them and more, is not to be trusted.
const FEWEST_ROWS: usize = 100;

/// Rows that share an arm by chance do so this rarely: two to the power of minus this.
const CHANCE: usize = 10;

/// Whether arms change from request to request within every kind of group that was logged.
///
/// # Errors
/// `NotByRequest` with the column whose groups have one arm each.
fn by_request(sample: &Sample<'_>) -> Result<(), NotEstimable> {
    let frame = sample.frame;
    let columns: [(&str, &[u32]); 3] =
        [("unit", &frame.unit), ("cluster", &frame.cluster), ("block", &frame.block)];
    for (name, groups) in columns {
        let bound = groups.iter().max().map_or(0, |most| *most as usize + 1);
        // No row, control, treated, both.
        let mut seen = vec![0_u8; bound];
        for (&group, &treated) in groups.iter().zip(&frame.treated) {
            seen[group as usize] |= if treated { 2 } else { 1 };
        }
        let count = seen.iter().filter(|seen| **seen != 0).count();
        // One group of one arm is a log of one arm, which has a reason of its own.
        if count > 1 && groups.len() - count >= CHANCE && !seen.contains(&3) {
            return Err(NotEstimable::NotByRequest(ColumnName::new(name)));
        }
    }
    Ok(())
}

/// ⌊T^{1/3}⌋ rows, the bandwidth for long logs of single requests (Johari, Peng and Xing, arXiv 2506.05308).
fn cube_root_lags(rows: usize) -> usize {
    libm::floor(libm::cbrt(rows as f64) + 1e-9) as usize
}

/// Reads `lags`, which is [`cube_root_lags`] where it is not given.
fn read_lags(section: &Section<'_>) -> Option<usize> {
    section.ignore(&["lags"]);
    section.has("lags").then(|| section.integer("lags", None, 0..=100_000) as usize)
}

/// Arm, probability and outcome of the arrivals in order of time. One without an outcome keeps its place, since its arm acted on
/// those after it; its own outcome counts for nothing.
struct Path {
    treated: Vec<bool>,
    /// Probability of the candidate: as logged, else the treated share of the rows.
    propensity: Vec<f64>,
    value: Vec<f64>,
    /// Positions of the rows in the log.
    rows: Vec<usize>,
    /// How many of them have an outcome.
    recorded: usize,
}

impl Path {
    fn of(sample: &Sample<'_>) -> Result<Self, NotEstimable> {
        by_request(sample)?;
        let rows: Vec<usize> = sample.arrivals().collect();
        let recorded = rows.iter().filter(|row| sample.is_recorded(**row)).count();
        let treated: Vec<bool> = rows.iter().map(|&row| sample.frame.treated[row]).collect();
        let share = treated.iter().filter(|treated| **treated).count() as f64 / treated.len().max(1) as f64;
        if share <= 0.0 || share >= 1.0 {
            return Err(NotEstimable::EmptyArm);
        }
        if recorded < FEWEST_ROWS {
            return Err(NotEstimable::BelowMinimum(FEWEST_ROWS as u32));
        }
        let propensity: Vec<f64> =
            rows.iter().map(|&row| sample.frame.propensity.get(row).copied().unwrap_or(share)).collect();
        if propensity.iter().any(|e| !(*e > 0.0 && *e < 1.0)) {
            return Err(NotEstimable::NoOverlap);
        }
        Ok(Self { treated, propensity, value: sample.arrival_values()?, rows, recorded })
    }

    /// The mean of `terms`, one for each arrival or for the first of them, with the error that sums their covariances over
    /// `lags` rows; t with the arrivals that have an outcome, less one.
    fn mean_of(&self, terms: &[f64], lags: Option<usize>) -> Result<Difference, NotEstimable> {
        let lags = lags.unwrap_or_else(|| cube_root_lags(terms.len()));
        let found = newey_west_mean(terms, lags, SmallSample::Adjusted)?;
        let units = self.recorded.min(terms.len());
        difference_from(found.effect, found.std_error, units as f64 - 1.0, units, found.vcov)
    }

    /// (Z − e)/(e(1 − e)) of each row: its mean is zero and its product with an outcome is what treatment does to it.
    fn tilt(&self) -> Vec<f64> {
        let tilt = |(treated, e): (&bool, &f64)| if *treated { 1.0 / e } else { -1.0 / (1.0 - e) };
        self.treated.iter().zip(&self.propensity).map(tilt).collect()
    }
}
