//! Intervals from tests: the values that a test does not reject. It does not know which test.

/// Both ends of the set of values whose p-value exceeds 1 − `confidence`, searched outwards from `estimate` in
/// steps that double from `step`, then by bisection. `None` on a side where even 2¹⁰ steps away is not
/// rejected: with so few units the test never gets that small.
///
/// `p_value` should fall on both sides of the estimate, as p-values of two-sided tests do; a resampling test
/// must use the same draws at every value. Its p-value is a step function, so the end is a step of it.
///
/// # Panics
/// When `confidence` is outside (0, 1) or `step` is not positive.
#[must_use]
pub fn invert_test(
    estimate: f64,
    step: f64,
    confidence: f64,
    mut p_value: impl FnMut(f64) -> f64,
) -> (Option<f64>, Option<f64>) {
    assert!(confidence > 0.0 && confidence < 1.0, "no interval at level {confidence}");
    assert!(step > 0.0, "steps of {step} lead nowhere");
    let mut end = |direction: f64| -> Option<f64> {
        let mut kept = |distance: f64| p_value(estimate + direction * distance) > 1.0 - confidence;
        let (mut inside, mut outside) = (0.0, step);
        while kept(outside) {
            if outside >= 1024.0 * step {
                return None;
            }
            inside = outside;
            outside *= 2.0;
        }
        // Forty halvings find the end to 1e-12 of the distance.
        for _ in 0..40 {
            let middle = 0.5 * (inside + outside);
            if kept(middle) { inside = middle } else { outside = middle }
        }
        Some(estimate + direction * outside)
    };
    (end(-1.0), end(1.0))
}

#[cfg(test)]
mod tests {
    use super::super::normal_sf;
    use super::*;

    #[test]
    fn the_normal_test_gives_the_normal_interval() {
        let (low, high) = invert_test(2.0, 0.1, 0.95, |value| 2.0 * normal_sf((value - 2.0_f64).abs() / 3.0));
        let half = 3.0 * super::super::normal_quantile(0.975);
        // The bisection's own 1e-12 of the distance.
        assert!((low.unwrap() - (2.0 - half)).abs() < 1e-10 && (high.unwrap() - (2.0 + half)).abs() < 1e-10);
    }

    #[test]
    fn a_test_that_never_rejects_has_no_end() {
        assert_eq!(invert_test(0.0, 1.0, 0.9, |_| 0.2), (None, None));
        let (low, high) = invert_test(0.0, 1.0, 0.9, |value| if value > 5.0 { 0.01 } else { 1.0 });
        assert!(low.is_none() && (high.unwrap() - 5.0).abs() < 1e-10);
    }
}
