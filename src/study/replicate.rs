//! Everything of one seed: the truth worlds, every design's experiment on the same draws, estimates and their errors.

use super::blocks::blocks;
use super::columns::kv_capacity;
use super::distribution::distributions;
use super::frame::{Wanted, Who, WorldLog, boundary_sums};
use super::grade::{CurveWorld, Graders, Observed, Within, quantity};
use super::segment::Segment;
use super::tables::{
    BlockRow, BoundaryRow, CurveRow, Distribution, EstimateRow, EventRow, TimelineRow, TokenMeanRow,
    TruthRow, WorldValue,
};
use super::token_mean::token_means;
use crate::design::{Assignment, CANDIDATE, CONTROL, Constant, share_of};
use crate::estimate::Column;
use crate::policy::Policy;
use crate::record::{BoundaryKind, Log, METRICS, Metric, Observed as ObservedTime, Recorder};
use crate::rng::Streams;
use crate::scenario::{Scenario, SegmentBy};
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
    /// The policy-value curve by candidate, share and metric.
    pub curve: Vec<CurveRow>,
    /// Latencies and tokens of requests by truth world.
    pub distributions: Vec<Distribution>,
    /// The running mean of a request's tokens, for the first replication.
    pub token_mean: Vec<TokenMeanRow>,
    /// Blocks of time of the designs that switch, for the first replication.
    pub blocks: Vec<BlockRow>,
    /// What each metric came to in each truth world.
    pub values: Vec<WorldValue>,
    /// Requests simulated, over all worlds.
    pub requests: u64,
}

/// One experiment's world and who got what in it.
pub(super) struct Experiment<'a> {
    pub candidate: usize,
    pub design: &'a str,
    pub assignment: Box<dyn Assignment>,
    pub world: WorldLog,
    pub requests: Who,
    pub windows: Option<Who>,
    /// Whether an A/A world of this assignment would be the control's own world: it neither learns nor changes capacity.
    pub has_null: bool,
    /// Who got what in the A/A world, where the log holds more than the assignment.
    pub null_requests: Option<Who>,
    /// Share of the measured requests that the candidate decides, as designed.
    pub share: Option<f64>,
}

/// Run everything of replication `number`.
#[must_use]
pub fn replicate(scenario: &Scenario, number: u32) -> Replication {
    let streams = Streams::new(scenario.study.seed, u64::from(number));
    let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
    let first = requests.partition_point(|request| request.arrival < scenario.warm_up());
    let measured = &requests[first..];
    let mut out = Replication::default();
    let by_load = scenario.study.segments.contains(&SegmentBy::Load);
    let with_states = by_load
        || scenario
            .designs
            .iter()
            .any(|design| Wanted::of(scenario, &design.name, design.design.unit()).has(Column::State));
    let truth_worlds: Vec<WorldLog> = (0_u32..)
        .zip(&scenario.policies)
        .map(|(at, policy)| {
            let keeps = with_states && at == 0;
            world_with(scenario, streams, &requests, &[policy], &mut Constant(CONTROL), keeps)
        })
        .collect();
    let curve = curve(scenario, streams, &requests);
    let experiments = experiments(scenario, streams, &requests, first, &truth_worlds[0]);
    out.requests = requests.len() as u64 * (truth_worlds.len() + curve.len() + experiments.len()) as u64;
    let terms = scenario.terms();
    let observed = |log| Observed::of(log, &terms, measured, first);
    let segments: Vec<Within> = Segment::all(scenario, &truth_worlds[0], first)
        .iter()
        .map(|segment| {
            let rows = |world| segment.rows(&requests, world, first);
            let of_experiments = experiments.iter().map(|experiment| rows(&experiment.world)).collect();
            (segment.name.clone(), rows(&truth_worlds[0]), of_experiments)
        })
        .collect();
    let graders = Graders {
        segments: &segments,
        scenario,
        replication: number,
        offered_per_second: measured.len() as f64 / scenario.horizon().since(scenario.warm_up()).seconds(),
        truth_worlds: &truth_worlds.iter().map(observed).collect::<Vec<_>>(),
        curve: &curve.iter().map(|point| point.observed(observed(&point.log), first)).collect::<Vec<_>>(),
        experiments: &experiments.iter().map(|one| (one, observed(&one.world))).collect::<Vec<_>>(),
    };
    // Metrics of one quantity stand together in the list and share its columns.
    let graded: Vec<Metric> = METRICS.iter().filter(|metric| scenario.grades(metric)).copied().collect();
    for metrics in graded.chunk_by(|a, b| quantity(a).is_some() && quantity(a) == quantity(b)) {
        graders.grade(metrics, &mut out);
    }
    for ((policy, log), observed) in scenario.policies.iter().zip(&truth_worlds).zip(graders.truth_worlds) {
        let name = format!("all:{}", policy.name);
        out.distributions.extend(distributions(&name, &observed.requests));
        observe(scenario, number, ("", &name, &name), log, &mut out);
    }
    if number == 0 {
        out.token_mean = token_means(&graders.truth_worlds[0].requests);
        out.blocks = experiments.iter().flat_map(|experiment| blocks(scenario, experiment)).collect();
    }
    for experiment in &experiments {
        let candidate = &scenario.policies[experiment.candidate].name;
        let world = format!("{}/{candidate}", experiment.design);
        observe(scenario, number, (candidate, experiment.design, &world), &experiment.world, &mut out);
    }
    out
}

/// A world of the policy-value curve.
struct CurvePoint {
    candidate: usize,
    share: f64,
    log: WorldLog,
}

impl CurvePoint {
    fn observed<'a>(&self, observed: Observed<'a>, first: usize) -> CurveWorld<'a> {
        let outcomes = &self.log.log.outcomes[first..];
        let treated = outcomes.iter().map(|outcome| outcome.arm == CANDIDATE).collect();
        CurveWorld { candidate: self.candidate, share: self.share, treated, observed }
    }
}

/// The worlds of the policy-value curve: at each share the same coins decide, so that who is treated at a small share is
/// treated at every larger one.
fn curve(scenario: &Scenario, streams: Streams, requests: &[Request]) -> Vec<CurvePoint> {
    let mut points = Vec::new();
    for candidate in 1..scenario.policies.len() {
        for share in scenario.curve_shares() {
            let mut assignment = share_of(scenario.curve_unit(), share).assign(streams, &scenario.facts());
            let policies = [&scenario.policies[0], &scenario.policies[candidate]];
            let log = world(scenario, streams, requests, &policies, &mut *assignment);
            points.push(CurvePoint { candidate, share, log });
        }
    }
    points
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
    world_with(scenario, streams, requests, policies, assignment, false)
}

/// The same, keeping the state before each decision where it is wanted.
fn world_with(
    scenario: &Scenario,
    streams: Streams,
    requests: &[Request],
    policies: &[&Policy],
    assignment: &mut dyn Assignment,
    with_states: bool,
) -> WorldLog {
    let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
    let log = Log::with_capacity(requests.len());
    let log = if with_states { log.with_states() } else { log };
    let record = &scenario.record;
    let observed = ObservedTime {
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
    let mut log = recorder.tally;
    let copies = std::mem::take(&mut log.copies);
    let copies = if copies.is_empty() {
        Vec::new()
    } else {
        let copy = |at: usize| copies.get(at).copied().flatten().unwrap_or_default();
        (0..requests.len()).map(copy).collect()
    };
    WorldLog { log, copies, windows: recorder.windows, events: recorder.events }
}

fn experiments<'a>(
    scenario: &'a Scenario,
    streams: Streams,
    requests: &[Request],
    first: usize,
    control: &WorldLog,
) -> Vec<Experiment<'a>> {
    let facts = scenario.facts();
    let mut experiments = Vec::new();
    for candidate in 1..scenario.policies.len() {
        for design in &scenario.designs {
            let mut assignment = design.assign(streams, &facts);
            let policies = [&scenario.policies[0], &scenario.policies[candidate]];
            let wanted = Wanted::of(scenario, &design.name, design.design.unit());
            let with_states = wanted.has(Column::State) || scenario.study.segments.contains(&SegmentBy::Load);
            let world = world_with(scenario, streams, requests, &policies, &mut *assignment, with_states);
            let who = Who::of_requests(requests, first, &world.log, &*assignment, &wanted);
            let windows = Who::of_windows(&world.windows, &*assignment);
            let has_null = !assignment.learns() && !assignment.splits_capacity() && !assignment.shadows();
            let null_requests = (has_null && wanted.has(Column::State)).then(|| {
                let mut null = Who::of_requests(requests, first, &control.log, &*assignment, &wanted);
                null.frame.treated.clone_from(&who.frame.treated);
                null
            });
            experiments.push(Experiment {
                candidate,
                has_null,
                null_requests,
                design: &design.name,
                share: share(scenario, &requests[first..], &world, &*assignment),
                assignment,
                world,
                requests: who,
                windows,
            });
        }
    }
    experiments
}

/// The probability of the candidate, where it is the same for all measured requests and the policy-value curve needs it. The
/// mean of unlike ones is no world of the curve, and would be one by accident in some replications.
fn share(
    scenario: &Scenario,
    measured: &[Request],
    world: &WorldLog,
    assignment: &dyn Assignment,
) -> Option<f64> {
    let simulated = scenario.curve_shares();
    if simulated.is_empty() || measured.is_empty() {
        return None;
    }
    let first = world.log.outcomes.len() - measured.len();
    let rows = measured.iter().zip(&world.log.outcomes[first..]);
    let mut shares = rows.map(|(request, outcome)| assignment.propensity(request, outcome.home));
    let first = shares.next()?;
    let is_constant = shares.all(|share| (share - first).abs() < 1e-9);
    simulated.into_iter().find(|share| is_constant && (share - first).abs() < 1e-9)
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
