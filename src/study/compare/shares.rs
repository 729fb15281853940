//! What each replication adds to a measure: numbers whose mean is the measure.

use super::ComparedMeasure;
use crate::stats::{Difference, Performance};
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::EstimateRow;

/// What one replication adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The replication.
    pub replication: u32,
    /// Its share; the mean over replications is the measure.
    pub value: f64,
}

/// The true effects of replications.
pub fn effects(graded: &Graded, candidate: &str, metric: &str) -> Vec<Share> {
    let rows = graded.truth_rows.iter().filter(|row| row.candidate == candidate && row.metric == metric);
    rows.filter(|row| row.segment == EVERYBODY)
        .map(|row| Share { replication: row.replication, value: row.effect() })
        .collect()
}

/// The shares of a measure, of the replications that gave an estimate whose truth is known.
pub fn of(estimates: &[&EstimateRow], performance: &Performance, measure: ComparedMeasure) -> Vec<Share> {
    let answered =
        estimates.iter().filter_map(|row| Some((row.replication, row.result.ok()?, row.paired_truth?)));
    answered
        .map(|(replication, estimate, paired_truth)| Share {
            replication,
            value: share(&estimate, paired_truth, performance, measure),
        })
        .collect()
}

fn share(
    estimate: &Difference,
    paired_truth: f64,
    performance: &Performance,
    measure: ComparedMeasure,
) -> f64 {
    let truth = performance.truth.value;
    match measure {
        ComparedMeasure::Truth => paired_truth,
        ComparedMeasure::Bias => estimate.effect - paired_truth,
        ComparedMeasure::Rmse => {
            let (error, rmse) = (estimate.effect - truth, performance.rmse.value);
            // Without any error there is nothing to linearise.
            if rmse == 0.0 { 0.0 } else { rmse + (error * error - rmse * rmse) / (2.0 * rmse) }
        }
        ComparedMeasure::Coverage => {
            f64::from(u8::from(estimate.conf_low <= truth && truth <= estimate.conf_high))
        }
    }
}
