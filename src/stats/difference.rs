//! From an effect and its standard error to a test and an interval. It does not know where they came from.

use super::NotEstimable;
use super::student::{student_t_quantile, student_t_two_sided_p};

/// The level of every two-sided interval this crate prints.
pub const CONFIDENCE_LEVEL: f64 = 0.95;

/// The smallest p-value that is ever reported. A p-value is never zero: print this one as `<1e-300`.
pub const SMALLEST_P: f64 = 1e-300;

/// A contrast, treatment minus control, with its test and interval. Every number is finite but for the ends of an interval that
/// has none: a test of few assignments rejects no value on that side, and `highest_level` says up to which level there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Treatment minus control, in the unit of the metric.
    pub effect: f64,
    /// Its standard error, in the same unit; positive.
    pub std_error: f64,
    /// Degrees of freedom of the t distribution behind the test; infinite for a normal test.
    pub df: f64,
    /// `effect / std_error`.
    pub statistic: f64,
    /// Two-sided p-value of "no effect", at least [`SMALLEST_P`].
    pub p_value: f64,
    /// Lower end of the two-sided interval at [`CONFIDENCE_LEVEL`]; minus infinity where there is none.
    pub conf_low: f64,
    /// Upper end of the same interval; infinity where there is none.
    pub conf_high: f64,
    /// The highest level at which the procedure has an interval with two ends: one for t tests.
    pub highest_level: f64,
    /// Randomisation units in both arms together.
    pub n_units: usize,
    /// How the variance was made: the `vcov` column.
    pub vcov: &'static str,
}

/// Fills in the statistic, the p-value and the 95 % interval, all from Student's t with `df` degrees of
/// freedom (infinite `df`: the normal).
///
/// # Errors
/// `ZeroVariance` when the standard error is zero; `TooFewUnits` when `df` is not positive; `Unobserved` when
/// the effect, the standard error or an end of the interval is not finite.
pub fn difference_from(
    effect: f64,
    std_error: f64,
    df: f64,
    n_units: usize,
    vcov: &'static str,
) -> Result<Difference, NotEstimable> {
    if !effect.is_finite() || !std_error.is_finite() {
        return Err(NotEstimable::Unobserved);
    }
    if std_error <= 0.0 {
        return Err(NotEstimable::ZeroVariance);
    }
    if df.is_nan() || df <= 0.0 {
        return Err(NotEstimable::TooFewUnits);
    }
    let statistic = effect / std_error;
    let half_width = student_t_quantile(0.5 + CONFIDENCE_LEVEL / 2.0, df) * std_error;
    let (conf_low, conf_high) = (effect - half_width, effect + half_width);
    if !statistic.is_finite() || !conf_low.is_finite() || !conf_high.is_finite() {
        return Err(NotEstimable::Unobserved);
    }
    let p_value = student_t_two_sided_p(statistic, df).max(SMALLEST_P);
    let highest_level = 1.0;
    Ok(Difference {
        effect,
        std_error,
        df,
        statistic,
        p_value,
        conf_low,
        conf_high,
        highest_level,
        n_units,
        vcov,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_ends_at_zero_exactly_when_p_is_five_percent() {
        for df in [1.0, 3.7, 40.0, f64::INFINITY] {
            let effect = 2.0 * student_t_quantile(0.975, df);
            let found = difference_from(effect, 2.0, df, 9, "test").unwrap();
            // Tolerance: the promise of the t functions, 1e-12 relative.
            assert!((found.p_value / 0.05 - 1.0).abs() < 2e-12, "{found:?}");
            assert!(found.conf_low.abs() < 1e-12 * effect && found.n_units == 9 && found.vcov == "test");
        }
    }

    #[test]
    fn swapping_the_arms_changes_the_sign_and_nothing_else() {
        let (there, back) = (
            difference_from(1.3, 0.7, 5.5, 8, "v").unwrap(),
            difference_from(-1.3, 0.7, 5.5, 8, "v").unwrap(),
        );
        assert_eq!((there.p_value, there.conf_low), (back.p_value, -back.conf_high));
    }

    #[test]
    fn a_hopelessly_small_p_is_floored_instead_of_zero() {
        assert_eq!(difference_from(1.0, 1e-9, 1e6, 4, "v").unwrap().p_value, SMALLEST_P);
    }

    #[test]
    fn no_standard_error_means_no_answer() {
        let refused = |effect, std_error, df| difference_from(effect, std_error, df, 4, "v").unwrap_err();
        assert_eq!(refused(1.0, 0.0, 3.0), NotEstimable::ZeroVariance);
        assert_eq!(refused(1.0, 1.0, 0.0), NotEstimable::TooFewUnits);
        assert_eq!(refused(1.0, 1.0, f64::NAN), NotEstimable::TooFewUnits);
        assert_eq!(refused(f64::NAN, 1.0, 3.0), NotEstimable::Unobserved);
        assert_eq!(refused(1.0, f64::INFINITY, 3.0), NotEstimable::Unobserved);
        assert_eq!(refused(1e300, 1e-300, 3.0), NotEstimable::Unobserved);
    }
}
