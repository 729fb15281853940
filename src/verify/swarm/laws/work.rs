//! A replica works whenever somebody is there, and every picosecond of it is told to somebody.

use super::{Broken, Law, Tried, hold};
use crate::policy::scheduler::{Batching, BatchingKind};
use crate::units::{ReplicaId, SimTime};
use crate::verify::swarm::stay::Stay;
use crate::verify::swarm::trial::{Trial, World};
use crate::world::replica::StepCosts;

const ID: &str = "WORK-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "a replica is never idle while somebody is there, its time is told once, and a lone request is served at once",
    check: |trial| {
        let mut lone = 0;
        for world in &trial.worlds {
            for (replica, stays) in trial.stays(world).iter().enumerate() {
                let cluster = trial.scenario.layout.cluster_of(ReplicaId(replica as u32));
                let costs = &trial.scenario.layout.clusters[cluster.index()].engine.costs;
                told_once(trial, world, stays, costs)?;
                lone += alone(trial, world, stays, costs)?;
            }
        }
        Ok(Tried::when(lone > 0))
    },
};

/// The time in which somebody is at the replica is the time told to the requests, but for what ⌊c0/B⌋ drops.
fn told_once(trial: &Trial, world: &World, stays: &[Stay], costs: &StepCosts) -> Result<(), Broken> {
    let (mut busy, mut told, mut until) = (0u64, 0u64, SimTime::ZERO);
    for stay in stays {
        busy += stay.finished.0.saturating_sub(stay.reached.max(until).0);
        until = until.max(stay.finished);
        told += world.traces.outcomes[stay.request].gpu.0;
    }
    let seats =
        trial.policies(world).map(|policy| u64::from(policy.batching.max_num_seqs)).max().unwrap_or(0);
    let iterations = busy / costs.iteration;
    let at = stays.first().map_or(0, |stay| stay.replica);
    hold!(
        ID,
        told <= busy && busy - told <= iterations * seats,
        "{}: replica {at} was busy for {busy} ps, {told} ps are told ({iterations} iterations at most, {seats} seats)",
        world.name
    );
    Ok(())
}

/// Checks the requests that met nobody at their replica; how many they are.
fn alone(trial: &Trial, world: &World, stays: &[Stay], costs: &StepCosts) -> Result<usize, Broken> {
    let mut policies = trial.policies(world).map(|policy| policy.batching);
    let first = policies.next();
    let batching = first.filter(|first| policies.all(|other| other == *first));
    let (mut until, mut found) = (None, 0);
    for (at, stay) in stays.iter().enumerate() {
        let free = until.is_none_or(|until| until < stay.reached);
        let met_by_none = stays.get(at + 1).is_none_or(|next| next.reached > stay.finished);
        until = until.max(Some(stay.finished));
        if !free || !met_by_none {
            continue;
        }
        found += 1;
        let who = format!("{}: request {}, alone,", world.name, stay.request);
        hold!(
            ID,
            stay.admitted == stay.reached,
            "{who} reached at {}, admitted at {}",
            stay.reached,
            stay.admitted
        );
        let Some(batching) = batching else { continue };
        let (prefill, decode) = service(trial, world, stay.request, batching, costs);
        let seen = (stay.first_token.since(stay.reached).0, stay.finished.since(stay.first_token).0);
        hold!(
            ID,
            seen == (prefill, decode),
            "{who} took {seen:?} ps, its iterations {:?}",
            (prefill, decode)
        );
        let told = world.traces.outcomes[stay.request].gpu.0;
        hold!(ID, told == prefill + decode, "{who} is told {told} ps of {}", prefill + decode);
    }
    Ok(found)
}

/// How long a request that is alone takes to its first token and from there to its last, iteration by iteration.
fn service(trial: &Trial, world: &World, at: usize, batching: Batching, costs: &StepCosts) -> (u64, u64) {
    let (prompt, output) = trial.served_lengths(world, at);
    let (prompt, output) = (u64::from(prompt), u64::from(output));
    let budget = match batching.kind {
        BatchingKind::Chunked => u64::from(batching.token_budget),
        BatchingKind::PrefillFirst => prompt,
    };
    let (mut prefill, mut cached) = (0, 0);
    while cached < prompt {
        let tokens = budget.min(prompt - cached);
        let attention = costs.half_attention * tokens * (2 * cached + tokens);
        prefill += costs.iteration + costs.prefill_token * tokens + attention;
        cached += tokens;
    }
    let step = |resident: u64| costs.iteration + costs.decode_sequence + costs.kv_token * resident;
    (prefill, (prompt..prompt + output - 1).map(step).sum())
}
