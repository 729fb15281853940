//! The parts of every error sum to it.

use super::{Law, Tried, hold};
use crate::study::replicate;

const ID: &str = "SPLIT-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "sampling, spillover and dilution sum to the error of every estimate",
    check: |trial| {
        let mut split = false;
        for row in &replicate(&trial.scenario, 0).estimates {
            let (Some(parts), Ok(estimate), Some(truth)) = (row.decomposition, row.result, row.paired_truth)
            else {
                continue;
            };
            let sum = parts.sampling_part + parts.spillover_on_control + parts.dilution_on_treated;
            // Rounding of a handful of differences of values of this size.
            let size = row.arms.map_or(0.0, |arms| arms.treated.abs() + arms.control.abs());
            let scale = 1e-9 * (1.0 + size + truth.abs() + parts.sampling_part.abs());
            let error = estimate.effect - truth;
            let (design, metric) = (&row.design, row.metric);
            hold!(ID, (sum - parts.error).abs() <= scale, "{design}, {metric}: {sum} is not {}", parts.error);
            hold!(
                ID,
                (error - parts.error).abs() <= scale,
                "{design}, {metric}: {error} is not {}",
                parts.error
            );
            split = true;
        }
        Ok(Tried::when(split))
    },
};
