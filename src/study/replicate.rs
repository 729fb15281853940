//! Everything of one seed: the truth worlds, every design's experiment on the same draws, estimates and their errors.

use super::frame::{Columns, WorldLog, Who, boundary_sums, kv_capacity, target};
use super::tables::{BoundaryRow, Decomposition, EstimateRow, EventRow, TimelineRow, TruthRow};
use crate::design::{Assignment, CANDIDATE, CONTROL, Constant, Structure};
use crate::estimate::{Estimator, Target, estimators_for};
use crate::policy::Policy;
use crate::record::{BoundaryKind, Log, METRICS, Measure, Metric, Recorder};
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::stats::NotEstimable;
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
    /// Requests simulated, over all worlds.
    pub requests: u64,
}

/// One experiment's world and who got what in it.
struct Experiment<'a> {
    candidate: usize,
    design: &'a str,
    assignment: Box<dyn Assignment>,
    world: WorldLog,
    structure: Structure,
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
        .map(|policy| world(scenario, streams, &requests, &[policy], &Constant(CONTROL)))
        .collect();
    let experiments = experiments(scenario, streams, &requests);
    out.requests = requests.len() as u64 * (truth_worlds.len() + experiments.len()) as u64;
    for metric in METRICS {
        grade(scenario, metric, number, &requests, &truth_worlds, &experiments, &mut out);
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

fn world(
    scenario: &Scenario,
    streams: Streams,
    requests: &[Request],
    policies: &[&Policy],
    assignment: &dyn Assignment,
) -> WorldLog {
    let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
    let log = Log::with_capacity(requests.len());
    let record = &scenario.record;
    let recorder = Recorder::new(log, scenario.terms(), record.rules, record.window, &replicas, true);
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
            let assignment = design.assign(streams, &facts);
            let policies = [&scenario.policies[0], &scenario.policies[candidate]];
            let world = world(scenario, streams, requests, &policies, &*assignment);
            let who = Who::of_requests(requests, &world.log, &*assignment, scenario.warm_up());
            let windows =
                Who::of_windows(&world.windows, &*assignment, scenario.warm_up(), scenario.horizon());
            experiments.push(Experiment {
                candidate,
                design: &design.name,
                structure: assignment.structure(),
                assignment,
                world,
                requests: who,
                windows,
            });
        }
    }
    experiments
}

/// One metric: its truth, and every experiment's estimates of it.
fn grade(
    scenario: &Scenario,
    metric: &'static Metric,
    replication: u32,
    requests: &[Request],
    truth_worlds: &[WorldLog],
    experiments: &[Experiment<'_>],
    out: &mut Replication,
) {
    let terms = scenario.terms();
    let warm_up = scenario.warm_up();
    let horizon = scenario.horizon();
    let columns = |world: &WorldLog| match metric.measure {
        Measure::Mean(quantity) | Measure::PerSecond(quantity) | Measure::Quantile(quantity, _) => {
            let mut columns = Columns::of_requests(quantity, &terms, requests, &world.log);
            if matches!(metric.measure, Measure::PerSecond(_)) {
                let rate = offered_per_second(requests, warm_up, horizon);
                columns.numerator.iter_mut().for_each(|value| *value *= rate);
            }
            columns
        }
        Measure::KvUsedShare | Measure::EventsPerHour(_) => {
            Columns::of_windows(metric.measure, &world.windows, scenario)
        }
    };
    let on_requests = metric.level() == "request";
    let target = target(metric);
    let truth_columns: Vec<Columns> = truth_worlds.iter().map(columns).collect();
    let value = |at: usize| {
        let measured: Vec<bool> = if on_requests {
            requests.iter().map(|request| request.arrival >= warm_up).collect()
        } else {
            truth_worlds[at].windows.rows().map(|(start, _, _)| start >= warm_up && start < horizon).collect()
        };
        truth_columns[at].value(&measured, target)
    };
    let values: Vec<Option<f64>> = (0..truth_worlds.len()).map(value).collect();
    for candidate in 1..truth_worlds.len() {
        if let (Some(value_control), Some(value_candidate)) = (values[0], values[candidate]) {
            let candidate = scenario.policies[candidate].name.clone();
            out.truth.push(TruthRow { candidate, metric: metric.name, replication, value_control, value_candidate });
        }
    }
    for experiment in experiments {
        let truth = values[0].zip(values[experiment.candidate]).map(|(control, candidate)| candidate - control);
        let who = if on_requests { Some(&experiment.requests) } else { experiment.windows.as_ref() };
        let mixed = who.map(|_| columns(&experiment.world));
        for estimator in estimators_for(experiment.assignment.unit()) {
            let row = |result, decomposition| EstimateRow {
                candidate: scenario.policies[experiment.candidate].name.clone(),
                design: experiment.design.to_owned(),
                estimator: estimator.name,
                metric: metric.name,
                replication,
                estimand: estimator.estimand,
                paired_truth: truth,
                result,
                decomposition,
            };
            let (Some(who), Some(mixed)) = (who, &mixed) else {
                let reason = "both arms share the replicas that it is measured on";
                out.estimates.push(row(Err(NotEstimable::SharedBetweenArms(reason)), None));
                continue;
            };
            let control = &truth_columns[0];
            let candidate = &truth_columns[experiment.candidate];
            let (result, decomposition) =
                estimate(estimator, who, &experiment.structure, target, mixed, (control, candidate), truth);
            out.estimates.push(row(result, decomposition));
        }
    }
}

fn estimate(
    estimator: &Estimator,
    who: &Who,
    structure: &Structure,
    target: Target,
    mixed: &Columns,
    (control, candidate): (&Columns, &Columns),
    truth: Option<f64>,
) -> (Result<crate::stats::Difference, NotEstimable>, Option<Decomposition>) {
    let later;
    let who = if estimator.leaves_out_washout {
        later = who.after_washout();
        &later
    } else {
        who
    };
    let rows = mixed.select(who);
    let sample = rows.sample(who, structure, target);
    let result = (estimator.estimate)(&sample);
    let no_interference = Columns::select_by_arm(control, candidate, who);
    let star = no_interference.sample(who, structure, target).arms();
    let decomposition = match (sample.arms(), star, truth) {
        (Ok(mixed), Ok(star), Some(truth)) => Some(Decomposition {
            error: mixed.effect() - truth,
            sampling_part: star.effect() - truth,
            spillover_on_control: -(mixed.control - star.control),
            dilution_on_treated: mixed.treated - star.treated,
        }),
        _ => None,
    };
    (result, decomposition)
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
    let (warm_up, horizon) = (scenario.warm_up(), scenario.horizon());
    let hours = horizon.since(warm_up).seconds() / 3600.0;
    for kind in BoundaryKind::ALL {
        let sums = boundary_sums(&log.windows, kind, clusters.len(), warm_up, horizon);
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

/// The arm of a world's candidate; the truth worlds run their only policy as arm 0.
const _: () = assert!(CANDIDATE.0 == 1 && CONTROL.0 == 0);
