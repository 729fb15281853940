//! Truth and experiment are one world: who gets what alone makes the difference.

use super::{Broken, Law, Tried, hold};
use crate::design::{CANDIDATE, Constant};
use crate::record::{Outcome, Window};
use crate::units::ArmId;
use crate::verify::swarm::course::Traces;
use crate::verify::swarm::trial::Draw;
use crate::world::replica::fast::FastReplica;

const ID: &str = "TRUTH-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "an experiment in which everybody gets one arm, or both arms are one policy, is that policy's truth world",
    check: |trial| {
        let candidate = trial.course(&[0, 1], &Constant(CANDIDATE)).run::<FastReplica>();
        same("everybody gets the candidate", &candidate, &trial.worlds[1].traces)?;
        let own = trial.draw(Draw::Policy, 2);
        let twins = trial.course(&[own, own + 2], &*trial.assignment).run::<FastReplica>();
        same("both arms are one policy", &twins, &trial.worlds[own].traces)?;
        Ok(Tried::when(!trial.requests.is_empty()))
    },
};

/// Compares two worlds but for the arms that they were given.
fn same(how: &str, world: &Traces, truth: &Traces) -> Result<(), Broken> {
    let armless = |outcome: &Outcome| Outcome { arm: ArmId(0), ..*outcome };
    for (at, (outcome, truth)) in world.outcomes.iter().zip(&truth.outcomes).enumerate() {
        hold!(
            ID,
            armless(outcome) == armless(truth),
            "{how}: request {at} ends as {outcome:?}, not {truth:?}"
        );
    }
    let armless = |row: &Window| Window { candidate_arrivals: 0, ..*row };
    let rows = |traces: &Traces| traces.rows.iter().map(armless).collect::<Vec<_>>();
    hold!(ID, rows(world) == rows(truth), "{how}: other windows");
    hold!(ID, world.events == truth.events, "{how}: other boundary events");
    hold!(ID, world.flow == truth.flow, "{how}: {:?}, not {:?}", world.flow, truth.flow);
    Ok(())
}
