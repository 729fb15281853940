//! The two replica engines on the opening of a case's world: they must give the same bytes wherever the ladder climbs.

use crate::design::{Assignment, CONTROL, Constant};
use crate::policy::Policy;
use crate::record::{Observed, Recorder, Totals};
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::units::SimTime;
use crate::world::replica::Replica;
use crate::world::replica::fast::FastReplica;
use crate::world::replica::reference::ReferenceReplica;
use crate::world::{Setup, run};

/// Requests of the opening: the reference engine runs every one of their iterations.
const REQUESTS: usize = 200;

/// Whether both engines give the same outcome of every request in the opening of the first experiment's world, or of the
/// world of all-control where there is no experiment.
pub(super) fn agree(scenario: &Scenario) -> bool {
    digest::<FastReplica>(scenario) == digest::<ReferenceReplica>(scenario)
}

/// A hash of all outcomes.
fn digest<R: Replica>(scenario: &Scenario) -> u64 {
    let streams = Streams::new(scenario.study.seed, 0);
    let mut assignment: Box<dyn Assignment> = match scenario.designs.first() {
        Some(design) => design.assign(streams, &scenario.facts()),
        None => Box::new(Constant(CONTROL)),
    };
    let policies: Vec<&Policy> = scenario.policies.iter().collect();
    let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
    let observed = Observed {
        warm_up: SimTime::ZERO,
        horizon: SimTime::NEVER,
        window: scenario.record.window,
        rules: scenario.record.rules,
        keeps_events: false,
    };
    let recorder = Recorder::new(Totals::new(SimTime::ZERO), scenario.terms(), observed, &replicas);
    let setup = Setup {
        layout: &scenario.layout,
        policies: &policies,
        assignment: &mut *assignment,
        streams,
        driver: None,
        horizon: None,
    };
    let opening = scenario.workload.arrivals(streams).take(REQUESTS);
    run::<R, _>(setup, opening, recorder).0.tally.digest
}
