//! A request ends once, with as many tokens as were asked for, and with a status that fits what is told of it.

use super::{Finding, Law, Tried, hold};
use crate::record::Status;
use crate::units::Span;
use crate::verify::swarm::trial::{Trial, World};

const ID: &str = "LIFE-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "every request ends exactly once, with the tokens that were asked for; what ends at a gateway has no latency",
    check: |trial| {
        for world in &trial.worlds {
            lives(trial, world)?;
        }
        Ok(Tried::when(!trial.requests.is_empty()))
    },
};

fn lives(trial: &Trial, world: &World) -> Finding {
    for ((request, outcome), ends) in
        trial.requests.iter().zip(&world.traces.outcomes).zip(&world.traces.ends)
    {
        let who = format!("{}: request {}", world.name, request.index);
        hold!(ID, *ends == 1, "{who} ended {ends} times");
        hold!(ID, outcome.status != Status::InFlight, "{who} is in flight for ever");
        let (_, output) = trial.served_lengths(world, request.index as usize);
        if outcome.status.is_served() {
            let told = outcome.output_tokens;
            hold!(ID, told == output, "{who} got {told} tokens of {output}");
            let at_once = outcome.ttft == outcome.end_to_end;
            hold!(ID, at_once == (output == 1), "{who} of {output} tokens: first = last is {at_once}");
            let terms = &trial.scenario.workload.classes[request.class.index()].terms;
            let late = terms.timeout != Span::ZERO && outcome.end_to_end > terms.timeout;
            let told = outcome.status == Status::TimedOut;
            hold!(
                ID,
                late == told,
                "{who} took {:?} of {:?}: timed out is {told}",
                outcome.end_to_end,
                terms.timeout
            );
        } else {
            let spans = [outcome.queue_wait, outcome.ttft, outcome.end_to_end, outcome.gpu];
            hold!(ID, spans == [Span::ZERO; 4], "{who} was never served and is told {spans:?}");
            let stops = outcome.preemptions + outcome.displacements;
            hold!(ID, stops == 0, "{who} was never served and stopped {stops} times");
        }
    }
    Ok(Tried::Yes)
}
