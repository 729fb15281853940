//! Outcomes of any size: values like 1e150, whose squares no double holds, and values with an offset like 1e15, of which sums
//! keep the offset and lose the rest.
//!
//! A log is put in order once, before any estimator sees it: divided by a power of two where it is far from one, and less a
//! value of its own where all values lie close together far from zero. Both are exact, and both are undone in what comes out.

use super::{Arms, Contrast, Estimator, Sample, Target};
use crate::stats::NotEstimable;

/// Beyond two to the power of this, up or down, outcomes are scaled: fourth powers are still finite then.
const LARGEST_EXPONENT: i32 = 200;

/// Outcomes whose range is less than this share of their size are shifted.
const CLOSE_TOGETHER: f64 = 1e-6;

/// A log's outcomes, scaled and shifted.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditioned {
    /// (outcome − shift)·factor, one a row.
    pub numerator: Vec<f64>,
    /// What was subtracted, in the unit of the outcome.
    shift: f64,
    /// A power of two.
    factor: f64,
}

impl Conditioned {
    /// The outcomes of a sample for this estimator; `None` where they are fine as they are. A shift is for means and quantiles,
    /// and for estimators that look at differences only ([`Estimator::ignores_levels`]).
    #[must_use]
    pub fn of(sample: &Sample<'_>, estimator: &dyn Estimator) -> Option<Self> {
        let (mut least, mut most, mut plain) = (f64::INFINITY, f64::NEG_INFINITY, true);
        for row in sample.rows() {
            least = least.min(sample.numerator[row]);
            most = most.max(sample.numerator[row]);
            plain &= sample.denominator[row] == 1.0;
        }
        let size = most.abs().max(least.abs());
        if !size.is_finite() || size == 0.0 {
            return None;
        }
        let may_shift = plain && estimator.ignores_levels();
        // Half of each first: the range of doubles of both signs may be more than the largest double.
        let range = 2.0 * (0.5 * most - 0.5 * least).min(f64::MAX / 4.0);
        let shift = if may_shift && range < CLOSE_TOGETHER * size { least } else { 0.0 };
        let left = if shift == 0.0 { size } else { range };
        let exponent = if left > 0.0 { libm::frexp(left).1 } else { 0 };
        let scaled = exponent.abs() > LARGEST_EXPONENT;
        if shift == 0.0 && !scaled {
            return None;
        }
        // Two steps: two to the power of a thousand and more is no double.
        let factor = if scaled { libm::ldexp(1.0, (-exponent).clamp(-1000, 1000)) } else { 1.0 };
        let target_counts = |row: usize| sample.is_recorded(row);
        let numerator = (0..sample.numerator.len())
            .map(|row| if target_counts(row) { (sample.numerator[row] - shift) * factor } else { 0.0 })
            .collect();
        debug_assert!(sample.target == Target::Ratio || plain || shift == 0.0);
        Some(Self { numerator, shift, factor })
    }

    /// A column in the unit of the outcome, such as what copies of the rows got: scaled and shifted alike.
    #[must_use]
    pub fn alike(&self, values: &[f64]) -> Vec<f64> {
        values.iter().map(|value| (value - self.shift) * self.factor).collect()
    }

    /// What was found, in the unit of the outcome.
    ///
    /// # Errors
    /// `Unobserved` where no double holds it.
    pub fn restore(&self, found: Contrast) -> Result<Contrast, NotEstimable> {
        let back = |value: f64| value / self.factor;
        let mut difference = found.difference;
        difference.effect = back(difference.effect);
        difference.std_error = back(difference.std_error);
        difference.conf_low = back(difference.conf_low);
        difference.conf_high = back(difference.conf_high);
        if !difference.effect.is_finite() || !difference.std_error.is_finite() {
            return Err(NotEstimable::Unobserved);
        }
        let arms = found.arms.map(|arms| Arms {
            treated: back(arms.treated) + self.shift,
            control: back(arms.control) + self.shift,
        });
        Ok(Contrast { arms, difference })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::fixture::estimator;
    use crate::estimate::{Frame, NamedColumn};

    fn log() -> (Frame, Vec<f64>) {
        let y = vec![1.0, 4.0, 2.0, 9.0, 7.0, 8.5, 6.0, 3.0, 5.0, 2.5, 7.5, 4.5];
        let frame = Frame {
            treated: (0..12).map(|row| row % 2 == 1).collect(),
            unit: (0..12).collect(),
            units: 12,
            propensity: vec![0.5; 12],
            covariates: vec![NamedColumn {
                name: "before".to_owned(),
                values: (0..12).map(|row| f64::from(row * 5 % 12)).collect(),
            }],
            ..Frame::default()
        };
        (frame, y)
    }

    #[test]
    fn values_of_any_size_and_offset_give_the_numbers_of_plain_ones() {
        let (frame, y) = log();
        let ones = vec![1.0; 12];
        for kind in ["difference_in_means", "hajek", "aipw", "ols_adjusted", "cluster_regression"] {
            let method = estimator(kind, "");
            let plain = method.estimate(&Sample::new(&frame, Target::Ratio, &y, &ones)).unwrap().difference;
            for (scale, offset) in
                [(1e150, 0.0), (1e-150, 0.0), (1.0, 1e15), (2.0, -1e15), (8e307 / 10.0, 0.0)]
            {
                // Exact: small numbers of halves.
                let values: Vec<f64> = y.iter().map(|y| y * scale + offset).collect();
                let sample = Sample::new(&frame, Target::Ratio, &values, &ones);
                let ready = Conditioned::of(&sample, &*method.estimator).unwrap();
                let sample = Sample::new(&frame, Target::Ratio, &ready.numerator, &ones);
                let found = ready.restore(method.estimate(&sample).unwrap()).unwrap().difference;
                // Rounding of the scaled values, or none: a few units in the last place times the leverage of a regression.
                assert!((found.effect / scale / plain.effect - 1.0).abs() < 1e-12, "{kind} {scale} {offset}");
                assert!((found.std_error / scale / plain.std_error - 1.0).abs() < 1e-12, "{kind} {scale}");
                assert!((found.p_value / plain.p_value - 1.0).abs() < 1e-11, "{kind} {scale} {offset}");
            }
        }
    }

    #[test]
    fn plain_values_and_levels_that_count_are_left_alone() {
        let (frame, y) = log();
        let ones = vec![1.0; 12];
        let means = estimator("difference_in_means", "");
        assert_eq!(Conditioned::of(&Sample::new(&frame, Target::Ratio, &y, &ones), &*means.estimator), None);
        let high: Vec<f64> = y.iter().map(|y| y + 1e15).collect();
        let sample = Sample::new(&frame, Target::Ratio, &high, &ones);
        assert_eq!(Conditioned::of(&sample, &*estimator("horvitz_thompson", "").estimator), None);
        assert!(Conditioned::of(&sample, &*means.estimator).is_some());
    }
}
