//! A user's requests are the user's own: numbered in order of time, and the same in every world.

use super::{Broken, Finding, Law, Tried, hold};
use crate::units::{SimTime, UserId};
use crate::verify::bench::scenario;
use crate::verify::swarm::trial::{Trial, World};
use crate::workload::{Rate, Request};

const ID: &str = "SESSION-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "a user's requests are numbered in order of time, and the k-th is the same in every world",
    check: |trial| {
        numbered(trial)?;
        prefix(trial)?;
        newcomer(trial)?;
        homes(trial)?;
        Ok(Tried::when(!trial.requests.is_empty()))
    },
};

/// Ordinals count from zero in order of time; who the user is does not change.
fn numbered(trial: &Trial) -> Result<(), Broken> {
    let users = trial.scenario.workload.users.count as usize;
    let mut last: Vec<Option<Request>> = vec![None; users];
    for request in &trial.requests {
        let last = &mut last[request.user.index()];
        let expected = last.map_or(0, |last| last.ordinal + 1);
        let (index, user, ordinal) = (request.index, request.user.0, request.ordinal);
        hold!(
            ID,
            ordinal == expected,
            "request {index} of user {user} is its number {ordinal}, not {expected}"
        );
        let who = |request: &Request| (request.tier, request.region, request.priority);
        hold!(
            ID,
            last.is_none_or(|last| who(&last) == who(request)),
            "user {user} is another at request {index}"
        );
        *last = Some(*request);
    }
    Ok(())
}

/// A shorter study has the first requests of the longer one.
fn prefix(trial: &Trial) -> Result<(), Broken> {
    let half = SimTime(trial.scenario.horizon().0 / 2);
    let shorter = trial.scenario.workload.arrivals_until(trial.streams, half);
    let same = trial.requests.get(..shorter.len()) == Some(shorter.as_slice());
    hold!(ID, same, "the first {} requests depend on how long the study is", shorter.len());
    Ok(())
}

/// A new user leaves everybody else's requests as they were, where the rate is each user's own.
fn newcomer(trial: &Trial) -> Result<(), Broken> {
    let Rate::PerUser(_) = trial.scenario.workload.rate else { return Ok(()) };
    let count = trial.scenario.workload.users.count;
    let larger = scenario(&trial.text, &[&format!("users.count={}", count + 1)]);
    let requests = larger.workload.arrivals_until(trial.streams, larger.horizon());
    let others = requests.into_iter().filter(|request| request.user != UserId(count));
    let others: Vec<Request> = others.zip(0..).map(|(request, index)| Request { index, ..request }).collect();
    hold!(ID, others == trial.requests, "user {count} changes the requests of the others");
    Ok(())
}

/// A user has one home, in all worlds.
fn homes(trial: &Trial) -> Finding {
    let mut homes = vec![None; trial.scenario.workload.users.count as usize];
    let worlds = trial.worlds.iter().flat_map(|World { traces, name, .. }| {
        trial
            .requests
            .iter()
            .zip(&traces.outcomes)
            .map(move |(request, outcome)| (name, request, outcome.home))
    });
    for (name, request, home) in worlds {
        let known = homes[request.user.index()].get_or_insert(home);
        hold!(ID, *known == home, "{name}: user {} is at home in {known:?} and in {home:?}", request.user.0);
    }
    Ok(Tried::Yes)
}
