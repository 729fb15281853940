//! Regression of block outcomes on the block's arm and the arm of the block before:
//! Y_k = α + β W_k + γ W_{k−1} + ε_k, effect β + γ, what a block gains when it and the one before it are treated.
//!
//! It sees carry-over into the next block only, and only what is additive. Least squares on the blocks that have one before
//! them; Y_k = R + (y_k − R x_k)/x̄ so that the mean of the blocks is the metric. The standard error sums the scores of
//! β + γ with Bartlett weights over `lags` blocks (Newey and West, Econometrica 1987; default ⌊4(K/100)^{2/9}⌋), t with
//! K − 3 degrees of freedom. Twelve blocks are the least; with fewer than a hundred the test still rejects more often than it
//! says (15 % of true nulls at twelve, 8 % at forty), which `analyze` warns of.

use super::periods::{period_values, periods};
use crate::design::Unit;
use crate::estimate::{Contrast, Estimator, EstimatorSpec, Sample};
use crate::stats::{
    Column, NotEstimable, SmallSample, check_rows, least_squares, newey_west, newey_west_lag,
};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "switchback_regression",
    about: "block outcomes on own and previous arm, the sum of both; Newey-West over `lags` blocks",
    units: &[Unit::Block],
    needs: &[],
    uses: &[],
    basic: &[],
    build: |section| {
        let lags = section.has("lags").then(|| section.integer("lags", None, 0..=10_000) as usize);
        section.ignore(&["lags"]);
        Box::new(Regression { lags })
    },
};

/// The errors of few blocks, which sum covariances, are too small: under so many there is no answer.
const FEWEST_BLOCKS: usize = 12;

struct Regression {
    lags: Option<usize>,
}

impl Estimator for Regression {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let periods = periods(sample, 0.0)?;
        if periods.len() < FEWEST_BLOCKS {
            return Err(NotEstimable::BelowMinimum(FEWEST_BLOCKS as u32));
        }
        let values = period_values(&periods)?;
        let coded = |treated: bool| if treated { 1.0 } else { 0.0 };
        let (mut outcome, mut own, mut previous) = (Vec::new(), Vec::new(), Vec::new());
        for (pair, value) in periods.windows(2).zip(&values[1..]) {
            let [(before, old), (at, new)] = pair else { continue };
            if before + 1 == *at {
                outcome.push(*value);
                own.push(coded(new.treated));
                previous.push(coded(old.treated));
            }
        }
        let ones = vec![1.0; outcome.len()];
        let columns = [("intercept", &ones), ("treated", &own), ("treated before", &previous)];
        let fit = least_squares(&outcome, &columns.map(|(name, values)| Column { name, values }), None)?;
        let contrast = [0.0, 1.0, 1.0];
        check_rows(&fit, &contrast)?;
        let lags = self.lags.unwrap_or_else(|| newey_west_lag(outcome.len(), 1));
        let covariance = newey_west(&fit, lags, SmallSample::Adjusted)?;
        Ok(Contrast { arms: None, difference: covariance.test(&fit, &contrast)? })
    }

    fn few_units(&self) -> usize {
        100
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::{EstimatorSpec, Frame, Target};

    #[test]
    fn additive_carry_over_into_the_next_block_is_found_exactly_where_the_plain_difference_misses_it() {
        let arms = [true, true, false, true, false, false, true, true, false, false, true, false];
        let coded = |arm: bool| if arm { 1.0 } else { 0.0 };
        let mut y: Vec<f64> =
            (0..12).map(|k| 5.0 + 2.0 * coded(arms[k]) + 3.0 * coded(k > 0 && arms[k - 1])).collect();
        let frame = Frame { treated: arms.to_vec(), unit: (0..12).collect(), units: 12, ..Frame::default() };
        let regression = EstimatorSpec::named("switchback_regression").unwrap().default();
        let ones = [1.0; 12];
        let exact = regression.estimate(&Sample::new(&frame, Target::Ratio, &y, &ones));
        // Nothing is left to estimate a variance from, but for rounding.
        assert!(exact.map_or(true, |found| (found.difference.effect - 5.0).abs() < 1e-12));
        y.iter_mut().enumerate().for_each(|(k, y)| *y += if k % 3 == 0 { 0.1 } else { -0.05 });
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        let found = regression.estimate(&sample).unwrap().difference;
        assert!((found.effect - 5.0).abs() < 0.2 && found.vcov == "NW-adj", "{found:?}");
        assert!(sample.arms().unwrap().effect() < 3.0);
    }
}
