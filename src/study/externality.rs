//! What one request does to all others: the same world again with one request under the other policy, everything else as it
//! was.
//!
//! With N measured requests and R the metric of a world, flipping one request to the candidate changes the sum over all of
//! them by N·ΔR. Its own outcome explains `own` of that; the rest is what the others feel. On average over requests at share p,
//! `own` is the direct effect, `others` the indirect effect, and their sum V′(p) (Hu, Li and Wager, Biometrika 2022). Flips
//! that come shortly before the end of the measured time show only what falls into it.

use super::columns::{Columns, Requests};
use super::grade::quantity;
use super::replicate::world;
use crate::design::{Assignment, CANDIDATE, CONTROL, share_of};
use crate::record::{Metric, Outcome};
use crate::rng::{Purpose, Streams};
use crate::scenario::Scenario;
use crate::units::{ArmId, ClusterId};
use crate::workload::Request;

/// What one flipped request did; effects are candidate minus control, in the unit of the metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Externality {
    /// Replication, from 0.
    pub replication: u32,
    /// The request's number.
    pub request: u64,
    /// What changed for itself.
    pub own: f64,
    /// What changed for all others together.
    pub others: f64,
    /// How many others ended differently in any way.
    pub touched: u64,
    /// How long after the request's arrival the last of them arrived, in seconds.
    pub reach_s: f64,
}

/// Flip `flips` requests, one at a time, in the world of replication `number` in which each request gets the candidate with
/// probability `share`. Only metrics that are means over requests have an answer.
#[must_use]
pub fn externalities(
    scenario: &Scenario,
    candidate: usize,
    metric: &Metric,
    share: f64,
    flips: u32,
    number: u32,
) -> Vec<Externality> {
    let Some(quantity) = quantity(metric).filter(|_| metric.level() == "request") else { return Vec::new() };
    let streams = Streams::new(scenario.study.seed, u64::from(number));
    let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
    let first = requests.partition_point(|request| request.arrival < scenario.warm_up());
    let measured = &requests[first..];
    if measured.is_empty() {
        return Vec::new();
    }
    let policies = [&scenario.policies[0], &scenario.policies[candidate]];
    let terms = scenario.terms();
    let coins = || share_of(scenario.curve_unit(), share).assign(streams, &scenario.facts());
    let base = world(scenario, streams, &requests, &policies, &mut *coins()).log.outcomes;
    let columns = |outcomes: &[Outcome]| -> (Vec<f64>, Vec<f64>) {
        let read = Requests::of(&terms, measured, &outcomes[first..]);
        let Columns { numerator, denominator, .. } = read.columns(quantity);
        (numerator.into_owned(), denominator.into_owned())
    };
    let before = columns(&base);
    let ratio = |(y, x): &(Vec<f64>, Vec<f64>)| y.iter().sum::<f64>() / x.iter().sum::<f64>();
    let draws = streams.family(Purpose::Flip);
    let flip = |flip: u32| {
        let at = (draws.uniform(u64::from(flip)) * measured.len() as f64) as usize;
        let request = &measured[at];
        let arm = if base[first + at].arm == CANDIDATE { CONTROL } else { CANDIDATE };
        let mut flipped = Flipped { inner: coins(), request: request.index, arm };
        let outcomes = world(scenario, streams, &requests, &policies, &mut flipped).log.outcomes;
        let after = columns(&outcomes);
        let sign = if arm == CANDIDATE { 1.0 } else { -1.0 };
        let total = sign * measured.len() as f64 * (ratio(&after) - ratio(&before));
        // The request's own term of the linear form of the ratio.
        let mean_denominator = before.1.iter().sum::<f64>() / measured.len() as f64;
        let term = |columns: &(Vec<f64>, Vec<f64>)| columns.0[at] - ratio(&before) * columns.1[at];
        let own = sign * (term(&after) - term(&before)) / mean_denominator;
        let others = (first..requests.len()).filter(|&other| other != first + at);
        let touched: Vec<usize> = others.filter(|&other| outcomes[other] != base[other]).collect();
        let reach_s =
            touched.last().map_or(0.0, |&last| requests[last].arrival.seconds() - request.arrival.seconds());
        Externality {
            replication: number,
            request: request.index,
            own,
            others: total - own,
            touched: touched.len() as u64,
            reach_s: reach_s.max(0.0),
        }
    };
    (0..flips).map(flip).collect()
}

/// An assignment with one request under the other policy.
struct Flipped {
    inner: Box<dyn Assignment>,
    request: u64,
    arm: ArmId,
}

impl Assignment for Flipped {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(Self { inner: self.inner.fresh(), ..*self })
    }

    fn unit(&self) -> crate::design::Unit {
        self.inner.unit()
    }

    fn arm(&mut self, request: &Request, home: ClusterId) -> ArmId {
        let drawn = self.inner.arm(request, home);
        if request.index == self.request { self.arm } else { drawn }
    }

    fn unit_of(&self, request: &Request, home: ClusterId) -> Option<u32> {
        self.inner.unit_of(request, home)
    }

    fn propensity(&self, request: &Request, home: ClusterId) -> f64 {
        self.inner.propensity(request, home)
    }
}
