use super::*;

const STRATA: u64 = 1_000_000;

/// The middle of stratum `i` of `STRATA` on the 64-bit circle.
fn stratum(i: u64) -> u64 {
    ((u128::from(2 * i + 1) << 64) / u128::from(2 * STRATA)) as u64
}

#[test]
fn more_bits_never_give_a_shorter_length() {
    for law in zoo() {
        let table = table(&law);
        let mut before = table.tokens(0);
        assert_eq!(before, table.min(), "{law:?}");
        for i in 0..200_000 {
            let tokens = table.tokens(stratum(i * 5));
            assert!(tokens >= before, "{law:?}: {tokens} after {before}");
            before = tokens;
        }
        assert!(table.tokens(u64::MAX) >= before);
        assert_eq!(table.tokens(u64::MAX), table.max(), "{law:?}");
    }
}

#[test]
fn the_guide_agrees_with_a_search_through_all_thresholds() {
    // quantile() searches everything and reads thresholds as P(X <= l); tokens() goes through the guide.
    // At bits b the draw is the quantile of any p in (b, b + 1] / 2^64; dyadic p makes that exact in f64.
    for law in zoo() {
        let table = table(&law);
        for i in 0..(1u64 << 17) {
            let p = (i + 1) as f64 / (1u64 << 17) as f64;
            assert_eq!(table.tokens(((i + 1) << 47).wrapping_sub(1)), table.quantile(p), "{law:?} at {p}");
        }
    }
}

#[test]
fn a_million_stratified_draws_reproduce_the_mean_of_the_table() {
    for law in zoo() {
        let table = table(&law);
        let sum: u64 = (0..STRATA).map(|i| u64::from(table.tokens(stratum(i)))).sum();
        let mean = sum as f64 / STRATA as f64;
        // A monotone function misses its mean by at most half its range over the number of strata.
        let tolerance = 0.5 * f64::from(table.max() - table.min()) / STRATA as f64 + 1e-9;
        assert!((mean - table.mean()).abs() <= tolerance, "{law:?}: {mean} against {}", table.mean());
    }
}

#[test]
fn a_power_law_draw_is_the_floored_inverse_of_its_cdf() {
    for (xmin, alpha, cut) in [(562.0, 2.85, 16_384.0), (287.0, 1.17, 8_192.0), (100.0, 2.1, 131_072.0)] {
        let table = table(&clipped(power_law(xmin, alpha, cut), cut as u32));
        let (b, end) = (1.0 - alpha, cut + 1.0);
        let (from, to) = (libm::pow(xmin, b), libm::pow(end, b));
        for i in 0..100_000 {
            let bits = stratum(i * 10);
            let x = libm::pow(from + bits as f64 / 2f64.powi(64) * (to - from), 1.0 / b);
            // The textbook form cancels: allow its x an error of 1e-9, which matters only at cell edges.
            let (least, most) = (libm::floor(x * (1.0 - 1e-9)), libm::floor(x * (1.0 + 1e-9)));
            let tokens = f64::from(table.tokens(bits));
            assert!((least..=most).contains(&tokens), "TPL({xmin}, {alpha}, {cut}): {tokens} for {x}");
        }
    }
}

#[test]
fn alpha_one_is_log_uniform_and_the_limit_of_its_neighbours() {
    let at = |alpha: f64| table(&clipped(power_law(100.0, alpha, 9_999.0), 9_999));
    let (one, below, above) = (at(1.0), at(1.0 - 1e-9), at(1.0 + 1e-9));
    assert_eq!(one.quantile(0.5), 999, "the middle of a log-uniform law is the geometric mean, 1000");
    // Mean of the continuous law, (hi - lo) / ln(hi / lo), less half a token for flooring.
    let expected = 9_900.0 / libm::log(100.0) - 0.5;
    assert!((one.mean() / expected - 1.0).abs() < 1e-4, "{} against {expected}", one.mean());
    assert!(above.mean() < one.mean() && one.mean() < below.mean());
    assert!(below.mean() - above.mean() < 1e-4);
}

#[test]
fn a_heavy_tail_keeps_its_digits_where_the_cdf_has_run_out_of_them() {
    // P(100,000) is 8e-18 here: 146 steps of 2^-64, but a fourteenth of the smallest step of an f64 below 1.
    let table = table(&clipped(power_law(1.0, 3.5, 100_000.0), 100_000));
    assert_eq!(table.max(), 100_000);
    for length in [50_000u32, 90_000, 99_000] {
        let survival = libm::pow(f64::from(length) + 1.0, -2.5) - libm::pow(100_001.0, -2.5);
        let drawn = table.tokens(u64::MAX - (survival * 2f64.powi(64)) as u64);
        assert!(drawn.abs_diff(length) <= 1, "{drawn} instead of {length}");
    }
}

#[test]
fn quantiles_of_a_table_come_back() {
    let law = clipped(points(&[(0.01, 3.0), (0.25, 156.0), (0.5, 350.0), (0.99, 1_119.0)]), 2_000);
    let table = table(&law);
    for (p, tokens) in [(0.25, 156), (0.5, 350), (0.99, 1_119), (0.0, 3), (1.0, 1_119)] {
        assert!(table.quantile(p).abs_diff(tokens) <= 1, "p {p}: {} against {tokens}", table.quantile(p));
    }
    // Half way between two points in q, the geometric mean of their values.
    assert_eq!(table.quantile(0.375), libm::round(libm::sqrt(156.0 * 350.0)) as u32);
}

#[test]
fn simple_shapes_have_their_textbook_moments() {
    let fixed = table(&clipped(Shape::Fixed { tokens: 500 }, 1_000));
    assert_eq!((fixed.mean(), fixed.coefficient_of_variation(), fixed.max()), (500.0, 0.0, 500));
    let uniform = table(&clipped(Shape::Uniform { low: 1, high: 9 }, 1_000));
    let sd = libm::sqrt((81.0 - 1.0) / 12.0);
    assert!((uniform.mean() - 5.0).abs() < 1e-12);
    assert!((uniform.coefficient_of_variation() - sd / 5.0).abs() < 1e-12);
    // Rounding adds 1/24 of a squared token to mean and variance: far below the tolerance here.
    let exponential = table(&clipped(Shape::Exponential { mean: 1_000.0 }, 1 << 20));
    assert!((exponential.mean() - 1_000.0).abs() < 1e-3, "{}", exponential.mean());
    assert!((exponential.coefficient_of_variation() - 1.0).abs() < 1e-5);
    let lognormal = table(&clipped(Shape::Lognormal { mu: 6.0, sigma: 0.5 }, 1 << 20));
    assert!((lognormal.mean() / libm::exp(6.125) - 1.0).abs() < 1e-6, "{}", lognormal.mean());
    let cv = libm::sqrt(libm::expm1(0.25));
    assert!((lognormal.coefficient_of_variation() - cv).abs() < 1e-5);
}
