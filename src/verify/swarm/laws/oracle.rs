//! Nobody knows the length of an answer before its last token.

use super::{Finding, Law, Tried, hold};
use crate::record::Outcome;
use crate::units::SimTime;
use crate::verify::swarm::course::Course;
use crate::verify::swarm::decision::Decision;
use crate::verify::swarm::trial::{Draw, Trial, World};
use crate::workload::Request;
use crate::world::replica::fast::FastReplica;

const ID: &str = "ORACLE-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "another length of one answer, its declared maximum kept, changes nothing before the earlier of its two ends",
    check: |trial| {
        let Some((victim, requests)) = altered(trial) else { return Ok(Tried::No) };
        let traces = Course { requests: &requests, ..trial.mixed() }.run::<FastReplica>();
        let other = World { name: "mixed, altered", arms: &[0, 1], traces };
        compare(trial, trial.mixed_world(), &other, victim)
    },
};

/// The requests with another length of one answer, and whose that is.
fn altered(trial: &Trial) -> Option<(usize, Vec<Request>)> {
    let able: Vec<usize> =
        (0..trial.requests.len()).filter(|&at| trial.can_change(&trial.requests[at])).collect();
    let victim = *able.get(trial.draw(Draw::Victim, able.len()))?;
    let mut requests = trial.requests.clone();
    let Request { output_tokens, max_output_tokens, .. } = &mut requests[victim];
    let others = 1 + trial.draw(Draw::Length, *max_output_tokens as usize - 1) as u32;
    // Every length but the present one is equally likely.
    *output_tokens = if others < *output_tokens { others } else { others + 1 };
    Some((victim, requests))
}

fn compare(trial: &Trial, world: &World, other: &World, victim: usize) -> Finding {
    let ends = [world, other].map(|world| trial.stay(world, victim).map(|stay| stay.finished));
    hold!(
        ID,
        ends[0].is_some() == ends[1].is_some(),
        "request {victim} ends at {:?} with its own answer and at {:?} with another",
        ends[0],
        ends[1]
    );
    // Where it was turned away its answer never matters.
    let until = ends[0].min(ends[1]).unwrap_or(SimTime::NEVER);
    for (at, request) in trial.requests.iter().enumerate() {
        // What is turned away keeps the length that was asked for: of the victim it is not compared.
        let output_tokens = world.traces.outcomes[at].output_tokens;
        let altered = Outcome { output_tokens, ..other.traces.outcomes[at] };
        let outcomes =
            (&world.traces.outcomes[at], if at == victim { &altered } else { &other.traces.outcomes[at] });
        let what =
            || format!("the answer to request {victim} (done at {until}) changes request {at}: {outcomes:?}");
        if request.arrival <= until {
            let decisions = (Decision::of(outcomes.0), Decision::of(outcomes.1));
            hold!(ID, decisions.0.agrees_with(decisions.1), "{}", what());
        }
        let stays = (trial.stay(world, at), trial.stay(other, at));
        let (Some(own), Some(changed)) = stays else {
            let reached = request.arrival + trial.delay(at, outcomes.0);
            hold!(ID, outcomes.0 == outcomes.1 || reached > until, "{}", what());
            continue;
        };
        let admitted = own.admitted == changed.admitted || own.admitted.min(changed.admitted) >= until;
        let first =
            own.first_token == changed.first_token || own.first_token.min(changed.first_token) > until;
        let ended = outcomes.0 == outcomes.1 || own.finished.min(changed.finished) > until || at == victim;
        hold!(ID, admitted && first && ended, "{}", what());
    }
    Ok(Tried::Yes)
}
