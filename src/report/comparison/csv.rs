//! A comparison as a tidy table: every measure of every metric that a run graded.

use csv::Error;

use super::Comparison;
use crate::report::numbers::{cell, optional_cell};
use crate::report::tables::column::{CANDIDATE, Column, DESIGN, ESTIMATOR, METRIC, integer, number, text};
use crate::report::tables::table;

const TRUTH_ONLY: &str = "for a truth";
const NOT_THERE: &str = "where the run has no such number";
const NO_CHANGE: &str = "where only one of the runs has the number, or it cannot be tested";

/// The columns of a comparison.
pub(crate) const COLUMNS: &[Column] = &[
    CANDIDATE,
    DESIGN.empty(TRUTH_ONLY),
    ESTIMATOR.empty(TRUTH_ONLY),
    METRIC,
    text("measure", "What is compared: `truth`, `bias`, `rmse` or `coverage`."),
    number("before", MEASURED, "The measure in the first run.").empty(NOT_THERE),
    number("before_mcse", MEASURED, "Its Monte-Carlo standard error.").empty(NOT_THERE),
    number("after", MEASURED, "The measure in the second run.").empty(NOT_THERE),
    number("after_mcse", MEASURED, "Its Monte-Carlo standard error.").empty(NOT_THERE),
    number("change", MEASURED, "After minus before.").empty(NO_CHANGE),
    number("change_se", MEASURED, "Standard error of the change.").empty(NO_CHANGE),
    number("p_value", "", "Two-sided p-value of \"no change\".").empty(NO_CHANGE),
    number("p_adjusted", "", "The same, adjusted for the number of tests.").empty(NO_CHANGE),
    integer("n_before", "replications", "Replications of the first run that the test used.").empty(NO_CHANGE),
    integer("n_after", "replications", "Replications of the second run that the test used.").empty(NO_CHANGE),
    text("note", "Why there is no change or no test.").empty("where there is a test"),
];

/// Unit of a measure.
const MEASURED: &str = "the metric's; a share for coverage";

/// One row for each measure; design and estimator are empty for a truth.
///
/// # Errors
/// When a row does not fit its header, which would be a defect of this program.
pub fn comparison_csv(comparison: &Comparison) -> Result<String, Error> {
    table(COLUMNS, |table| {
        for row in &comparison.rows {
            let (before, after) = (row.before.measured(), row.after.measured());
            let test = row.change.and_then(|change| change.test.ok());
            let count = |n: Option<usize>| n.map_or_else(String::new, |n| n.to_string());
            table.write_record([
                row.candidate.as_str(),
                &row.design,
                &row.estimator,
                row.metric,
                row.measure.name(),
                &optional_cell(before.map(|measure| measure.value)),
                &optional_cell(before.map(|measure| measure.mcse)),
                &optional_cell(after.map(|measure| measure.value)),
                &optional_cell(after.map(|measure| measure.mcse)),
                &row.change.map_or_else(String::new, |change| cell(change.value)),
                &optional_cell(test.map(|test| test.std_error)),
                &optional_cell(test.map(|test| test.p_value)),
                &optional_cell(row.adjusted_p),
                &count(row.change.map(|change| change.n_before)),
                &count(row.change.map(|change| change.n_after)),
                &row.note(),
            ])?;
        }
        Ok(())
    })
}
