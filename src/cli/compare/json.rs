//! A comparison as one JSON document for machines.

use serde_json::{Value, json};

use crate::report::comparison::{Comparison, RunName, sentences};
use crate::stats::Measure;
use crate::study::compare::{ComparedRow, Pairing};

/// Everything that a comparison found. What is not known is null.
pub(super) fn document(comparison: &Comparison) -> Value {
    let [before, after] = &comparison.runs;
    let settings: Vec<Value> = comparison
        .settings
        .iter()
        .map(|change| json!({ "path": change.path, "before": change.before, "after": change.after }))
        .collect();
    let standings: Vec<Value> = comparison
        .standings
        .iter()
        .map(|pair| {
            json!({
                "candidate": pair.candidate,
                "design": pair.design,
                "estimator": pair.estimator,
                "before": pair.before.map(|standing| standing.name()),
                "after": pair.after.map(|standing| standing.name()),
                "changed": pair.changed(),
            })
        })
        .collect();
    json!({
        "before": run(before),
        "after": run(after),
        "sentences": sentences(comparison),
        "settings": settings,
        "files_differ": comparison.files_differ,
        "standings": standings,
        "paired": comparison.pairing == Pairing::ByReplication,
        "metric": comparison.metric.map(|metric| metric.name),
        "rows": comparison.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn run(name: &RunName) -> Value {
    json!({
        "directory": name.place,
        "scenario": name.scenario,
        "primary": name.primary.name,
        "seed": name.provenance.seed,
        "replications": name.provenance.replications,
        "plan_hash": name.provenance.scenario_hash,
        "command": name.provenance.command,
    })
}

fn row(row: &ComparedRow) -> Value {
    let side = |measure: Option<Measure>| measure.map(|m| json!({ "value": m.value, "mcse": m.mcse }));
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let test = row.change.and_then(|change| change.test.ok());
    json!({
        "candidate": row.candidate,
        "design": text(&row.design),
        "estimator": text(&row.estimator),
        "metric": row.metric,
        "measure": row.measure.name(),
        "before": side(row.before.measured()),
        "after": side(row.after.measured()),
        "change": row.change.map(|change| change.value),
        "change_se": test.map(|test| test.std_error),
        "p_value": test.map(|test| test.p_value),
        "p_adjusted": row.adjusted_p,
        "n_before": row.change.map(|change| change.n_before),
        "n_after": row.change.map(|change| change.n_after),
        "note": text(&row.note()),
    })
}
