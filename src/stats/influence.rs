//! The linearised form behind every ratio: each randomisation unit gets one number, and the variance of the
//! ratio is the variance of the mean of those numbers. The three designs (independent, stratified, paired)
//! differ only in which of them they compare.

use super::moments::sum_of;
use super::{NotEstimable, UnitTotals};

/// y/x with the checks every ratio needs.
pub(super) fn ratio(numerator: f64, denominator: f64) -> Result<f64, NotEstimable> {
    if !numerator.is_finite() || !denominator.is_finite() {
        return Err(NotEstimable::Unobserved);
    }
    if denominator <= 0.0 {
        return Err(NotEstimable::ZeroDenominator);
    }
    let ratio = numerator / denominator;
    if ratio.is_finite() { Ok(ratio) } else { Err(NotEstimable::Unobserved) }
}

/// A unit's linearised value dᵢ = (yᵢ − R xᵢ)/x̄: the variance of R is that of the mean of the dᵢ.
#[derive(Clone, Copy)]
pub(super) struct Influence {
    pub(super) value: f64,
    /// How much of `value` may be nothing but rounding. Without it proportional totals would get a standard
    /// error of 1e-17 and a t of 1e16 instead of `ZeroVariance`.
    pub(super) rounding: f64,
}

impl Influence {
    pub(super) fn of(unit: &UnitTotals, ratio: f64, mean_denominator: f64) -> Self {
        let expected = ratio * unit.denominator;
        Self {
            value: (unit.numerator - expected) / mean_denominator,
            // R carries an error of about two units in the last place, the product and difference one each.
            rounding: 4.0 * f64::EPSILON * (unit.numerator.abs() + expected.abs()) / mean_denominator,
        }
    }

    /// The value; zero when it may be nothing but rounding.
    pub(super) fn beyond_rounding(&self) -> f64 {
        if self.value.abs() <= self.rounding { 0.0 } else { self.value }
    }
}

/// The linearised values of the units of an arm.
pub(super) fn influences(units: &[UnitTotals], ratio: f64, mean_denominator: f64) -> Vec<Influence> {
    units.iter().map(|unit| Influence::of(unit, ratio, mean_denominator)).collect()
}

/// Σ(dᵢ − d̄)²/(n(n − 1)), counting deviations within their rounding as zero.
pub(super) fn variance_of_mean(influences: &[Influence]) -> Result<f64, NotEstimable> {
    if influences.len() < 2 {
        return Err(NotEstimable::TooFewUnits);
    }
    let n = influences.len() as f64;
    let mean = sum_of(influences.iter().map(|d| d.value)) / n;
    let squares = sum_of(influences.iter().map(|d| {
        let deviation = d.value - mean;
        if deviation.abs() <= d.rounding { 0.0 } else { deviation * deviation }
    }));
    let variance = squares / (n * (n - 1.0));
    if variance.is_finite() { Ok(variance) } else { Err(NotEstimable::Unobserved) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_within_their_rounding_are_zero_and_others_count_in_full() {
        let noisy = [1.0, 1.0 + 1e-15, 1.0 - 1e-15].map(|value| Influence { value, rounding: 4e-15 });
        assert_eq!(variance_of_mean(&noisy), Ok(0.0));
        let varied = [1.0, 2.0, 3.0].map(|value| Influence { value, rounding: 4e-15 });
        // Σ(d − 2)² = 2 over 3·2.
        assert_eq!(variance_of_mean(&varied), Ok(2.0 / 6.0));
        assert_eq!(variance_of_mean(&varied[..1]), Err(NotEstimable::TooFewUnits));
    }

    #[test]
    fn a_ratio_needs_a_positive_denominator_and_finite_totals() {
        assert_eq!(ratio(3.0, 2.0), Ok(1.5));
        assert_eq!(ratio(0.0, 0.0), Err(NotEstimable::ZeroDenominator));
        assert_eq!(ratio(1.0, -2.0), Err(NotEstimable::ZeroDenominator));
        assert_eq!(ratio(f64::NAN, 2.0), Err(NotEstimable::Unobserved));
        assert_eq!(ratio(1e300, 1e-300), Err(NotEstimable::Unobserved));
    }
}
