//! A log is a trace: its requests, replayed, meet the same fate.

use super::{Broken, Law, Tried, hold};
use crate::scenario::resolve;
use crate::settings::{Document, Problems};
use crate::verify::swarm::course::Course;
use crate::verify::swarm::trial::Trial;
use crate::world::replica::fast::FastReplica;

const ID: &str = "REPLAY-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "the requests of a log, replayed as a trace, have the same outcomes",
    check: |trial| {
        if trial.requests.is_empty() {
            return Ok(Tried::No);
        }
        let log = log(trial);
        let document = Document::parse("the swarm", &trial.text).and_then(|mut document| {
            document.set("workload.trace.path=log.csv").map_err(|problem| Problems(vec![problem]))?;
            resolve(document, &|_| Ok(log.clone().into_bytes()))
        });
        let replayed = document.map_err(|problems| {
            let what = format!("the log is not a trace of its scenario: {problems}");
            Broken { law: ID, what }
        })?;
        let requests = replayed.workload.arrivals_until(trial.streams, replayed.horizon());
        hold!(ID, requests == trial.requests, "the log has other requests than its world");
        let assignment = replayed.designs[0].assign(trial.streams, &replayed.facts());
        let course = Course { requests: &requests, assignment: &*assignment, ..trial.mixed() };
        let traces = course.run::<FastReplica>();
        hold!(ID, traces == trial.mixed_world().traces, "the replayed requests have other outcomes");
        Ok(Tried::Yes)
    },
};

/// The columns of a log that replay it.
fn log(trial: &Trial) -> String {
    let (workload, regions) = (&trial.scenario.workload, &trial.scenario.layout.regions);
    let mut text = "arrival_ps,prompt_tokens,output_tokens,user,ordinal,class,tier,region\n".to_owned();
    for request in &trial.requests {
        text.push_str(&format!(
            "{},{},{},{},{},{},{},{}\n",
            request.arrival.0,
            request.prompt_tokens,
            request.output_tokens,
            request.user.0,
            request.ordinal,
            workload.classes[request.class.index()].name,
            workload.users.tiers[request.tier.index()].name,
            regions[request.region.index()],
        ));
    }
    text
}
