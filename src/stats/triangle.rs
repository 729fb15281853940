//! The triangular factor R of a tall matrix, built from chunks of rows: X = QR with Q never stored.
//!
//! Householder reflections on each chunk stacked under the factor so far (a sequential TSQR; Demmel, Grigori,
//! Hoemmen and Langou, SIAM J. Sci. Comput. 2012) are as stable as one QR of the whole and need the memory of
//! one chunk. Normal equations would square the condition number. It does not know what the columns mean.

use nalgebra::{DMatrix, DVector};

/// Rows that are reduced at a time: a chunk of ten columns fits into the second-level cache.
pub(super) const CHUNK: usize = 1024;

/// Collects rows and keeps R.
pub(super) struct Triangle {
    width: usize,
    factor: DMatrix<f64>,
}

impl Triangle {
    pub(super) fn new(width: usize) -> Self {
        Self { width, factor: DMatrix::zeros(width, width) }
    }

    /// Adds `rows` rows, which `fill` writes column by column: (column, slice of that many values).
    pub(super) fn absorb(&mut self, rows: usize, mut fill: impl FnMut(usize, &mut [f64])) {
        let height = self.width + rows;
        let mut stacked = DMatrix::zeros(height, self.width);
        for (column, values) in stacked.as_mut_slice().chunks_exact_mut(height).enumerate() {
            let (top, bottom) = values.split_at_mut(self.width);
            top.copy_from_slice(&self.factor.as_slice()[column * self.width..(column + 1) * self.width]);
            fill(column, bottom);
        }
        self.factor = stacked.qr().r();
    }

    /// R, upper triangular with a diagonal that is not negative.
    pub(super) fn factor(self) -> DMatrix<f64> {
        self.factor
    }
}

/// The x with R x = b. The diagonal must have no zero.
pub(super) fn solve(factor: &DMatrix<f64>, b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for i in (0..x.len()).rev() {
        for j in i + 1..x.len() {
            x[i] -= factor[(i, j)] * x[j];
        }
        x[i] /= factor[(i, i)];
    }
    x
}

/// The x with R'x = b.
pub(super) fn solve_transposed(factor: &DMatrix<f64>, b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for i in 0..x.len() {
        for j in 0..i {
            x[i] -= factor[(j, i)] * x[j];
        }
        x[i] /= factor[(i, i)];
    }
    x
}

/// R⁻¹ S R⁻ᵀ for a symmetric S: from the coordinates of Q to those of X.
pub(super) fn sandwich(factor: &DMatrix<f64>, middle: &DMatrix<f64>) -> DMatrix<f64> {
    let k = factor.nrows();
    let columns = |matrix: &DMatrix<f64>| -> Vec<DVector<f64>> {
        matrix.column_iter().map(|c| DVector::from_vec(solve(factor, c.into_owned().as_slice()))).collect()
    };
    if k == 0 {
        return middle.clone();
    }
    let left = DMatrix::from_columns(&columns(middle));
    let both = DMatrix::from_columns(&columns(&left.transpose()));
    // Both triangles were computed; their mean is symmetric to the last bit.
    DMatrix::from_fn(k, k, |i, j| 0.5 * (both[(i, j)] + both[(j, i)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize, width: usize) -> DMatrix<f64> {
        DMatrix::from_fn(n, width, |i, j| ((i * (j + 2) + j * j) % 17) as f64 - 4.0 * j as f64)
    }

    fn factor_in_chunks(x: &DMatrix<f64>, chunk: usize) -> DMatrix<f64> {
        let mut triangle = Triangle::new(x.ncols());
        let mut start = 0;
        while start < x.nrows() {
            let n = chunk.min(x.nrows() - start);
            triangle
                .absorb(n, |column, out| out.copy_from_slice(&x.column(column).as_slice()[start..start + n]));
            start += n;
        }
        triangle.factor()
    }

    #[test]
    fn chunks_of_any_size_have_the_same_cross_products() {
        let x = rows(90, 4);
        let expected = x.transpose() * &x;
        for chunk in [1, 7, 64, 500] {
            let r = factor_in_chunks(&x, chunk);
            // Ninety chunks of reflections of numbers up to 20: a few hundred roundings.
            assert!((r.transpose() * &r - &expected).amax() < 1e-11 * expected.amax());
            for j in 0..4 {
                assert!(r[(j, j)] > 0.0 && (j + 1..4).all(|i| r[(i, j)] == 0.0));
            }
        }
    }

    #[test]
    fn the_solvers_undo_the_factor() {
        let r = factor_in_chunks(&rows(30, 3), 8);
        let x = [1.0, -2.0, 0.5];
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&solve(&r, (&r * DVector::from_row_slice(&x)).as_slice()), &x));
        assert!(close(&solve_transposed(&r, (r.transpose() * DVector::from_row_slice(&x)).as_slice()), &x));
        let unit = sandwich(&r, &(&r * r.transpose()));
        assert!((unit - DMatrix::<f64>::identity(3, 3)).amax() < 1e-12);
    }
}
