//! Who got what in an experiment: the frame that estimators see, built from a world and its assignment.

use crate::design::{Assignment, CANDIDATE};
use crate::estimate::{Frame, Target};
use crate::record::{BoundaryKind, Log, Measure, Metric, Outcome, Windows};
use crate::units::{ArmId, SimTime};
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

    /// Whether its rows are all of `rows`.
    #[must_use]
    pub fn is_everyone(&self, rows: usize) -> bool {
        self.row.len() == rows
    }

    /// The measured requests of an experiment and their outcomes.
    #[must_use]
    pub fn of_requests(requests: &[Request], outcomes: &[Outcome], assignment: &dyn Assignment) -> Self {
        let mut who = Self::default();
        who.frame.structure = assignment.structure();
        for (at, (request, outcome)) in requests.iter().zip(outcomes).enumerate() {
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
