//! Estimators that weigh rows by one over the probability of the arm they got. They repair unequal chances (a router that
//! treats short queues, a ramp, a bandit), not interference: their limit is the direct effect.

pub(super) mod adaptive_aipw;
pub(super) mod aipw;
pub(super) mod hajek;
pub(super) mod horvitz_thompson;
mod influence;
pub(super) mod overlap;
pub(super) mod post_stratified;

pub(super) use influence::{arm_name, named_lone_arm};
use influence::{difference_by_summands, difference_of_weighted_arms};

#[cfg(test)]
mod confounded_tests;

use super::Sample;
use crate::stats::NotEstimable;

/// Arm, probability and outcome of the rows that are looked at.
struct Weighed {
    treated: Vec<bool>,
    /// Probability of the candidate.
    propensity: Vec<f64>,
    value: Vec<f64>,
    rows: Vec<usize>,
}

impl Weighed {
    fn of(sample: &Sample<'_>) -> Result<Self, NotEstimable> {
        let rows: Vec<usize> = sample.rows().collect();
        let pick = |row: &usize| sample.frame.propensity[*row];
        let (treated, propensity): (Vec<bool>, Vec<f64>) =
            (rows.iter().map(|&row| sample.frame.treated[row]).collect(), rows.iter().map(pick).collect());
        if !treated.contains(&true) || !treated.contains(&false) {
            return Err(NotEstimable::EmptyArm);
        }
        // Whoever could be in one arm only has nobody to be compared with, in either arm.
        if !propensity.iter().all(|e| *e > 0.0 && *e < 1.0) {
            return Err(NotEstimable::NoOverlap);
        }
        Ok(Self { treated, propensity, value: sample.values()?, rows })
    }

    /// One over the probability of the arm that the row got, for rows of `arm`; zero for the others.
    fn weights(&self, arm: bool) -> Vec<f64> {
        let chance = |e: f64| if arm { e } else { 1.0 - e };
        self.treated
            .iter()
            .zip(&self.propensity)
            .map(|(own, e)| if *own == arm { 1.0 / chance(*e) } else { 0.0 })
            .collect()
    }
}
