//! Least squares of an outcome on named columns, with or without weights. The fit keeps what every covariance
//! needs (the triangular factor and the residuals) and knows none of them: see [`super::heteroskedastic()`],
//! [`super::clustered()`] and [`super::newey_west()`].

use super::triangle::{CHUNK, Triangle, sandwich, solve, solve_transposed};
use super::{ColumnName, NotEstimable};
use nalgebra::DMatrix;

/// A column whose part outside the span of the columns before it is shorter than this share of its length
/// counts as a combination of them.
const RANK_TOLERANCE: f64 = 1e-10;

/// One column of a design matrix. An intercept is a column of ones like any other.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// One value a row.
    pub values: &'a [f64],
}

/// A least-squares fit: b = (X'WX)⁻¹X'Wy.
///
/// ```
/// use contention::stats::{Column, HcKind, heteroskedastic, least_squares};
///
/// let (ones, treated) = ([1.0; 6], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
/// let latency_ms = [10.0, 12.0, 11.0, 14.0, 15.0, 13.0];
/// let columns = [Column { name: "intercept", values: &ones }, Column { name: "treated", values: &treated }];
/// let fit = least_squares(&latency_ms, &columns, None)?;
/// let found = heteroskedastic(&fit, HcKind::Hc2)?.test(&fit, &fit.unit_contrast(1))?;
/// assert!((found.effect - 3.0).abs() < 1e-12 && found.vcov == "HC2");
/// # Ok::<(), contention::stats::NotEstimable>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinearFit<'a> {
    columns: Vec<Column<'a>>,
    root_weights: Option<Vec<f64>>,
    factor: DMatrix<f64>,
    coefficients: Vec<f64>,
    residuals: Vec<f64>,
    n: usize,
}

/// Fits `outcome` on `columns` by Householder QR in chunks of rows; weighted least squares scales rows by √w,
/// which is the same as saying that the variance of a row is proportional to 1/w. Rows of weight zero are
/// left out.
///
/// A column counts as a combination of the columns before it when |R_jj| < 1e-10 ‖x_j‖. (Statistical tools
/// that compare with the largest |R_ii| refuse a share beside a count of bytes; this rule does not depend on
/// units.) Residuals that are nothing but rounding, ‖e‖ ≤ 64 ε ‖y‖, become exactly zero, so that their
/// standard errors are refused instead of printed.
///
/// One pass for R and one for the residuals: a million rows by ten columns take a few tenths of a second.
///
/// # Errors
/// `TooFewUnits` unless there are more rows than columns; `RankDeficient` with the first column that adds
/// nothing; `Unobserved` when a value is not finite or a weight is negative.
///
/// # Panics
/// When columns, outcome and weights differ in length.
pub fn least_squares<'a>(
    outcome: &[f64],
    columns: &[Column<'a>],
    weights: Option<&[f64]>,
) -> Result<LinearFit<'a>, NotEstimable> {
    let rows = outcome.len();
    let k = columns.len();
    assert!(columns.iter().all(|c| c.values.len() == rows), "columns must be as long as the outcome");
    assert!(weights.is_none_or(|w| w.len() == rows), "one weight a row");
    if weights.is_some_and(|w| w.iter().any(|w| !(w.is_finite() && *w >= 0.0))) {
        return Err(NotEstimable::Unobserved);
    }
    let n = weights.map_or(rows, |w| w.iter().filter(|w| **w > 0.0).count());
    if n <= k || k == 0 {
        return Err(NotEstimable::TooFewUnits);
    }
    let root_weights: Option<Vec<f64>> = weights.map(|w| w.iter().map(|w| w.sqrt()).collect());

    let mut triangle = Triangle::new(k + 1);
    for start in (0..rows).step_by(CHUNK) {
        let end = (start + CHUNK).min(rows);
        triangle.absorb(end - start, |column, out| {
            let values = columns.get(column).map_or(outcome, |c| c.values);
            scaled_rows(&values[start..end], root_weights.as_deref().map(|w| &w[start..end]), out);
        });
    }
    let augmented = triangle.factor();
    if augmented.iter().any(|r| !r.is_finite()) {
        return Err(NotEstimable::Unobserved);
    }
    let length = |j: usize| (0..=j).map(|i| augmented[(i, j)] * augmented[(i, j)]).sum::<f64>().sqrt();
    if let Some(j) = (0..k).find(|&j| augmented[(j, j)].abs() <= RANK_TOLERANCE * length(j)) {
        return Err(NotEstimable::RankDeficient(ColumnName::new(columns[j].name)));
    }
    let factor = augmented.view((0, 0), (k, k)).into_owned();
    let projected: Vec<f64> = (0..k).map(|i| augmented[(i, k)]).collect();
    let coefficients = solve(&factor, &projected);
    if coefficients.iter().any(|b| !b.is_finite()) {
        return Err(NotEstimable::Unobserved);
    }
    let mut residuals = vec![0.0; rows];
    if augmented[(k, k)].abs() > 64.0 * f64::EPSILON * length(k) {
        fill_residuals(outcome, columns, &coefficients, root_weights.as_deref(), &mut residuals);
    }
    Ok(LinearFit { columns: columns.to_vec(), root_weights, factor, coefficients, residuals, n })
}

impl LinearFit<'_> {
    /// b, in the order of the columns, each in the outcome's unit over the column's.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// √w (y − Xb), one a row.
    #[must_use]
    pub fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// Rows that count: those with a positive weight.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// Columns.
    #[must_use]
    pub fn k(&self) -> usize {
        self.columns.len()
    }

    /// n − k; positive.
    #[must_use]
    pub fn residual_df(&self) -> f64 {
        (self.n - self.k()) as f64
    }

    /// The position of the first column called `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The contrast that picks one coefficient.
    #[must_use]
    pub fn unit_contrast(&self, column: usize) -> Vec<f64> {
        (0..self.k()).map(|j| if j == column { 1.0 } else { 0.0 }).collect()
    }

    /// Σe²/(n − k), in the squared unit of the outcome.
    #[must_use]
    pub fn residual_variance(&self) -> f64 {
        self.residual_squares() / self.residual_df()
    }

    pub(super) fn residual_squares(&self) -> f64 {
        super::moments::sum_of(self.residuals.iter().map(|e| e * e))
    }

    /// How many rows the data has, those of weight zero included.
    pub(super) fn rows(&self) -> usize {
        self.residuals.len()
    }

    /// c'b.
    pub(super) fn value(&self, contrast: &[f64]) -> f64 {
        assert_eq!(contrast.len(), self.k(), "one weight a coefficient");
        contrast.iter().zip(&self.coefficients).map(|(c, b)| c * b).sum()
    }

    /// A contrast in the coordinates of Q, where (X'X)⁻¹ is the identity: R⁻ᵀc. A row's weight in c'b is
    /// z_i'R⁻ᵀc.
    ///
    /// # Panics
    /// When `contrast` has not one weight a coefficient.
    #[must_use]
    pub fn rotated(&self, contrast: &[f64]) -> Vec<f64> {
        assert_eq!(contrast.len(), self.k(), "one weight a coefficient");
        solve_transposed(&self.factor, contrast)
    }

    /// From the coordinates of Q to those of the columns: R⁻¹ S R⁻ᵀ.
    pub(super) fn sandwich(&self, middle: &DMatrix<f64>) -> DMatrix<f64> {
        sandwich(&self.factor, middle)
    }

    /// Rows of Q, z_i = R⁻ᵀx_i√w_i, into `block`: those listed in `order`, or `range` itself.
    pub(super) fn load(&self, range: std::ops::Range<usize>, order: Option<&[u32]>, block: &mut Block) {
        let len = range.len();
        block.len = len;
        block.z.resize(len * self.k(), 0.0);
        block.e.resize(len, 0.0);
        let gather = |values: &[f64], out: &mut [f64]| match order {
            None => out.copy_from_slice(&values[range.clone()]),
            Some(order) => {
                for (out, &row) in out.iter_mut().zip(&order[range.clone()]) {
                    *out = values[row as usize];
                }
            }
        };
        gather(&self.residuals, &mut block.e);
        if let Some(weights) = &self.root_weights {
            block.w.resize(len, 0.0);
            gather(weights, &mut block.w);
        }
        for j in 0..self.k() {
            let (done, rest) = block.z.split_at_mut(j * len);
            let column = &mut rest[..len];
            gather(self.columns[j].values, column);
            if self.root_weights.is_some() {
                column.iter_mut().zip(&block.w).for_each(|(x, w)| *x *= w);
            }
            for i in 0..j {
                let r = self.factor[(i, j)];
                let z = &done[i * len..(i + 1) * len];
                column.iter_mut().zip(z).for_each(|(x, z)| *x -= r * z);
            }
            let diagonal = self.factor[(j, j)];
            column.iter_mut().for_each(|x| *x /= diagonal);
        }
    }
}

/// Some rows of Q, column by column, with their residuals. Kept between calls to save allocations.
#[derive(Default)]
pub(super) struct Block {
    pub(super) len: usize,
    /// k columns of `len` values.
    pub(super) z: Vec<f64>,
    /// The residuals of the same rows.
    pub(super) e: Vec<f64>,
    w: Vec<f64>,
}

impl Block {
    pub(super) fn column(&self, j: usize) -> &[f64] {
        &self.z[j * self.len..(j + 1) * self.len]
    }
}

fn scaled_rows(values: &[f64], root_weights: Option<&[f64]>, out: &mut [f64]) {
    match root_weights {
        None => out.copy_from_slice(values),
        Some(w) => out.iter_mut().zip(values.iter().zip(w)).for_each(|(out, (x, w))| *out = x * w),
    }
}

fn fill_residuals(
    outcome: &[f64],
    columns: &[Column<'_>],
    coefficients: &[f64],
    root_weights: Option<&[f64]>,
    residuals: &mut [f64],
) {
    residuals.copy_from_slice(outcome);
    for (start, chunk) in residuals.chunks_mut(CHUNK).enumerate() {
        let start = start * CHUNK;
        for (column, b) in columns.iter().zip(coefficients) {
            let values = &column.values[start..start + chunk.len()];
            chunk.iter_mut().zip(values).for_each(|(e, x)| *e -= b * x);
        }
    }
    if let Some(w) = root_weights {
        residuals.iter_mut().zip(w).for_each(|(e, w)| *e *= w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    fn noise(n: usize, column: u64) -> Vec<f64> {
        let family = Streams::new(5, column).family(Purpose::Resampling);
        (0..n as u64).map(|row| family.uniform(row) - 0.5).collect()
    }

    #[test]
    fn a_line_through_exact_points_is_found_and_its_residuals_are_zero() {
        let (ones, x) = ([1.0; 5], [0.1, 0.9, 2.3, 3.1, 7.7]);
        let y = x.map(|x| 3.0 - 0.7 * x);
        let columns = [Column { name: "one", values: &ones }, Column { name: "x", values: &x }];
        let fit = least_squares(&y, &columns, None).unwrap();
        assert!((fit.coefficients()[0] - 3.0).abs() < 1e-13 && (fit.coefficients()[1] + 0.7).abs() < 1e-13);
        assert_eq!(fit.residuals(), [0.0; 5]);
        assert_eq!((fit.n(), fit.k(), fit.position("x"), fit.position("y")), (5, 2, Some(1), None));
    }

    #[test]
    fn residuals_are_orthogonal_to_every_column() {
        let n = 5000;
        let (ones, a, b, y) = (vec![1.0; n], noise(n, 1), noise(n, 2), noise(n, 3));
        // A time stamp of 1.7e9 seconds is what real columns look like.
        let time: Vec<f64> = (0..n).map(|i| 1.7e9 + i as f64).collect();
        let values = [&ones, &a, &b, &time];
        let columns = values.map(|values| Column { name: "x", values });
        let fit = least_squares(&y, &columns, None).unwrap();
        for column in values {
            let size = column.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            let product: f64 = column.iter().zip(fit.residuals()).map(|(x, e)| x / size * e).sum();
            // Intercept and slope cancel from 1e4 to 1 in 5000 rows, and reflections add some dozens of
            // roundings: 50 · 1e4 · 5000 · ε = 6e-7. Normal equations leave 1e-1.
            assert!(product.abs() < 6e-6, "{product}");
        }
    }

    #[test]
    fn a_weight_of_two_is_the_row_twice_and_a_weight_of_zero_is_no_row() {
        let (ones, x, y) = ([1.0; 4], [0.0, 1.0, 2.0, 5.0], [1.0, 0.0, 4.0, 3.0]);
        let columns = |ones, x| [Column { name: "one", values: ones }, Column { name: "x", values: x }];
        let weighted = least_squares(&y, &columns(&ones, &x), Some(&[1.0, 2.0, 1.0, 0.0])).unwrap();
        let twice =
            least_squares(&[1.0, 0.0, 0.0, 4.0], &columns(&[1.0; 4], &[0.0, 1.0, 1.0, 2.0]), None).unwrap();
        for (a, b) in weighted.coefficients().iter().zip(twice.coefficients()) {
            assert!((a - b).abs() < 1e-13);
        }
        assert_eq!((weighted.n(), weighted.residuals()[3]), (3, 0.0));
    }

    #[test]
    fn a_redundant_column_is_named_whatever_the_units_are() {
        let n = 3000;
        let (ones, share, other) = (vec![1.0; n], noise(n, 4), noise(n, 5));
        let bytes: Vec<f64> = other.iter().map(|x| x * 1e14).collect();
        let sum: Vec<f64> = share.iter().zip(&bytes).map(|(a, b)| a - 2.0 * b).collect();
        let y = noise(n, 6);
        let column = |name, values| Column { name, values };
        let fine = [column("one", &ones[..]), column("bytes", &bytes), column("share", &share)];
        assert!(least_squares(&y, &fine, None).is_ok());
        let also = [fine[0], fine[1], fine[2], column("sum", &sum)];
        let refused = least_squares(&y, &also, None).unwrap_err();
        assert_eq!(refused, NotEstimable::RankDeficient(ColumnName::new("sum")));
        let zeros = vec![0.0; n];
        let refused = least_squares(&y, &[fine[0], column("never", &zeros)], None).unwrap_err();
        assert_eq!(refused, NotEstimable::RankDeficient(ColumnName::new("never")));
    }

    #[test]
    fn too_little_and_impossible_data_are_refused() {
        let ones = [1.0; 3];
        let column = [Column { name: "one", values: &ones }];
        let fit = |y: &[f64; 3], w: Option<&[f64]>| least_squares(y, &column, w).unwrap_err();
        assert_eq!(fit(&[1.0, 2.0, f64::NAN], None), NotEstimable::Unobserved);
        assert_eq!(fit(&[1.0, 2.0, 3.0], Some(&[1.0, 0.0, 0.0])), NotEstimable::TooFewUnits);
        assert_eq!(fit(&[1.0, 2.0, 3.0], Some(&[1.0, -1.0, 1.0])), NotEstimable::Unobserved);
        assert_eq!(least_squares(&[1.0], &[], None).unwrap_err(), NotEstimable::TooFewUnits);
    }
}
