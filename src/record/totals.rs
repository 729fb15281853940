//! A world's request outcomes as sums and histograms: constant memory whatever the number of requests.

use hdrhistogram::Histogram;

use super::{Measure, Metric, Outcome, Quantity, Reading, Status, Tally};
use crate::rng::mix;
use crate::units::SimTime;
use crate::workload::Request;

/// Request quantities with quantiles.
const LATENCIES: [Quantity; 4] = [Quantity::Ttft, Quantity::Tpot, Quantity::EndToEnd, Quantity::QueueWait];

/// Request quantities over all offered requests: their sums fit 64 bits, and their denominator is the count. All but the first
/// four are zero for a request that was served at home, in time and without interruption.
const OFFERED: [Quantity; 12] = [
    Quantity::Good,
    Quantity::Completion,
    Quantity::OutputTokens,
    Quantity::Served,
    Quantity::Rejected,
    Quantity::TimedOut,
    Quantity::Balked,
    Quantity::Preemptions,
    Quantity::Displacements,
    Quantity::TouchedByKvExhaustion,
    Quantity::TouchedByQueueOverflow,
    Quantity::TouchedByFailOver,
];

/// Request quantities for each request within its objectives.
const COSTS: [Quantity; 2] = [Quantity::GpuPerSuccess, Quantity::DollarsPerSuccess];

/// A sum of numerators and of denominators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    numerator: u128,
    denominator: u64,
}

impl Sum {
    #[inline]
    fn add(&mut self, numerator: u64, denominator: u64) {
        self.numerator += u128::from(numerator);
        self.denominator += denominator;
    }
}

/// Picoseconds in a microsecond, the unit of the histograms.
const PS_PER_US: u64 = 1_000_000;

/// Sums and histograms of the requests that arrive at or after the warm-up.
#[derive(Clone, Debug)]
pub struct Totals {
    warm_up: SimTime,
    latencies: [Sum; 4],
    offered: [u64; 12],
    costs: [Sum; 2],
    /// Microseconds, 3 digits: a quantile is exact to 0.1 %.
    histograms: [Histogram<u64>; 4],
    /// All requests, warm-up included.
    pub completed: u64,
    /// All requests, warm-up included.
    pub rejected: u64,
    /// All requests, warm-up included.
    pub timed_out: u64,
    /// All evictions, warm-up included.
    pub preemptions: u64,
    /// A hash of every request's outcome; the same in whatever order they come.
    pub digest: u64,
    /// Requests that arrived at or after the warm-up.
    pub measured: u64,
}

/// Two hours in microseconds: longer latencies count as this in the histograms, not in the means.
const HIGHEST_US: u64 = 7_200_000_000;

impl Totals {
    /// Nothing yet.
    ///
    /// # Panics
    /// Never: the bounds of the histograms are constants that the library accepts.
    #[must_use]
    pub fn new(warm_up: SimTime) -> Self {
        let histogram = || match Histogram::new_with_bounds(1, HIGHEST_US, 3) {
            Ok(histogram) => histogram,
            Err(error) => unreachable!("constant bounds: {error}"),
        };
        Self {
            warm_up,
            latencies: [Sum::default(); 4],
            offered: [0; 12],
            costs: [Sum::default(); 2],
            histograms: std::array::from_fn(|_| histogram()),
            completed: 0,
            rejected: 0,
            timed_out: 0,
            preemptions: 0,
            digest: 0,
            measured: 0,
        }
    }

    /// The value of a request metric; `offered_per_second` is the world's offered rate. `None` when nothing counts.
    #[must_use]
    pub fn value(&self, metric: &Metric, offered_per_second: f64) -> Option<f64> {
        match metric.measure {
            Measure::Mean(quantity) => self.mean(quantity),
            Measure::PerSecond(quantity) => self.mean(quantity).map(|mean| mean * offered_per_second),
            Measure::Quantile(quantity, p) => {
                let at = LATENCIES.iter().position(|&latency| latency == quantity)?;
                let histogram = &self.histograms[at];
                (!histogram.is_empty()).then(|| histogram.value_at_quantile(p) as f64 / 1e3)
            }
            Measure::KvUsedShare | Measure::Outstanding | Measure::EventsPerHour(_) => None,
        }
    }

    fn mean(&self, quantity: Quantity) -> Option<f64> {
        let place = |quantities: &[Quantity]| quantities.iter().position(|&other| other == quantity);
        let sum = if quantity == Quantity::SuccessesPerGpuHour {
            // The other way round: so many successes for so much work.
            let Sum { numerator: work, denominator: successes } = self.costs[0];
            return (work > 0).then(|| successes as f64 / work as f64 * quantity.scale());
        } else if let Some(at) = place(&LATENCIES) {
            self.latencies[at]
        } else if let Some(at) = place(&COSTS) {
            self.costs[at]
        } else {
            Sum { numerator: u128::from(self.offered[place(&OFFERED)?]), denominator: self.measured }
        };
        (sum.denominator > 0).then(|| sum.numerator as f64 / sum.denominator as f64 * quantity.scale())
    }
}

impl Tally for Totals {
    #[inline(always)]
    fn ended(&mut self, reading: &Reading<'_>) {
        let (request, outcome) = (reading.request(), reading.outcome());
        self.digest = self.digest.wrapping_add(hash(request, outcome));
        self.completed += u64::from(outcome.status == Status::Completed);
        self.rejected += u64::from(outcome.status.is_rejected());
        self.timed_out += u64::from(outcome.status == Status::TimedOut);
        self.preemptions += u64::from(outcome.preemptions);
        if request.arrival < self.warm_up {
            return;
        }
        self.measured += 1;
        // Written out, so that each quantity's branch is chosen by the compiler: a loop costs twice the instructions.
        macro_rules! latencies {
            ($($at:literal)*) => { $(
                let (numerator, denominator) = LATENCIES[$at].read(reading);
                self.latencies[$at].add(numerator, denominator);
                if denominator > 0 {
                    self.histograms[$at].saturating_record((numerator / PS_PER_US).clamp(1, HIGHEST_US));
                }
            )* };
        }
        macro_rules! offered {
            ($($at:literal)*) => { $( self.offered[$at] += OFFERED[$at].read(reading).0; )* };
        }
        latencies!(0 1 2 3);
        offered!(0 1 2 3);
        if is_eventful(outcome) {
            offered!(4 5 6 7 8 9 10 11);
        }
        let (gpu, successes) = COSTS[0].read(reading);
        self.costs[0].add(gpu, successes);
        let (dollars, successes) = COSTS[1].read(reading);
        self.costs[1].add(dollars, successes);
    }
}

/// Whether anything but plain service at home happened to a request.
const fn is_eventful(outcome: &Outcome) -> bool {
    !matches!(outcome.status, Status::Completed)
        || outcome.preemptions | outcome.displacements != 0
        || outcome.cluster.0 != outcome.home.0
}

/// A hash of one request's identity and outcome, the request with the lengths with which it was served.
#[must_use]
pub fn hash(request: &Request, outcome: &Outcome) -> u64 {
    let places = u64::from(outcome.cluster.0) << 48
        | u64::from(outcome.arm.0) << 40
        | (outcome.status as u64) << 32
        | u64::from(outcome.replica.0);
    let mut hash = mix(request.index ^ 0x9e37_79b9_7f4a_7c15);
    for part in [
        request.arrival.0,
        request.key(),
        u64::from(request.prompt_tokens) << 32 | u64::from(request.output_tokens),
        outcome.queue_wait.0,
        outcome.ttft.0,
        outcome.end_to_end.0,
        outcome.gpu.0,
        u64::from(outcome.preemptions) | u64::from(outcome.displacements) << 32,
        places,
    ] {
        hash = (hash ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
    mix(hash)
}
