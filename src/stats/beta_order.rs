//! Which of two probabilities is the greater, when each is known up to a Beta law.

/// P(X > Y) for independent X ~ Beta(`x`) and Y ~ Beta(`y`), by quadrature; the parameters are at least 1. Absolute error below
/// 1e-9.
///
/// # Panics
/// When a parameter is below 1: the density would be infinite at an end.
#[must_use]
pub fn beta_exceeds(x: (f64, f64), y: (f64, f64)) -> f64 {
    assert!([x.0, x.1, y.0, y.1].iter().all(|parameter| *parameter >= 1.0), "no density: {x:?}, {y:?}");
    // Over the narrower law: on its scale the distribution function of the other is smooth.
    if spread(x) > spread(y) {
        return 1.0 - beta_exceeds(y, x);
    }
    let mean = x.0 / (x.0 + x.1);
    let density = |at: f64| {
        // Relative to the density at the mean, so that nothing overflows.
        let power =
            |exponent: f64, ratio: f64| if exponent == 0.0 { 0.0 } else { exponent * libm::log(ratio) };
        libm::exp(power(x.0 - 1.0, at / mean) + power(x.1 - 1.0, (1.0 - at) / (1.0 - mean)))
    };
    // Near an end of (0, 1) the law is an exponential one, of which e⁻⁴⁰ lies beyond.
    let (low, high) = ((mean - 40.0 * spread(x)).max(0.0), (mean + 40.0 * spread(x)).min(1.0));
    let width = (high - low) / f64::from(PANELS);
    let (mut above, mut all) = (0.0, 0.0);
    for panel in 0..PANELS {
        let centre = low + (f64::from(panel) + 0.5) * width;
        for (node, weight) in GAUSS_LEGENDRE_8 {
            for at in [centre - node * width / 2.0, centre + node * width / 2.0] {
                let mass = weight * density(at);
                all += mass;
                above += mass * super::regularized_incomplete_beta(y.0, y.1, at, 1.0 - at);
            }
        }
    }
    above / all
}

/// The standard deviation of a Beta law.
fn spread((a, b): (f64, f64)) -> f64 {
    let total = a + b;
    (a * b / (total + 1.0)).sqrt() / total
}

/// Panels of eight nodes each: 800 nodes.
const PANELS: u32 = 100;

/// Positive nodes and their weights (Abramowitz and Stegun, table 25.4).
#[expect(clippy::excessive_precision, reason = "the numbers as published")]
const GAUSS_LEGENDRE_8: [(f64, f64); 4] = [
    (0.183_434_642_495_649_805, 0.362_683_783_378_361_983),
    (0.525_532_409_916_328_986, 0.313_706_645_877_887_287),
    (0.796_666_477_413_626_740, 0.222_381_034_453_374_471),
    (0.960_289_856_497_536_232, 0.101_228_536_290_376_259),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// P(X > Y) for whole parameters as a finite sum: Σ over i below the first parameter of X of
    /// B(y₀ + i, x₁ + y₁)/((x₁ + i)·B(1 + i, x₁)·B(y₀, y₁)).
    fn exact(x: (u32, u32), y: (u32, u32)) -> f64 {
        let ln_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        let [x0, x1, y0, y1] = [x.0, x.1, y.0, y.1].map(f64::from);
        assert_eq!(x0, f64::from(x.0));
        (0..x.0)
            .map(f64::from)
            .map(|i| libm::exp(ln_beta(y0 + i, x1 + y1) - ln_beta(1.0 + i, x1) - ln_beta(y0, y1)) / (x1 + i))
            .sum()
    }

    #[test]
    fn quadrature_agrees_with_the_finite_sum() {
        for (x, y) in [
            ((1, 1), (1, 1)),
            ((2, 1), (1, 1)),
            ((1, 9), (9, 1)),
            ((30, 70), (40, 60)),
            ((1, 5_000), (3, 5_000)),
            ((5_000, 3), (2, 1)),
            ((2, 3), (4_000, 6_000)),
            ((9_990, 10), (9_900, 100)),
            ((900, 100), (880, 120)),
            ((4_000, 6_000), (4_100, 5_900)),
        ] {
            let float = |of: (u32, u32)| (f64::from(of.0), f64::from(of.1));
            let found = beta_exceeds(float(x), float(y));
            // lgamma of 1e4 has an absolute error of about 1e-11.
            assert!((found - exact(x, y)).abs() < 1e-9, "{x:?} {y:?}: {found} {}", exact(x, y));
        }
    }
}
