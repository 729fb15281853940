//! Hájek's ratio: τ = ΣZY/e ÷ ΣZ/e − Σ(1 − Z)Y/(1 − e) ÷ Σ(1 − Z)/(1 − e). Levels drop out, at the price of a bias of order
//! 1/n. `target = "treated"` weighs controls by e/(1 − e) and treated rows alike: the effect on those who were treated.
//! The error is that of two weighted means ([`crate::stats::WeightedMean`]).

use super::{Weighed, difference_of_weighted_arms};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::NotEstimable;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "hajek",
    about: "as horvitz_thompson with weights that sum to one in each arm; `target` all rows or the treated",
    units: &[Unit::Request, Unit::User, Unit::Saturation, Unit::UserRamp],
    needs: &[Column::Propensity],
    uses: &[],
    basic: &[Unit::UserRamp],
    build: |section| {
        let treated = section.choice("target", Some("all"), &[("all", false), ("treated", true)]);
        Box::new(Hajek { of_treated: treated.unwrap_or(false) })
    },
};

struct Hajek {
    of_treated: bool,
}

impl Estimator for Hajek {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let weighed = Weighed::of(sample)?;
        let [control, treated] = [false, true].map(|arm| {
            let mut weights = weighed.weights(arm);
            if self.of_treated {
                weights.iter_mut().zip(&weighed.propensity).for_each(|(weight, e)| *weight *= e);
            }
            weights
        });
        let weight = |at: usize, arm: bool| if arm { treated[at] } else { control[at] };
        difference_of_weighted_arms(sample, &weighed.rows, &weighed.value, weight)
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
