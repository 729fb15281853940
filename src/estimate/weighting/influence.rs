//! The standard error of a mean of influence values, summed within randomised units.

use crate::estimate::Sample;
use crate::stats::{Difference, NotEstimable, difference_from};

/// `effect` with the error of its rows' influence values ψ (mean zero up to order 1/n).
///
/// Rows that are units of their own: se² = Σψ²/n², normal (`influence`). Units of several rows: se² = G/(G − 1)·Σ_u
/// (Σ_{i in u} ψ_i)²/n², t with G − 1 degrees of freedom (`influence-CR1`). `rows` are the rows' positions in the log.
///
/// # Errors
/// `TooFewUnits` under two units; `ZeroVariance`; `Unobserved`.
pub(in crate::estimate) fn difference_by_influence(
    sample: &Sample<'_>,
    rows: &[usize],
    effect: f64,
    influence: &[f64],
) -> Result<Difference, NotEstimable> {
    let mut sums = vec![None; sample.frame.units];
    for (row, psi) in rows.iter().zip(influence) {
        *sums[sample.frame.unit[*row] as usize].get_or_insert(0.0) += psi;
    }
    let sums: Vec<f64> = sums.into_iter().flatten().collect();
    let (units, n) = (sums.len(), rows.len() as f64);
    if units < 2 {
        return Err(NotEstimable::TooFewUnits);
    }
    let squares = sums.iter().map(|sum| sum * sum).sum::<f64>() / (n * n);
    if units == rows.len() {
        return difference_from(effect, squares.sqrt(), f64::INFINITY, units, "influence");
    }
    let count = units as f64;
    let std_error = (squares * count / (count - 1.0)).sqrt();
    difference_from(effect, std_error, count - 1.0, units, "influence-CR1")
}
