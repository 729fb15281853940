//! A sweep as a table for machines and as text for a terminal.

use csv::Error;

use super::numbers::{optional_cell, percent, plain, signed_with_error};
use super::tables::column::{
    CANDIDATE, Column, DESIGN, ESTIMATOR, METRIC, OF_METRIC, SHARE, integer, number, text,
};
use super::tables::table;
use super::terminal::{WIDEST, paragraph, push_table};
use crate::readout::{Cell, Sweep};
use crate::stats::Measure;

const UNGRADED: &str = "where there is no grade, or the measure needs a truth whose sign is known";

const fn mcse(name: &'static str, unit: &'static str) -> Column {
    number(name, unit, "Monte-Carlo standard error of the column before.").empty(UNGRADED)
}

/// The columns of `trust_map.csv` behind those of the keys.
pub(super) const COLUMNS: &[Column] = &[
    CANDIDATE,
    DESIGN,
    ESTIMATOR,
    METRIC,
    number("truth", OF_METRIC, "The true effect of a launch at this point."),
    number("truth_se", OF_METRIC, "Standard error of the truth."),
    integer("n_replications", "replications", "Replications with an estimate.").empty(UNGRADED),
    integer("n_failed", "replications", "Replications without one.").empty(UNGRADED),
    number("bias", OF_METRIC, "Mean estimate minus truth.").empty(UNGRADED),
    mcse("bias_mcse", OF_METRIC),
    number("rel_bias", "ratio", "Bias as a fraction of the truth.").empty(UNGRADED),
    mcse("rel_bias_mcse", "ratio"),
    number("rmse", OF_METRIC, "Root mean squared error against the truth.").empty(UNGRADED),
    mcse("rmse_mcse", OF_METRIC),
    number("coverage", SHARE, "Share of the intervals that hold the truth.").empty(UNGRADED),
    mcse("coverage_mcse", SHARE),
    number("wrong_decision", SHARE, "Share of wrong decisions.").empty(UNGRADED),
    mcse("wrong_decision_mcse", SHARE),
    text("standing", "Whether to believe it, in one word, as in the run's own report."),
    text("note", "Why there is no grade.").empty("where there is a grade"),
];

/// `trust_map.csv`: a row for each point, candidate, design and estimator; the first columns are the keys.
///
/// # Errors
/// When a row does not fit its header, which would be a defect of this program.
pub fn sweep_table(sweep: &Sweep) -> Result<String, Error> {
    let key = |key: &String| Column { name: key.clone().into(), ..text("", "A key of the scenario.") };
    let columns: Vec<Column> = sweep.keys.iter().map(key).chain(COLUMNS.iter().cloned()).collect();
    table(&columns, |table| {
        for point in &sweep.points {
            for verdict in &point.verdicts {
                for finding in &verdict.findings {
                    let measures = finding.performance.as_ref();
                    let mut cells = point.values.clone();
                    cells.extend([&verdict.candidate, &finding.design, &finding.estimator].map(Clone::clone));
                    cells.extend([verdict.metric.name.to_owned(), optional_cell(Some(verdict.truth))]);
                    cells.push(optional_cell(Some(verdict.truth_se)));
                    cells.push(measures.map_or_else(String::new, |p| p.n_replications.to_string()));
                    cells.push(measures.map_or_else(String::new, |p| p.n_failed.to_string()));
                    let measured: [Option<Measure>; 5] = [
                        measures.map(|p| p.bias),
                        measures.and_then(|p| p.rel_bias),
                        measures.map(|p| p.rmse),
                        measures.map(|p| p.coverage),
                        measures.and_then(|p| p.wrong_decision),
                    ];
                    for measure in measured {
                        cells.push(optional_cell(measure.map(|measure| measure.value)));
                        cells.push(optional_cell(measure.map(|measure| measure.mcse)));
                    }
                    cells.push(finding.standing.name().to_owned());
                    cells.push(match measures {
                        Some(_) => String::new(),
                        None => format!("not graded: {}", finding.reason),
                    });
                    table.write_record(&cells)?;
                }
            }
        }
        Ok(())
    })
}

/// The trust map as text of 80 columns: what can be trusted where, then bias and standing at every point.
#[must_use]
pub fn sweep_text(sweep: &Sweep) -> String {
    let mut text = String::new();
    let candidates = sweep.candidates();
    for candidate in &candidates {
        let of = if candidates.len() > 1 { format!("{candidate}: ") } else { String::new() };
        paragraph(&mut text, &format!("{of}{}", sweep.sentence(candidate)), WIDEST);
        for map in sweep.maps(candidate) {
            text.push('\n');
            let title = format!(
                "{}, {}; relative bias, and in brackets the share of wrong decisions, by {}",
                map.title, map.metric, map.column_key
            );
            paragraph(&mut text, &title, WIDEST);
            let header: Vec<String> = [map.row_key.clone()]
                .into_iter()
                .chain(map.columns.clone())
                .map(|name| plain(&name))
                .collect();
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            let right: Vec<usize> = (1..header.len()).collect();
            let rows =
                map.rows.iter().zip(&map.cells).map(|(name, cells)| {
                    [plain(name)].into_iter().chain(cells.iter().map(short_cell)).collect()
                });
            push_table(&mut text, &header, rows, &right, WIDEST);
        }
        not_graded(&mut text, sweep, candidate);
    }
    text
}

/// Why designs have no answer, each reason once.
fn not_graded(text: &mut String, sweep: &Sweep, candidate: &str) {
    let mut told: Vec<String> = Vec::new();
    for (design, estimator) in sweep.methods(candidate) {
        for point in &sweep.points {
            let Some(finding) = sweep.finding(point, candidate, (design, estimator)) else { continue };
            if finding.performance.is_none() {
                let reason = format!("{design} / {estimator}: not graded: {}.", finding.reason);
                if !told.contains(&reason) {
                    told.push(reason);
                }
            }
        }
    }
    if !told.is_empty() {
        text.push('\n');
    }
    told.iter().for_each(|reason| paragraph(text, reason, WIDEST));
}

fn short_cell(cell: &Cell) -> String {
    match cell {
        Cell::Graded { rel_bias, wrong_decision, standing } => {
            let share = |value: f64| format!("{:.0}%", 100.0 * value + 0.0);
            let sign = if rel_bias.value > 0.0 { "+" } else { "" };
            format!("{sign}{} ({}) {}", share(rel_bias.value), share(wrong_decision.value), standing.name())
        }
        Cell::NoSign(standing) => format!("truth near 0, {}", standing.name()),
        Cell::NoAnswer(_) => "no answer".to_owned(),
    }
}

/// A cell in full, for the table beside a map.
pub(super) fn long_cell(cell: &Cell) -> String {
    match cell {
        Cell::Graded { rel_bias, wrong_decision, standing } => {
            let bias = Measure { value: 100.0 * rel_bias.value, mcse: 100.0 * rel_bias.mcse };
            format!(
                "{} % bias, wrong {}, {}",
                signed_with_error(bias),
                percent(*wrong_decision),
                standing.name()
            )
        }
        Cell::NoSign(standing) => format!("truth near 0; {}", standing.name()),
        Cell::NoAnswer(reason) => format!("no answer: {reason}"),
    }
}
