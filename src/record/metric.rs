//! The catalogue of metrics: name, unit, direction, denominator and level of each.

use super::{BoundaryKind, Quantity};

/// How a metric is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Sum of numerators over sum of denominators of a request quantity.
    Mean(Quantity),
    /// As `Mean`, multiplied by the offered requests a second of the world, which no policy changes.
    PerSecond(Quantity),
    /// Quantile of a request quantity over the requests that count.
    Quantile(Quantity, f64),
    /// KV blocks in use over blocks in all, at the scrapes.
    KvUsedShare,
    /// Requests sent to the replicas of a cluster and not finished, as an exact average over time.
    Outstanding,
    /// Boundary episodes that begin, for each cluster and hour.
    EventsPerHour(BoundaryKind),
}

/// A metric. `level` tells what it is measured on: `request` metrics can be told apart by the arm of the request;
/// `window` metrics belong to the hardware of a cluster in a stretch of time, so both arms share them unless the
/// design separates clusters or times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Name, with the unit.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// What it is a mean over.
    pub denominator: &'static str,
    /// How it is computed.
    pub measure: Measure,
    /// One sentence.
    pub about: &'static str,
}

impl Metric {
    /// The level: `request` or `window`.
    #[must_use]
    pub const fn level(&self) -> &'static str {
        match self.measure {
            Measure::Mean(_) | Measure::PerSecond(_) | Measure::Quantile(..) => "request",
            Measure::KvUsedShare | Measure::Outstanding | Measure::EventsPerHour(_) => "window",
        }
    }

    /// The metric of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }
}

const fn metric(
    name: &'static str,
    unit: &'static str,
    higher_is_better: bool,
    denominator: &'static str,
    measure: Measure,
    about: &'static str,
) -> Metric {
    Metric { name, unit, higher_is_better, denominator, measure, about }
}

const COMPLETED: &str = "completed requests";
const OFFERED: &str = "offered requests";
const CLUSTER_SECONDS: &str = "cluster-seconds";
const CLUSTER_HOURS: &str = "cluster-hours";

/// All metrics.
pub const METRICS: &[Metric] = &[
    metric("ttft_ms_mean", "ms", false, COMPLETED, Measure::Mean(Quantity::Ttft), "time to the first token"),
    metric(
        "ttft_ms_p50",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::Ttft, 0.5),
        "time to the first token, median",
    ),
    metric(
        "ttft_ms_p95",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::Ttft, 0.95),
        "time to the first token, 95th percentile",
    ),
    metric(
        "ttft_ms_p99",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::Ttft, 0.99),
        "time to the first token, 99th percentile",
    ),
    metric(
        "tpot_ms_mean",
        "ms",
        false,
        "completed requests of two output tokens or more",
        Measure::Mean(Quantity::Tpot),
        "time between tokens after the first",
    ),
    metric(
        "tpot_ms_p50",
        "ms",
        false,
        "completed requests of two output tokens or more",
        Measure::Quantile(Quantity::Tpot, 0.5),
        "time between tokens, median",
    ),
    metric(
        "tpot_ms_p95",
        "ms",
        false,
        "completed requests of two output tokens or more",
        Measure::Quantile(Quantity::Tpot, 0.95),
        "time between tokens, 95th percentile",
    ),
    metric(
        "tpot_ms_p99",
        "ms",
        false,
        "completed requests of two output tokens or more",
        Measure::Quantile(Quantity::Tpot, 0.99),
        "time between tokens, 99th percentile",
    ),
    metric(
        "e2e_ms_mean",
        "ms",
        false,
        COMPLETED,
        Measure::Mean(Quantity::EndToEnd),
        "time to the last token",
    ),
    metric(
        "e2e_ms_p50",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::EndToEnd, 0.5),
        "time to the last token, median",
    ),
    metric(
        "e2e_ms_p95",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::EndToEnd, 0.95),
        "time to the last token, 95th percentile",
    ),
    metric(
        "e2e_ms_p99",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::EndToEnd, 0.99),
        "time to the last token, 99th percentile",
    ),
    metric(
        "queue_wait_ms_mean",
        "ms",
        false,
        COMPLETED,
        Measure::Mean(Quantity::QueueWait),
        "time in the queue before the first admission",
    ),
    metric(
        "queue_wait_ms_p50",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::QueueWait, 0.5),
        "queue wait, median",
    ),
    metric(
        "queue_wait_ms_p95",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::QueueWait, 0.95),
        "queue wait, 95th percentile",
    ),
    metric(
        "queue_wait_ms_p99",
        "ms",
        false,
        COMPLETED,
        Measure::Quantile(Quantity::QueueWait, 0.99),
        "queue wait, 99th percentile",
    ),
    metric(
        "goodput_share",
        "share",
        true,
        OFFERED,
        Measure::Mean(Quantity::Good),
        "completed within the class's time-to-first-token and between-token objectives",
    ),
    metric(
        "completion_share",
        "share",
        true,
        OFFERED,
        Measure::Mean(Quantity::Completion),
        "probability that the user's task is done: exp(-latency/patience), 0 when rejected",
    ),
    metric(
        "rejected_share",
        "share",
        false,
        OFFERED,
        Measure::Mean(Quantity::Rejected),
        "turned away by a limiter, admission, a full queue or for its size",
    ),
    metric(
        "served_share",
        "share",
        true,
        OFFERED,
        Measure::Mean(Quantity::Served),
        "completed: neither turned away, nor too late, nor never sent",
    ),
    metric(
        "balked_share",
        "share",
        false,
        OFFERED,
        Measure::Mean(Quantity::Balked),
        "never sent, because the user saw the load (policies that change demand)",
    ),
    metric(
        "timed_out_share",
        "share",
        false,
        OFFERED,
        Measure::Mean(Quantity::TimedOut),
        "served to the end after the client had gone (class timeout)",
    ),
    metric(
        "preemptions_per_request",
        "1",
        false,
        OFFERED,
        Measure::Mean(Quantity::Preemptions),
        "evictions for want of KV blocks",
    ),
    metric(
        "displacements_per_request",
        "1",
        false,
        OFFERED,
        Measure::Mean(Quantity::Displacements),
        "evictions to make room for a request of higher priority",
    ),
    metric(
        "output_tokens_per_s",
        "tokens/s",
        true,
        "seconds, at the offered rate",
        Measure::PerSecond(Quantity::OutputTokens),
        "output tokens delivered a second",
    ),
    metric(
        "gpu_s_per_success",
        "GPU-s",
        false,
        "requests within their objectives",
        Measure::Mean(Quantity::GpuPerSuccess),
        "GPU-seconds of all requests for each one within its objectives; idle time is nobody's",
    ),
    metric(
        "dollars_per_success",
        "$",
        false,
        "requests within their objectives",
        Measure::Mean(Quantity::DollarsPerSuccess),
        "the same in dollars",
    ),
    metric(
        "successes_per_gpu_hour",
        "1/GPU-h",
        true,
        "GPU-hours of work",
        Measure::Mean(Quantity::SuccessesPerGpuHour),
        "requests within their objectives for each hour of a GPU's work: what the hardware is worth",
    ),
    metric(
        "kv_exhaustion_touched_share",
        "share",
        false,
        OFFERED,
        Measure::Mean(Quantity::TouchedByKvExhaustion),
        "evicted at least once",
    ),
    metric(
        "queue_overflow_touched_share",
        "share",
        false,
        OFFERED,
        Measure::Mean(Quantity::TouchedByQueueOverflow),
        "refused by admission or a full queue",
    ),
    metric(
        "failover_touched_share",
        "share",
        false,
        OFFERED,
        Measure::Mean(Quantity::TouchedByFailOver),
        "served away from the home cluster",
    ),
    metric(
        "kv_used_share",
        "share",
        false,
        "KV blocks at the scrapes",
        Measure::KvUsedShare,
        "KV blocks in use",
    ),
    metric(
        "requests_outstanding_mean",
        "requests",
        false,
        CLUSTER_SECONDS,
        Measure::Outstanding,
        "requests sent to a cluster's replicas and not finished, in transit, waiting or running: exact average over time",
    ),
    metric(
        "kv_exhaustion_per_hour",
        "1/h",
        false,
        CLUSTER_HOURS,
        Measure::EventsPerHour(BoundaryKind::KvExhaustion),
        "episodes in which a replica ran out of KV blocks",
    ),
    metric(
        "preemption_storm_per_hour",
        "1/h",
        false,
        CLUSTER_HOURS,
        Measure::EventsPerHour(BoundaryKind::PreemptionStorm),
        "stretches of windows with many evictions",
    ),
    metric(
        "queue_overflow_per_hour",
        "1/h",
        false,
        CLUSTER_HOURS,
        Measure::EventsPerHour(BoundaryKind::QueueOverflow),
        "episodes of refusals by admission or a full queue",
    ),
    metric(
        "failover_per_hour",
        "1/h",
        false,
        CLUSTER_HOURS,
        Measure::EventsPerHour(BoundaryKind::FailOver),
        "episodes of requests sent away from their home cluster",
    ),
    metric(
        "slo_breach_per_hour",
        "1/h",
        false,
        CLUSTER_HOURS,
        Measure::EventsPerHour(BoundaryKind::SloBreach),
        "stretches of windows with too few requests within their objectives",
    ),
];
