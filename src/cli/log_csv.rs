//! One world as tables: its log, which holds nothing that an analyst could not have recorded, and apart from it the truth.

use super::Failure;
use crate::design::{Assignment, CANDIDATE, Structure};
use crate::policy::Policy;
use crate::record::{Log, Metric, Quantity, Reading, State};
use crate::report::numbers::cell as number;
use crate::scenario::Scenario;
use crate::study::replicate;
use crate::tidy::OWN_QUANTITIES;
use crate::units::ClusterId;
use crate::workload::Request;

/// Columns of a log before what became of the request. Those of the request replay it; an empty cell means that there is no such
/// thing.
const BEFORE: [&str; 20] = [
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
];

/// Columns behind what became of the request.
const AFTER: [&str; 17] = [
    "answer_tokens_per_s",
    "gpu_ps",
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

/// A quantity of a request in the unit of its metric; nothing where the request has none.
fn quantity(quantity: Quantity, reading: &Reading<'_>) -> String {
    let (value, counts) = quantity.read(reading);
    match counts > 0 || !quantity.exists_where_counted() {
        false => String::new(),
        true if quantity.scale() == 1.0 => value.to_string(),
        true => number(value as f64 * quantity.scale()),
    }
}

/// The log of one world as CSV: the columns that replay it, who got what with which probability, what became of each request,
/// and what the gateway saw before it decided. What became of it is what metrics are made of (`tidy::own_metric`), digit by digit.
pub(super) fn log_csv(
    scenario: &Scenario,
    policies: &[&Policy],
    requests: &[Request],
    log: &Log,
    assignment: &dyn Assignment,
) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let quantities = OWN_QUANTITIES.iter().map(|(name, _)| *name);
    writer.write_record(BEFORE.into_iter().chain(quantities).chain(AFTER)).map_err(failed)?;
    let cluster_name = |at: ClusterId| scenario.layout.clusters[at.index()].name.clone();
    let structure = assignment.structure();
    let (strata, pairs): (&[u32], &[u32]) = match &structure {
        Structure::Strata(strata) => (strata, &[]),
        Structure::Pairs(pairs) => (&[], pairs),
        _ => (&[], &[]),
    };
    let states = log.states.as_deref().unwrap_or(&[]);
    let terms = scenario.terms();
    let measured = requests.iter().filter(|request| request.arrival >= scenario.warm_up()).count();
    let offered = measured as f64 / scenario.horizon().since(scenario.warm_up()).seconds();
    for (at, (request, outcome)) in requests.iter().zip(&log.outcomes).enumerate() {
        let (home, now) = (outcome.home, request.arrival);
        let reading = Reading::of(&terms, request, outcome);
        let state: Option<&State> = states.get(at);
        let unit = assignment.unit_of(request, home);
        let block = assignment.block(home, now);
        let factors = assignment.factors(request, home);
        let copy = log.copies.get(at).copied().flatten();
        let of_copy = |of: Quantity| {
            copy.as_ref().map_or_else(String::new, |copy| quantity(of, &Reading::of(&terms, request, copy)))
        };
        let arm = policies[outcome.arm.index()].name.clone();
        let tokens = Quantity::OutputTokens.read(&reading).0 as f64 * Quantity::OutputTokens.scale();
        let before: [String; BEFORE.len()] = [
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
            number(assignment.propensity(request, home)),
            cell(unit),
            cell(unit.and_then(|unit| strata.get(unit as usize))),
            cell(unit.and_then(|unit| pairs.get(unit as usize))),
            cluster_name(home),
            cluster_name(outcome.cluster),
            cell(outcome.status.is_served().then_some(outcome.replica.0)),
            outcome.status.name().to_owned(),
        ];
        let after: [String; AFTER.len()] = [
            number(tokens * offered),
            Quantity::SuccessesPerGpuHour.read(&reading).1.to_string(),
            cell(state.map(|state| state.outstanding_home)),
            cell(state.map(|state| state.kv_used_home)),
            cell(block),
            cell(assignment.since_switch(home, now).map(|since| number(since.seconds()))),
            cell(block.map(|_| u8::from(assignment.in_washout(now)))),
            cell(assignment.saturation(request, home).map(number)),
            assignment.part(request, home).to_string(),
            cell(factors.map(|(user, _)| u8::from(user))),
            cell(factors.map(|(_, cluster)| u8::from(cluster))),
            cell(copy.map(|copy| copy.status.name())),
            cell(copy.map(|copy| cluster_name(copy.cluster))),
            of_copy(Quantity::Ttft),
            of_copy(Quantity::EndToEnd),
            of_copy(Quantity::GpuPerSuccess),
            u8::from(now >= scenario.warm_up()).to_string(),
        ];
        let became = OWN_QUANTITIES.iter().map(|(_, of)| quantity(*of, &reading));
        writer.write_record(before.into_iter().chain(became).chain(after)).map_err(failed)?;
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
            number(row.value_control),
            number(row.value_candidate),
            number(row.effect()),
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
