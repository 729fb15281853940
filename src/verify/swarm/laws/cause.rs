//! Causes come before effects: arrivals in order, and no answer faster than the network and the iterations that it needs.

use super::{Law, Tried, hold};
use crate::verify::swarm::trial::{Trial, World};
use crate::world::replica::StepCosts;

const TIME_ID: &str = "CAUSE-1";
const ARRIVALS_ID: &str = "CAUSE-2";

pub(super) const TIME: Law = Law {
    id: TIME_ID,
    about: "way there, queue, first token, last token, way back: in this order, none faster than the network and the hardware",
    check: |trial| {
        let mut served = 0;
        for world in &trial.worlds {
            served += spans(trial, world)?;
        }
        Ok(Tried::when(served > 0))
    },
};

pub(super) const ARRIVALS: Law = Law {
    id: ARRIVALS_ID,
    about: "requests are numbered in order of arrival, and none arrives after the horizon",
    check: |trial| {
        let ordered = trial.requests.is_sorted_by_key(|request| request.arrival);
        hold!(ARRIVALS_ID, ordered, "arrivals are out of order");
        for (at, request) in trial.requests.iter().enumerate() {
            hold!(ARRIVALS_ID, request.index == at as u64, "request {} stands at place {at}", request.index);
            let horizon = trial.scenario.horizon();
            hold!(
                ARRIVALS_ID,
                request.arrival < horizon,
                "request {at} arrives at {} after {horizon}",
                request.arrival
            );
        }
        Ok(Tried::when(trial.requests.len() > 1))
    },
};

/// Checks all served requests of a world; how many they are.
fn spans(trial: &Trial, world: &World) -> Result<usize, super::Broken> {
    let mut served = 0;
    for (at, outcome) in world.traces.outcomes.iter().enumerate() {
        if !outcome.status.is_served() {
            continue;
        }
        served += 1;
        let who = format!("{}: request {at} ({outcome:?})", world.name);
        let network = trial.delay(at, outcome) * 2;
        hold!(
            TIME_ID,
            outcome.queue_wait + network < outcome.ttft,
            "{who}: first token before its admission"
        );
        hold!(TIME_ID, outcome.ttft <= outcome.end_to_end, "{who}: last token before the first");
        if outcome.preemptions + outcome.displacements > 0 {
            continue;
        }
        let (prompt, output) = trial.served_lengths(world, at);
        let costs = &trial.scenario.layout.clusters[outcome.cluster.index()].engine.costs;
        let (prefill, decode) = own_work(costs, u64::from(prompt), u64::from(output));
        let steps = u64::from(output) - 1;
        let to_first = (outcome.ttft - outcome.queue_wait - network).0;
        hold!(TIME_ID, to_first >= prefill + costs.iteration, "{who}: the prefill alone takes {prefill} ps");
        let to_last = (outcome.end_to_end - outcome.ttft).0;
        hold!(
            TIME_ID,
            to_last >= decode + steps * costs.iteration,
            "{who}: the decodes alone take {decode} ps"
        );
        let told = outcome.gpu.0;
        hold!(TIME_ID, told >= prefill + decode, "{who}: own work of {prefill} + {decode} ps, {told} told");
    }
    Ok(served)
}

/// The work of a whole prefill and of the decodes after it, written from the equation in docs/model.md.
fn own_work(costs: &StepCosts, prompt: u64, output: u64) -> (u64, u64) {
    let prefill = costs.prefill_token * prompt + costs.half_attention * prompt * prompt;
    let resident: u64 = (prompt..prompt + output - 1).sum();
    (prefill, costs.decode_sequence * (output - 1) + costs.kv_token * resident)
}
