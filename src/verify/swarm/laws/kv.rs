//! KV blocks: never more in use than there are, none held by nobody, none left at the end.

use super::{Broken, Law, Tried, hold};
use crate::policy::scheduler::Reserve;
use crate::record::Window;
use crate::units::ClusterId;
use crate::verify::swarm::course::Course;
use crate::verify::swarm::trial::{Trial, World};
use crate::world::replica::fast::FastReplica;

const ID: &str = "KV-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "blocks in use never exceed the capacity, nobody holds none, and an empty fleet holds none",
    check: |trial| {
        for world in &trial.worlds {
            let rows = &world.traces.rows;
            let observed = (world.traces.flow.horizon.0 / trial.scenario.record.window.0) as usize;
            blocks(trial, world.name, &rows[..observed * trial.scenario.layout.clusters.len()])?;
            evictions(trial, world)?;
        }
        drained(trial)?;
        let held = trial.worlds.iter().any(|world| world.traces.rows.iter().any(|row| row.kv_used > 0));
        Ok(Tried::when(held))
    },
};

fn blocks(trial: &Trial, world: &str, rows: &[Window]) -> Result<(), Broken> {
    let clusters = &trial.scenario.layout.clusters;
    for (at, row) in rows.iter().enumerate() {
        let cluster = &clusters[at % clusters.len()];
        let place = format!("{world}: window {} of cluster {}", at / clusters.len(), cluster.name);
        let capacity = u64::from(cluster.replicas) * u64::from(cluster.engine.kv_blocks);
        hold!(ID, u64::from(row.kv_used) <= capacity, "{place}: {} blocks in use of {capacity}", row.kv_used);
        hold!(ID, row.kv_used >= row.running, "{place}: {} blocks for {} running", row.kv_used, row.running);
        hold!(ID, row.kv_used == 0 || row.running > 0, "{place}: {} blocks and nobody runs", row.kv_used);
    }
    Ok(())
}

/// Who reserves for the longest answer never evicts; who does not displace has displaced nobody.
fn evictions(trial: &Trial, world: &World) -> Result<(), Broken> {
    let reserves = trial.policies(world).all(|policy| policy.batching.reserve == Reserve::NoEvict);
    let displaces = trial.policies(world).any(|policy| policy.batching.preempt_for_priority);
    for (at, outcome) in world.traces.outcomes.iter().enumerate() {
        let (evicted, displaced) = (outcome.preemptions, outcome.displacements);
        hold!(ID, !reserves || evicted == 0, "{}: request {at} was evicted from its reservation", world.name);
        hold!(ID, displaces || displaced == 0, "{}: request {at} was displaced by nobody's rule", world.name);
    }
    Ok(())
}

/// The mixed world, observed until after its last answer: the windows then are empty, and it is the same world.
fn drained(trial: &Trial) -> Result<(), Broken> {
    let mixed = &trial.mixed_world().traces;
    let window = trial.scenario.record.window;
    let longest_delay =
        (0..trial.requests.len()).map(|at| trial.delay(at, &mixed.outcomes[at])).max().unwrap_or_default();
    let horizon = mixed.flow.end + longest_delay + window * 2;
    // A flood of windows after a long tail would only test patience.
    if horizon.0 / window.0 > 20_000 {
        return Ok(());
    }
    let longer = Course { horizon, ..trial.mixed() }.run::<FastReplica>();
    hold!(ID, longer.outcomes == mixed.outcomes, "an outcome depends on how long the world is observed");
    hold!(ID, longer.flow.in_flight_at_horizon == 0, "somebody is in flight after the last answer");
    let clusters = trial.scenario.layout.clusters.len();
    let observed = (horizon.0 / window.0) as usize;
    blocks(trial, "mixed, to the end", &longer.rows[..observed * clusters])?;
    for cluster in (0..clusters).map(|at| ClusterId(at as u16)) {
        let last = &longer.rows[(observed - 1) * clusters + cluster.index()];
        let left = (last.queue, last.running, last.kv_used);
        hold!(ID, left == (0, 0, 0), "cluster {} ends with {left:?} waiting, running, blocks", cluster.0);
    }
    Ok(())
}
