//! Builds the samples that estimators see from the logs of worlds.

use crate::design::{Assignment, CANDIDATE};
use crate::estimate::{Frame, Sample, Target};
use crate::record::{BoundaryKind, Log, Measure, Metric, Quantity, Reading, Terms, Windows};
use crate::scenario::Scenario;
use crate::units::{ArmId, ClusterId, SimTime};
use crate::workload::Request;

/// What one world left behind.
#[derive(Debug)]
pub struct WorldLog {
    /// Request outcomes.
    pub log: Log,
    /// The timeline.
    pub windows: Windows,
    /// Boundary events in order of start.
    pub events: Vec<crate::record::BoundaryEvent>,
}

/// The rows of one experiment that are analysed: where they stand in the world's log, and who got what.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// Positions of the rows among all requests, or among all windows.
    pub row: Vec<usize>,
    /// Who got what.
    pub frame: Frame,
}

impl Who {
    /// One more row, of a unit with this arm.
    pub fn push(&mut self, row: usize, arm: ArmId, unit: u32, washout: bool) {
        self.row.push(row);
        self.frame.treated.push(arm == CANDIDATE);
        self.frame.unit.push(unit);
        self.frame.washout.push(washout);
        self.frame.units = self.frame.units.max(unit as usize + 1);
    }

    /// The measured requests of an experiment.
    #[must_use]
    pub fn of_requests(
        requests: &[Request],
        log: &Log,
        assignment: &dyn Assignment,
        warm_up: SimTime,
    ) -> Self {
        let mut who = Self::default();
        who.frame.structure = assignment.structure();
        for (at, (request, outcome)) in requests.iter().zip(&log.outcomes).enumerate() {
            if request.arrival < warm_up {
                continue;
            }
            if let Some(unit) = assignment.unit_of(request, outcome.home) {
                who.push(at, outcome.arm, unit, assignment.in_washout(request.arrival));
            }
        }
        who
    }

    /// The measured windows of an experiment; `None` where the arms share the hardware. A window that reaches over a
    /// switch belongs to neither arm and is left out.
    #[must_use]
    pub fn of_windows(windows: &Windows, assignment: &dyn Assignment) -> Option<Self> {
        let mut who = Self::default();
        who.frame.structure = assignment.structure();
        for (at, (start, cluster, _)) in windows.rows().enumerate() {
            if !windows.is_measured(start) {
                continue;
            }
            let (unit, arm) = assignment.unit_of_hardware(cluster, start)?;
            let last_instant = SimTime(start.0 + windows.length().0 - 1);
            if assignment.unit_of_hardware(cluster, last_instant) == Some((unit, arm)) {
                who.push(at, arm, unit, assignment.in_washout(start));
            }
        }
        Some(who)
    }
}

/// Numerators and denominators of all rows of one metric in one world.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Numerators in the unit of the metric.
    pub numerator: Vec<f64>,
    /// Denominators.
    pub denominator: Vec<f64>,
}

impl Columns {
    /// A request quantity over all requests.
    #[must_use]
    pub fn of_requests(quantity: Quantity, terms: &Terms, requests: &[Request], log: &Log) -> Self {
        let scale = quantity.scale();
        let pairs = requests.iter().zip(&log.outcomes).map(|(request, outcome)| {
            let (numerator, denominator) = quantity.read(&Reading::of(terms, request, outcome));
            (numerator as f64 * scale, denominator as f64)
        });
        let (numerator, denominator) = pairs.unzip();
        Self { numerator, denominator }
    }

    /// A window metric over all windows of a world.
    #[must_use]
    pub fn of_windows(measure: Measure, windows: &Windows, scenario: &Scenario) -> Self {
        let hours = windows.length().seconds() / 3600.0;
        let pairs = windows.rows().map(|(_, cluster, window)| match measure {
            Measure::EventsPerHour(kind) => (f64::from(window.events[kind as usize]), hours),
            Measure::Outstanding => (window.outstanding_ps as f64, windows.length().0 as f64),
            _ => (f64::from(window.kv_used), kv_capacity(scenario, cluster) as f64),
        });
        let (numerator, denominator) = pairs.unzip();
        Self { numerator, denominator }
    }

    /// The rows of `who`, taken from this world.
    #[must_use]
    pub fn select(&self, who: &Who) -> Self {
        let pick =
            |column: &[f64]| who.row.iter().map(|&row| column.get(row).copied().unwrap_or(0.0)).collect();
        Self { numerator: pick(&self.numerator), denominator: pick(&self.denominator) }
    }

    /// The no-interference log: treated rows from the candidate's world, control rows from the control's.
    #[must_use]
    pub fn select_by_arm(control: &Self, candidate: &Self, who: &Who) -> Self {
        let from = |column: fn(&Self) -> &Vec<f64>| {
            let rows = who.row.iter().zip(&who.frame.treated);
            rows.map(|(&row, &treated)| {
                let world = if treated { candidate } else { control };
                column(world).get(row).copied().unwrap_or(0.0)
            })
            .collect()
        };
        Self { numerator: from(|c| &c.numerator), denominator: from(|c| &c.denominator) }
    }

    /// These rows, selected for `who`, as a sample.
    #[must_use]
    pub fn sample<'a>(&'a self, who: &'a Who, target: Target) -> Sample<'a> {
        Sample::new(&who.frame, target, &self.numerator, &self.denominator)
    }

    /// The world's own value of the metric over its measured rows.
    #[must_use]
    pub fn value(&self, measured: &[bool], target: Target) -> Option<f64> {
        let rows = || (0..self.numerator.len()).filter(|&row| measured[row]);
        match target {
            Target::Ratio => {
                let (numerator, denominator) = rows().fold((0.0, 0.0), |(numerator, denominator), row| {
                    (numerator + self.numerator[row], denominator + self.denominator[row])
                });
                (denominator > 0.0).then(|| numerator / denominator)
            }
            Target::Quantile(p) => {
                let mut values: Vec<f64> = rows()
                    .filter(|&row| self.denominator[row] > 0.0)
                    .map(|row| self.numerator[row])
                    .collect();
                crate::stats::quantile_in_place(&mut values, p)
            }
        }
    }
}

/// KV blocks of a cluster.
#[must_use]
pub fn kv_capacity(scenario: &Scenario, cluster: ClusterId) -> u64 {
    let cluster = &scenario.layout.clusters[cluster.index()];
    u64::from(cluster.replicas) * u64::from(cluster.engine.kv_blocks)
}

/// What is contrasted for a metric.
#[must_use]
pub const fn target(metric: &Metric) -> Target {
    match metric.measure {
        Measure::Quantile(_, p) => Target::Quantile(p),
        _ => Target::Ratio,
    }
}

/// Boundary events of one kind in the measured windows of a world: count, seconds and requests touched by cluster.
#[must_use]
pub fn boundary_sums(windows: &Windows, kind: BoundaryKind, clusters: usize) -> Vec<(u64, f64, u64)> {
    let mut sums = vec![(0, 0.0, 0); clusters];
    let at = kind as usize;
    for (_, cluster, window) in windows.measured_rows() {
        let sum = &mut sums[cluster.index()];
        sum.0 += u64::from(window.events[at]);
        sum.1 += window.event_ps[at] as f64 * 1e-12;
        sum.2 += u64::from(window.event_touched[at]);
    }
    sums
}
