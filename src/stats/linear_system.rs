//! A square system of linear equations, as small as a chain of states or a handful of features needs.

use super::NotEstimable;
use nalgebra::{DMatrix, DVector};

/// The x with `matrix`·x = `right`, by elimination with partial pivoting (Golub and Van Loan, Matrix Computations, §3.4).
/// The matrix is given by rows and need not be symmetric.
///
/// # Errors
/// `Unobserved` when the matrix is singular to rounding (a pivot under 1e-13 of its largest entry), or not finite.
pub fn solve_system(matrix: &[Vec<f64>], right: &[f64]) -> Result<Vec<f64>, NotEstimable> {
    let n = right.len();
    let largest = matrix.iter().flatten().fold(0.0_f64, |largest, entry| largest.max(entry.abs()));
    let factors = DMatrix::from_fn(n, n, |row, column| matrix[row][column]).lu();
    let is_regular = |pivot: &f64| pivot.is_finite() && pivot.abs() > 1e-13 * largest;
    if !factors.u().diagonal().iter().all(is_regular) {
        return Err(NotEstimable::Unobserved);
    }
    let x = factors.solve(&DVector::from_column_slice(right)).ok_or(NotEstimable::Unobserved)?;
    if x.iter().all(|x| x.is_finite()) { Ok(x.as_slice().to_vec()) } else { Err(NotEstimable::Unobserved) }
}

/// The matrix with rows and columns exchanged.
#[must_use]
pub fn transposed(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = matrix.first().map_or(0, Vec::len);
    (0..columns).map(|column| matrix.iter().map(|row| row[column]).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_of_a_small_system_satisfies_it() {
        let matrix = vec![vec![0.0, 2.0, 1.0], vec![1.0, -3.0, 0.5], vec![4.0, 1.0, -2.0]];
        let x = solve_system(&matrix, &[3.0, -1.0, 2.0]).unwrap();
        for (row, b) in matrix.iter().zip([3.0, -1.0, 2.0]) {
            let found: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((found - b).abs() < 1e-14, "{found} is not {b}");
        }
        assert_eq!(transposed(&transposed(&matrix)), matrix);
    }

    #[test]
    fn a_singular_system_has_no_answer() {
        let matrix = vec![vec![1.0, 2.0], vec![0.1, 0.2]];
        assert_eq!(solve_system(&matrix, &[1.0, 1.0]), Err(NotEstimable::Unobserved));
    }
}
