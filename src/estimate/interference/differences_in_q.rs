//! Differences in Q over bins of the pre-decision state (Farias, Li, Peng and Zheng, NeurIPS 2022).
//!
//! The rows are steps of a Markov chain under the mixed policy, S_t → S_{t+1}. With P the observed transitions between bins,
//! d their frequencies, r the mean outcome of a bin and V = d·r, the worth h of the bins solves (I − P + 1dᵀ)h = r − V·1, and
//! τ = mean of Y + h(S′) over treated rows less that over controls. Its limit is V′(p), if the bins are a Markov chain:
//! coarse bins and hidden state leave part of the externality out.
//!
//! The error counts both the rows' own spread and their part in h: with w(I − P + 1dᵀ) = δ, where δ is the frequency of the
//! bins after treated rows less that after controls, a row leans on the estimate by w(S_t)/d(S_t).

use super::values::{Values, arm_contrast_weights, differences_in_q, state_columns, successor};
use super::{Path, read_lags};
use crate::design::Unit;
use crate::estimate::bins::{levels, seen_levels, states};
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{NotEstimable, solve_system, transposed};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "differences_in_q",
    about: "outcome plus what the next state is worth, over `bins` (default: all seen) of the state `columns`; Newey-West",
    units: &[Unit::Request],
    needs: &[Column::Time, Column::State],
    uses: &[Column::Propensity],
    basic: &[],
    build: |section| {
        let columns = section.text("columns", Some(""));
        section.ignore(&["bins"]);
        let bins = section.has("bins").then(|| section.integer("bins", None, 1..=200) as usize);
        Box::new(Tabular { columns, bins, lags: read_lags(section) })
    },
};

/// More states than this are refused: a solve takes (states)³ steps, and each would be seen too rarely.
const MOST_STATES: usize = 600;

struct Tabular {
    /// Names of state columns with commas between; all where empty.
    columns: String,
    /// As many as the states that are seen often enough where none is given.
    bins: Option<usize>,
    lags: Option<usize>,
}

/// A state that was seen less often than this shares a bin with its neighbour.
const FEWEST_VISITS: usize = 10;

/// So many bins for each of `columns` that all of them together can be seen [`FEWEST_VISITS`] times.
fn bins_for(rows: usize, columns: usize) -> usize {
    let states = (rows / FEWEST_VISITS).min(MOST_STATES);
    (2..=states)
        .take_while(|bins| bins.checked_pow(columns as u32).is_some_and(|all| all <= states))
        .last()
        .unwrap_or(1)
}

/// Weighted transitions of a chain under the mixed policy, by state.
#[derive(Clone, Debug, PartialEq)]
pub struct Transitions {
    /// How often each state was left for each.
    pub moves: Vec<Vec<f64>>,
    /// Σ of the outcomes of the rows in each state.
    pub outcome: Vec<f64>,
    /// δ: frequency of each state after treated rows less that after controls.
    pub contrast: Vec<f64>,
}

impl Transitions {
    fn frequencies(&self) -> Vec<f64> {
        let counts: Vec<f64> = self.moves.iter().map(|row| row.iter().sum()).collect();
        let total: f64 = counts.iter().sum();
        counts.into_iter().map(|count| count / total).collect()
    }

    /// I − P + 1dᵀ.
    fn system(&self) -> Vec<Vec<f64>> {
        let d = self.frequencies();
        let row = |(from, moves): (usize, &Vec<f64>)| {
            let count: f64 = moves.iter().sum();
            let entry =
                |(to, moved): (usize, &f64)| d[to] - moved / count + if from == to { 1.0 } else { 0.0 };
            moves.iter().enumerate().map(entry).collect()
        };
        self.moves.iter().enumerate().map(row).collect()
    }

    /// h, what each state is worth above the average, with d·h = 0.
    ///
    /// # Errors
    /// `Unobserved` when the states do not all lead to each other.
    pub fn worth(&self) -> Result<Vec<f64>, NotEstimable> {
        let d = self.frequencies();
        let counts = self.moves.iter().map(|row| row.iter().sum::<f64>());
        let reward: Vec<f64> = self.outcome.iter().zip(counts).map(|(sum, count)| sum / count).collect();
        let level: f64 = d.iter().zip(&reward).map(|(d, reward)| d * reward).sum();
        solve_system(&self.system(), &reward.iter().map(|reward| reward - level).collect::<Vec<_>>())
    }

    /// w/d, how the estimate leans on a row of each state.
    ///
    /// # Errors
    /// As [`Transitions::worth`].
    pub fn lean(&self) -> Result<Vec<f64>, NotEstimable> {
        let w = solve_system(&transposed(&self.system()), &self.contrast)?;
        Ok(w.iter().zip(self.frequencies()).map(|(w, d)| w / d).collect())
    }
}

impl Estimator for Tabular {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let path = Path::of(sample)?;
        let columns = state_columns(sample, &self.columns)?;
        let pick = |values: &&[f64]| path.rows.iter().map(|&row| values[row]).collect::<Vec<f64>>();
        let most = bins_for(path.rows.len(), columns.len());
        let level = |values: &[f64]| match self.bins {
            Some(bins) => levels(values, bins),
            None => seen_levels(values, most, FEWEST_VISITS),
        };
        let columns: Vec<Vec<usize>> = columns.iter().map(|values| level(&pick(values))).collect();
        let (state, count) = states(&columns);
        if count > MOST_STATES {
            return Err(NotEstimable::TooFewUnits);
        }
        let rows = state.len();
        let mut seen = Transitions {
            moves: vec![vec![0.0; count]; count],
            outcome: vec![0.0; count],
            contrast: vec![0.0; count],
        };
        for (t, weight) in arm_contrast_weights(&path).into_iter().enumerate() {
            let next = state[successor(t, rows)];
            seen.moves[state[t]][next] += 1.0;
            seen.outcome[state[t]] += path.value[t];
            seen.contrast[next] += weight / rows as f64;
        }
        let (worth, lean) = (seen.worth()?, seen.lean()?);
        let values = Values {
            now: state.iter().map(|&state| worth[state]).collect(),
            next: (0..rows).map(|t| worth[state[successor(t, rows)]]).collect(),
            lean: state.iter().map(|&state| lean[state]).collect(),
        };
        differences_in_q(&path, &values, self.lags)
    }

    fn estimand(&self) -> Estimand {
        Estimand::Slope { share: None }
    }
}
