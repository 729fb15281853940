//! Serves measured requests on a simulated fleet.

use std::sync::Arc;

use crate::design::{CONTROL, Constant};
use crate::record::{Log, Observed, Outcome, Recorder};
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::units::{SimTime, Span};
use crate::workload::trace::MeasuredRequest;
use crate::workload::{Replay, Request};
use crate::world::replica::fast::FastReplica;
use crate::world::{Setup, run};

/// What became of each measured request, in their order, on the scenario's fleet under its control policy. Arrivals and
/// lengths are the measured ones as they are, whatever the scenario's workload; users, classes and the draws of the
/// scenario's seed apply.
#[must_use]
pub fn replay(scenario: &Scenario, measured: &[MeasuredRequest]) -> Vec<Outcome> {
    let streams = Streams::new(scenario.study.seed, 0);
    let requests = requests(scenario, measured, streams);
    let observed = Observed {
        warm_up: SimTime::ZERO,
        horizon: SimTime::NEVER,
        window: scenario.record.window,
        rules: scenario.record.rules,
        keeps_events: false,
    };
    let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
    let log = Log::with_capacity(requests.len());
    let recorder = Recorder::new(log, scenario.terms(), observed, &replicas);
    let setup = Setup {
        layout: &scenario.layout,
        policies: &[&scenario.policies[0]],
        assignment: &mut Constant(CONTROL),
        streams,
        driver: None,
        horizon: None,
    };
    let (recorder, _) = run::<FastReplica, _>(setup, requests.into_iter(), recorder);
    recorder.tally.outcomes
}

fn requests(scenario: &Scenario, measured: &[MeasuredRequest], streams: Streams) -> Vec<Request> {
    let rows = measured.iter().map(|measured| measured.request.clone()).collect();
    let replay = Replay {
        rows: Arc::new(rows),
        identities: Arc::new(vec![None; measured.len()]),
        rate_scale: 1.0,
        prompt_scale: 1.0,
        output_scale: 1.0,
        spread: Span::ZERO,
    };
    // Measured requests are in order of arrival, so a request's index is its row.
    replay.requests(&scenario.workload, streams)
}
