//! A ramp: the candidate gets a small share first and more in each step; a gate may hold the ramp or roll it back. Whether a
//! request is treated depends on when it comes, so that arms must be weighed by their propensities within steps; and a small
//! share cannot show what the candidate does to the fleet when everybody has it.

use super::coins::Coin;
use super::gate::{Action, Answer, Gate, Sums};
use super::history::History;
use super::{ArmId, Assignment, Design, FleetFacts, Unit, arm_of};
use crate::policy::Spec;
use crate::record::Reading;
use crate::rng::Family;
use crate::settings::Section;
use crate::units::{ClusterId, SimTime, Span};
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "canary",
    about: "a ramp of shares in steps, with a coin for each request or user (`unit`); a `gate` holds it or rolls it back",
    build: |section| {
        let gate = section.has("gate").then(|| Gate::read(&section.table("gate")));
        Box::new(Canary { steps: read_steps(section), coin: Coin::read(section), gate })
    },
};

/// The settings `steps`, or `shares` and `step`.
fn read_steps(section: &Section<'_>) -> Vec<Step> {
    if section.has("steps") {
        let read = |table: Section<'_>| {
            let share = table.number("share", None, 0.0..=1.0);
            let step = Step { share, length: table.positive_duration("for", None) };
            table.finish();
            step
        };
        let steps: Vec<Step> = section.tables("steps").into_iter().map(read).collect();
        if steps.is_empty() {
            section.problem("steps", "no steps", "at least one { share = 0.01, for = \"2 min\" }");
        }
        return steps;
    }
    let allowed = "a list of numbers from 0 to 1";
    let shares = section.numbers_or("shares", &[0.01, 0.05, 0.25, 0.5, 1.0], allowed);
    if !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
        section.problem("shares", format!("{shares:?}"), allowed);
    }
    let length = section.positive_duration("step", Some("2 min"));
    shares.into_iter().map(|share| Step { share, length }).collect()
}

/// One step of the ramp.
#[derive(Clone, Copy, Debug)]
struct Step {
    share: f64,
    length: Span,
}

#[derive(Clone)]
struct Canary {
    steps: Vec<Step>,
    coin: Coin,
    gate: Option<Gate>,
}

impl Design for Canary {
    fn unit(&self) -> Unit {
        match self.coin {
            Coin::Request => Unit::Request,
            Coin::User => Unit::UserRamp,
        }
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        let measured = facts.horizon.since(facts.warm_up);
        let before_last: u64 = self.steps.iter().rev().skip(1).map(|step| step.length.0).sum();
        if before_last >= measured.0 {
            let found = format!(
                "steps of {:.0} s before the last in {:.0} s of measured time",
                Span(before_last).seconds(),
                measured.seconds()
            );
            let key = if section.has("steps") { "steps" } else { "step" };
            section.problem(key, found, "shorter or fewer steps, so that the last begins");
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        Box::new(Ramp::new(draws, facts.warm_up, self.clone()))
    }
}

#[derive(Clone)]
struct Ramp {
    draws: Family,
    start: SimTime,
    of: Canary,
    history: History,
    /// The present step; `None` before the first.
    step: Option<usize>,
    /// When the present step ends.
    end: SimTime,
    /// What has ended in it.
    sums: Sums,
}

impl Ramp {
    fn new(draws: Family, start: SimTime, of: Canary) -> Self {
        Self { draws, start, of, history: History::new(0.0), step: None, end: start, sums: Sums::default() }
    }

    /// Everything that is decided at or before `now`.
    fn go_on(&mut self, now: SimTime) {
        while self.end <= now {
            let next = match (self.step, &self.of.gate) {
                (None, _) => Some(0),
                (Some(step), None) => Some(step + 1),
                (Some(step), Some(gate)) => match gate.answer(&self.sums) {
                    Answer::Pass => Some(step + 1),
                    Answer::Fail if gate.action == Action::RollBack => None,
                    Answer::Fail | Answer::Unknown => Some(step),
                },
            };
            self.begin(self.end, next);
        }
    }

    /// A step begins, or the candidate is gone for good.
    fn begin(&mut self, now: SimTime, step: Option<usize>) {
        let of = step.and_then(|step| self.of.steps.get(step));
        self.history.push(now, of.map_or(0.0, |step| step.share));
        let is_last = step.is_none_or(|step| step + 1 >= self.of.steps.len());
        self.end = of.filter(|_| !is_last).map_or(SimTime::NEVER, |step| now + step.length);
        self.step = step;
        self.sums = Sums::default();
    }
}

impl Assignment for Ramp {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(Self::new(self.draws, self.start, self.of.clone()))
    }

    fn unit(&self) -> Unit {
        self.of.unit()
    }

    fn arm(&mut self, request: &Request, _: ClusterId) -> ArmId {
        self.go_on(request.arrival);
        arm_of(self.of.coin.uniform(self.draws, request) < self.history.latest())
    }

    fn learns(&self) -> bool {
        self.of.gate.is_some()
    }

    fn learn(&mut self, reading: &Reading<'_>, finished: SimTime) {
        self.go_on(finished);
        let Some(gate) = &self.of.gate else { return };
        let counts_from =
            gate.window.map_or(SimTime::ZERO, |window| SimTime(self.end.0.saturating_sub(window.0)));
        if finished >= counts_from {
            self.sums.add(gate, reading.outcome().arm, reading);
        }
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        // A step of everybody or nobody has one arm only: its requests have nobody to be compared with.
        let share = self.history.share(request.arrival);
        (share > 0.0 && share < 1.0).then(|| self.of.coin.number(request))
    }

    fn propensity(&self, request: &Request, _: ClusterId) -> f64 {
        self.history.share(request.arrival)
    }

    fn block(&self, _: ClusterId, now: SimTime) -> Option<u32> {
        Some(self.history.block(now))
    }

    fn since_switch(&self, _: ClusterId, now: SimTime) -> Option<Span> {
        Some(self.history.since(now))
    }
}
