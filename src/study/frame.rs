//! Who got what in an experiment: the frame that estimators see, built from a world and its assignment.

use crate::design::{Assignment, CANDIDATE, Unit};
use crate::estimate::{Column, Frame, NamedColumn, Target};
use crate::record::{BoundaryKind, Log, Measure, Metric, Outcome, State, Windows};
use crate::scenario::Scenario;
use crate::units::{ArmId, SimTime, Span};
use crate::workload::Request;

/// What one world left behind.
#[derive(Debug)]
pub struct WorldLog {
    /// Request outcomes.
    pub log: Log,
    /// The timeline.
    pub windows: Windows,
    /// What became of the mirrored copies of requests, by request; empty where none were mirrored.
    pub copies: Vec<Outcome>,
    /// Boundary events in order of start.
    pub events: Vec<crate::record::BoundaryEvent>,
}

/// The columns that the estimators of one design want.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Vec<Column>);

impl Wanted {
    /// Of a design of this name and unit.
    #[must_use]
    pub fn of(scenario: &Scenario, design: &str, unit: Unit) -> Self {
        let estimators = scenario.estimators.iter().filter(|estimator| estimator.suits(design, unit));
        let columns = |spec: &crate::estimate::EstimatorSpec| spec.needs.iter().chain(spec.uses).copied();
        Self(estimators.flat_map(|estimator| columns(estimator.spec)).collect())
    }

    /// Whether any of them wants it.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }
}

/// A column of which every row has a value; empty where one has none.
fn complete<T: Copy>(values: &[Option<T>]) -> Vec<T> {
    values.iter().copied().collect::<Option<Vec<T>>>().unwrap_or_default()
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
    /// Number the units that have rows from 0 on, in their order: most users of a large population send nothing.
    fn number_units_densely(&mut self) {
        let mut numbers = vec![0_u32; self.frame.units];
        self.frame.unit.iter().for_each(|&unit| numbers[unit as usize] = 1);
        let mut next = 0;
        for number in &mut numbers {
            (*number, next) = (next, next + *number);
        }
        self.frame.unit.iter_mut().for_each(|unit| *unit = numbers[*unit as usize]);
        self.frame.units = next as usize;
    }

    fn reserve(&mut self, rows: usize) {
        self.row.reserve(rows);
        self.frame.treated.reserve(rows);
        self.frame.unit.reserve(rows);
        self.frame.washout.reserve(rows);
    }

    /// One more row, of a unit with this arm.
    pub fn push(&mut self, row: usize, arm: ArmId, unit: u32, washout: bool) {
        self.row.push(row);
        self.frame.treated.push(arm == CANDIDATE);
        self.frame.unit.push(unit);
        self.frame.washout.push(washout);
        self.frame.units = self.frame.units.max(unit as usize + 1);
    }

    /// Only the rows at the positions that `keeps`.
    #[must_use]
    pub fn within(&self, keeps: &[bool]) -> Self {
        let rows: Vec<usize> = (0..self.row.len()).filter(|&row| keeps[self.row[row]]).collect();
        Self { row: rows.iter().map(|&row| self.row[row]).collect(), frame: self.frame.select(&rows) }
    }

    /// Whether its rows are all of `rows`.
    #[must_use]
    pub fn is_everyone(&self, rows: usize) -> bool {
        self.row.len() == rows
    }

    /// The measured requests of an experiment, those from number `first` on; their positions are counted from there.
    #[must_use]
    pub fn of_requests(
        requests: &[Request],
        first: usize,
        log: &Log,
        assignment: &dyn Assignment,
        wanted: &Wanted,
    ) -> Self {
        let mut who = Self::default();
        who.frame.structure = assignment.structure();
        let measured = requests[first..].iter().zip(&log.outcomes[first..]);
        who.reserve(requests.len() - first);
        let shadows = assignment.shadows();
        for (at, (request, outcome)) in measured.enumerate() {
            // A copy is compared with its own request.
            let unit =
                if shadows { Some(request.index as u32) } else { assignment.unit_of(request, outcome.home) };
            if let Some(unit) = unit {
                who.push(at, outcome.arm, unit, assignment.in_washout(request.arrival));
            }
        }
        if assignment.unit() == Unit::User {
            who.number_units_densely();
        }
        who.fill(requests, first, log, assignment, wanted);
        who
    }

    /// The columns that the estimators want.
    fn fill(
        &mut self,
        requests: &[Request],
        first: usize,
        log: &Log,
        assignment: &dyn Assignment,
        wanted: &Wanted,
    ) {
        let rows = &self.row;
        let of = |row: usize| (&requests[first + row], &log.outcomes[first + row]);
        macro_rules! column {
            ($column:expr, $value:expr) => {
                if wanted.has($column) {
                    rows.iter()
                        .map(|&row| {
                            let (request, outcome): (&Request, &Outcome) = of(row);
                            $value(request, outcome)
                        })
                        .collect()
                } else {
                    Vec::new()
                }
            };
        }
        let frame = &mut self.frame;
        frame.time_s = column!(Column::Time, |request: &Request, _: &Outcome| request.arrival.seconds());
        frame.cluster = column!(Column::Cluster, |_: &Request, outcome: &Outcome| u32::from(outcome.home.0));
        frame.propensity = column!(Column::Propensity, |request: &Request, outcome: &Outcome| {
            assignment.propensity(request, outcome.home)
        });
        frame.part = column!(Column::Part, |request: &Request, outcome: &Outcome| assignment
            .part(request, outcome.home));
        let blocks: Vec<Option<u32>> = column!(Column::Block, |request: &Request, outcome: &Outcome| {
            assignment.block(outcome.home, request.arrival)
        });
        let since: Vec<Option<Span>> =
            column!(Column::SinceSwitch, |request: &Request, outcome: &Outcome| {
                assignment.since_switch(outcome.home, request.arrival)
            });
        let shares: Vec<Option<f64>> = column!(Column::Saturation, |request: &Request, outcome: &Outcome| {
            assignment.saturation(request, outcome.home)
        });
        let factors: Vec<Option<(bool, bool)>> =
            column!(Column::Factors, |request: &Request, outcome: &Outcome| {
                assignment.factors(request, outcome.home)
            });
        frame.block = complete(&blocks);
        frame.since_switch_s = complete(&since).iter().map(|span: &Span| span.seconds()).collect();
        frame.saturation = complete(&shares);
        (frame.user_treated, frame.pool_treated) = complete(&factors).into_iter().unzip();
        if let Some(states) = log.states.as_ref().filter(|_| wanted.has(Column::State)) {
            let column = |name: &str, of: &dyn Fn(&State) -> f64| NamedColumn {
                name: name.to_owned(),
                values: rows.iter().map(|&row| of(&states[first + row])).collect(),
            };
            frame.state = vec![
                column("outstanding_home", &|state| f64::from(state.outstanding_home)),
                column("kv_used_home", &|state| state.kv_used_home as f64),
            ];
        }
        if wanted.has(Column::Covariates) {
            let column = |name: &str, of: &dyn Fn(&Request) -> f64| NamedColumn {
                name: name.to_owned(),
                values: rows.iter().map(|&row| of(&requests[first + row])).collect(),
            };
            frame.covariates = vec![column("prompt_tokens", &|request| f64::from(request.prompt_tokens))];
        }
    }

    /// The measured windows of an experiment; `None` where the arms share the hardware. A window that reaches over a
    /// switch belongs to neither arm and is left out.
    #[must_use]
    pub fn of_windows(windows: &Windows, assignment: &dyn Assignment) -> Option<Self> {
        let mut who = Self::default();
        who.frame.structure = assignment.structure();
        let (mut blocks, mut since) = (Vec::new(), Vec::new());
        for (at, (start, cluster, _)) in windows.rows().enumerate() {
            if !windows.is_measured(start) {
                continue;
            }
            let (unit, arm) = assignment.unit_of_hardware(cluster, start)?;
            let last_instant = SimTime(start.0 + windows.length().0 - 1);
            if assignment.unit_of_hardware(cluster, last_instant) == Some((unit, arm)) {
                who.push(at, arm, unit, assignment.in_washout(start));
                who.frame.time_s.push(start.seconds());
                who.frame.cluster.push(u32::from(cluster.0));
                blocks.push(assignment.block(cluster, start));
                since.push(assignment.since_switch(cluster, start));
            }
        }
        who.frame.block = complete(&blocks);
        who.frame.since_switch_s = complete(&since).iter().map(|span: &Span| span.seconds()).collect();
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
