//! Grades as CSV, as one JSON document and on a terminal.

use serde_json::{Value, json};

use super::grade::{Graded, GradedRow, Summary};
use crate::cli::Failure;
use crate::report::numbers::{cell, optional_cell, percent, plain, short, signed, signed_with_error};
use crate::report::terminal::{WIDEST, paragraph, push_table};
use crate::stats::{Measure, Performance};

const COLUMNS: [&str; 18] = [
    "candidate",
    "design",
    "estimator",
    "metric",
    "replication",
    "truth",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "error",
    "rel_error",
    "covered",
    "sign_ok",
    "ships",
    "decision_right",
    "note",
];

fn note(row: &GradedRow) -> &'static str {
    match (row.given.estimate, row.given.interval) {
        (None, _) => "no estimate",
        (Some(_), None) => "no interval: give std_error, or conf_low and conf_high",
        _ => "",
    }
}

/// The grades of single estimates as CSV.
pub(super) fn to_csv(graded: &Graded) -> Result<String, Failure> {
    let failed = |error: csv::Error| Failure::failed(error.to_string());
    let flag = |value: Option<bool>| value.map_or_else(String::new, |value| u8::from(value).to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    for row in &graded.rows {
        let given = &row.given;
        let cells = [
            row.truth.candidate.clone(),
            given.design.clone(),
            given.estimator.clone(),
            row.truth.metric.clone(),
            row.truth.replication.to_string(),
            cell(row.truth.effect),
            optional_cell(given.estimate),
            optional_cell(given.std_error),
            optional_cell(given.interval.map(|interval| interval.0)),
            optional_cell(given.interval.map(|interval| interval.1)),
            optional_cell(given.p_value),
            optional_cell(row.error),
            optional_cell(row.rel_error),
            flag(row.covered),
            flag(row.sign_ok),
            flag(row.ships),
            flag(row.decision_right),
            note(row).to_owned(),
        ];
        writer.write_record(cells).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| Failure::failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Failure::failed(error.to_string()))
}

/// All grades as one document.
pub(super) fn to_json(graded: &Graded) -> Value {
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let row = |row: &GradedRow| {
        let given = &row.given;
        json!({
            "candidate": row.truth.candidate,
            "design": text(&given.design),
            "estimator": text(&given.estimator),
            "metric": row.truth.metric,
            "replication": row.truth.replication,
            "truth": row.truth.effect,
            "estimate": given.estimate,
            "std_error": given.std_error,
            "conf_low": given.interval.map(|interval| interval.0).filter(|end| end.is_finite()),
            "conf_high": given.interval.map(|interval| interval.1).filter(|end| end.is_finite()),
            "p_value": given.p_value,
            "error": row.error,
            "rel_error": row.rel_error,
            "covered": row.covered,
            "sign_ok": row.sign_ok,
            "ships": row.ships,
            "decision_right": row.decision_right,
            "note": text(note(row)),
        })
    };
    let measure = |measure: Measure| json!({ "value": measure.value, "mcse": measure.mcse });
    let optional = |of: Option<Measure>| of.map_or(Value::Null, measure);
    let summary = |summary: &Summary| {
        let performance = summary.performance.as_ref().ok();
        let known = |of: fn(&Performance) -> Measure| optional(performance.map(of));
        json!({
            "candidate": summary.candidate,
            "design": text(&summary.design),
            "estimator": text(&summary.estimator),
            "metric": summary.metric,
            "n_replications": summary.n_replications,
            "n_failed": summary.n_failed,
            "bias": measure(summary.bias),
            "rmse": measure(summary.rmse),
            "truth": known(|p| p.truth),
            "rel_bias": optional(performance.and_then(|p| p.rel_bias)),
            "emp_se": known(|p| p.emp_se),
            "model_se": known(|p| p.model_se),
            "coverage": known(|p| p.coverage),
            "be_coverage": known(|p| p.be_coverage),
            "power_or_size": known(|p| p.power_or_size),
            "sign_error": optional(performance.and_then(|p| p.sign_error)),
            "wrong_decision": optional(performance.and_then(|p| p.wrong_decision)),
            "note": summary.performance.as_ref().err().map(|reason| reason.code()),
        })
    };
    json!({
        "scenario": graded.scenario,
        "rows": graded.rows.iter().map(row).collect::<Vec<_>>(),
        "performance": graded.summaries.iter().map(summary).collect::<Vec<_>>(),
    })
}

/// A row's label: design, estimator and metric, as far as they are named.
fn label(design: &str, estimator: &str, metric: &str) -> String {
    let parts: Vec<&str> = [design, estimator, metric].into_iter().filter(|part| !part.is_empty()).collect();
    plain(&parts.join(" / "))
}

/// How many estimates hold, then the table.
pub(super) fn to_text(graded: &Graded) -> String {
    let mut text = String::new();
    let of = |value: fn(&GradedRow) -> Option<bool>| {
        let known: Vec<bool> = graded.rows.iter().filter_map(value).collect();
        format!("{} of {}", known.iter().filter(|value| **value).count(), known.len())
    };
    let verdict = format!(
        "{}: {} intervals hold the truth; {} have its sign; {} decide rightly (ship if and only if the interval excludes \
         zero on the good side).",
        graded.scenario,
        of(|row| row.covered),
        of(|row| row.sign_ok),
        of(|row| row.decision_right),
    );
    paragraph(&mut text, &verdict, WIDEST);
    text.push('\n');
    if graded.summaries.is_empty() {
        rows(&mut text, graded);
    } else {
        summaries(&mut text, graded);
    }
    text
}

fn rows(text: &mut String, graded: &Graded) {
    let header = ["estimate of", "truth", "estimate", "error", "relative", "covered", "sign", "decision"];
    let word = |value: Option<bool>, yes: &str, no: &str| match value {
        Some(true) => yes.to_owned(),
        Some(false) => no.to_owned(),
        None => "-".to_owned(),
    };
    let optional = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), signed);
    let cells = graded.rows.iter().map(|row| {
        vec![
            label(&row.given.design, &row.given.estimator, &row.truth.metric),
            signed(row.truth.effect),
            optional(row.given.estimate),
            optional(row.error),
            row.rel_error.map_or_else(|| "-".to_owned(), |error| format!("{} %", short(100.0 * error))),
            word(row.covered, "yes", "no"),
            word(row.sign_ok, "right", "wrong"),
            word(row.decision_right, "right", "wrong"),
        ]
    });
    push_table(text, &header, cells, &[1, 2, 3, 4], WIDEST);
}

fn summaries(text: &mut String, graded: &Graded) {
    let header = ["estimates of", "n", "truth", "bias", "rmse", "coverage", "wrong decision"];
    let none = || "-".to_owned();
    let cells = graded.summaries.iter().map(|summary| {
        let performance = summary.performance.as_ref().ok();
        let share = |of: Option<Measure>| of.map_or_else(none, |m| percent(m).replace(" ± ", "±"));
        vec![
            label(&summary.design, &summary.estimator, &summary.metric),
            summary.n_replications.to_string(),
            performance.map_or_else(none, |p| signed(p.truth.value)),
            signed_with_error(summary.bias),
            short(summary.rmse.value),
            share(performance.map(|p| p.coverage)),
            share(performance.and_then(|p| p.wrong_decision)),
        ]
    });
    push_table(text, &header, cells, &[1, 2, 3, 4, 5, 6], WIDEST);
}
