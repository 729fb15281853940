//! Tails of the F, χ² and binomial distributions.

use super::incomplete_beta::regularized_incomplete_beta;
use super::incomplete_gamma::regularized_gamma_q;

/// P(F > f) for F with `d1` and `d2` degrees of freedom: I_x(d2/2, d1/2) with x = d2/(d2 + d1 f). Infinite
/// `d2` means χ²/d1. Relative error below 1e-12.
///
/// # Panics
/// When degrees of freedom are not positive or `f` is NaN.
#[must_use]
pub fn f_sf(f: f64, d1: f64, d2: f64) -> f64 {
    assert!(d1 > 0.0 && d1.is_finite() && d2 > 0.0 && !f.is_nan(), "no F tail at {f}; {d1}, {d2}");
    if f <= 0.0 {
        return 1.0;
    }
    if f.is_infinite() {
        return 0.0;
    }
    if d2.is_infinite() {
        return chi_squared_sf(d1 * f, d1);
    }
    let ratio = d1 * f / d2;
    let (inside, outside) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
    regularized_incomplete_beta(d2 / 2.0, d1 / 2.0, inside, outside)
}

/// P(χ² > x) with `df` degrees of freedom: Q(df/2, x/2). Relative error below 1e-12.
///
/// # Panics
/// When `df` is not positive and finite or `x` is NaN.
#[must_use]
pub fn chi_squared_sf(x: f64, df: f64) -> f64 {
    assert!(df > 0.0 && df.is_finite() && !x.is_nan(), "no chi-squared tail at {x} with {df}");
    if x <= 0.0 { 1.0 } else { regularized_gamma_q(df / 2.0, x / 2.0) }
}

/// P(X ≤ k) for X ~ Binomial(n, p): I_{1−p}(n − k, k + 1).
///
/// # Panics
/// When `p` is outside \[0, 1\].
#[must_use]
pub fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "{p} is no probability");
    if k >= n { 1.0 } else { regularized_incomplete_beta((n - k) as f64, (k + 1) as f64, 1.0 - p, p) }
}

/// P(K > λ) for Kolmogorov's distribution, the limit of √n times the largest distance between an empirical
/// and the true distribution function: 2 Σ_{j≥1} (−1)^{j−1} e^{−2j²λ²}, and for small λ its theta dual.
#[must_use]
pub fn kolmogorov_sf(lambda: f64) -> f64 {
    use std::f64::consts::PI;
    if lambda.is_nan() || lambda <= 0.0 {
        return 1.0;
    }
    let terms = 1..=20;
    if lambda < 1.0 {
        // 1 − √(2π)/λ Σ e^{−(2j−1)²π²/(8λ²)}.
        let odd = |j: i32| f64::from(2 * j - 1) * PI / lambda;
        let sum: f64 = terms.map(|j| libm::exp(-odd(j) * odd(j) / 8.0)).sum();
        return 1.0 - (2.0 * PI).sqrt() / lambda * sum;
    }
    let sign = |j: i32| if j % 2 == 1 { 2.0 } else { -2.0 };
    terms.map(|j| sign(j) * libm::exp(-2.0 * f64::from(j * j) * lambda * lambda)).sum()
}

#[cfg(test)]
#[expect(clippy::excessive_precision, reason = "reference values as computed")]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        // The promise: 1e-12 relative.
        assert!((found / expected - 1.0).abs() < 1e-12, "{found:e} is not {expected:e}");
    }

    #[test]
    fn the_tails_agree_with_forty_digit_values() {
        // facts/statistics.md, section 2.
        close(chi_squared_sf(10.828, 1.0), 9.997_657_195_830_920_426e-4);
        close(chi_squared_sf(18.307, 10.0), 0.050_000_589_091_398_098_73);
        close(f_sf(3.0, 2.0, 10.0), 0.095_367_431_640_625);
        close(f_sf(2.2, 5.0, 60.0), 0.065_987_280_867_901_318_61);
    }

    #[test]
    fn an_f_tail_with_endless_denominators_is_chi_squared() {
        close(f_sf(2.0, 3.0, f64::INFINITY), chi_squared_sf(6.0, 3.0));
        assert_eq!((f_sf(-1.0, 2.0, 2.0), f_sf(f64::INFINITY, 2.0, 2.0)), (1.0, 0.0));
    }

    #[test]
    fn the_binomial_adds_up_its_terms() {
        // n = 5, p = 0.3: 0.7⁵ and 0.7⁵ + 5·0.3·0.7⁴.
        close(binomial_cdf(0, 5, 0.3), 0.168_07);
        close(binomial_cdf(1, 5, 0.3), 0.528_22);
        assert_eq!(
            (binomial_cdf(5, 5, 0.3), binomial_cdf(2, 5, 0.0), binomial_cdf(2, 5, 1.0)),
            (1.0, 1.0, 0.0)
        );
    }

    #[test]
    fn both_series_of_kolmogorov_meet() {
        // scipy.special.kolmogorov at 0.5, 1 and 2.
        close(kolmogorov_sf(0.5), 0.963_945_243_664_875_1);
        close(kolmogorov_sf(1.0), 0.269_999_671_677_354_6);
        close(kolmogorov_sf(2.0), 6.709_252_557_796_953e-4);
        assert!((kolmogorov_sf(1.0 - 1e-15) - kolmogorov_sf(1.0)).abs() < 1e-14);
    }
}
