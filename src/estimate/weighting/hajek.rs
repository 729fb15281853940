//! Hájek's ratio: τ = ΣZY/e ÷ ΣZ/e − Σ(1 − Z)Y/(1 − e) ÷ Σ(1 − Z)/(1 − e). Levels drop out, at the price of a bias of order
//! 1/n. `target = "treated"` weighs controls by e/(1 − e) and treated rows alike: the effect on those who were treated.
//! Influence of a row: n·w(Y − µ_arm)/Σ w of its arm, with a minus sign for controls.

use super::{Weighed, difference_by_influence, weighted_mean};
use crate::design::Unit;
use crate::estimate::{Arms, Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
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
        let arm = |arm: bool| {
            let mut weights = weighed.weights(arm);
            if self.of_treated {
                weights.iter_mut().zip(&weighed.propensity).for_each(|(weight, e)| *weight *= e);
            }
            weighted_mean(&weights, &weighed.value)
        };
        let ((treated, gains), (control, losses)) = (arm(true)?, arm(false)?);
        let influence: Vec<f64> = gains.iter().zip(&losses).map(|(gain, loss)| gain - loss).collect();
        let difference = difference_by_influence(sample, &weighed.rows, treated - control, &influence)?;
        Ok(Contrast { arms: Some(Arms { treated, control }), difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
