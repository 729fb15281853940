//! One world as tables: its log, which holds nothing that an analyst could not have recorded, and apart from it the truth.

use super::Failure;
use crate::design::{Assignment, CANDIDATE, Structure};
use crate::policy::Policy;
use crate::record::{Log, Metric, Outcome, State};
use crate::scenario::Scenario;
use crate::study::replicate;
use crate::units::ClusterId;
use crate::workload::Request;

/// Columns of a log in order. Those of the request replay it; an empty cell means that there is no such thing.
const COLUMNS: [&str; 42] = [
    "request",
    "arrival_ps",
    "user",
    "ordinal",
    "class",
    "tier",
    "region",
    "prompt_tokens",
    "output_tokens",
    "arm",
    "executed",
    "treated",
    "propensity",
    "unit",
    "stratum",
    "pair",
    "home",
    "cluster",
    "replica",
    "status",
    "queue_wait_ms",
    "ttft_ms",
    "e2e_ms",
    "gpu_s",
    "preemptions",
    "displacements",
    "answer_tokens",
    "outstanding_home",
    "kv_used_home",
    "block",
    "since_switch_s",
    "washout",
    "saturation",
    "part",
    "user_coin",
    "cluster_coin",
    "copy_status",
    "copy_cluster",
    "copy_ttft_ms",
    "copy_e2e_ms",
    "copy_gpu_s",
    "measured",
];

/// A cell; empty when there is no value.
fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The log of one world as CSV: the columns that replay it, who got what with which probability, what became of each request,
/// and what the gateway saw before it decided.
pub(super) fn log_csv(
    scenario: &Scenario,
    policies: &[&Policy],
    requests: &[Request],
    log: &Log,
    assignment: &dyn Assignment,
) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    let cluster_name = |at: ClusterId| scenario.layout.clusters[at.index()].name.clone();
    let structure = assignment.structure();
    let (strata, pairs): (&[u32], &[u32]) = match &structure {
        Structure::Plain | Structure::Alternating => (&[], &[]),
        Structure::Strata(strata) => (strata, &[]),
        Structure::Pairs(pairs) => (&[], pairs),
    };
    let states = log.states.as_deref().unwrap_or(&[]);
    for (at, (request, outcome)) in requests.iter().zip(&log.outcomes).enumerate() {
        let (home, now) = (outcome.home, request.arrival);
        let served = |outcome: &Outcome| outcome.status.is_served();
        let milliseconds = |value: f64| cell(served(outcome).then_some(value));
        let state: Option<&State> = states.get(at);
        let unit = assignment.unit_of(request, home);
        let block = assignment.block(home, now);
        let factors = assignment.factors(request, home);
        let copy = log.copies.get(at).copied().flatten();
        let of_copy = |value: fn(&Outcome) -> f64| cell(copy.as_ref().filter(|copy| served(copy)).map(value));
        let arm = policies[outcome.arm.index()].name.clone();
        let row: [String; COLUMNS.len()] = [
            request.index.to_string(),
            request.arrival.0.to_string(),
            request.user.0.to_string(),
            request.ordinal.to_string(),
            scenario.workload.classes[request.class.index()].name.clone(),
            scenario.workload.users.tiers[request.tier.index()].name.clone(),
            scenario.layout.regions[request.region.index()].clone(),
            request.prompt_tokens.to_string(),
            request.output_tokens.to_string(),
            arm.clone(),
            // The gateway does what the design says.
            arm,
            u8::from(outcome.arm == CANDIDATE).to_string(),
            assignment.propensity(request, home).to_string(),
            cell(unit),
            cell(unit.and_then(|unit| strata.get(unit as usize))),
            cell(unit.and_then(|unit| pairs.get(unit as usize))),
            cluster_name(home),
            cluster_name(outcome.cluster),
            cell(served(outcome).then_some(outcome.replica.0)),
            outcome.status.name().to_owned(),
            milliseconds(outcome.queue_wait.milliseconds()),
            milliseconds(outcome.ttft.milliseconds()),
            milliseconds(outcome.end_to_end.milliseconds()),
            milliseconds(outcome.gpu.seconds()),
            outcome.preemptions.to_string(),
            outcome.displacements.to_string(),
            outcome.output_tokens.to_string(),
            cell(state.map(|state| state.outstanding_home)),
            cell(state.map(|state| state.kv_used_home)),
            cell(block),
            cell(assignment.since_switch(home, now).map(|since| since.seconds())),
            cell(block.map(|_| u8::from(assignment.in_washout(now)))),
            cell(assignment.saturation(request, home)),
            assignment.part(request, home).to_string(),
            cell(factors.map(|(user, _)| u8::from(user))),
            cell(factors.map(|(_, cluster)| u8::from(cluster))),
            cell(copy.map(|copy| copy.status.name())),
            cell(copy.map(|copy| cluster_name(copy.cluster))),
            of_copy(|copy| copy.ttft.milliseconds()),
            of_copy(|copy| copy.end_to_end.milliseconds()),
            of_copy(|copy| copy.gpu.seconds()),
            u8::from(now >= scenario.warm_up()).to_string(),
        ];
        writer.write_record(row).map_err(failed)?;
    }
    text(writer)
}

/// Columns of the sealed truth in order.
const SEALED: [&str; 12] = [
    "scenario",
    "scenario_hash",
    "seed",
    "replication",
    "candidate",
    "design",
    "metric",
    "unit",
    "higher_is_better",
    "value_control",
    "value_candidate",
    "effect",
];

/// What the truth belongs to.
pub(super) struct Sealed<'a> {
    pub scenario: &'a Scenario,
    /// SHA-256 of the resolved scenario.
    pub hash: &'a str,
    pub replication: u32,
    /// The design of the log beside it; empty for a world of one policy.
    pub design: &'a str,
}

/// What the log must not hold: the metrics of the truth worlds of one replication, and the true effects, as CSV. Every
/// candidate has its rows, whichever the log compares: the same draws judge them all.
pub(super) fn sealed_csv(sealed: &Sealed<'_>) -> Result<String, Failure> {
    let scenario = sealed.scenario;
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(SEALED).map_err(failed)?;
    for row in replicate(scenario, sealed.replication).truth {
        let metric = Metric::named(row.metric);
        let row = [
            scenario.name.clone(),
            sealed.hash.to_owned(),
            scenario.study.seed.to_string(),
            sealed.replication.to_string(),
            row.candidate.clone(),
            sealed.design.to_owned(),
            row.metric.to_owned(),
            metric.map_or("", |metric| metric.unit).to_owned(),
            cell(metric.map(|metric| u8::from(metric.higher_is_better))),
            row.value_control.to_string(),
            row.value_candidate.to_string(),
            row.effect().to_string(),
        ];
        writer.write_record(row).map_err(failed)?;
    }
    text(writer)
}

fn failed(error: csv::Error) -> Failure {
    Failure::failed(error.to_string())
}

fn text(writer: csv::Writer<Vec<u8>>) -> Result<String, Failure> {
    let bytes = writer.into_inner().map_err(|error| Failure::failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Failure::failed(error.to_string()))
}
