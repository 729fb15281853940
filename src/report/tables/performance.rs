//! How every design and estimator performs, a row for each.

use csv::Error;

use super::column::{
    CANDIDATE, Column, DESIGN, ESTIMATOR, METRIC, OF_METRIC, SEGMENT, SHARE, integer, number, text,
};
use super::{table, with_note};
use crate::readout::verdict::NO_ESTIMATOR;
use crate::report::numbers::{cell, optional_cell};
use crate::stats::{Measure, Performance};
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::{NotGradedRow, PerformanceRow};

/// A measure of `performance.csv`: its column, its unit and meaning, and its value; it has a second column `NAME_mcse`.
type MeasureColumn = (&'static str, &'static str, &'static str, fn(&Performance) -> Option<Measure>);

const MEASURES: [MeasureColumn; 18] = [
    ("mean_estimate", OF_METRIC, "Mean of the estimates.", |p| Some(p.mean_estimate)),
    ("bias", OF_METRIC, "Mean estimate minus truth.", |p| Some(p.bias)),
    ("rel_bias", FRACTION, "Bias as a fraction of the truth.", |p| p.rel_bias),
    ("emp_se", OF_METRIC, "Empirical standard error: the standard deviation of the estimates.", |p| {
        Some(p.emp_se)
    }),
    ("model_se", OF_METRIC, "Root mean square of the standard errors that were reported.", |p| {
        Some(p.model_se)
    }),
    ("se_ratio", FRACTION, "`model_se` over `emp_se`; 1 where the standard errors are honest.", |p| {
        p.se_ratio
    }),
    ("rmse", OF_METRIC, "Root mean squared error against the truth.", |p| Some(p.rmse)),
    ("coverage", SHARE, "Share of the intervals that hold the truth.", |p| Some(p.coverage)),
    ("be_coverage", SHARE, "Share of the intervals that hold the mean estimate.", |p| Some(p.be_coverage)),
    ("power_or_size", SHARE, "Share of p-values below 0.05: power, or size where the truth is 0.", |p| {
        Some(p.power_or_size)
    }),
    ("sign_error", SHARE, "Share of estimates with the wrong sign.", |p| p.sign_error),
    ("type_s", SHARE, "Share of wrong signs among the estimates with p below 0.05.", |p| p.type_s),
    ("type_m", FRACTION, "Mean size of those estimates over the size of the truth.", |p| p.type_m),
    ("detectable_effect", OF_METRIC, "The smallest effect found with 80 % power at this length.", |p| {
        Some(p.detectable)
    }),
    ("regret", OF_METRIC, "`wrong_decision` times the size of the truth.", |p| p.regret),
    ("wrong_decision", SHARE, "Share of wrong decisions: `wrong_ship` or `missed_gain`.", |p| {
        p.wrong_decision
    }),
    ("wrong_ship", SHARE, "Share that ship although the truth is no gain.", |p| p.wrong_ship),
    ("missed_gain", SHARE, "Share that do not ship although the truth is a gain.", |p| p.missed_gain),
];

/// Columns behind those that name a row.
const WIDTH: usize = 4 + 2 * MEASURES.len() + 4;

/// Unit of ratios that may lie above 1 or below 0.
const FRACTION: &str = "ratio";
const UNGRADED: &str = "where there is no grade, or the measure needs a truth whose sign is known";

/// The columns of `performance.csv`.
pub(super) fn columns() -> Vec<Column> {
    let mut columns = vec![
        CANDIDATE,
        DESIGN,
        ESTIMATOR,
        METRIC,
        SEGMENT,
        text("estimand", "What is estimated; `gte` is the effect of a launch."),
        integer(
            "n_replications",
            "replications",
            "Replications with an estimate: the denominator of every share.",
        )
        .empty("where the design has no row of an estimator"),
        integer("n_failed", "replications", "Replications without an estimate; they enter nothing else.")
            .empty("where the design has no row of an estimator"),
        number("truth", OF_METRIC, "The true value of the estimand: the mean over replications.")
            .empty(UNGRADED),
        number("truth_se", OF_METRIC, "Standard error of the truth.").empty(UNGRADED),
    ];
    for (name, unit, meaning, _) in MEASURES {
        columns.push(number(name, unit, meaning).empty(UNGRADED));
        let error = number("", unit, "").empty(UNGRADED);
        let meaning = format!("Monte-Carlo standard error of `{name}`.");
        columns.push(Column { name: format!("{name}_mcse").into(), meaning: meaning.into(), ..error });
    }
    let unknown = "where no A/A world is known";
    columns.extend([
        number("null_size", SHARE, "Share of p-values below 0.05 where both arms are on the control (A/A).")
            .empty(unknown),
        number("null_size_mcse", SHARE, "Monte-Carlo standard error of `null_size`.").empty(unknown),
        number("null_uniform_p", "", "Kolmogorov's test that the p-values of the A/A are uniform.")
            .empty(unknown),
        text("note", "Why there is no grade: a code that `contention explain CODE` explains.")
            .empty("where there is a grade"),
    ]);
    columns
}

/// How every design and estimator performs: `performance.csv`.
///
/// # Errors
/// As [`super::tables()`].
pub fn performance_table(graded: &Graded) -> Result<String, Error> {
    table(&columns(), |table| {
        for row in &graded.performance {
            let estimand = row.estimand.to_string();
            let named =
                [row.candidate.as_str(), &row.design, &row.estimator, row.metric, &row.segment, &estimand];
            let numbers = performance_cells(row);
            table.write_record(named.into_iter().chain(numbers.iter().map(String::as_str)))?;
        }
        for NotGradedRow { candidate, design, metric, reason } in &graded.not_graded {
            let mut cells = vec![candidate.clone(), design.clone(), NO_ESTIMATOR.to_owned()];
            cells.extend([metric, EVERYBODY, "gte"].map(str::to_owned));
            cells.resize(cells.len() + WIDTH - 1, String::new());
            cells.push(format!("not graded: {reason}"));
            table.write_record(&cells)?;
        }
        Ok(())
    })
}

fn performance_cells(row: &PerformanceRow) -> Vec<String> {
    let measures = match &row.result {
        Ok(measures) => measures,
        Err(reason) => {
            let mut cells: Vec<String> = with_note::<WIDTH>(*reason).into();
            cells[0] = row.n_answered.to_string();
            cells[1] = (row.n_asked - row.n_answered).to_string();
            return cells;
        }
    };
    let mut cells = vec![
        measures.n_replications.to_string(),
        measures.n_failed.to_string(),
        cell(measures.truth.value),
        cell(measures.truth.mcse),
    ];
    for (_, _, _, of) in MEASURES {
        let measure = of(measures);
        cells.extend([optional_cell(measure.map(|m| m.value)), optional_cell(measure.map(|m| m.mcse))]);
    }
    cells.extend([
        optional_cell(row.null.map(|null| null.size.value)),
        optional_cell(row.null.map(|null| null.size.mcse)),
        optional_cell(row.null.map(|null| null.uniform_p)),
        String::new(),
    ]);
    cells
}
