//! Sums, means and variances in a fixed order. Nothing here knows what the values are.

use super::NotEstimable;

/// Count, mean and variance of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub n: u64,
    /// Arithmetic mean, in the unit of the values.
    pub mean: f64,
    /// Sample variance with `n − 1` in the denominator, in the squared unit of the values.
    pub variance: f64,
}

impl Moments {
    /// The moments of `values`, by two passes over centred data: the textbook formula Σx² − n·x̄² cancels.
    ///
    /// The second pass carries the correction (Σd)²/n of Chan, Golub and LeVeque (The American Statistician
    /// 1983). Identical values give a variance of exactly zero.
    ///
    /// # Errors
    /// `TooFewUnits` under two values; `Unobserved` when a value or a result is not finite.
    pub fn of(values: &[f64]) -> Result<Self, NotEstimable> {
        if values.len() < 2 {
            return Err(NotEstimable::TooFewUnits);
        }
        let n = values.len() as f64;
        let mean = mean(values)?;
        let squares = sum_of(values.iter().map(|x| (x - mean) * (x - mean)));
        let drift = sum_of(values.iter().map(|x| x - mean));
        let variance = (squares - drift * drift / n) / (n - 1.0);
        // Before `max`, which would turn NaN into zero.
        if !variance.is_finite() {
            return Err(NotEstimable::Unobserved);
        }
        Ok(Self { n: values.len() as u64, mean, variance: variance.max(0.0) })
    }

    /// Variance of the mean, `variance / n`.
    #[must_use]
    pub fn variance_of_mean(&self) -> f64 {
        self.variance / self.n as f64
    }
}

/// The mean of `values`, in their unit. A second pass removes the rounding of the first, so that the mean of
/// identical values is that value exactly.
///
/// # Errors
/// `EmptyArm` without values; `Unobserved` when a value or the result is not finite.
pub fn mean(values: &[f64]) -> Result<f64, NotEstimable> {
    if values.is_empty() {
        return Err(NotEstimable::EmptyArm);
    }
    let n = values.len() as f64;
    let first = sum(values) / n;
    let mean = first + sum_of(values.iter().map(|x| x - first)) / n;
    if mean.is_finite() { Ok(mean) } else { Err(NotEstimable::Unobserved) }
}

/// The sum of `values` in input order, with Neumaier's compensation (ZAMM 1974): the error does not grow with
/// the number of values. The sum of nothing is zero.
#[must_use]
pub fn sum(values: &[f64]) -> f64 {
    sum_of(values.iter().copied())
}

/// [`sum`] for terms that are made on the way.
pub(super) fn sum_of(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for term in terms {
        let next = total + term;
        lost += if total.abs() >= term.abs() { (total - next) + term } else { (term - next) + total };
        total = next;
    }
    total + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_does_not_lose_small_terms_between_large_ones() {
        // 1e100 swallows every 1 in plain summation; compensation keeps them exactly.
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
    }

    #[test]
    fn a_large_offset_does_not_spoil_the_variance() {
        // 4, 7, 13, 16 have variance 30; the offset 1e9 is exact in f64, so equality is exact too.
        let shifted = [4.0, 7.0, 13.0, 16.0].map(|x| x + 1e9);
        let moments = Moments::of(&shifted).unwrap();
        assert_eq!((moments.n, moments.mean, moments.variance), (4, 1e9 + 10.0, 30.0));
        assert_eq!(moments.variance_of_mean(), 7.5);
    }

    #[test]
    fn identical_values_have_exactly_their_mean_and_no_variance() {
        for n in 2..400 {
            for value in [0.1, 1.0 / 3.0, -7.3e-9, 12345.678] {
                let moments = Moments::of(&vec![value; n]).unwrap();
                assert_eq!((moments.mean, moments.variance), (value, 0.0), "n = {n}");
            }
        }
    }

    #[test]
    fn too_little_and_non_finite_data_are_refused() {
        assert_eq!(mean(&[]), Err(NotEstimable::EmptyArm));
        assert_eq!(Moments::of(&[1.0]), Err(NotEstimable::TooFewUnits));
        assert_eq!(Moments::of(&[1.0, f64::NAN]), Err(NotEstimable::Unobserved));
        assert_eq!(Moments::of(&[1.0, f64::INFINITY]), Err(NotEstimable::Unobserved));
        assert_eq!(Moments::of(&[1e300, -1e300]), Err(NotEstimable::Unobserved));
    }
}
