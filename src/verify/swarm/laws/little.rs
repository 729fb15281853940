//! Little's law without an average: the integral of the number outstanding is the sum of the stays.

use super::{Finding, Law, Tried, hold};
use crate::record::Status;
use crate::verify::swarm::trial::{Trial, World};

const ID: &str = "LITTLE-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "the integral of the outstanding requests over a window is the sum of what the stays in the log have in it",
    check: |trial| {
        let mut sent = false;
        for world in &trial.worlds {
            integrals(trial, world)?;
            sent |= world.traces.rows.iter().any(|row| row.outstanding_ps > 0);
        }
        Ok(Tried::when(sent))
    },
};

fn integrals(trial: &Trial, world: &World) -> Finding {
    let clusters = trial.scenario.layout.clusters.len();
    let length = trial.scenario.record.window.0;
    // The window that contains the horizon is the last one that is kept, and it is kept to its end.
    let windows = world.traces.flow.horizon.0 / length + 1;
    let mut expected = vec![0u64; world.traces.rows.len()];
    for (at, (request, outcome)) in trial.requests.iter().zip(&world.traces.outcomes).enumerate() {
        let sent = request.arrival.0;
        let left = match outcome.status {
            Status::QueueFull => (request.arrival + trial.delay(at, outcome)).0,
            _ => trial.stay(world, at).map_or(sent, |stay| stay.finished.0),
        };
        let left = left.min(windows * length);
        for window in sent / length..left.div_ceil(length) {
            let (start, end) = (sent.max(window * length), left.min((window + 1) * length));
            expected[window as usize * clusters + outcome.cluster.index()] += end.saturating_sub(start);
        }
    }
    for (at, (row, expected)) in world.traces.rows.iter().zip(&expected).enumerate() {
        hold!(
            ID,
            row.outstanding_ps == *expected,
            "{}: {} request-ps in window {} of cluster {}, {expected} in the log",
            world.name,
            row.outstanding_ps,
            at / clusters,
            at % clusters
        );
    }
    Ok(Tried::Yes)
}
