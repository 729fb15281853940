//! Overlap weights (Li, Morgan and Zaslavsky, JASA 2018): treated rows weigh 1 − e, controls e. No weight exceeds one; the
//! effect is that on the rows that could have gone either way. `least_ess` refuses an answer where the effective sample size
//! (Σw)²/Σw² of an arm falls below that share of its rows.

use super::{Weighed, difference_of_weighted_arms};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::NotEstimable;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "ipw_overlap",
    about: "treated rows weigh 1 − e, controls e; `least_ess` refuses too few effective rows",
    units: &[Unit::Request, Unit::User, Unit::Saturation],
    needs: &[Column::Propensity],
    uses: &[],
    basic: &[],
    build: |section| Box::new(Overlap { least_ess: section.number("least_ess", Some(0.0), 0.0..=1.0) }),
};

struct Overlap {
    least_ess: f64,
}

/// (Σw)²/Σw²: as many rows of equal weight would be as precise (Kish 1965).
#[must_use]
pub fn effective_sample_size(weights: &[f64]) -> f64 {
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

impl Estimator for Overlap {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let weighed = Weighed::of(sample)?;
        let arm = |arm: bool| {
            let mut weights = weighed.weights(arm);
            weights.iter_mut().zip(&weighed.propensity).for_each(|(weight, e)| *weight *= e * (1.0 - e));
            let rows = weighed.treated.iter().filter(|own| **own == arm).count() as f64;
            if effective_sample_size(&weights) < self.least_ess * rows {
                return Err(NotEstimable::NoOverlap);
            }
            Ok(weights)
        };
        let (control, treated) = (arm(false)?, arm(true)?);
        let weight = |at: usize, arm: bool| if arm { treated[at] } else { control[at] };
        difference_of_weighted_arms(sample, &weighed.rows, &weighed.value, weight)
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_are_all_effective_and_one_large_weight_leaves_one_row() {
        assert!((effective_sample_size(&[0.3; 7]) - 7.0).abs() < 1e-14);
        assert!(effective_sample_size(&[1e9, 1.0, 1.0]) < 1.000_001 && effective_sample_size(&[]) == 0.0);
    }
}
