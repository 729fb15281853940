//! Everything of one seed: the truth worlds, every design's experiment on the same draws, estimates and their errors.

use super::frame::{Columns, Who, WorldLog, boundary_sums, kv_capacity, target};
use super::tables::{BoundaryRow, Decomposition, EstimateRow, EventRow, TimelineRow, TruthRow, WorldValue};
use crate::design::{Assignment, CONTROL, Constant};
use crate::estimate::{Arms, Contrast, Estimand, NamedEstimator, Point, Target};
use crate::policy::Policy;
use crate::record::{BoundaryKind, Log, METRICS, Measure, Metric, Observed, Quantity, Recorder, Terms};
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::stats::{Difference, NotEstimable};
use crate::units::SimTime;
use crate::workload::Request;
use crate::world::replica::fast::FastReplica;
use crate::world::{Setup, run};

/// Everything of one seed.
#[derive(Clone, Debug, Default)]
pub struct Replication {
    /// Truth by candidate and metric.
    pub truth: Vec<TruthRow>,
    /// Estimates by candidate, design, estimator and metric.
    pub estimates: Vec<EstimateRow>,
    /// Boundary events by world, cluster and kind.
    pub boundary: Vec<BoundaryRow>,
    /// The timeline, for the first replication.
    pub timeline: Vec<TimelineRow>,
    /// The events one by one, for the first replication.
    pub events: Vec<EventRow>,
    /// What each metric came to in each truth world.
    pub values: Vec<WorldValue>,
    /// Requests simulated, over all worlds.
    pub requests: u64,
}

/// One experiment's world and who got what in it.
struct Experiment<'a> {
    candidate: usize,
    design: &'a str,
    assignment: Box<dyn Assignment>,
    world: WorldLog,
    requests: Who,
    windows: Option<Who>,
}

/// Run everything of replication `number`.
#[must_use]
pub fn replicate(scenario: &Scenario, number: u32) -> Replication {
    let streams = Streams::new(scenario.study.seed, u64::from(number));
    let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
    let mut out = Replication::default();
    let truth_worlds: Vec<WorldLog> = scenario
        .policies
        .iter()
        .map(|policy| world(scenario, streams, &requests, &[policy], &mut Constant(CONTROL)))
        .collect();
    let experiments = experiments(scenario, streams, &requests);
    out.requests = requests.len() as u64 * (truth_worlds.len() + experiments.len()) as u64;
    // Metrics of one quantity stand together in the list and share its columns.
    let graded: Vec<Metric> = METRICS.iter().filter(|metric| scenario.grades(metric)).copied().collect();
    for metrics in graded.chunk_by(|a, b| quantity(a).is_some() && quantity(a) == quantity(b)) {
        grade(scenario, metrics, number, &requests, &truth_worlds, &experiments, &mut out);
    }
    for (policy, log) in scenario.policies.iter().zip(&truth_worlds) {
        let name = format!("all:{}", policy.name);
        observe(scenario, number, ("", &name, &name), log, &mut out);
    }
    for experiment in &experiments {
        let candidate = &scenario.policies[experiment.candidate].name;
        let world = format!("{}/{candidate}", experiment.design);
        observe(scenario, number, (candidate, experiment.design, &world), &experiment.world, &mut out);
    }
    out
}

/// Run one world and keep its log.
#[must_use]
pub fn world(
    scenario: &Scenario,
    streams: Streams,
    requests: &[Request],
    policies: &[&Policy],
    assignment: &mut dyn Assignment,
) -> WorldLog {
    let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
    let log = Log::with_capacity(requests.len());
    let record = &scenario.record;
    let observed = Observed {
        warm_up: scenario.warm_up(),
        horizon: scenario.horizon(),
        window: record.window,
        rules: record.rules,
        keeps_events: true,
    };
    let recorder = Recorder::new(log, scenario.terms(), observed, &replicas);
    let setup = Setup {
        layout: &scenario.layout,
        policies,
        assignment,
        streams,
        driver: None,
        horizon: Some(scenario.horizon()),
    };
    let (recorder, _) = run::<FastReplica, _>(setup, requests.iter().copied(), recorder);
    WorldLog { log: recorder.tally, windows: recorder.windows, events: recorder.events }
}

fn experiments<'a>(scenario: &'a Scenario, streams: Streams, requests: &[Request]) -> Vec<Experiment<'a>> {
    let facts = scenario.facts();
    let mut experiments = Vec::new();
    for candidate in 1..scenario.policies.len() {
        for design in &scenario.designs {
            let mut assignment = design.assign(streams, &facts);
            let policies = [&scenario.policies[0], &scenario.policies[candidate]];
            let world = world(scenario, streams, requests, &policies, &mut *assignment);
            let who = Who::of_requests(requests, &world.log, &*assignment, scenario.warm_up());
            let windows = Who::of_windows(&world.windows, &*assignment);
            experiments.push(Experiment {
                candidate,
                design: &design.name,
                assignment,
                world,
                requests: who,
                windows,
            });
        }
    }
    experiments
}

/// The request quantity of a metric that is summed or ranked as it is.
fn quantity(metric: &Metric) -> Option<Quantity> {
    match metric.measure {
        Measure::Mean(quantity) | Measure::Quantile(quantity, _) => Some(quantity),
        _ => None,
    }
}

/// The columns of a metric in one world.
fn columns(
    scenario: &Scenario,
    metric: &Metric,
    terms: &Terms,
    requests: &[Request],
    world: &WorldLog,
) -> Columns {
    match metric.measure {
        Measure::Mean(quantity) | Measure::Quantile(quantity, _) => {
            Columns::of_requests(quantity, terms, requests, &world.log)
        }
        Measure::PerSecond(quantity) => {
            let mut columns = Columns::of_requests(quantity, terms, requests, &world.log);
            let rate = offered_per_second(requests, scenario.warm_up(), scenario.horizon());
            columns.numerator.iter_mut().for_each(|value| *value *= rate);
            columns
        }
        Measure::KvUsedShare | Measure::Outstanding | Measure::EventsPerHour(_) => {
            Columns::of_windows(metric.measure, &world.windows, scenario)
        }
    }
}

/// Metrics that share their columns: their truth, and every experiment's estimates of them.
fn grade(
    scenario: &Scenario,
    metrics: &[Metric],
    replication: u32,
    requests: &[Request],
    truth_worlds: &[WorldLog],
    experiments: &[Experiment<'_>],
    out: &mut Replication,
) {
    let terms = scenario.terms();
    let warm_up = scenario.warm_up();
    let of = |world: &WorldLog| columns(scenario, &metrics[0], &terms, requests, world);
    let on_requests = metrics[0].level() == "request";
    let truth_columns: Vec<Columns> = truth_worlds.iter().map(of).collect();
    let value = |at: usize, metric: &Metric| {
        let measured: Vec<bool> = if on_requests {
            requests.iter().map(|request| request.arrival >= warm_up).collect()
        } else {
            {
                let windows = &truth_worlds[at].windows;
                windows.rows().map(|(start, _, _)| windows.is_measured(start)).collect()
            }
        };
        truth_columns[at].value(&measured, target(metric))
    };
    let values: Vec<Vec<Option<f64>>> =
        metrics.iter().map(|metric| (0..truth_worlds.len()).map(|at| value(at, metric)).collect()).collect();
    for (metric, values) in metrics.iter().zip(&values) {
        out.values.extend((0..values.len()).filter_map(|policy| {
            values[policy].map(|value| WorldValue { policy, metric: metric.name, value })
        }));
        for candidate in 1..truth_worlds.len() {
            if let (Some(value_control), Some(value_candidate)) = (values[0], values[candidate]) {
                let candidate = scenario.policies[candidate].name.clone();
                out.truth.push(TruthRow {
                    candidate,
                    metric: metric.name,
                    replication,
                    value_control,
                    value_candidate,
                });
            }
        }
    }
    for experiment in experiments {
        let who = if on_requests { Some(&experiment.requests) } else { experiment.windows.as_ref() };
        let mixed = who.map(|_| of(&experiment.world));
        let (control, candidate) = (&truth_columns[0], &truth_columns[experiment.candidate]);
        let logs = who.zip(mixed.as_ref()).map(|(who, mixed)| Logs {
            who,
            mixed: mixed.select(who),
            no_interference: Columns::select_by_arm(control, candidate, who),
        });
        let unit = experiment.assignment.unit();
        for estimator in scenario.estimators.iter().filter(|estimator| estimator.suits(unit)) {
            for (metric, values) in metrics.iter().zip(&values) {
                let truth = values[0]
                    .zip(values[experiment.candidate])
                    .map(|(control, candidate)| candidate - control);
                let Graded { result, arms, decomposition } = match &logs {
                    Some(logs) => logs.estimate(estimator, target(metric), truth),
                    None => Graded::not_estimable(NotEstimable::SharedBetweenArms(SHARED)),
                };
                out.estimates.push(EstimateRow {
                    candidate: scenario.policies[experiment.candidate].name.clone(),
                    design: experiment.design.to_owned(),
                    estimator: estimator.name.clone(),
                    metric: metric.name,
                    replication,
                    estimand: Estimand::Gte,
                    paired_truth: truth,
                    result,
                    arms,
                    decomposition,
                });
            }
        }
    }
}

const SHARED: &str = "both arms share the replicas that it is measured on";

/// One estimate with its arms and the parts of its error.
struct Graded {
    result: Result<Difference, NotEstimable>,
    arms: Option<Arms>,
    decomposition: Option<Decomposition>,
}

impl Graded {
    const fn not_estimable(reason: NotEstimable) -> Self {
        Self { result: Err(reason), arms: None, decomposition: None }
    }
}

/// The rows of one metric, from the experiment and from the truth worlds.
struct Logs<'a> {
    who: &'a Who,
    /// What happened.
    mixed: Columns,
    /// What would have happened had nobody met the other arm.
    no_interference: Columns,
}

impl Logs<'_> {
    /// The estimate, and the exact parts of its error.
    fn estimate(&self, estimator: &NamedEstimator, target: Target, truth: Option<f64>) -> Graded {
        let contrast = estimator.estimate(&self.mixed.sample(self.who, target));
        let decomposition = match (&contrast, truth) {
            (Ok(contrast), Some(truth)) => self.split(estimator, target, contrast, truth),
            _ => None,
        };
        Graded {
            result: contrast.map(|contrast| contrast.difference),
            arms: contrast.ok().and_then(|contrast| contrast.arms),
            decomposition,
        }
    }

    /// The exact split of the error: where the effect is a difference of the arms' statistics, arm by arm; else the
    /// outcomes of one arm after the other are replaced, in both orders, and the two are averaged, so that the parts
    /// still sum to the error.
    fn split(
        &self,
        estimator: &NamedEstimator,
        target: Target,
        found: &Contrast,
        truth: f64,
    ) -> Option<Decomposition> {
        let effect = found.difference.effect;
        let star = estimator.point(&self.no_interference.sample(self.who, target)).ok()?;
        let (spillover_on_control, dilution_on_treated) = match (found.arms, star.arms) {
            (Some(mixed), Some(star)) => (-(mixed.control - star.control), mixed.treated - star.treated),
            _ => {
                let point = |columns: &Columns| -> Option<f64> {
                    let found: Point = estimator.point(&columns.sample(self.who, target)).ok()?;
                    Some(found.effect)
                };
                let treated_first = point(&self.replaced(true))?;
                let control_first = point(&self.replaced(false))?;
                let dilution = f64::midpoint(effect - treated_first, control_first - star.effect);
                let spillover = f64::midpoint(effect - control_first, treated_first - star.effect);
                (spillover, dilution)
            }
        };
        Some(Decomposition {
            error: effect - truth,
            sampling_part: star.effect - truth,
            spillover_on_control,
            dilution_on_treated,
        })
    }

    /// What happened, with the outcomes of one arm as they would have been without interference.
    fn replaced(&self, treated: bool) -> Columns {
        let pick = |mixed: &[f64], star: &[f64]| -> Vec<f64> {
            let rows = self.who.frame.treated.iter().zip(mixed.iter().zip(star));
            rows.map(|(&arm, (&mixed, &star))| if arm == treated { star } else { mixed }).collect()
        };
        Columns {
            numerator: pick(&self.mixed.numerator, &self.no_interference.numerator),
            denominator: pick(&self.mixed.denominator, &self.no_interference.denominator),
        }
    }
}

/// Offered requests a second of measured time: the same in all worlds of a replication.
fn offered_per_second(requests: &[Request], warm_up: SimTime, horizon: SimTime) -> f64 {
    let measured = requests.iter().filter(|request| request.arrival >= warm_up).count();
    measured as f64 / horizon.since(warm_up).seconds()
}

/// What a world looked like: boundary events always, the timeline for the first replication.
fn observe(
    scenario: &Scenario,
    replication: u32,
    (candidate, design, world): (&str, &str, &str),
    log: &WorldLog,
    out: &mut Replication,
) {
    let clusters = &scenario.layout.clusters;
    let horizon = scenario.horizon();
    let hours = log.windows.measured_hours();
    for kind in BoundaryKind::ALL {
        let sums = boundary_sums(&log.windows, kind, clusters.len());
        for (cluster, (count, seconds, requests_touched)) in clusters.iter().zip(sums) {
            out.boundary.push(BoundaryRow {
                candidate: candidate.to_owned(),
                design: design.to_owned(),
                cluster: cluster.name.clone(),
                kind: kind.name(),
                replication,
                count,
                count_per_hour: count as f64 / hours,
                seconds,
                requests_touched,
            });
        }
    }
    if replication > 0 {
        return;
    }
    for (start, cluster, window) in log.windows.rows().filter(|(start, _, _)| *start < horizon) {
        out.timeline.push(TimelineRow {
            world: world.to_owned(),
            cluster: clusters[cluster.index()].name.clone(),
            start_s: start.seconds(),
            arrivals: window.arrivals,
            queue: window.queue,
            running: window.running,
            kv_used: window.kv_used,
            kv_capacity: kv_capacity(scenario, cluster),
            preemptions: window.preemptions,
            rejections: window.rejections,
            arm_share: f64::from(window.candidate_arrivals) / f64::from(window.arrivals.max(1)),
        });
    }
    for event in &log.events {
        out.events.push(EventRow {
            world: world.to_owned(),
            cluster: clusters[event.cluster.index()].name.clone(),
            replica: event.replica.map(|replica| replica.0),
            kind: event.kind.name(),
            cause: event.cause.name(),
            start_s: event.episode.start.seconds(),
            duration_s: event.episode.end.since(event.episode.start).seconds(),
            requests_touched: event.episode.touched,
        });
    }
}
