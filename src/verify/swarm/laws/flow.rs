//! Nothing is lost and nothing is counted twice: totals, windows and events against the log.

use super::{Broken, Law, Tried, hold};
use crate::record::{BoundaryKind, Outcome, Status, Window};
use crate::units::{ClusterId, SimTime};
use crate::verify::swarm::stay::Stay;
use crate::verify::swarm::trial::{Trial, World};

const ID: &str = "FLOW-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "offered = completed + rejected + timed out + balked + in flight; windows and events sum to the log",
    check: |trial| {
        for world in &trial.worlds {
            totals(trial, world)?;
            windows(trial, world)?;
            edges(trial, world)?;
            events(trial, world)?;
        }
        Ok(Tried::when(!trial.requests.is_empty()))
    },
};

fn count(world: &World, of: impl Fn(&Outcome) -> bool) -> u64 {
    world.traces.outcomes.iter().filter(|outcome| of(outcome)).count() as u64
}

/// The world's counts are those of the log.
fn totals(trial: &Trial, world: &World) -> Result<(), Broken> {
    let flow = world.traces.flow;
    let told = [flow.offered, flow.completed, flow.rejected, flow.timed_out, flow.balked];
    let logged = [
        trial.requests.len() as u64,
        count(world, |outcome| outcome.status == Status::Completed),
        count(world, |outcome| outcome.status.is_rejected()),
        count(world, |outcome| outcome.status == Status::TimedOut),
        count(world, |outcome| outcome.status == Status::Balked),
    ];
    hold!(ID, told == logged, "{}: {told:?} told, {logged:?} logged", world.name);
    let sum: u64 = told[1..].iter().sum();
    hold!(ID, told[0] == sum, "{}: {} offered, {sum} ended", world.name, told[0]);
    let at_horizon = (0..trial.requests.len())
        .filter(|&request| left_replica(trial, world, request).is_some_and(|left| left >= flow.horizon));
    let (told, logged) = (flow.in_flight_at_horizon, at_horizon.count() as u64);
    hold!(ID, told == logged, "{}: {told} in flight at the horizon, {logged} in the log", world.name);
    Ok(())
}

/// When a request that was sent to a replica was done there or was not taken; `None` when it was never sent.
fn left_replica(trial: &Trial, world: &World, request: usize) -> Option<SimTime> {
    let outcome = &world.traces.outcomes[request];
    match outcome.status {
        Status::QueueFull => Some(trial.requests[request].arrival + trial.delay(request, outcome)),
        _ => trial.stay(world, request).map(|stay| stay.finished),
    }
}

/// Every count of every window is that of the log.
fn windows(trial: &Trial, world: &World) -> Result<(), Broken> {
    let rows = &world.traces.rows;
    let clusters = trial.scenario.layout.clusters.len();
    let mut expected = vec![Window::default(); rows.len()];
    let mut evictions = vec![0u64; clusters];
    for (request, outcome) in trial.requests.iter().zip(&world.traces.outcomes) {
        let at = (request.arrival.0 / trial.scenario.record.window.0) as usize;
        let row = &mut expected[at * clusters + outcome.home.index()];
        row.arrivals += 1;
        row.candidate_arrivals += u32::from(outcome.arm.0 != 0);
        row.rejections += u32::from(outcome.status.is_rejected());
        row.good += u32::from(is_good(trial, request.class.index(), outcome));
        evictions[outcome.cluster.index()] += u64::from(outcome.preemptions);
    }
    let counts = |row: &Window| [row.arrivals, row.candidate_arrivals, row.rejections, row.good];
    for (at, (row, expected)) in rows.iter().zip(&expected).enumerate() {
        let (told, logged) = (counts(row), counts(expected));
        hold!(
            ID,
            told == logged,
            "{}: window {} of cluster {} has {told:?} arrivals, candidate's, rejections, good; the log {logged:?}",
            world.name,
            at / clusters,
            at % clusters
        );
    }
    for (cluster, logged) in evictions.into_iter().enumerate() {
        let told: u64 =
            rows.iter().skip(cluster).step_by(clusters).map(|row| u64::from(row.preemptions)).sum();
        hold!(ID, told == logged, "{}: {told} evictions in windows, {logged} in the log", world.name);
    }
    Ok(())
}

/// Completed within the objectives of its class.
fn is_good(trial: &Trial, class: usize, outcome: &Outcome) -> bool {
    let terms = &trial.scenario.workload.classes[class].terms;
    let gaps = u64::from(outcome.output_tokens - 1);
    let in_time = gaps == 0 || (outcome.end_to_end.0 - outcome.ttft.0) / gaps <= terms.slo_tpot.0;
    outcome.status == Status::Completed && outcome.ttft <= terms.slo_ttft && in_time
}

/// At the end of every window as many wait and run as have reached the cluster and not finished.
fn edges(trial: &Trial, world: &World) -> Result<(), Broken> {
    let clusters = trial.scenario.layout.clusters.len();
    let length = trial.scenario.record.window.0;
    let observed = (world.traces.flow.horizon.0 / length) as usize;
    // Reached before the edge and not finished before it: one up for the first edge after the one, one down after the other.
    let mut steps = vec![0i64; (observed + 2) * clusters];
    let first_after = |now: SimTime| ((now.0 / length) as usize + 1).min(observed + 1);
    for Stay { request, reached, finished, .. } in trial.stays(world).into_iter().flatten() {
        let cluster = world.traces.outcomes[request].cluster.index();
        steps[first_after(reached) * clusters + cluster] += 1;
        steps[first_after(finished) * clusters + cluster] -= 1;
    }
    let mut present = vec![0i64; clusters];
    for edge in 1..=observed {
        for (cluster, present) in present.iter_mut().enumerate() {
            *present += steps[edge * clusters + cluster];
            let row = &world.traces.rows[(edge - 1) * clusters + cluster];
            let told = i64::from(row.queue) + i64::from(row.running);
            hold!(
                ID,
                told == *present,
                "{}: {told} wait and run at the end of window {} of cluster {cluster}, {present} in the log",
                world.name,
                edge - 1
            );
        }
    }
    Ok(())
}

/// Boundary events touched as many requests as the log says.
fn events(trial: &Trial, world: &World) -> Result<(), Broken> {
    let outcomes = &world.traces.outcomes;
    for cluster in (0..trial.scenario.layout.clusters.len()).map(|at| ClusterId(at as u16)) {
        let there = |outcome: &&Outcome| outcome.cluster == cluster;
        let evictions: u64 =
            outcomes.iter().filter(there).map(|outcome| u64::from(outcome.preemptions)).sum();
        let refused = [Status::QueueFull, Status::AdmissionRefused];
        let was_sent = |outcome: &Outcome| outcome.status.is_served() || outcome.status == Status::QueueFull;
        let away =
            |outcome: &Outcome| outcome.home == cluster && outcome.cluster != cluster && was_sent(outcome);
        for (kind, logged) in [
            (BoundaryKind::KvExhaustion, evictions),
            (BoundaryKind::QueueOverflow, count(world, |o| there(&o) && refused.contains(&o.status))),
            (BoundaryKind::FailOver, count(world, away)),
        ] {
            let events =
                world.traces.events.iter().filter(|event| event.kind == kind && event.cluster == cluster);
            let told: u64 = events.map(|event| u64::from(event.episode.touched)).sum();
            hold!(
                ID,
                told == logged,
                "{}: {} touched {told} requests of cluster {}, {logged} in the log",
                world.name,
                kind.name(),
                cluster.0
            );
        }
    }
    Ok(())
}
