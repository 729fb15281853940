//! Truncated policy gradient (Johari, Peng and Xing, arXiv 2506.05308): each row answers for itself and for the `horizon`
//! = k arrivals after it,
//! τ_k = (1/(T − k)) Σ_{t ≤ T−k} (Z_t − e_t)/(e_t(1 − e_t)) · Σ_{h=0}^{k} (Y_{t+h} − Ȳ).
//!
//! k = 0 is the naive difference, k → ∞ the limit of differences in Q. The baseline Ȳ changes no expectation and takes out
//! most of the noise, which grows with √k. The standard error sums the summands' covariances with Bartlett weights over
//! `lags` rows, ⌊T^{1/3}⌋ by default.

use super::{Path, read_lags};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Point, Sample};
use crate::stats::{NotEstimable, mean};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "truncated_policy_gradient",
    about: "each request answers for the `horizon` arrivals after it too; Newey-West over `lags` rows",
    units: &[Unit::Request],
    needs: &[Column::Time],
    uses: &[Column::Propensity],
    basic: &[],
    build: |section| {
        let horizon = section.integer("horizon", Some(100), 0..=10_000_000) as usize;
        Box::new(TruncatedPolicyGradient { horizon, lags: read_lags(section) })
    },
};

struct TruncatedPolicyGradient {
    horizon: usize,
    lags: Option<usize>,
}

/// The summands of τ_k, whose mean is the estimate; one less than `horizon` rows give none.
#[must_use]
pub fn policy_gradient_terms(tilt: &[f64], outcome: &[f64], baseline: f64, horizon: usize) -> Vec<f64> {
    let mut before = Vec::with_capacity(outcome.len() + 1);
    let mut total = 0.0;
    before.push(total);
    for y in outcome {
        total += y - baseline;
        before.push(total);
    }
    let ahead = before.iter().skip(horizon + 1).zip(&before).map(|(until, from)| until - from);
    ahead.zip(tilt).map(|(sum, tilt)| tilt * sum).collect()
}

impl TruncatedPolicyGradient {
    fn terms(&self, path: &Path) -> Result<Vec<f64>, NotEstimable> {
        let baseline = mean(&path.value)?;
        Ok(policy_gradient_terms(&path.tilt(), &path.value, baseline, self.horizon))
    }
}

impl Estimator for TruncatedPolicyGradient {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let path = Path::of(sample)?;
        let terms = self.terms(&path)?;
        Ok(Contrast { arms: None, difference: path.mean_of(&terms, self.lags)? })
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        let effect = mean(&self.terms(&Path::of(sample)?)?).map_err(|_| NotEstimable::TooFewUnits)?;
        Ok(Point { effect, arms: None })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Slope { share: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summands_are_those_of_the_definition() {
        let (tilt, y) = ([2.0, -2.0, 2.0, -2.0], [1.0, 4.0, 2.0, 5.0]);
        // Windows of two above the baseline 3: (−2 + 1), (1 − 1), (−1 + 2).
        assert_eq!(policy_gradient_terms(&tilt, &y, 3.0, 1), [-2.0, 0.0, 2.0]);
        assert_eq!(policy_gradient_terms(&tilt, &y, 3.0, 0), [-4.0, -2.0, -2.0, -4.0]);
        assert!(policy_gradient_terms(&tilt, &y, 3.0, 4).is_empty());
    }
}
