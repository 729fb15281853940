//! What each replication adds to a measure: numbers whose mean is the measure.

use super::ComparedMeasure;
use crate::stats::mean;
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::EstimateRow;

/// An estimate whose truth is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The estimated effect.
    pub estimate: f64,
    /// Lower end of its interval.
    pub conf_low: f64,
    /// Upper end of its interval.
    pub conf_high: f64,
    /// The true effect in the same replication.
    pub paired_truth: f64,
}

/// The answer of a row, with its replication.
pub fn answer(row: &EstimateRow) -> Option<(u32, Answer)> {
    let (found, paired_truth) = (row.result.ok()?, row.paired_truth?);
    let (conf_low, conf_high) = (found.conf_low, found.conf_high);
    Some((row.replication, Answer { estimate: found.effect, conf_low, conf_high, paired_truth }))
}

/// The true effects, with their replications.
pub fn effects(graded: &Graded, candidate: &str, metric: &str) -> Vec<(u32, f64)> {
    let rows = graded.truth_rows.iter().filter(|row| row.candidate == candidate && row.metric == metric);
    rows.filter(|row| row.segment == EVERYBODY).map(|row| (row.replication, row.effect())).collect()
}

/// The shares of a measure; nothing without answers.
///
/// The truth T is the mean over these answers. Its own noise is part of the RMSE's: d RMSE / dT = -bias / RMSE.
pub fn shares(answers: &[Answer], measure: ComparedMeasure) -> Option<Vec<f64>> {
    let column = |of: &dyn Fn(&Answer) -> f64| -> Vec<f64> { answers.iter().map(of).collect() };
    let truth = mean(&column(&|answer| answer.paired_truth)).ok()?;
    Some(match measure {
        ComparedMeasure::Truth => column(&|answer| answer.paired_truth),
        ComparedMeasure::Bias => column(&|answer| answer.estimate - answer.paired_truth),
        ComparedMeasure::Coverage => {
            column(&|answer| f64::from(u8::from(answer.conf_low <= truth && truth <= answer.conf_high)))
        }
        ComparedMeasure::Rmse => {
            let error = |answer: &Answer| answer.estimate - truth;
            let bias = mean(&column(&error)).ok()?;
            let square = mean(&column(&|answer| error(answer) * error(answer))).ok()?;
            let rmse = square.sqrt();
            // Without any error there is nothing to linearise.
            let slope = if rmse == 0.0 { 0.0 } else { 1.0 / rmse };
            column(&|answer| {
                let of_error = (error(answer) * error(answer) - square) / 2.0;
                rmse + slope * (of_error - bias * (answer.paired_truth - truth))
            })
        }
    })
}
