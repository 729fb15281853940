//! The variance of sums and means of a series whose neighbours are alike.

use super::NotEstimable;
use super::moments::{mean, sum_of};

/// Variance of Σ x_t for a series of mean zero: Σ_{|l| ≤ L} (1 − |l|/(L + 1)) Σ_t x_t x_{t−l}, never negative (Newey and
/// West, Econometrica 1987). `lags` = L; with 0 it is Σ x_t². Series that carry a regression's scores are summed like
/// this.
#[must_use]
pub fn serial_variance_of_sum(series: &[f64], lags: usize) -> f64 {
    let product =
        |lag: usize| sum_of(series.iter().zip(&series[lag.min(series.len())..]).map(|(a, b)| a * b));
    let weighted = |lag: usize| 2.0 * (1.0 - lag as f64 / (lags + 1) as f64) * product(lag);
    (product(0) + sum_of((1..=lags).map(weighted))).max(0.0)
}

/// Variance of the mean of a series by [`serial_variance_of_sum`] of the deviations from the mean, over n².
///
/// # Errors
/// `TooFewUnits` under two values; `Unobserved` when a value is not finite.
pub fn serial_variance_of_mean(series: &[f64], lags: usize) -> Result<f64, NotEstimable> {
    if series.len() < 2 {
        return Err(NotEstimable::TooFewUnits);
    }
    let mean = mean(series)?;
    let deviations: Vec<f64> = series.iter().map(|x| x - mean).collect();
    let n = series.len() as f64;
    Ok(serial_variance_of_sum(&deviations, lags) / (n * n))
}

/// ⌊n^{1/3}⌋, the bandwidth for long logs of single requests (Johari, Peng and Xing, arXiv 2506.05308).
#[must_use]
pub fn cube_root_lags(n: usize) -> usize {
    libm::floor(libm::cbrt(n as f64) + 1e-9) as usize
}

/// ⌊4(n/100)^{2/9}⌋, the usual bandwidth for periods (Newey and West, Review of Economic Studies 1994).
#[must_use]
pub fn plug_in_lags(n: usize) -> usize {
    libm::floor(4.0 * libm::pow(n as f64 / 100.0, 2.0 / 9.0)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_lags_it_is_the_variance_of_independent_values() {
        // Σd² = 2 over n² = 9.
        assert_eq!(serial_variance_of_mean(&[1.0, 2.0, 3.0], 0), Ok(2.0 / 9.0));
        assert_eq!(serial_variance_of_mean(&[1.0], 0), Err(NotEstimable::TooFewUnits));
    }

    #[test]
    fn one_lag_agrees_with_a_calculation_by_hand() {
        // Deviations −2, 0, 1, 1: squares 6, neighbours 0 + 0 + 1, so 6 + 2·½·1 = 7 over 16.
        assert_eq!(serial_variance_of_mean(&[0.0, 2.0, 3.0, 3.0], 1), Ok(7.0 / 16.0));
    }

    #[test]
    fn bandwidths_are_the_printed_rules() {
        assert_eq!((cube_root_lags(999), cube_root_lags(1000), cube_root_lags(1_000_000)), (9, 10, 100));
        assert_eq!((plug_in_lags(100), plug_in_lags(1000)), (4, 6));
    }
}
