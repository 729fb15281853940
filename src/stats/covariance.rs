//! The covariance matrix of a fit's coefficients and the tests that follow from it. It does not know which
//! estimator made it; [`Covariance::vcov`] says so in the result row.

use super::linear::LinearFit;
use super::tails::f_sf;
use super::{Difference, NotEstimable, SMALLEST_P, difference_from};
use nalgebra::DMatrix;

/// Cov(b) with the degrees of freedom its tests use.
#[derive(Clone, Debug)]
pub struct Covariance {
    matrix: DMatrix<f64>,
    /// How it was made: the `vcov` column.
    pub vcov: &'static str,
    /// Degrees of freedom of t tests, and of the denominator of F tests.
    pub df: f64,
    /// Independent units behind it: rows or clusters.
    pub n_units: usize,
    /// Rows (HC2, HC3) or clusters (CR2, CR3) that fit themselves perfectly and therefore, in part or wholly,
    /// could not be counted. Not zero: say so beside the number.
    pub saturated: usize,
}

/// A joint test of several contrasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointTest {
    /// F = (Rb)'(RVR')⁻¹(Rb)/q.
    pub statistic: f64,
    /// q, the number of contrasts.
    pub df_numerator: f64,
    /// The degrees of freedom of the covariance.
    pub df_denominator: f64,
    /// Upper tail of F(q, df), at least [`SMALLEST_P`].
    pub p_value: f64,
}

impl Covariance {
    /// From the middle of the sandwich in the coordinates of Q.
    pub(super) fn from_middle(
        fit: &LinearFit<'_>,
        middle: &DMatrix<f64>,
        vcov: &'static str,
        df: f64,
        n_units: usize,
    ) -> Self {
        Self { matrix: fit.sandwich(middle), vcov, df, n_units, saturated: 0 }
    }

    /// Cov(b_i, b_j), in the product of the coefficients' units.
    ///
    /// # Panics
    /// When a position is beyond the columns.
    #[must_use]
    pub fn entry(&self, i: usize, j: usize) -> f64 {
        self.matrix[(i, j)]
    }

    /// c'Vc.
    ///
    /// # Panics
    /// When `contrast` has not one weight a coefficient.
    #[must_use]
    pub fn variance(&self, contrast: &[f64]) -> f64 {
        assert_eq!(contrast.len(), self.matrix.nrows(), "one weight a coefficient");
        let row = |i: usize| contrast.iter().enumerate().map(|(j, c)| c * self.matrix[(i, j)]).sum::<f64>();
        contrast.iter().enumerate().map(|(i, c)| c * row(i)).sum()
    }

    /// The t test of c'b = 0.
    ///
    /// # Errors
    /// `ZeroVariance` when the standard error is nothing but rounding; those of
    /// [`difference_from`].
    ///
    /// # Panics
    /// When `contrast` has not one weight a coefficient of `fit`.
    pub fn test(&self, fit: &LinearFit<'_>, contrast: &[f64]) -> Result<Difference, NotEstimable> {
        let variance = beyond_rounding(fit, contrast, self.variance(contrast));
        difference_from(fit.value(contrast), variance.sqrt(), self.df, self.n_units, self.vcov)
    }

    /// The F test that all `contrasts` are zero, on F(q, df).
    ///
    /// # Errors
    /// `TooFewUnits` without contrasts or when `df` is not positive; `ZeroVariance` when their covariance is
    /// singular, as with more contrasts than clusters.
    ///
    /// # Panics
    /// When a contrast has not one weight a coefficient of `fit`.
    pub fn joint_test(&self, fit: &LinearFit<'_>, contrasts: &[Vec<f64>]) -> Result<JointTest, NotEstimable> {
        let q = contrasts.len();
        if q == 0 || self.df.is_nan() || self.df <= 0.0 {
            return Err(NotEstimable::TooFewUnits);
        }
        let k = self.matrix.nrows();
        let r = DMatrix::from_fn(q, k, |i, j| contrasts[i][j]);
        let mut covariance = &r * &self.matrix * r.transpose();
        let effects: Vec<f64> = contrasts.iter().map(|c| fit.value(c)).collect();
        // Scaled to correlations, so that singular does not depend on units.
        let scale: Vec<f64> = (0..q).map(|i| covariance[(i, i)].sqrt()).collect();
        if scale.iter().any(|s| !(s.is_finite() && *s > 0.0)) {
            return Err(NotEstimable::ZeroVariance);
        }
        for i in 0..q {
            for j in 0..q {
                covariance[(i, j)] /= scale[i] * scale[j];
            }
        }
        let factor = covariance.cholesky().ok_or(NotEstimable::ZeroVariance)?;
        let lower = factor.l();
        if (0..q).any(|i| lower[(i, i)] < 1e-6) {
            return Err(NotEstimable::ZeroVariance);
        }
        let t: Vec<f64> = effects.iter().zip(&scale).map(|(e, s)| e / s).collect();
        let solved = factor.solve(&DMatrix::from_column_slice(q, 1, &t));
        let statistic = t.iter().zip(solved.iter()).map(|(a, b)| a * b).sum::<f64>() / q as f64;
        if !statistic.is_finite() {
            return Err(NotEstimable::Unobserved);
        }
        let statistic = statistic.max(0.0);
        let p_value = f_sf(statistic, q as f64, self.df).max(SMALLEST_P);
        Ok(JointTest { statistic, df_numerator: q as f64, df_denominator: self.df, p_value })
    }
}

/// `variance`, or zero when it is below what rounding leaves of residuals that cancel: (64 ε)² ‖e‖² c'(X'X)⁻¹c.
pub(super) fn beyond_rounding(fit: &LinearFit<'_>, contrast: &[f64], variance: f64) -> f64 {
    let leverage: f64 = fit.rotated(contrast).iter().map(|q| q * q).sum();
    let rounding = 64.0 * f64::EPSILON;
    if variance <= rounding * rounding * fit.residual_squares() * leverage { 0.0 } else { variance }
}

#[cfg(test)]
mod tests {
    use super::super::{Column, HcKind, heteroskedastic, least_squares};
    use super::*;

    #[test]
    fn a_joint_test_of_one_contrast_is_the_square_of_its_t_test() {
        let (ones, x, y) = ([1.0; 6], [0.0, 1.0, 2.0, 4.0, 5.0, 9.0], [1.0, 3.0, 2.0, 6.0, 4.0, 9.0]);
        let columns = [Column { name: "one", values: &ones }, Column { name: "x", values: &x }];
        let fit = least_squares(&y, &columns, None).unwrap();
        let covariance = heteroskedastic(&fit, HcKind::Hc1).unwrap();
        let t = covariance.test(&fit, &fit.unit_contrast(1)).unwrap();
        let f = covariance.joint_test(&fit, &[fit.unit_contrast(1)]).unwrap();
        // A few roundings; p by two routes to the same incomplete beta.
        assert!((f.statistic / (t.statistic * t.statistic) - 1.0).abs() < 1e-13);
        assert!((f.p_value / t.p_value - 1.0).abs() < 1e-11);
        assert_eq!((f.df_numerator, f.df_denominator), (1.0, 4.0));
        // The same contrast twice says nothing new.
        let twice = [fit.unit_contrast(1), fit.unit_contrast(1)];
        assert_eq!(covariance.joint_test(&fit, &twice), Err(NotEstimable::ZeroVariance));
    }
}
