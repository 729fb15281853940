//! A drawn scenario on trial: its requests, and the worlds in which they were run. What the checkers of laws get to see are
//! inputs (the scenario, the requests, who got which policy) and outputs (logs, windows, events, counts).

use super::course::{Course, Traces};
use super::draw;
use crate::design::{Assignment, CONTROL, Constant};
use crate::policy::Policy;
use crate::policy::demand::Demand;
use crate::rng::{Family, Streams};
use crate::scenario::Scenario;
use crate::units::ArmId;
use crate::verify::bench::scenario;
use crate::workload::Request;
use crate::world::replica::BLOCK_TOKENS;
use crate::world::replica::fast::FastReplica;

/// A drawn scenario and what became of its requests.
pub struct Trial {
    /// The scenario as text.
    pub text: String,
    /// The scenario.
    pub scenario: Scenario,
    /// Its policies read once more: equal ones that are not the same.
    twins: Vec<Policy>,
    /// The randomness of its first replication.
    pub streams: Streams,
    /// The requests of its first replication.
    pub requests: Vec<Request>,
    /// The first design's assignment.
    pub assignment: Box<dyn Assignment>,
    /// Both truth worlds and the first design's world.
    pub worlds: Vec<World>,
    /// The checks' own draws.
    draws: Family,
}

/// One world that was run.
pub struct World {
    /// What it is called in reports.
    pub name: &'static str,
    /// The number of the policy of each arm.
    pub arms: &'static [usize],
    /// What it left behind.
    pub traces: Traces,
}

impl Trial {
    /// Draw scenario `number` of the swarm of `seed`, and run it.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Self {
        let text = draw::scenario_text(seed, number);
        let twins = scenario(&text, &[]).policies;
        let scenario = scenario(&text, &[]);
        let streams = Streams::new(scenario.study.seed, 0);
        let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
        let assignment = scenario.designs[0].assign(streams, &scenario.facts());
        let draws = draw::draws(seed, number);
        let mut trial =
            Self { text, scenario, twins, streams, requests, assignment, worlds: Vec::new(), draws };
        let run = |name, arms, assignment: &dyn Assignment| World {
            name,
            arms,
            traces: trial.course(arms, assignment).run::<FastReplica>(),
        };
        let worlds = vec![
            run("all control", &[0], &Constant(CONTROL)),
            run("all candidate", &[1], &Constant(CONTROL)),
            run("mixed", &[0, 1], &*trial.assignment),
        ];
        trial.worlds = worlds;
        trial
    }

    /// A uniform whole number below `bound` for one purpose of the checks.
    #[must_use]
    pub fn draw(&self, purpose: Draw, bound: usize) -> usize {
        let entity = (1 << 32) | purpose as u64;
        self.draws.stream(entity).below(bound.max(1) as u32) as usize
    }

    /// How a world with these policies by arm is run, as studies do it.
    #[must_use]
    pub fn course<'a>(&'a self, arms: &'a [usize], assignment: &'a dyn Assignment) -> Course<'a> {
        let horizon = self.scenario.horizon();
        Course { trial: self, requests: &self.requests, arms, assignment, driver: None, horizon }
    }

    /// How the world of the first design is run.
    #[must_use]
    pub fn mixed(&self) -> Course<'_> {
        self.course(&[0, 1], &*self.assignment)
    }

    /// The first design's world.
    #[must_use]
    pub fn mixed_world(&self) -> &World {
        &self.worlds[2]
    }

    /// A policy by number: control, candidate, and the twin of each.
    #[must_use]
    pub fn policy_at(&self, number: usize) -> &Policy {
        let own = &self.scenario.policies;
        own.get(number).unwrap_or_else(|| &self.twins[number - own.len()])
    }

    /// The policy that decided in an arm of a world.
    #[must_use]
    pub fn policy(&self, world: &World, arm: ArmId) -> &Policy {
        self.policy_at(world.arms[arm.index()])
    }

    /// All policies at work in a world.
    pub fn policies<'a>(&'a self, world: &'a World) -> impl Iterator<Item = &'a Policy> {
        world.arms.iter().map(|&policy| self.policy_at(policy))
    }

    /// Prompt and output tokens of a request as the policy that decided on it has them.
    #[must_use]
    pub fn served_lengths(&self, world: &World, request: usize) -> (u32, u32) {
        let Request { prompt_tokens, output_tokens, .. } = self.requests[request];
        match self.policy(world, world.traces.outcomes[request].arm).demand {
            Demand::Shorter { prompt_factor, output_factor, max_output_tokens } => {
                // To the nearest token, one at least.
                let times =
                    |tokens: u32, factor: f64| libm::round(f64::from(tokens) * factor).max(1.0) as u32;
                let output = times(output_tokens, output_factor).min(max_output_tokens);
                (times(prompt_tokens, prompt_factor), output)
            }
            Demand::AsSent | Demand::Balk { .. } => (prompt_tokens, output_tokens),
        }
    }

    /// Whether a request's answer can have another length and still fit every cache. That whatever does not fit is turned away
    /// at the gateway is a matter of size, not of policy.
    #[must_use]
    pub fn can_change(&self, request: &Request) -> bool {
        let longest = u64::from(request.prompt_tokens) + u64::from(request.max_output_tokens);
        let caches = self.scenario.layout.clusters.iter().map(|cluster| cluster.engine.kv_blocks);
        let least = caches.min().map_or(0, |blocks| u64::from(blocks) * u64::from(BLOCK_TOKENS));
        request.max_output_tokens > 1 && longest <= least
    }
}

/// What a check draws.
#[derive(Clone, Copy)]
#[repr(u64)]
pub enum Draw {
    /// Whose answer is changed.
    Victim,
    /// To which length.
    Length,
    /// Between which scrapes lengths are changed.
    Interval,
    /// Which policy meets itself.
    Policy,
    /// Whether the study is run with several threads.
    Threads,
}
