//! What is measured on one request, as a numerator and a denominator in whole base units.
//!
//! Integers make sums exact in any order: the engines and drivers may report completions in different orders and
//! still give the same bytes.

use super::{Outcome, Status};
use crate::workload::{ClassTerms, Request};

/// What a cluster's GPU time means in hardware and money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterTerms {
    /// GPUs of one replica.
    pub gpus: u32,
    /// Dollars for one GPU for one hour.
    pub dollars_per_gpu_hour: f64,
}

/// All terms, by class and by cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// By class.
    pub classes: Vec<ClassTerms>,
    /// By cluster.
    pub clusters: Vec<ClusterTerms>,
}

/// What is measured on one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Time to the first token.
    Ttft,
    /// Mean time between later tokens.
    Tpot,
    /// Time to the last token.
    EndToEnd,
    /// Time in the replica's queue before the first admission.
    QueueWait,
    /// 1 when completed within the class's objectives.
    Good,
    /// Probability that the user's task is done.
    Completion,
    /// 1 when turned away.
    Rejected,
    /// 1 when the client had gone before the answer was whole.
    TimedOut,
    /// 1 when completed.
    Served,
    /// 1 when never sent for the load.
    Balked,
    /// Evictions.
    Preemptions,
    /// How often it made room for a request of higher priority.
    Displacements,
    /// Output tokens delivered.
    OutputTokens,
    /// GPU-seconds for one request within its objectives.
    GpuPerSuccess,
    /// Dollars for one request within its objectives.
    DollarsPerSuccess,
    /// Requests within their objectives for each hour of a GPU's work.
    SuccessesPerGpuHour,
    /// 1 when evicted at least once.
    TouchedByKvExhaustion,
    /// 1 when refused by a full queue or by admission.
    TouchedByQueueOverflow,
    /// 1 when served away from its home cluster.
    TouchedByFailOver,
}

/// Which requests a quantity is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Counted {
    /// All that were offered.
    Offered,
    /// Those completed.
    Completed,
    /// Those completed with two output tokens or more.
    Spaced,
    /// Those completed within their objectives.
    Good,
    /// All, by the work that they were to GPUs, in GPU-picoseconds.
    Work,
}

impl Counted {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Offered, Self::Completed, Self::Spaced, Self::Good, Self::Work];

    /// The denominators of these requests.
    #[must_use]
    pub fn column(self, readings: &[Reading<'_>]) -> Vec<f64> {
        let one = |counts: bool| if counts { 1.0 } else { 0.0 };
        let column = readings.iter().map(|reading| match self {
            Self::Offered => 1.0,
            Self::Completed => one(reading.completed),
            Self::Spaced => one(reading.tpot.is_some()),
            Self::Good => one(reading.good),
            Self::Work => Quantity::SuccessesPerGpuHour.read(reading).1 as f64,
        });
        column.collect()
    }
}

/// 2³²: probabilities are summed in steps of 1/2³².
const PROBABILITY_ONE: f64 = 4_294_967_296.0;

/// One request's outcome with what several quantities need, worked out once.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    terms: &'a Terms,
    request: &'a Request,
    outcome: &'a Outcome,
    completed: bool,
    /// Mean time between tokens after the first, in picoseconds; `None` for a single token.
    tpot: Option<u64>,
    good: bool,
}

impl<'a> Reading<'a> {
    /// Read an outcome under the terms of its class and cluster.
    #[inline]
    #[must_use]
    pub fn of(terms: &'a Terms, request: &'a Request, outcome: &'a Outcome) -> Self {
        let class = &terms.classes[request.class.index()];
        let completed = outcome.status == Status::Completed;
        let gaps = u64::from(outcome.output_tokens.max(1) - 1);
        let tpot = (completed && gaps > 0).then(|| (outcome.end_to_end - outcome.ttft).0 / gaps);
        let good =
            completed && outcome.ttft <= class.slo_ttft && tpot.is_none_or(|tpot| tpot <= class.slo_tpot.0);
        Self { terms, request, outcome, completed, tpot, good }
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &'a Request {
        self.request
    }

    /// What became of it.
    #[must_use]
    pub const fn outcome(&self) -> &'a Outcome {
        self.outcome
    }

    /// Whether it was completed within the objectives of its class.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.good
    }
}

impl Quantity {
    /// Numerator and denominator of one request; (0, 0) when it does not count.
    #[inline(always)]
    #[must_use]
    pub fn read(self, reading: &Reading<'_>) -> (u64, u64) {
        let Reading { terms, request, outcome, completed, tpot, good } = *reading;
        let of_completed = |value: u64| if completed { (value, 1) } else { (0, 0) };
        let of_offered = |value: bool| (u64::from(value), 1);
        match self {
            Self::Ttft => of_completed(outcome.ttft.0),
            Self::Tpot => tpot.map_or((0, 0), |tpot| (tpot, 1)),
            Self::EndToEnd => of_completed(outcome.end_to_end.0),
            Self::QueueWait => of_completed(outcome.queue_wait.0),
            Self::Good => of_offered(good),
            Self::Completion => {
                let patience = terms.classes[request.class.index()].patience;
                let done = libm::exp(-(outcome.end_to_end.0 as f64) / patience.0 as f64);
                (if completed { (done * PROBABILITY_ONE) as u64 } else { 0 }, 1)
            }
            Self::Rejected => of_offered(outcome.status.is_rejected()),
            Self::TimedOut => of_offered(outcome.status == Status::TimedOut),
            Self::Served => of_offered(completed),
            Self::Balked => of_offered(outcome.status == Status::Balked),
            Self::Preemptions => (u64::from(outcome.preemptions), 1),
            Self::Displacements => (u64::from(outcome.displacements), 1),
            Self::OutputTokens => (if completed { u64::from(outcome.output_tokens) } else { 0 }, 1),
            Self::GpuPerSuccess => {
                let gpus = u64::from(terms.clusters[outcome.cluster.index()].gpus);
                (outcome.gpu.0 * gpus, u64::from(good))
            }
            Self::SuccessesPerGpuHour => {
                let gpus = u64::from(terms.clusters[outcome.cluster.index()].gpus);
                (u64::from(good), outcome.gpu.0 * gpus)
            }
            Self::DollarsPerSuccess => {
                let cluster = &terms.clusters[outcome.cluster.index()];
                let picodollars_per_ps = f64::from(cluster.gpus) * cluster.dollars_per_gpu_hour / 3600.0;
                // Half a picodollar is added before the fraction is dropped: rounding without a library call.
                ((outcome.gpu.0 as f64 * picodollars_per_ps + 0.5) as u64, u64::from(good))
            }
            Self::TouchedByKvExhaustion => of_offered(outcome.preemptions > 0),
            Self::TouchedByQueueOverflow => {
                of_offered(matches!(outcome.status, Status::QueueFull | Status::AdmissionRefused))
            }
            Self::TouchedByFailOver => {
                of_offered(outcome.status.is_served() && outcome.cluster != outcome.home)
            }
        }
    }

    /// The requests that it is counted over.
    #[must_use]
    pub const fn counted(self) -> Counted {
        match self {
            Self::Ttft | Self::EndToEnd | Self::QueueWait => Counted::Completed,
            Self::Tpot => Counted::Spaced,
            Self::GpuPerSuccess | Self::DollarsPerSuccess => Counted::Good,
            Self::SuccessesPerGpuHour => Counted::Work,
            _ => Counted::Offered,
        }
    }

    /// Whether a request that it is not counted over has no such quantity at all, as a latency of what was never completed;
    /// otherwise the request counts with what it took, such as GPU time without a success.
    #[must_use]
    pub const fn exists_where_counted(self) -> bool {
        matches!(self.counted(), Counted::Completed | Counted::Spaced)
    }

    /// The numerators of these requests, in the unit of the metric.
    #[must_use]
    pub fn column(self, readings: &[Reading<'_>]) -> Vec<f64> {
        macro_rules! column {
            ($($quantity:ident)*) => {
                match self {
                    // Each quantity has a loop of its own, in which what to read is known beforehand.
                    $(Self::$quantity => readings
                        .iter()
                        .map(|reading| Self::$quantity.read(reading).0 as f64 * Self::$quantity.scale())
                        .collect(),)*
                }
            };
        }
        column!(
            Ttft Tpot EndToEnd QueueWait Good Completion Rejected TimedOut Served Balked Preemptions Displacements
            OutputTokens GpuPerSuccess DollarsPerSuccess SuccessesPerGpuHour TouchedByKvExhaustion
            TouchedByQueueOverflow TouchedByFailOver
        )
    }

    /// What one base unit of the numerator is worth in the unit of the metric.
    #[must_use]
    pub const fn scale(self) -> f64 {
        match self {
            Self::Ttft | Self::Tpot | Self::EndToEnd | Self::QueueWait => 1e-9,
            Self::Completion => 1.0 / PROBABILITY_ONE,
            Self::GpuPerSuccess | Self::DollarsPerSuccess => 1e-12,
            // Picoseconds of an hour.
            Self::SuccessesPerGpuHour => 3.6e15,
            _ => 1.0,
        }
    }
}
