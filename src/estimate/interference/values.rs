//! From what states are worth to differences in Q, with the share of every row in the error.

use super::Path;
use crate::estimate::{Contrast, Sample};
use crate::stats::{NotEstimable, difference_from, mean};

/// What the rows' states are worth, and how much their estimate leans on each row.
pub(super) struct Values {
    /// h(S_t).
    pub now: Vec<f64>,
    /// h(S_{t+1}).
    pub next: Vec<f64>,
    /// g(S_t): the derivative of the estimate by the row's Bellman equation, times T.
    pub lean: Vec<f64>,
}

/// τ = mean of Y + h(S′) over treated rows less that over controls, rows weighted by one over the probability of their arm.
///
/// The influence of a row is what it adds to the two means plus g(S_t)·[Y_t − Ȳ + h(S_{t+1}) − h(S_t)], what its Bellman
/// residual adds through the estimate of h; both parts are summed with Bartlett weights over ⌊T^{1/3}⌋ rows.
pub(super) fn differences_in_q(
    path: &Path,
    values: &Values,
    lags: Option<usize>,
) -> Result<Contrast, NotEstimable> {
    let level = mean(&path.value)?;
    let worth: Vec<f64> = path.value.iter().zip(&values.next).map(|(y, next)| y + next).collect();
    let [control, treated] = [false, true].map(|arm| Arm::of(path, &worth, arm));
    let effect = treated.mean - control.mean;
    let influence: Vec<f64> = (0..worth.len())
        .map(|t| {
            let (arm, sign) = if path.treated[t] { (&treated, 1.0) } else { (&control, -1.0) };
            let direct = sign * arm.weight(path, t) * (worth[t] - arm.mean);
            direct + values.lean[t] * (worth[t] - level - values.now[t])
        })
        .collect();
    let found = path.mean_of(&influence, lags)?;
    let difference = difference_from(effect, found.std_error, found.df, found.n_units, found.vcov)?;
    Ok(Contrast { arms: None, difference })
}

/// The gradient of an estimate by h(S′): +weight for treated rows, −weight for controls, summing to zero; over T.
pub(super) fn arm_contrast_weights(path: &Path) -> Vec<f64> {
    let [control, treated] = [false, true].map(|arm| Arm::of(path, &path.value, arm));
    (0..path.value.len())
        .map(|t| if path.treated[t] { treated.weight(path, t) } else { -control.weight(path, t) })
        .collect()
}

/// The mean of one arm with weights of one over the probability of the arm.
struct Arm {
    mean: f64,
    /// T over the summed weights.
    scale: f64,
}

impl Arm {
    fn of(path: &Path, worth: &[f64], arm: bool) -> Self {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (t, worth) in worth.iter().enumerate().filter(|(t, _)| path.treated[*t] == arm) {
            let weight = inverse_probability(path, t);
            sum += weight * worth;
            weights += weight;
        }
        Self { mean: sum / weights, scale: worth.len() as f64 / weights }
    }

    fn weight(&self, path: &Path, t: usize) -> f64 {
        self.scale * inverse_probability(path, t)
    }
}

fn inverse_probability(path: &Path, t: usize) -> f64 {
    1.0 / if path.treated[t] { path.propensity[t] } else { 1.0 - path.propensity[t] }
}

/// The rows' successors: the next row, and the first after the last, which makes the observed frequencies the stationary
/// law of the observed transitions, at the price of one invented step.
pub(super) fn successor(t: usize, rows: usize) -> usize {
    (t + 1) % rows
}

/// The named columns of the pre-decision state, or all of them where none is named.
pub(super) fn state_columns<'a>(sample: &Sample<'a>, names: &str) -> Result<Vec<&'a [f64]>, NotEstimable> {
    let columns = &sample.frame.state;
    let found: Vec<&[f64]> = if names.is_empty() {
        columns.iter().map(|column| column.values.as_slice()).collect()
    } else {
        let named = names.split(',').map(str::trim);
        let find =
            |name: &str| columns.iter().find(|column| column.name == name).map(|c| c.values.as_slice());
        named.map(find).collect::<Option<_>>().ok_or(NotEstimable::missing_column("state"))?
    };
    if found.is_empty() { Err(NotEstimable::missing_column("state")) } else { Ok(found) }
}
