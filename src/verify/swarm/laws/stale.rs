//! Signals are no older than their staleness says.

use super::{Broken, Law, Tried, hold};
use crate::policy::Axis;
use crate::policy::demand::Demand;
use crate::record::{Outcome, Status};
use crate::units::{SimTime, Span};
use crate::verify::swarm::setting::{age, kind, whole};
use crate::verify::swarm::trial::{Trial, World};
use crate::workload::Request;

const ID: &str = "FRESH-2";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "it knows all that happened before it; with staleness 0, all that happened before the decision",
    check: |trial| {
        let mut checked = false;
        for world in &trial.worlds {
            checked |= no_older(trial, world)?;
        }
        Ok(Tried::when(checked))
    },
};

/// When requests were sent to a replica and when they left it.
#[derive(Default)]
struct Counter {
    /// Numbers and times of those that were sent, in order.
    sent: Vec<(u64, SimTime)>,
    /// In order.
    left: Vec<SimTime>,
}

impl Counter {
    /// Outstanding requests as a rule with this staleness sees them when it decides about a request.
    fn seen(&self, request: &Request, staleness: Span) -> usize {
        if staleness == Span::ZERO {
            let sent = self.sent.partition_point(|(index, _)| *index < request.index);
            return sent - self.left.partition_point(|left| *left < request.arrival);
        }
        let scrape = SimTime(request.arrival.0 / staleness.0 * staleness.0);
        let sent = self.sent.partition_point(|(_, sent)| *sent < scrape);
        sent - self.left.partition_point(|left| *left < scrape)
    }
}

/// Counts the outstanding requests of every replica anew from the log, at the instant that each decision has to look at. Says
/// whether any decision could be checked.
fn no_older(trial: &Trial, world: &World) -> Result<bool, Broken> {
    let outcomes = &world.traces.outcomes;
    // A refusal by a full queue was outstanding on its way, and the log does not say at which replica.
    let on_its_way = |(at, outcome): (usize, &Outcome)| {
        outcome.status == Status::QueueFull && trial.delay(at, outcome) > Span::ZERO
    };
    if outcomes.iter().enumerate().any(on_its_way) {
        return Ok(false);
    }
    let mut counters: Vec<Counter> = Vec::new();
    counters.resize_with(trial.scenario.layout.replica_count() as usize, Counter::default);
    for (at, request) in trial.requests.iter().enumerate() {
        if let Some(stay) = trial.stay(world, at) {
            let counter = &mut counters[stay.replica];
            counter.sent.push((request.index, request.arrival));
            counter.left.push(stay.finished);
        }
    }
    counters.iter_mut().for_each(|counter| counter.left.sort_unstable());
    let mut checked = false;
    for (request, outcome) in trial.requests.iter().zip(outcomes) {
        checked |= decision(trial, world, &counters, request, outcome)?;
    }
    Ok(checked)
}

/// Checks what one decision had to see.
fn decision(
    trial: &Trial,
    world: &World,
    counters: &[Counter],
    request: &Request,
    outcome: &Outcome,
) -> Result<bool, Broken> {
    let policy = trial.policy(world, outcome.arm);
    let range = trial.scenario.layout.replicas(outcome.cluster);
    let replicas: Vec<usize> = range.map(|replica| replica as usize).collect();
    let who = format!("{}: request {} at {}", world.name, request.index, request.arrival);
    let mut checked = false;
    // The chosen replica was the best of k: at least k − 1 others had as many outstanding or more.
    let within =
        if kind(policy, Axis::Router, "kind") == Some("nearest_with_fallback") { "within." } else { "" };
    let choices = match kind(policy, Axis::Router, &format!("{within}kind")) {
        Some("least_outstanding") => replicas.len(),
        Some("power_of_k") => replicas.len().min(whole(policy, Axis::Router, &format!("{within}k")) as usize),
        _ => 1,
    };
    if choices > 1 && outcome.status.is_served() {
        let staleness = age(policy, Axis::Router, &format!("{within}staleness"));
        let seen = |replica: usize| counters[replica].seen(request, staleness);
        let chosen = seen(outcome.replica.index());
        let no_better = replicas.iter().filter(|&&replica| seen(replica) >= chosen).count();
        let all: Vec<usize> = replicas.iter().map(|&replica| seen(replica)).collect();
        hold!(
            ID,
            no_better >= choices,
            "{who} was sent to {:?} with {chosen} outstanding, the best of {choices} among {all:?}",
            outcome.replica
        );
        checked = true;
    }
    if kind(policy, Axis::Admission, "kind") == Some("concurrency_cap") {
        let (most, staleness) =
            (whole(policy, Axis::Admission, "max_outstanding"), age(policy, Axis::Admission, "staleness"));
        let over = |replica: usize| counters[replica].seen(request, staleness) >= most as usize;
        let served = outcome.status.is_served();
        hold!(ID, !served || !over(outcome.replica.index()), "{who} was admitted over the cap of {most}");
        let refused = outcome.status == Status::AdmissionRefused;
        hold!(
            ID,
            !refused || replicas.iter().any(|&replica| over(replica)),
            "{who} was refused under the cap of {most}"
        );
        checked |= served || refused;
    }
    if let (Demand::Balk { at_most, .. }, true) = (policy.demand, outcome.status.is_served()) {
        let seen = counters[outcome.replica.index()].seen(request, Span::ZERO);
        hold!(
            ID,
            seen < at_most as usize,
            "{who} joined {seen} outstanding requests where nobody joins {at_most}"
        );
        checked = true;
    }
    Ok(checked)
}
