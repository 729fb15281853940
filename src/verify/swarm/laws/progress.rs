//! Every world ends, and as soon as its work is done.

use super::{Finding, Law, Tried, hold};
use crate::units::{ReplicaId, SimTime};
use crate::verify::swarm::trial::{Trial, World};

const ID: &str = "PROGRESS-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "a world ends with its last answer, and no replica works on after its last request for longer than its work",
    check: |trial| {
        for world in &trial.worlds {
            ending(trial, world)?;
        }
        Ok(Tried::when(!trial.requests.is_empty()))
    },
};

fn ending(trial: &Trial, world: &World) -> Finding {
    let flow = world.traces.flow;
    let mut last = flow.horizon;
    for (replica, stays) in trial.stays(world).iter().enumerate() {
        let finished = stays.iter().map(|stay| stay.finished).max().unwrap_or(SimTime::ZERO);
        last = last.max(finished);
        let reached = stays.last().map_or(SimTime::ZERO, |stay| stay.reached);
        let work: u64 = stays.iter().map(|stay| world.traces.outcomes[stay.request].gpu.0).sum();
        let cluster = trial.scenario.layout.cluster_of(ReplicaId(replica as u32));
        let costs = &trial.scenario.layout.clusters[cluster.index()].engine.costs;
        let seats = trial.policies(world).map(|policy| policy.batching.max_num_seqs).max().unwrap_or(1);
        // All of the work told, and what ⌊c0/B⌋ drops: less than a picosecond a request and iteration.
        let most = work + (work / costs.iteration + 1) * u64::from(seats) * u64::from(seats);
        let rest = finished.0.saturating_sub(reached.0);
        hold!(
            ID,
            rest <= most,
            "{}: replica {replica} works {rest} ps after its last request, for {work} ps",
            world.name
        );
    }
    hold!(ID, flow.end == last, "{}: the world ends at {}, its last answer at {last}", world.name, flow.end);
    Ok(Tried::Yes)
}
