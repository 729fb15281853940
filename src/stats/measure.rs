//! A number from replications with its own Monte-Carlo standard error. Formulas: Morris, White and Crowther,
//! "Using simulation studies to evaluate statistical methods" (Statistics in Medicine 2019), table 6.

use super::{Moments, NotEstimable};

/// A performance measure and how far it may be off because the number of replications is finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// The measure.
    pub value: f64,
    /// Its Monte-Carlo standard error, in the unit of the value.
    pub mcse: f64,
}

impl Measure {
    /// The mean of `values` with sd/√n. Identical values have an error of zero.
    ///
    /// # Errors
    /// `TooFewUnits` under two values; `Unobserved` when something is not finite.
    pub fn mean(values: &[f64]) -> Result<Self, NotEstimable> {
        let moments = Moments::of(values)?;
        Ok(Self { value: moments.mean, mcse: moments.variance_of_mean().sqrt() })
    }

    /// √(mean of `squares`) with √(Var/n)/(2·value): the delta method on the mean. It serves the model
    /// standard error (squares s²) and the RMSE (squared errors).
    ///
    /// # Errors
    /// `TooFewUnits` under two values; `Unobserved` when something is not finite.
    pub fn root_mean(squares: &[f64]) -> Result<Self, NotEstimable> {
        let mean = Self::mean(squares)?;
        let value = mean.value.max(0.0).sqrt();
        let mcse = if value == 0.0 { 0.0 } else { mean.mcse / (2.0 * value) };
        Ok(Self { value, mcse })
    }

    /// The standard deviation of `values` with sd/√(2(n − 1)), the error under normal estimates.
    ///
    /// # Errors
    /// `TooFewUnits` under two values; `Unobserved` when something is not finite.
    pub fn standard_deviation(values: &[f64]) -> Result<Self, NotEstimable> {
        let value = Moments::of(values)?.variance.sqrt();
        Ok(Self { value, mcse: value / (2.0 * (values.len() - 1) as f64).sqrt() })
    }

    /// The share q = `hits`/`n` with √(q(1 − q)/n).
    ///
    /// At q = 0 or 1 that formula says "no error", which ten replications cannot know; there the error is the
    /// half-width of the Wilson interval at z = 1, which is 1/(2(n + 1)).
    ///
    /// # Errors
    /// `TooFewUnits` when `n` is zero.
    pub fn share(hits: usize, n: usize) -> Result<Self, NotEstimable> {
        if n == 0 {
            return Err(NotEstimable::TooFewUnits);
        }
        let count = n as f64;
        let value = hits as f64 / count;
        let mcse =
            if hits == 0 || hits >= n { 0.5 / (count + 1.0) } else { (value * (1.0 - value) / count).sqrt() };
        Ok(Self { value, mcse })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_the_binomial_error_and_never_none() {
        // 0.95 of 1000: the .0069 of statistics texts. Tolerance: their printed digits.
        assert!((Measure::share(950, 1000).unwrap().mcse - 0.006_892).abs() < 1e-6);
        assert_eq!(Measure::share(10, 10).unwrap(), Measure { value: 1.0, mcse: 1.0 / 22.0 });
        assert_eq!(Measure::share(0, 1).unwrap(), Measure { value: 0.0, mcse: 0.25 });
        assert_eq!(Measure::share(0, 0), Err(NotEstimable::TooFewUnits));
    }

    #[test]
    fn the_error_at_the_edge_is_wilsons_half_width() {
        // z/(1 + z²/n) · √(q(1 − q)/n + z²/(4n²)) at q = 0, z = 1. Tolerance: a few roundings.
        for n in [1_usize, 7, 400] {
            let count = n as f64;
            let wilson = 1.0 / (1.0 + 1.0 / count) * (0.25 / (count * count)).sqrt();
            assert!((Measure::share(0, n).unwrap().mcse / wilson - 1.0).abs() < 1e-15 * 8.0);
        }
    }

    #[test]
    fn identical_values_have_no_error() {
        assert_eq!(Measure::mean(&[0.1; 7]).unwrap(), Measure { value: 0.1, mcse: 0.0 });
        assert_eq!(Measure::root_mean(&[0.0; 7]).unwrap(), Measure { value: 0.0, mcse: 0.0 });
        assert_eq!(Measure::root_mean(&[9.0; 7]).unwrap(), Measure { value: 3.0, mcse: 0.0 });
        assert_eq!(Measure::standard_deviation(&[0.3; 7]).unwrap(), Measure { value: 0.0, mcse: 0.0 });
    }

    #[test]
    fn the_root_of_a_mean_agrees_with_a_calculation_by_hand() {
        // Squares 1, 9, 16, 10: mean 9, Σ(v − 9)² = 64 + 0 + 49 + 1 = 114, Var = 38, √(38/4)/(2·3).
        let found = Measure::root_mean(&[1.0, 9.0, 16.0, 10.0]).unwrap();
        assert_eq!(found.value, 3.0);
        // Two roundings.
        assert!((found.mcse - 9.5_f64.sqrt() / 6.0).abs() < 1e-15);
    }
}
