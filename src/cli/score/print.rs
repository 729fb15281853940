//! Grades as CSV, as one JSON document and on a terminal.

use serde_json::{Value, json};

use super::grade::{Graded, GradedRow, Summary};
use crate::cli::Failure;
use crate::report::numbers::{cell, optional_cell, out_of, percent, plain, short, signed, signed_with_error};
use crate::report::terminal::{WIDEST, paragraph};
use crate::stats::Measure;

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
        json!({
            "candidate": summary.candidate,
            "design": text(&summary.design),
            "estimator": text(&summary.estimator),
            "metric": summary.metric,
            "n_replications": summary.n_replications,
            "n_failed": summary.n_failed,
            "bias": measure(summary.bias),
            "rmse": measure(summary.rmse),
            "truth": optional(summary.of_estimates(|p| Some(p.truth))),
            "rel_bias": optional(summary.of_estimates(|p| p.rel_bias)),
            "emp_se": optional(summary.of_estimates(|p| Some(p.emp_se))),
            "model_se": optional(summary.of_errors(|p| Some(p.model_se))),
            "coverage": optional(summary.coverage),
            "be_coverage": optional(summary.of_intervals(|p| Some(p.be_coverage))),
            "power_or_size": optional(summary.of_p_values(|p| Some(p.power_or_size))),
            "sign_error": optional(summary.of_estimates(|p| p.sign_error)),
            "wrong_decision": optional(summary.of_intervals(|p| p.wrong_decision)),
            "note": summary.note().map(|reason| reason.code()),
        })
    };
    json!({
        "scenario": graded.scenario,
        "rows": graded.rows.iter().map(row).collect::<Vec<_>>(),
        "performance": graded.summaries.iter().map(summary).collect::<Vec<_>>(),
    })
}

/// The label of a row: design and estimator, as far as they are named, in `LABEL` letters.
fn label(design: &str, estimator: &str) -> String {
    let parts: Vec<&str> = [design, estimator].into_iter().filter(|part| !part.is_empty()).collect();
    let text = if parts.is_empty() { "estimate".to_owned() } else { plain(&parts.join(" / ")) };
    if text.chars().count() <= LABEL {
        return text;
    }
    // The end tells estimators apart better than the beginning.
    let letters: Vec<char> = text.chars().collect();
    ['…'].into_iter().chain(letters[letters.len() - LABEL + 1..].iter().copied()).collect()
}

const LABEL: usize = 30;

/// One line of a table.
fn push_line<const N: usize>(text: &mut String, label: &str, cells: [&str; N], widths: [usize; N]) {
    text.push_str(&format!("{label:<LABEL$}"));
    for (cell, width) in cells.iter().zip(widths) {
        text.push_str(&format!(" {cell:>width$}"));
    }
    text.push('\n');
}

/// The distinct metrics in order of first appearance, each with its candidate.
fn metrics<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut distinct = Vec::new();
    names.for_each(|name| {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    });
    distinct
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
    let widths = [9, 9, 9, 7, 5, 5];
    let word = |value: Option<bool>, yes: &'static str, no: &'static str| match value {
        Some(true) => yes,
        Some(false) => no,
        None => "-",
    };
    let optional = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), signed);
    let names = graded.rows.iter().map(|row| (row.truth.candidate.as_str(), row.truth.metric.as_str()));
    for (candidate, metric) in metrics(names) {
        let own =
            graded.rows.iter().filter(|row| row.truth.candidate == candidate && row.truth.metric == metric);
        for (at, row) in own.enumerate() {
            if at == 0 {
                let truth = signed(row.truth.effect);
                paragraph(text, &format!("{metric}, {candidate}: the truth is {truth}"), WIDEST);
                let header = ["estimate", "error", "relative", "covered", "sign", "ships"];
                push_line(text, "", header, widths);
            }
            let relative =
                row.rel_error.map_or_else(|| "-".to_owned(), |e| format!("{} %", short(100.0 * e)));
            let ships = match (row.ships, row.decision_right) {
                (Some(ships), Some(false)) => {
                    if ships {
                        "yes!"
                    } else {
                        "no!"
                    }
                }
                (Some(ships), _) => {
                    if ships {
                        "yes"
                    } else {
                        "no"
                    }
                }
                (None, _) => "-",
            };
            let cells = [
                &optional(row.given.estimate),
                &optional(row.error),
                &relative,
                word(row.covered, "yes", "no"),
                word(row.sign_ok, "right", "wrong"),
                ships,
            ];
            push_line(text, &label(&row.given.design, &row.given.estimator), cells, widths);
        }
        text.push('\n');
    }
    text.push_str("An exclamation mark: the truth asks for the opposite.\n");
}

fn summaries(text: &mut String, graded: &Graded) {
    let widths = [8, 13, 7, 9, 8];
    let none = || "-".to_owned();
    let names = graded.summaries.iter().map(|row| (row.candidate.as_str(), row.metric.as_str()));
    for (candidate, metric) in metrics(names) {
        paragraph(text, &format!("{metric}, {candidate}"), WIDEST);
        push_line(text, "", ["n", "bias", "rmse", "coverage", "wrong"], widths);
        let own = graded.summaries.iter().filter(|row| row.candidate == candidate && row.metric == metric);
        for summary in own {
            let share = |of: Option<Measure>| of.map_or_else(none, |m| percent(m).replace(" ± ", "±"));
            let cells = [
                out_of(summary.n_replications, summary.n_replications + summary.n_failed),
                signed_with_error(summary.bias),
                short(summary.rmse.value),
                share(summary.coverage),
                share(summary.of_intervals(|p| p.wrong_decision)),
            ];
            let cells = cells.each_ref().map(String::as_str);
            push_line(text, &label(&summary.design, &summary.estimator), cells, widths);
        }
        text.push('\n');
    }
    text.push_str(
        "coverage: intervals that hold the truth of their own replication; wrong: wrong decisions.\n",
    );
}
