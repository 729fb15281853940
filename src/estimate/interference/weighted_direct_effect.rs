//! The slope of the throughput of a queue that arrivals join or balk at, from the idle time (Li, Johari, Kuang and Wager,
//! arXiv 2302.12093): V′(p) = (µ/Λ)·π₀·Σ_k ((λ₁(k) − λ₀(k))/λ_p(k))·P(N > k), the direct effects on joining in each state,
//! weighted by what is behind it.
//!
//! The state column is the number that a request finds, the outcome whether it joined. π are the frequencies of the state
//! (Poisson arrivals see time averages), joining rates are shares of the arms' rows in a state, and µ/Λ = V/(1 − π₀) by the
//! balance of flow. Exact for birth-death queues with one service rate; equal to differences in Q there. Block jackknife.

use super::Path;
use super::values::state_columns;
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{NotEstimable, difference_from};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "weighted_direct_effect",
    about: "direct effects on joining by queue length, weighted by idle time; jackknife of `blocks` of time",
    units: &[Unit::Request],
    needs: &[Column::Time, Column::State],
    uses: &[Column::Propensity],
    basic: &[],
    build: |section| {
        let column = section.text("column", Some(""));
        let blocks = section.integer("blocks", Some(20), 3..=1000) as usize;
        Box::new(WeightedDirectEffect { column, blocks })
    },
};

/// A longer queue than this is refused as no queue length.
const LONGEST: f64 = 100_000.0;

struct WeightedDirectEffect {
    /// The first state column where empty.
    column: String,
    blocks: usize,
}

/// What was found with `k` in the system: weighted rows and joins of the controls and of the treated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FoundState {
    /// Rows.
    pub rows: [f64; 2],
    /// Σ of the outcomes.
    pub joined: [f64; 2],
}

/// V′(p) in outcome per row, from what was found at k = 0, 1, 2, … when a share `p` of the rows was treated. States that
/// one arm never met count as if the arms joined alike there.
#[must_use]
pub fn weighted_direct_effect(found: &[FoundState], p: f64) -> f64 {
    let rows: f64 = found.iter().map(|state| state.rows[0] + state.rows[1]).sum();
    let (mut beyond, mut weighted, mut throughput) = (1.0, 0.0, 0.0);
    let idle = found.first().map_or(0.0, |state| (state.rows[0] + state.rows[1]) / rows);
    for state in found {
        let law = (state.rows[0] + state.rows[1]) / rows;
        beyond -= law;
        if state.rows[0] > 0.0 && state.rows[1] > 0.0 {
            let [control, treated] = [0, 1].map(|arm| state.joined[arm] / state.rows[arm]);
            let mixed = p * treated + (1.0 - p) * control;
            throughput += law * mixed;
            weighted += if mixed > 0.0 { (treated - control) / mixed * beyond } else { 0.0 };
        } else {
            throughput += (state.joined[0] + state.joined[1]) / rows;
        }
    }
    throughput / (1.0 - idle) * idle * weighted
}

impl Estimator for WeightedDirectEffect {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let path = Path::of(sample)?;
        let columns = state_columns(sample, &self.column)?;
        let column = columns.first().ok_or(NotEstimable::missing_column("state"))?;
        let queue: Vec<f64> = path.rows.iter().map(|&row| libm::round(column[row])).collect();
        let longest = queue.iter().copied().fold(0.0, f64::max);
        if queue.iter().any(|k| !(0.0..=LONGEST).contains(k)) {
            return Err(NotEstimable::Unobserved);
        }
        if queue.len() < self.blocks {
            return Err(NotEstimable::BelowMinimum(self.blocks as u32));
        }
        // Blocks differ by one row at most, so that none is empty.
        let block_of = |t: usize| t * self.blocks / queue.len();
        let mut blocks = vec![vec![FoundState::default(); longest as usize + 1]; self.blocks];
        for (t, k) in queue.iter().enumerate() {
            let arm = usize::from(path.treated[t]);
            let state = &mut blocks[block_of(t)][*k as usize];
            state.rows[arm] += 1.0;
            state.joined[arm] += path.value[t];
        }
        let p = path.propensity.iter().sum::<f64>() / queue.len() as f64;
        let without = |left_out: usize| {
            let mut all = vec![FoundState::default(); longest as usize + 1];
            for (_, block) in blocks.iter().enumerate().filter(|(at, _)| *at != left_out) {
                for (sum, own) in all.iter_mut().zip(block) {
                    for arm in [0, 1] {
                        sum.rows[arm] += own.rows[arm];
                        sum.joined[arm] += own.joined[arm];
                    }
                }
            }
            weighted_direct_effect(&all, p)
        };
        let effect = without(usize::MAX);
        let left: Vec<f64> = (0..self.blocks).map(without).collect();
        let squares: f64 = left.iter().map(|found| (found - effect) * (found - effect)).sum();
        let count = self.blocks as f64;
        let std_error = (squares * (count - 1.0) / count).sqrt();
        let difference = difference_from(effect, std_error, count - 1.0, queue.len(), "block-jackknife")?;
        Ok(Contrast { arms: None, difference })
    }

    fn ignores_levels(&self) -> bool {
        false
    }

    fn estimand(&self) -> Estimand {
        Estimand::Slope { share: None }
    }
}
