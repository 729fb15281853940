//! Signals are no fresher than their staleness says.

use super::{Broken, Law, Tried, hold};
use crate::policy::demand::Demand;
use crate::policy::{Axis, Policy};
use crate::units::{SimTime, Span};
use crate::verify::swarm::course::Course;
use crate::verify::swarm::decision::Decision;
use crate::verify::swarm::setting;
use crate::verify::swarm::trial::{Draw, Trial};
use crate::world::replica::fast::FastReplica;

const ID: &str = "FRESH-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "a rule with staleness D knows nothing of what happened after the last multiple of D",
    check: |trial| Ok(Tried::when(no_fresher(trial)?)),
};

/// Answers to requests that arrive after a scrape change their length: no decision before the next scrape may change.
fn no_fresher(trial: &Trial) -> Result<bool, Broken> {
    let policies = &trial.scenario.policies;
    if !policies.iter().all(reads_only_scrapes) {
        return Ok(false);
    }
    let mut periods: Vec<Span> = policies.iter().flat_map(Policy::scrapes).collect();
    periods.sort_unstable();
    let horizon = trial.scenario.horizon();
    let (from, to) = match periods.last() {
        // Nothing is ever scraped: nothing may matter at all.
        None => (SimTime::ZERO, SimTime::NEVER),
        Some(longest) => {
            let scrapes = horizon.0.div_ceil(longest.0) as usize;
            let from = *longest * trial.draw(Draw::Interval, scrapes) as u64;
            let next = periods.iter().map(|period| (from.0 / period.0 + 1) * period.0).min();
            (SimTime(from.0), SimTime(next.unwrap_or(horizon.0)))
        }
    };
    let (mut requests, mut changed, mut after) = (trial.requests.clone(), 0, 0);
    for request in requests.iter_mut().filter(|request| request.arrival >= from && request.arrival < to) {
        after += u32::from(changed > 0);
        if trial.can_change(request) {
            // The longest answer instead of a short one, a single token instead of a long one.
            let is_long = request.output_tokens > request.max_output_tokens / 2;
            request.output_tokens = if is_long { 1 } else { request.max_output_tokens };
            changed += 1;
        }
    }
    let altered = Course { requests: &requests, ..trial.mixed() }.run::<FastReplica>();
    let logs = trial.mixed_world().traces.outcomes.iter().zip(&altered.outcomes);
    for (request, (before, now)) in
        trial.requests.iter().zip(logs).filter(|(request, _)| request.arrival < to)
    {
        let (before, now) = (Decision::of(before), Decision::of(now));
        hold!(
            ID,
            before.agrees_with(now),
            "mixed: with other answers between {from} and {to} request {} at {} is decided as {now:?}, not {before:?}",
            request.index,
            request.arrival
        );
    }
    Ok(after > 0)
}

fn reads_only_scrapes(policy: &Policy) -> bool {
    let axes = [Axis::Router, Axis::Admission];
    let ages =
        axes.iter().flat_map(|&axis| policy.settings(axis)).filter(|(key, _)| key.ends_with("staleness"));
    let looks = matches!(policy.demand, Demand::Balk { .. }) || policy.limiter.charges_after();
    let fits = setting::kind(policy, Axis::Admission, "kind") == Some("kv_fit");
    !looks && !fits && ages.into_iter().all(|(_, age)| setting::span(age) > Span::ZERO)
}
