//! Errors and intervals of a sample quantile without a density estimate, for independent values. Where the
//! randomised units are coarser than the values, use the cluster bootstrap.

use super::quantile::quantile_in_place;
use super::tails::binomial_cdf;
use super::{Difference, NotEstimable, difference_from, regularized_incomplete_beta};

/// The Maritz–Jarrett standard error of the `p` quantile (JASA 1978): the standard deviation of the m-th order
/// statistic under the bootstrap, m = ⌊pn + ½⌋, without drawing. With W_i = I_{i/n}(m − 1, n − m) −
/// I_{(i−1)/n}(m − 1, n − m), se² = Σ W x² − (Σ W x)², x centred first. The beta shapes are those of scipy's
/// `mjci`. With n(1 − p) under five it rests on a handful of values: say so.
///
/// Sorts the values.
///
/// # Errors
/// `TooFewUnits` when m < 2 or n − m < 1; `ZeroVariance` when the values around the quantile are equal;
/// `Unobserved` for values that are not finite or `p` outside (0, 1).
pub fn maritz_jarrett(values: &mut [f64], p: f64) -> Result<f64, NotEstimable> {
    if !(p > 0.0 && p < 1.0) || values.iter().any(|v| !v.is_finite()) {
        return Err(NotEstimable::Unobserved);
    }
    let n = values.len();
    let m = (p * n as f64 + 0.5).floor() as usize;
    if m < 2 || n < m + 1 {
        return Err(NotEstimable::TooFewUnits);
    }
    values.sort_unstable_by(f64::total_cmp);
    let centre = values[m - 1];
    let (a, b, count) = ((m - 1) as f64, (n - m) as f64, n as f64);
    // Beyond twelve standard deviations of the beta the weights are below 1e-30: a million values cost a few
    // thousand integrals.
    let spread = 12.0 * (p * (1.0 - p) / count).sqrt() + 12.0 / count;
    let first = ((p - spread) * count).floor().max(0.0) as usize;
    let last = (((p + spread) * count).ceil() as usize).min(n);
    let below = |i: usize| regularized_incomplete_beta(a, b, i as f64 / count, (n - i) as f64 / count);
    let (mut mean, mut square) = (0.0, 0.0);
    let mut previous = below(first);
    for i in first + 1..=last {
        let next = below(i);
        let deviation = values[i - 1] - centre;
        mean += (next - previous) * deviation;
        square += (next - previous) * deviation * deviation;
        previous = next;
    }
    let variance = square - mean * mean;
    if !variance.is_finite() {
        return Err(NotEstimable::Unobserved);
    }
    if variance > 0.0 { Ok(variance.sqrt()) } else { Err(NotEstimable::ZeroVariance) }
}

/// The difference of the arms' type 7 quantiles with Maritz–Jarrett errors and a normal test (`vcov`
/// "maritz-jarrett"). Sorts both arms.
///
/// # Errors
/// `EmptyArm`; those of [`maritz_jarrett`].
pub fn quantile_difference(
    treated: &mut [f64],
    control: &mut [f64],
    p: f64,
) -> Result<Difference, NotEstimable> {
    if treated.is_empty() || control.is_empty() {
        return Err(NotEstimable::EmptyArm);
    }
    let (se_t, se_c) = (maritz_jarrett(treated, p)?, maritz_jarrett(control, p)?);
    let quantile = |values: &mut [f64]| quantile_in_place(values, p).ok_or(NotEstimable::Unobserved);
    let effect = quantile(treated)? - quantile(control)?;
    let n_units = treated.len() + control.len();
    difference_from(effect, (se_t * se_t + se_c * se_c).sqrt(), f64::INFINITY, n_units, "maritz-jarrett")
}

/// The interval between two order statistics that covers the `p` quantile with at least `confidence`,
/// whatever the distribution: x₍ₗ₎ to x₍ᵤ₊₁₎ with l and u the binomial(n, p) quantiles of both tails. `None`
/// on a side where no value is extreme enough.
///
/// Sorts the values.
///
/// # Panics
/// When `p` or `confidence` is outside (0, 1).
#[must_use]
pub fn order_statistic_interval(values: &mut [f64], p: f64, confidence: f64) -> (Option<f64>, Option<f64>) {
    assert!(p > 0.0 && p < 1.0 && confidence > 0.0 && confidence < 1.0, "no interval at {p}, {confidence}");
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len() as u64;
    let tail = (1.0 - confidence) / 2.0;
    let low = binomial_quantile(tail, n, p);
    let high = binomial_quantile(1.0 - tail, n, p);
    let ordered = |rank: u64| rank.checked_sub(1).and_then(|at| values.get(at as usize).copied());
    (ordered(low), ordered(high + 1))
}

/// The smallest k with P(X ≤ k) ≥ `probability`, X ~ Binomial(n, p).
fn binomial_quantile(probability: f64, n: u64, p: f64) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if binomial_cdf(middle, n, p) >= probability { high = middle } else { low = middle + 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    fn uniforms(n: u64, seed: u64) -> Vec<f64> {
        let family = Streams::new(seed, 1).family(Purpose::Resampling);
        (0..n).map(|i| family.uniform(i)).collect()
    }

    #[test]
    fn the_error_of_a_median_of_uniforms_is_that_of_theory() {
        // sd = √(p(1 − p)/n)/f with f = 1. The estimate itself scatters by about n^(−1/4) relative: 18 % at
        // n = 1000; the mean of 200 of them by 1.3 %, plus a bias of order n^(−1/2).
        let total: f64 = (0..200).map(|run| maritz_jarrett(&mut uniforms(1000, run), 0.5).unwrap()).sum();
        let expected = (0.25_f64 / 1000.0).sqrt();
        assert!((total / 200.0 / expected - 1.0).abs() < 0.06, "{}", total / 200.0 / expected);
    }

    #[test]
    fn shifting_and_scaling_values_scales_the_error() {
        let values = uniforms(400, 5);
        let plain = maritz_jarrett(&mut values.clone(), 0.9).unwrap();
        let moved =
            maritz_jarrett(&mut values.iter().map(|v| 1e6 + 3.0 * v).collect::<Vec<_>>(), 0.9).unwrap();
        // The offset costs six of sixteen digits.
        assert!((moved / plain / 3.0 - 1.0).abs() < 1e-7);
    }

    #[test]
    fn order_statistics_cover_the_quantile_as_often_as_they_promise() {
        let runs = 1000;
        let covered = (0..runs)
            .filter(|&run| {
                let (low, high) = order_statistic_interval(&mut uniforms(100, 900 + run), 0.8, 0.95);
                low.unwrap() <= 0.8 && 0.8 <= high.unwrap()
            })
            .count() as f64
            / runs as f64;
        // At least 0.95, less four binomial errors; discreteness adds up to a few percent.
        assert!(
            covered > 0.95 - 4.0 * (0.95_f64 * 0.05 / runs as f64).sqrt() && covered < 0.995,
            "{covered}"
        );
    }

    #[test]
    fn extreme_quantiles_of_few_values_have_no_upper_end() {
        let mut values = uniforms(20, 3);
        let (low, high) = order_statistic_interval(&mut values, 0.95, 0.95);
        assert!(low.is_some() && high.is_none());
        assert_eq!(maritz_jarrett(&mut values, 0.99), Err(NotEstimable::TooFewUnits));
        assert_eq!(maritz_jarrett(&mut [1.0; 30], 0.5), Err(NotEstimable::ZeroVariance));
        assert_eq!(maritz_jarrett(&mut [1.0, f64::NAN], 0.5), Err(NotEstimable::Unobserved));
    }
}
