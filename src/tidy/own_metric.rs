//! Which columns of a log of ours a study's metric is made of, so that an analysis of the log gives the study's numbers digit by
//! digit.

use crate::estimate::Target;
use crate::record::{Measure, Metric, Quantity};

/// The quantities of a request that a log of ours has, each in a column of its own, in the unit of its metric.
pub const OWN_QUANTITIES: [(&str, Quantity); 18] = [
    ("queue_wait_ms", Quantity::QueueWait),
    ("ttft_ms", Quantity::Ttft),
    ("tpot_ms", Quantity::Tpot),
    ("e2e_ms", Quantity::EndToEnd),
    ("good", Quantity::Good),
    ("completion", Quantity::Completion),
    ("rejected", Quantity::Rejected),
    ("timed_out", Quantity::TimedOut),
    ("served", Quantity::Served),
    ("balked", Quantity::Balked),
    ("preemptions", Quantity::Preemptions),
    ("displacements", Quantity::Displacements),
    ("answer_tokens", Quantity::OutputTokens),
    ("gpu_s", Quantity::GpuPerSuccess),
    ("dollars", Quantity::DollarsPerSuccess),
    ("preempted", Quantity::TouchedByKvExhaustion),
    ("refused", Quantity::TouchedByQueueOverflow),
    ("failed_over", Quantity::TouchedByFailOver),
];

/// A metric as a ratio of sums, or a quantile, of columns of a log of ours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnMetric {
    /// The column of the numerators.
    pub numerator: &'static str,
    /// What its cells are multiplied by.
    pub scale: f64,
    /// The column of the denominators, where these are not one for every row that has a numerator.
    pub denominator: Option<&'static str>,
    /// What is contrasted.
    pub target: Target,
}

/// The columns of the metric of this name; `None` for metrics of the fleet's hardware in windows of time, which no row of a
/// request has.
#[must_use]
pub fn own_metric(name: &str) -> Option<OwnMetric> {
    let metric = Metric::named(name)?;
    let column =
        |quantity: Quantity| OWN_QUANTITIES.iter().find(|(_, own)| *own == quantity).map(|(name, _)| *name);
    let of = |quantity: Quantity, target: Target| {
        let (numerator, scale, denominator) = match quantity {
            Quantity::SuccessesPerGpuHour => ("good", Quantity::SuccessesPerGpuHour.scale(), Some("gpu_ps")),
            Quantity::GpuPerSuccess | Quantity::DollarsPerSuccess => (column(quantity)?, 1.0, Some("good")),
            _ => (column(quantity)?, 1.0, None),
        };
        Some(OwnMetric { numerator, scale, denominator, target })
    };
    match metric.measure {
        Measure::Mean(quantity) => of(quantity, Target::Ratio),
        Measure::Quantile(quantity, p) => of(quantity, Target::Quantile(p)),
        Measure::PerSecond(Quantity::OutputTokens) => {
            let numerator = "answer_tokens_per_s";
            Some(OwnMetric { numerator, scale: 1.0, denominator: None, target: Target::Ratio })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::METRICS;

    #[test]
    fn every_metric_of_requests_has_its_columns_and_no_other_has() {
        for metric in METRICS {
            assert_eq!(own_metric(metric.name).is_some(), metric.level() == "request", "{}", metric.name);
        }
    }
}
