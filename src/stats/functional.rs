//! The error of a weighted sum of outcomes whose noise is seen through the residuals of a regression: Σ ω_i y_i with weights
//! that do not depend on the outcomes.

use super::linear::{Block, LinearFit};
use super::triangle::CHUNK;
use super::{ColumnName, NotEstimable};
use nalgebra::DMatrix;

/// A row that the regression fits by itself to this much.
const FITS_ITSELF: f64 = 1e-10;

/// The noise of Σ ω_i y_i.
#[derive(Clone, Debug, PartialEq)]
pub struct Functional {
    /// ω_i e_i/√(1 − h_i) of each row; V is the sum of their squares where rows are independent.
    pub parts: Vec<f64>,
    /// Satterthwaite's degrees of freedom of that V where all rows vary alike.
    pub df: f64,
}

/// HC2 (MacKinnon and White, Journal of Econometrics 1985) for any linear functional of the outcomes of `fit`, whose weights
/// `omega` gives from a row's number and its coordinates in Q: V = Σ ω² e²/(1 − h). With a_i = ω_i²/(1 − h_i) and residuals that
/// have the covariance I − H, the degrees of freedom are (Σω²)²/Σ_ij a_i a_j (I − H)_ij² (Bell and McCaffrey 2002).
///
/// # Errors
/// `ZeroVariance` where a row with a weight fits itself, so that its noise is not seen; `Unobserved`.
pub fn functional(
    fit: &LinearFit<'_>,
    omega: impl Fn(usize, &[f64]) -> f64,
) -> Result<Functional, NotEstimable> {
    let (rows, k) = (fit.rows(), fit.k());
    let (mut parts, mut block) = (Vec::with_capacity(rows), Block::default());
    let mut squares = DMatrix::<f64>::zeros(k, k);
    let (mut total, mut diagonal) = (0.0, 0.0);
    let mut z = vec![0.0; k];
    for start in (0..rows).step_by(CHUNK) {
        fit.load(start..(start + CHUNK).min(rows), None, &mut block);
        for at in 0..block.len {
            z.iter_mut().enumerate().for_each(|(j, z)| *z = block.column(j)[at]);
            let leverage: f64 = z.iter().map(|z| z * z).sum();
            let weight = omega(start + at, &z);
            if weight == 0.0 {
                parts.push(0.0);
                continue;
            }
            if leverage > 1.0 - FITS_ITSELF {
                return Err(NotEstimable::ZeroVariance);
            }
            let seen = 1.0 - leverage;
            parts.push(weight * block.e[at] / seen.sqrt());
            let a = weight * weight / seen;
            total += weight * weight;
            diagonal += a * a * (seen * seen - leverage * leverage);
            for i in 0..k {
                for j in 0..k {
                    squares[(i, j)] += a * z[i] * z[j];
                }
            }
        }
    }
    let df = total * total / (diagonal + squares.norm_squared());
    if df.is_finite() && parts.iter().all(|part| part.is_finite()) {
        Ok(Functional { parts, df })
    } else {
        Err(NotEstimable::Unobserved)
    }
}

/// Whether every row that has a weight in a contrast of the coefficients leaves a residual.
///
/// # Errors
/// `LoneUnit` where one fits itself: then the noise of what it decides is not seen, and any formula takes it for zero.
pub fn check_rows(fit: &LinearFit<'_>, contrast: &[f64]) -> Result<(), NotEstimable> {
    let q = fit.rotated(contrast);
    let scale = q.iter().map(|q| q * q).sum::<f64>().sqrt();
    let omega = |_: usize, z: &[f64]| {
        let weight: f64 = z.iter().zip(&q).map(|(z, q)| z * q).sum();
        // What is left of a weight that cancels is none.
        if weight.abs() <= 1e-10 * scale { 0.0 } else { weight }
    };
    match functional(fit, omega) {
        Err(NotEstimable::ZeroVariance) => {
            Err(NotEstimable::LoneUnit(ColumnName::new("a part of the comparison")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClusterKind, Clusters, Column, clustered_test, least_squares};
    use super::*;

    #[test]
    fn for_a_coefficient_it_is_cr2_with_a_cluster_for_each_row() {
        let (ones, x) = ([1.0; 7], [0.0, 1.0, 1.5, 4.0, 4.5, 9.0, 2.0]);
        let y = [1.0, 3.0, 2.0, 6.0, 4.0, 9.0, 1.0];
        let columns = [Column { name: "one", values: &ones }, Column { name: "x", values: &x }];
        let fit = least_squares(&y, &columns, None).unwrap();
        let contrast = [0.3, 1.0];
        let q = fit.rotated(&contrast);
        let omega = |_: usize, z: &[f64]| z.iter().zip(&q).map(|(z, q)| z * q).sum();
        let found = functional(&fit, omega).unwrap();
        let alone = Clusters::of(&(0..7).collect::<Vec<u32>>()).unwrap();
        let expected = clustered_test(&fit, &alone, ClusterKind::Cr2, &contrast).unwrap();
        let variance: f64 = found.parts.iter().map(|part| part * part).sum();
        assert!((variance.sqrt() / expected.std_error - 1.0).abs() < 1e-12);
        assert!((found.df / expected.df - 1.0).abs() < 1e-11, "{} is not {}", found.df, expected.df);
    }
}
