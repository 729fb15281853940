//! Covariances of a fit whose rows are independent: classical and the HC family (White, Econometrica 1980;
//! `MacKinnon` and White, Journal of Econometrics 1985). With h_i the leverage of row i,
//! V = (X'X)⁻¹ \[Σ ψ_i e_i² x_i x_i'\] (X'X)⁻¹.

use super::NotEstimable;
use super::covariance::Covariance;
use super::linear::{Block, LinearFit};
use super::triangle::CHUNK;
use nalgebra::DMatrix;

/// A row whose leverage is within this of one fits itself: its residual is zero and its ψ has no meaning.
const SATURATED: f64 = 1e-10;

/// Which ψ. HC2 is this crate's default; it is unbiased when the variance is constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HcKind {
    /// Constant variance: V = Σe²/(n − k) (X'X)⁻¹.
    Classical,
    /// ψ = 1.
    Hc0,
    /// ψ = n/(n − k).
    Hc1,
    /// ψ = 1/(1 − h).
    Hc2,
    /// ψ = 1/(1 − h)².
    Hc3,
}

impl HcKind {
    /// The `vcov` string.
    #[must_use]
    pub const fn vcov(self) -> &'static str {
        match self {
            Self::Classical => "classical",
            Self::Hc0 => "HC0",
            Self::Hc1 => "HC1",
            Self::Hc2 => "HC2",
            Self::Hc3 => "HC3",
        }
    }
}

/// The covariance of `fit` for independent rows, tested with t(n − k). Under HC2 and HC3 a row with a leverage
/// of one adds nothing and is counted in [`Covariance::saturated`].
///
/// # Errors
/// `Unobserved` when the result is not finite.
pub fn heteroskedastic(fit: &LinearFit<'_>, kind: HcKind) -> Result<Covariance, NotEstimable> {
    let k = fit.k();
    let (middle, saturated) = match kind {
        HcKind::Classical => (DMatrix::identity(k, k) * fit.residual_variance(), 0),
        _ => middle(fit, kind),
    };
    if middle.iter().any(|m| !m.is_finite()) {
        return Err(NotEstimable::Unobserved);
    }
    let mut covariance = Covariance::from_middle(fit, &middle, kind.vcov(), fit.residual_df(), fit.n());
    covariance.saturated = saturated;
    Ok(covariance)
}

fn middle(fit: &LinearFit<'_>, kind: HcKind) -> (DMatrix<f64>, usize) {
    let k = fit.k();
    let mut middle = DMatrix::zeros(k, k);
    let mut saturated = 0;
    let mut block = Block::default();
    let constant = if kind == HcKind::Hc1 { fit.n() as f64 / fit.residual_df() } else { 1.0 };
    for start in (0..fit.rows()).step_by(CHUNK) {
        fit.load(start..(start + CHUNK).min(fit.rows()), None, &mut block);
        let mut leverage = vec![0.0; block.len];
        for j in 0..k {
            leverage.iter_mut().zip(block.column(j)).for_each(|(h, z)| *h += z * z);
        }
        let mut squares = vec![0.0; block.len];
        for (row, square) in squares.iter_mut().enumerate() {
            let distance = 1.0 - leverage[row];
            let psi = match kind {
                HcKind::Hc2 | HcKind::Hc3 if distance < SATURATED => {
                    saturated += 1;
                    0.0
                }
                HcKind::Hc2 => 1.0 / distance,
                HcKind::Hc3 => 1.0 / (distance * distance),
                _ => constant,
            };
            *square = psi * block.e[row] * block.e[row];
        }
        add_weighted_products(&block, &squares, &mut middle);
    }
    (middle, saturated)
}

/// middle += Z' diag(weights) Z.
fn add_weighted_products(block: &Block, weights: &[f64], middle: &mut DMatrix<f64>) {
    let mut scaled = vec![0.0; block.len];
    for i in 0..middle.nrows() {
        scaled.iter_mut().zip(block.column(i).iter().zip(weights)).for_each(|(s, (z, w))| *s = z * w);
        for j in 0..=i {
            let product = dot(&scaled, block.column(j));
            middle[(i, j)] += product;
            if i != j {
                middle[(j, i)] += product;
            }
        }
    }
}

/// Σ a·b in a fixed order: eight interleaved sums, added at the end.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (heads, tails) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = heads.remainder().iter().zip(tails.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in heads.zip(tails) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::super::{Column, Moments, least_squares};
    use super::*;

    #[test]
    fn hc2_of_two_arms_is_welchs_variance_and_hc3_is_larger() {
        let (y, treated) = ([1.0, 4.0, 2.0, 9.0, 7.0, 8.5, 6.0], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let ones = [1.0; 7];
        let columns = [Column { name: "one", values: &ones }, Column { name: "treated", values: &treated }];
        let fit = least_squares(&y, &columns, None).unwrap();
        let variance = |kind| heteroskedastic(&fit, kind).unwrap().variance(&[0.0, 1.0]);
        let welch = Moments::of(&y[..3]).unwrap().variance_of_mean()
            + Moments::of(&y[3..]).unwrap().variance_of_mean();
        assert!((variance(HcKind::Hc2) / welch - 1.0).abs() < 1e-13);
        assert!((variance(HcKind::Hc1) / variance(HcKind::Hc0) - 7.0 / 5.0).abs() < 1e-13);
        assert!(
            variance(HcKind::Hc3) > variance(HcKind::Hc2) && variance(HcKind::Hc2) > variance(HcKind::Hc0)
        );
    }

    #[test]
    fn a_row_that_fits_itself_is_left_out_and_counted() {
        // Row 4 has a column of its own.
        let (ones, own, y) = ([1.0; 5], [0.0, 0.0, 0.0, 0.0, 1.0], [1.0, 2.0, 4.0, 3.0, 50.0]);
        let columns = [Column { name: "one", values: &ones }, Column { name: "own", values: &own }];
        let fit = least_squares(&y, &columns, None).unwrap();
        let found = heteroskedastic(&fit, HcKind::Hc3).unwrap();
        assert_eq!((found.saturated, found.vcov, found.df), (1, "HC3", 3.0));
        // The mean of the other four: Σ e²/(1 − 1/4)²/4² with Σe² = 5.
        assert!((found.entry(0, 0) / (5.0 / 9.0) - 1.0).abs() < 1e-12);
        assert_eq!(heteroskedastic(&fit, HcKind::Hc0).unwrap().saturated, 0);
    }
}
