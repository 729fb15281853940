//! How a world of a trial is run, and everything that it leaves behind.

use super::ends::Ends;
use super::trial::Trial;
use crate::design::Assignment;
use crate::engine::DriverKind;
use crate::policy::Policy;
use crate::record::{BoundaryEvent, Observed, Outcome, Recorder, Window};
use crate::units::SimTime;
use crate::workload::Request;
use crate::world::replica::Replica;
use crate::world::{Flow, Setup, run};

/// Everything that a world leaves behind.
#[derive(Debug, PartialEq)]
pub struct Traces {
    /// By request.
    pub outcomes: Vec<Outcome>,
    /// How often each request was reported to have ended.
    pub ends: Vec<u32>,
    /// Windows by time and then by cluster.
    pub rows: Vec<Window>,
    /// Boundary events.
    pub events: Vec<BoundaryEvent>,
    /// How many requests went where.
    pub flow: Flow,
}

/// How a world is to be run.
#[derive(Clone, Copy)]
pub struct Course<'a> {
    /// Of what.
    pub trial: &'a Trial,
    /// What arrives.
    pub requests: &'a [Request],
    /// The number of the policy of each arm.
    pub arms: &'a [usize],
    /// Who gets which; each run begins with a fresh memory.
    pub assignment: &'a dyn Assignment,
    /// Which driver; `None` takes the faster legal one.
    pub driver: Option<DriverKind>,
    /// End of the observed time.
    pub horizon: SimTime,
}

impl Course<'_> {
    /// Run it.
    #[must_use]
    pub fn run<R: Replica>(self) -> Traces {
        let scenario = &self.trial.scenario;
        let policies: Vec<&Policy> = self.arms.iter().map(|&policy| self.trial.policy_at(policy)).collect();
        let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
        let observed = Observed {
            warm_up: scenario.warm_up(),
            horizon: self.horizon,
            window: scenario.record.window,
            rules: scenario.record.rules,
            keeps_events: true,
        };
        let recorder = Recorder::new(Ends::new(self.requests.len()), scenario.terms(), observed, &replicas);
        let mut assignment = self.assignment.fresh();
        let setup = Setup {
            layout: &scenario.layout,
            policies: &policies,
            assignment: &mut *assignment,
            streams: self.trial.streams,
            driver: self.driver,
            horizon: Some(self.horizon),
        };
        let (recorder, flow) = run::<R, _>(setup, self.requests.iter().copied(), recorder);
        let rows = recorder.windows.rows().map(|(_, _, row)| *row).collect();
        let Ends { outcomes, times } = recorder.tally;
        Traces { outcomes, ends: times, rows, events: recorder.events, flow }
    }
}
