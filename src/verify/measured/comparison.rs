//! A measured and a simulated run side by side.

use super::timing::{LATENCIES, Latency, Role, Timing};
use crate::record::Outcome;
use crate::stats::{mean, quantiles_in_place};
use crate::workload::trace::MeasuredRequest;

/// Largest relative error of the judged means that passes.
pub const GATE: f64 = 0.05;

/// The quantiles that are compared.
const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];

/// One number of both runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistic {
    /// Its name.
    pub name: &'static str,
    /// Of the real server.
    pub measured: f64,
    /// Of the simulated one.
    pub simulated: f64,
}

impl Statistic {
    /// (simulated − measured)/measured. `None` where nothing was measured to divide by.
    #[must_use]
    pub fn relative_error(&self) -> Option<f64> {
        (self.measured > 0.0).then(|| self.simulated / self.measured - 1.0)
    }
}

/// One latency of both runs.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What is compared.
    pub latency: Latency,
    /// Measured values, ascending.
    pub measured: Vec<f64>,
    /// Simulated values, ascending.
    pub simulated: Vec<f64>,
    /// Mean and quantiles.
    pub statistics: Vec<Statistic>,
}

/// Both runs over the requests that both served.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Measured requests.
    pub requests: usize,
    /// Those that the simulated fleet served too.
    pub served: usize,
    /// All latencies that requests have in both runs.
    pub latencies: Vec<Compared>,
    /// Seconds from the first arrival to the last token.
    pub makespan_s: Statistic,
    /// Evictions in the simulated run.
    pub preemptions: u64,
}

impl Comparison {
    /// Compare the measured requests with what became of them in the simulation, in the same order.
    #[must_use]
    pub fn of(measured: &[MeasuredRequest], outcomes: &[Outcome]) -> Self {
        let pairs: Vec<(Timing, Timing)> = measured
            .iter()
            .zip(outcomes)
            .filter_map(|(request, outcome)| {
                Some((Timing::measured(request), Timing::simulated(request, outcome)?))
            })
            .collect();
        Self {
            requests: measured.len(),
            served: pairs.len(),
            latencies: LATENCIES.iter().filter_map(|latency| Compared::of(*latency, &pairs)).collect(),
            makespan_s: Statistic {
                name: "run",
                measured: pairs.iter().map(|(real, _)| real.finished_s()).fold(0.0, f64::max),
                simulated: pairs.iter().map(|(_, simulated)| simulated.finished_s()).fold(0.0, f64::max),
            },
            preemptions: outcomes.iter().map(|outcome| u64::from(outcome.preemptions)).sum(),
        }
    }

    /// What keeps the replay from passing: a judged mean further off than [`GATE`], or requests that were not served.
    #[must_use]
    pub fn unmet(&self) -> Vec<String> {
        let mut unmet = Vec::new();
        if self.served < self.requests {
            let lost = self.requests - self.served;
            unmet.push(format!("{lost} of {} requests were not served in the simulation", self.requests));
        }
        for compared in self.latencies.iter().filter(|compared| compared.latency.role == Role::Judged) {
            let error = compared.statistics.first().and_then(Statistic::relative_error);
            if !error.is_some_and(|error| error.abs() <= GATE) {
                let off = error.map_or_else(
                    || "has no measured mean to compare with".to_owned(),
                    |error| format!("is off by {:+.1} % in the mean", 100.0 * error),
                );
                unmet.push(format!("{} {off}", compared.latency.name));
            }
        }
        unmet
    }
}

impl Compared {
    /// A latency over the requests that have it in both runs. `None` when none has.
    fn of(latency: Latency, pairs: &[(Timing, Timing)]) -> Option<Self> {
        let both = pairs
            .iter()
            .filter_map(|(real, simulated)| Some(((latency.of)(real)?, (latency.of)(simulated)?)));
        let (mut measured, mut simulated): (Vec<f64>, Vec<f64>) = both.unzip();
        let means =
            Statistic { name: "mean", measured: mean(&measured).ok()?, simulated: mean(&simulated).ok()? };
        let levels = QUANTILES.map(|(_, level)| level);
        let quantiles = QUANTILES
            .iter()
            .zip(quantiles_in_place(&mut measured, &levels))
            .zip(quantiles_in_place(&mut simulated, &levels))
            .map(|(((name, _), measured), simulated)| Statistic { name, measured, simulated });
        let statistics = std::iter::once(means).chain(quantiles).collect();
        measured.sort_by(f64::total_cmp);
        simulated.sort_by(f64::total_cmp);
        Some(Self { latency, measured, simulated, statistics })
    }
}
