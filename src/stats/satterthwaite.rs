//! The adjustment A_g of a cluster as a function of Z_g'Z_g, and the degrees of freedom that follow from it
//! (Bell and `McCaffrey` 2002; Pustejovsky and Tipton 2018, identity working model).
//!
//! With p_g = (I − H)_{·g} A_g X_g Mc, ν = (Σ_g p_g'p_g)² / ΣΣ_{g,h} (p_g'p_h)². I − H is idempotent, so
//! p_g'p_h = δ_gh a_g'a_g − t_g't_h with a_g = A_g Z_g q, t_g = Z_g'a_g and q = R⁻ᵀc; with d_g = a_g'a_g the
//! double sum is Σ d_g² − 2Σ d_g t_g't_g + ‖Σ t_g t_g'‖², which costs k² a cluster.

use super::NotEstimable;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// An eigenvalue of I − H_gg below this is a direction in which the cluster fits itself (a fixed effect of
/// its own); it is left out, which makes A_g a pseudo-inverse.
const SATURATED: f64 = 1e-10;

/// Z_g'Z_g = UΛU' with f(1 − λ) beside each λ.
pub(super) struct Spectrum {
    vectors: DMatrix<f64>,
    values: DVector<f64>,
    adjustment: DVector<f64>,
    /// Whether a direction was left out.
    pub(super) saturated: bool,
}

impl Spectrum {
    pub(super) fn of(products: &DMatrix<f64>, f: impl Fn(f64) -> f64) -> Result<Self, NotEstimable> {
        if products.iter().any(|p| !p.is_finite()) {
            return Err(NotEstimable::Unobserved);
        }
        let eigen = SymmetricEigen::try_new(products.clone(), f64::EPSILON, 10_000)
            .ok_or(NotEstimable::NotConverged)?;
        let mut saturated = false;
        let adjustment = eigen.eigenvalues.map(|value| {
            let distance = 1.0 - value;
            if distance < SATURATED {
                saturated = true;
                0.0
            } else {
                f(distance)
            }
        });
        Ok(Self { vectors: eigen.eigenvectors, values: eigen.eigenvalues, adjustment, saturated })
    }

    /// Whether the vector `q` has a part in a direction that was left out.
    pub(super) fn hides(&self, q: &DVector<f64>) -> bool {
        let length = q.norm();
        let along = self.vectors.tr_mul(q);
        self.values
            .iter()
            .zip(along.iter())
            .any(|(value, part)| 1.0 - value < SATURATED && part.abs() > 1e-7 * length)
    }

    /// f(Z'Z) v.
    pub(super) fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        &self.vectors * self.vectors.tr_mul(v).component_mul(&self.adjustment)
    }
}

/// The sums behind ν.
pub(super) struct Satterthwaite {
    products: DMatrix<f64>,
    trace: f64,
    squares: f64,
    cross: f64,
}

impl Satterthwaite {
    pub(super) fn new(k: usize) -> Self {
        Self { products: DMatrix::zeros(k, k), trace: 0.0, squares: 0.0, cross: 0.0 }
    }

    /// Adds a cluster; `q` is the contrast in the coordinates of Q.
    pub(super) fn add(&mut self, spectrum: &Spectrum, q: &DVector<f64>) {
        let weighted = spectrum.vectors.tr_mul(q).component_mul(&spectrum.adjustment);
        // a'a = q'Z'A²Zq and Z'a = f(Z'Z) Z'Z q.
        let own = weighted.component_mul(&spectrum.values).dot(&weighted);
        let t = &spectrum.vectors * weighted.component_mul(&spectrum.values);
        let shared = t.dot(&t);
        self.trace += own - shared;
        self.squares += own * own;
        self.cross += own * shared;
        self.products.ger(1.0, &t, &t, 1.0);
    }

    /// ν.
    pub(super) fn df(&self) -> f64 {
        self.trace * self.trace / (self.squares - 2.0 * self.cross + self.products.norm_squared())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spectrum_takes_functions_of_a_matrix_and_leaves_saturated_directions_out() {
        let products = DMatrix::from_row_slice(2, 2, &[0.5, 0.2, 0.2, 0.3]);
        let v = DVector::from_row_slice(&[1.0, -2.0]);
        let inverse = Spectrum::of(&products, |distance| 1.0 / distance).unwrap();
        let back = (DMatrix::identity(2, 2) - &products) * inverse.apply(&v);
        assert!((back - &v).amax() < 1e-14 && !inverse.saturated);
        let own = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 0.0]);
        let half = Spectrum::of(&own, |distance| 1.0 / distance.sqrt()).unwrap();
        assert!(half.saturated && half.apply(&v) == DVector::from_row_slice(&[0.0, -2.0]));
        let wrong = DMatrix::from_row_slice(1, 1, &[f64::NAN]);
        assert_eq!(Spectrum::of(&wrong, |d| d).err(), Some(NotEstimable::Unobserved));
    }

    #[test]
    fn a_mean_over_equal_clusters_has_one_degree_less_than_clusters() {
        // A regression on ones: each of G equal clusters has Z_g'Z_g = 1/G, and ν = G − 1 exactly.
        let mut sums = Satterthwaite::new(1);
        let q = DVector::from_row_slice(&[1.0]);
        for _ in 0..8 {
            let products = DMatrix::from_row_slice(1, 1, &[1.0 / 8.0]);
            sums.add(&Spectrum::of(&products, |distance| 1.0 / distance.sqrt()).unwrap(), &q);
        }
        assert!((sums.df() - 7.0).abs() < 1e-12);
    }
}
