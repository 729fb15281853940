//! No replica runs more requests at a time than its scheduler allows.

use super::{Broken, Law, Tried, hold};
use crate::verify::swarm::trial::{Trial, World};

const ID: &str = "SEAT-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "never more than S requests run on a replica",
    check: |trial| {
        let mut full = false;
        for world in &trial.worlds {
            full |= seats(trial, world)?;
        }
        Ok(Tried::when(full))
    },
};

/// Checks a world; says whether all seats of a replica were ever taken.
fn seats(trial: &Trial, world: &World) -> Result<bool, Broken> {
    let clusters = &trial.scenario.layout.clusters;
    let most = trial.policies(world).map(|policy| policy.batching.max_num_seqs).max().unwrap_or(0);
    for (at, row) in world.traces.rows.iter().enumerate() {
        let cluster = &clusters[at % clusters.len()];
        let seats = u64::from(most) * u64::from(cluster.replicas);
        let (running, name) = (row.running, &cluster.name);
        hold!(
            ID,
            u64::from(running) <= seats,
            "{}: {running} run on the {seats} seats of cluster {name}",
            world.name
        );
    }
    let mut full = false;
    // Whoever was never stopped runs from its admission to its last token.
    for stays in trial.stays(world) {
        let unstopped = |request: usize| {
            let outcome = &world.traces.outcomes[request];
            outcome.preemptions + outcome.displacements == 0
        };
        let mut steps: Vec<(u64, i64)> = Vec::new();
        for stay in stays.iter().filter(|stay| unstopped(stay.request)) {
            // At one instant seats are given up before they are taken.
            steps.extend([(stay.admitted.0, 1), (stay.finished.0, -1)]);
        }
        steps.sort_unstable();
        let mut running = 0;
        for (now, step) in steps {
            running += step;
            full |= running == i64::from(most);
            hold!(
                ID,
                running <= i64::from(most),
                "{}: {running} run on {most} seats at {now} ps",
                world.name
            );
        }
    }
    Ok(full)
}
