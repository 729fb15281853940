//! Horvitz and Thompson (JASA 1952): τ = (1/n)Σ[Z Y/e − (1 − Z)Y/(1 − e)]. Unbiased for the contrast at the interference that
//! happened, and noisy: it contrasts levels, so that the number of treated rows itself moves it. `centred` subtracts the mean
//! of all rows first. The error is that of the mean of the summands, with degrees of freedom from the units of both arms.

use super::{Weighed, difference_by_summands};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Point, Sample};
use crate::stats::{NotEstimable, mean};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "horvitz_thompson",
    about: "outcomes over the probability of their arm, over all rows; influence by unit",
    units: &[Unit::Request, Unit::User, Unit::Saturation],
    needs: &[Column::Propensity],
    uses: &[],
    basic: &[],
    build: |section| Box::new(HorvitzThompson { centred: section.flag("centred", false) }),
};

struct HorvitzThompson {
    centred: bool,
}

impl HorvitzThompson {
    fn terms(&self, weighed: &Weighed) -> Result<Vec<f64>, NotEstimable> {
        let level = if self.centred { mean(&weighed.value)? } else { 0.0 };
        let (treated, control) = (weighed.weights(true), weighed.weights(false));
        let weights = treated.iter().zip(&control).map(|(treated, control)| treated - control);
        Ok(weights.zip(&weighed.value).map(|(weight, y)| weight * (y - level)).collect())
    }
}

impl Estimator for HorvitzThompson {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let weighed = Weighed::of(sample)?;
        let terms = self.terms(&weighed)?;
        let effect = mean(&terms)?;
        difference_by_summands(sample, &weighed.rows, effect, &terms)
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        Ok(Point { effect: mean(&self.terms(&Weighed::of(sample)?)?)?, arms: None })
    }

    fn ignores_levels(&self) -> bool {
        self.centred
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
