//! Contrasts of the four cells that two kinds of coins make.

use crate::estimate::{Contrast, Sample};
use crate::stats::{ColumnName, NotEstimable, difference_from};
use std::collections::{BTreeMap, BTreeSet};

/// What each cell's mean counts for: user and pool treated, only the user, only the pool, neither.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CellWeights {
    pub both: f64,
    pub user: f64,
    pub pool: f64,
    pub neither: f64,
}

/// Whether both arms of a coin have several groups, without which the noise of groups is not seen.
fn check_coin(groups: &[u32], heads: &[bool], rows: &[usize], name: &str) -> Result<(), NotEstimable> {
    for side in [false, true] {
        let own: BTreeSet<u32> =
            rows.iter().filter(|row| heads[**row] == side).map(|row| groups[*row]).collect();
        if own.len() < 2 {
            let side = if side { "treated" } else { "control" };
            return Err(NotEstimable::LoneUnit(ColumnName::new(&format!(
                "the {side} side of the {name} coin"
            ))));
        }
    }
    Ok(())
}

/// G/(G − 1)·Σ_g (Σψ)² and G.
fn squares_of_groups<T: Ord>(ids: impl Iterator<Item = T>, influence: &[f64]) -> (f64, f64) {
    let mut sums: BTreeMap<T, f64> = BTreeMap::new();
    for (id, psi) in ids.zip(influence) {
        *sums.entry(id).or_insert(0.0) += psi;
    }
    let groups = sums.len() as f64;
    (sums.values().map(|sum| sum * sum).sum::<f64>() * groups / (groups - 1.0), groups)
}

/// Σ weight·mean over the cells. The error sums influence values ψ = weight·(Y − mean)/rows of the cell within users (the
/// randomised units) and within pools, V = V_user + V_pool − V_both, never less than either (Cameron, Gelbach and Miller
/// 2011; `CR1-two-way`); within units alone where no cluster was logged. t on the smaller count less two: each coin has two sides.
pub(super) fn cell_contrast(sample: &Sample<'_>, weights: CellWeights) -> Result<Contrast, NotEstimable> {
    let frame = sample.frame;
    let rows: Vec<usize> = sample.rows().collect();
    let value = sample.values()?;
    let cell = |row: usize| 2 * usize::from(frame.user_treated[row]) + usize::from(frame.pool_treated[row]);
    let weights = [weights.neither, weights.pool, weights.user, weights.both];
    let (mut count, mut sum) = ([0.0; 4], [0.0; 4]);
    for (&row, y) in rows.iter().zip(&value) {
        count[cell(row)] += 1.0;
        sum[cell(row)] += y;
    }
    if (0..4).any(|cell| weights[cell] != 0.0 && count[cell] == 0.0) {
        return Err(NotEstimable::EmptyArm);
    }
    check_coin(&frame.unit, &frame.user_treated, &rows, "user")?;
    if !frame.cluster.is_empty() {
        check_coin(&frame.cluster, &frame.pool_treated, &rows, "pool")?;
    }
    let mean = [0, 1, 2, 3].map(|cell| if count[cell] > 0.0 { sum[cell] / count[cell] } else { 0.0 });
    let effect: f64 = weights.iter().zip(&mean).map(|(weight, mean)| weight * mean).sum();
    let part = |(row, y): (&usize, &f64)| weights[cell(*row)] * (y - mean[cell(*row)]) / count[cell(*row)];
    let influence: Vec<f64> = rows.iter().zip(&value).map(part).collect();
    let unit = |&row: &usize| frame.unit[row];
    let (user, users) = squares_of_groups(rows.iter().map(unit), &influence);
    if frame.cluster.is_empty() {
        let difference = difference_from(effect, user.sqrt(), users - 2.0, users as usize, "CR1-unit")?;
        return Ok(Contrast { arms: None, difference });
    }
    let pool = |&row: &usize| frame.cluster[row];
    let (pools, pool_count) = squares_of_groups(rows.iter().map(pool), &influence);
    let (both, _) = squares_of_groups(rows.iter().map(|row| (unit(row), pool(row))), &influence);
    let variance = (user + pools - both).max(user).max(pools);
    let df = users.min(pool_count) - 2.0;
    let difference = difference_from(effect, variance.sqrt(), df, users as usize, "CR1-two-way")?;
    Ok(Contrast { arms: None, difference })
}
