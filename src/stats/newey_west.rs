//! Standard errors for equally spaced periods whose noise is correlated over time (Newey and West,
//! Econometrica 1987), for a regression and for a plain mean. It does not know what a period is.

use super::covariance::Covariance;
use super::linear::{Block, LinearFit};
use super::moments::{mean, sum_of};
use super::triangle::CHUNK;
use super::{Difference, NotEstimable, difference_from};
use nalgebra::DMatrix;

/// Whether the variance is multiplied by n/(n − k).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmallSample {
    /// As published: `NW`.
    None,
    /// Times n/(n − k): `NW-adj`.
    Adjusted,
}

impl SmallSample {
    const fn vcov(self) -> &'static str {
        match self {
            Self::None => "NW",
            Self::Adjusted => "NW-adj",
        }
    }
}

/// ⌊4 (n/100)^(2/9)⌋ periods (Newey and West, Review of Economic Studies 1994), but at least `block`, the
/// number of periods for which one assignment holds: inside a block the noise is shared by construction.
/// Beyond n/4 the estimate is unreliable, which the caller must say.
#[must_use]
pub fn newey_west_lag(periods: usize, block: usize) -> usize {
    let rule = (4.0 * libm::pow(periods as f64 / 100.0, 2.0 / 9.0)).floor() as usize;
    rule.max(block)
}

/// The label of a row: `NW-L4`, `NW-L4-adj`.
#[must_use]
pub fn newey_west_label(lag: usize, small_sample: SmallSample) -> String {
    match small_sample {
        SmallSample::None => format!("NW-L{lag}"),
        SmallSample::Adjusted => format!("NW-L{lag}-adj"),
    }
}

/// V = M S M with S = Γ₀ + Σ_{l≤L} (1 − l/(L + 1))(Γ_l + Γ_l') and Γ_l = Σ_t x_t e_t e_{t−l} x_{t−l}'; rows of
/// `fit` are periods in order of time. `lag` 0 is HC0. Tests use t(n − k). `vcov` is the family, "NW" or
/// "NW-adj"; [`newey_west_label`] has the lag.
///
/// # Errors
/// `TooFewUnits` when `lag` is not below the number of rows; `Unobserved` when the result is not finite.
pub fn newey_west(
    fit: &LinearFit<'_>,
    lag: usize,
    small_sample: SmallSample,
) -> Result<Covariance, NotEstimable> {
    let (n, k) = (fit.rows(), fit.k());
    if lag >= n {
        return Err(NotEstimable::TooFewUnits);
    }
    // Score series, one a column of Q.
    let mut scores = vec![Vec::with_capacity(n); k];
    let mut block = Block::default();
    for start in (0..n).step_by(CHUNK) {
        fit.load(start..(start + CHUNK).min(n), None, &mut block);
        for (j, series) in scores.iter_mut().enumerate() {
            series.extend(block.column(j).iter().zip(&block.e).map(|(z, e)| z * e));
        }
    }
    let mut middle = DMatrix::zeros(k, k);
    for i in 0..k {
        for j in 0..=i {
            let gamma = |l: usize| -> f64 {
                let product = |a: &[f64], b: &[f64]| super::heteroskedastic::dot(&a[l..], &b[..n - l]);
                product(&scores[i], &scores[j]) + product(&scores[j], &scores[i])
            };
            let bartlett = |l: usize| 1.0 - l as f64 / (lag + 1) as f64;
            let total = 0.5 * gamma(0) + (1..=lag).map(|l| bartlett(l) * gamma(l)).sum::<f64>();
            middle[(i, j)] = total;
            middle[(j, i)] = total;
        }
    }
    if small_sample == SmallSample::Adjusted {
        middle *= fit.n() as f64 / fit.residual_df();
    }
    if middle.iter().any(|m| !m.is_finite()) {
        return Err(NotEstimable::Unobserved);
    }
    Ok(Covariance::from_middle(fit, &middle, small_sample.vcov(), fit.residual_df(), fit.n()))
}

/// The mean of a series of summands (effects of periods, chunks or blocks) with its Newey–West error: V =
/// \[γ₀ + 2Σ_{l≤L} (1 − l/(L + 1)) γ_l\]/n with γ_l = Σ d_t d_{t−l}/n around the mean; t(n − 1).
///
/// # Errors
/// `EmptyArm`; `TooFewUnits` under two summands or when `lag` is not below their number; `ZeroVariance`;
/// `Unobserved`.
pub fn newey_west_mean(
    summands: &[f64],
    lag: usize,
    small_sample: SmallSample,
) -> Result<Difference, NotEstimable> {
    let centre = mean(summands)?;
    let n = summands.len();
    if n < 2 || lag >= n {
        return Err(NotEstimable::TooFewUnits);
    }
    let deviations: Vec<f64> = summands.iter().map(|s| s - centre).collect();
    let gamma = |l: usize| sum_of(deviations[l..].iter().zip(&deviations).map(|(a, b)| a * b));
    let bartlett = |l: usize| 1.0 - l as f64 / (lag + 1) as f64;
    let total = gamma(0) + 2.0 * sum_of((1..=lag).map(|l| bartlett(l) * gamma(l)));
    let count = n as f64;
    let adjustment = if small_sample == SmallSample::Adjusted { count / (count - 1.0) } else { 1.0 };
    // The Bartlett kernel is positive semi-definite: a negative total is rounding.
    let variance = (total * adjustment / (count * count)).max(0.0);
    difference_from(centre, variance.sqrt(), count - 1.0, n, small_sample.vcov())
}

#[cfg(test)]
mod tests {
    use super::super::{Column, HcKind, Moments, heteroskedastic, least_squares};
    use super::*;
    use crate::rng::{Purpose, Streams};

    fn noise(n: u64, seed: u64) -> Vec<f64> {
        let family = Streams::new(seed, 0).family(Purpose::Resampling);
        (0..n).map(|row| super::super::normal_quantile(family.uniform(row))).collect()
    }

    #[test]
    fn lag_zero_is_hc0_and_the_mean_is_a_regression_on_ones() {
        let (y, x) = (noise(60, 1), noise(60, 2));
        let ones = vec![1.0; 60];
        let columns = [Column { name: "one", values: &ones }, Column { name: "x", values: &x }];
        let fit = least_squares(&y, &columns, None).unwrap();
        let (nw, hc) =
            (newey_west(&fit, 0, SmallSample::None).unwrap(), heteroskedastic(&fit, HcKind::Hc0).unwrap());
        assert!((nw.entry(1, 1) / hc.entry(1, 1) - 1.0).abs() < 1e-13);
        let fit = least_squares(&y, &columns[..1], None).unwrap();
        for (lag, adjust) in [(0, SmallSample::None), (5, SmallSample::Adjusted)] {
            let regression = newey_west(&fit, lag, adjust).unwrap().test(&fit, &[1.0]).unwrap();
            let plain = newey_west_mean(&y, lag, adjust).unwrap();
            assert!((regression.std_error / plain.std_error - 1.0).abs() < 1e-12);
            assert_eq!((regression.df, regression.vcov), (plain.df, plain.vcov));
        }
        let adjusted = newey_west_mean(&y, 0, SmallSample::Adjusted).unwrap();
        assert!(
            (adjusted.std_error / Moments::of(&y).unwrap().variance_of_mean().sqrt() - 1.0).abs() < 1e-13
        );
    }

    #[test]
    fn positive_autocorrelation_widens_the_error_towards_the_long_run_variance() {
        // AR(1) with φ = 0.5: the variance of the mean is (1 + φ)/(1 − φ) = 3 times the naive one. With lag 30
        // of 20,000 the Bartlett bias is about 2·Σlφ^l/31/3 ≈ 4 % and the noise √(4·30/(3·20,000)) ≈ 4.5 %.
        let steps = noise(20_000, 3);
        let mut level = 0.0;
        let series: Vec<f64> = steps
            .iter()
            .map(|e| {
                level = 0.5 * level + e;
                level
            })
            .collect();
        let naive = newey_west_mean(&series, 0, SmallSample::None).unwrap().std_error;
        let wide = newey_west_mean(&series, 30, SmallSample::None).unwrap().std_error;
        assert!(
            (wide * wide / (naive * naive) / 3.0 - 1.0).abs() < 0.18,
            "{}",
            wide * wide / (naive * naive)
        );
    }

    #[test]
    fn the_lag_rule_is_the_published_one_and_never_shorter_than_a_block() {
        assert_eq!([newey_west_lag(100, 0), newey_west_lag(14, 0), newey_west_lag(1000, 0)], [4, 2, 6]);
        assert_eq!(newey_west_lag(100, 12), 12);
        assert_eq!(newey_west_label(4, SmallSample::Adjusted), "NW-L4-adj");
    }

    #[test]
    fn a_series_that_cannot_answer_is_refused() {
        assert_eq!(newey_west_mean(&[1.0, 2.0], 2, SmallSample::None), Err(NotEstimable::TooFewUnits));
        assert_eq!(newey_west_mean(&[2.0, 2.0, 2.0], 1, SmallSample::None), Err(NotEstimable::ZeroVariance));
        assert_eq!(newey_west_mean(&[], 0, SmallSample::None), Err(NotEstimable::EmptyArm));
    }
}
