//! Estimators: what an analyst computes from a log. They see arms, units and outcomes, never the truth or the world, so
//! they work the same on a log that came from production.
//!
//! All of them contrast the arms' ratios of sums over units; they differ in what a unit is and which rows count. A
//! newcomer adds an estimator as one file and its two lines here.

mod cluster_means;
mod difference_in_means;
pub mod sample;
mod switchback_blocks;
mod switchback_washout;
mod user_clustered;

pub use sample::{Arms, Contrast, Sample, Target};

use crate::design::Unit;
use crate::stats::NotEstimable;

/// One entry of the list of estimators.
#[derive(Clone, Copy)]
pub struct Estimator {
    /// Name in tables.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// The estimand that it aims at.
    pub estimand: &'static str,
    /// The randomised unit that it is made for.
    pub unit: Unit,
    /// Whether rows within the washout after a switch are left out.
    pub leaves_out_washout: bool,
    /// The arms' statistics, and the inference about their difference.
    pub estimate: fn(&Sample<'_>) -> Result<Contrast, NotEstimable>,
}

/// All estimators.
pub const ESTIMATORS: &[Estimator] = &[
    difference_in_means::ESTIMATOR,
    user_clustered::ESTIMATOR,
    cluster_means::ESTIMATOR,
    switchback_blocks::ESTIMATOR,
    switchback_washout::ESTIMATOR,
];

/// The estimators made for a randomised unit; the last one is the recommended.
pub fn estimators_for(unit: Unit) -> impl Iterator<Item = &'static Estimator> {
    ESTIMATORS.iter().filter(move |estimator| estimator.unit == unit)
}
