//! Who comes first is admitted first, within a level; higher levels before lower ones.

use super::{Broken, Law, Tried};
use crate::verify::swarm::stay::Stay;
use crate::verify::swarm::trial::{Trial, World};

const ID: &str = "ORDER-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "nobody is admitted while somebody of a higher level, or of its own and there before it, still waits",
    check: |trial| {
        let mut waited = false;
        for world in &trial.worlds {
            for stays in trial.stays(world) {
                queue(trial, world, &stays)?;
                waited |= stays.iter().any(|stay| stay.admitted > stay.reached);
            }
        }
        Ok(Tried::when(waited))
    },
};

fn queue(trial: &Trial, world: &World, stays: &[Stay]) -> Result<(), Broken> {
    let level = |stay: &Stay| {
        let arm = world.traces.outcomes[stay.request].arm;
        trial.policy(world, arm).priority.level(trial.requests[stay.request].priority)
    };
    // The last admission so far of each level or higher ones, among those that reached the replica earlier.
    let mut last_admitted = [None::<Stay>; 256];
    for (at, stay) in stays.iter().enumerate() {
        let own = usize::from(level(stay));
        let before = last_admitted[own].filter(|before| before.admitted > stay.admitted);
        let later = stays[at + 1..].iter().take_while(|later| later.reached <= stay.admitted);
        let passed =
            later.copied().find(|later| usize::from(level(later)) > own && later.admitted > stay.admitted);
        if let Some(other) = before.or(passed) {
            let what = format!(
                "{}: request {} was admitted on replica {} at {} while request {} waited",
                world.name, stay.request, stay.replica, stay.admitted, other.request
            );
            return Err(Broken { law: ID, what });
        }
        for slot in &mut last_admitted[..=own] {
            if slot.is_none_or(|slot| slot.admitted < stay.admitted) {
                *slot = Some(*stay);
            }
        }
    }
    Ok(())
}
