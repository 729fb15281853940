//! A comparison as a tidy table: every measure of every metric that a run graded.

use csv::Error;

use super::Comparison;
use crate::report::numbers::{cell, optional_cell};
use crate::report::tables::table;

const COLUMNS: [&str; 16] = [
    "candidate",
    "design",
    "estimator",
    "metric",
    "measure",
    "before",
    "before_mcse",
    "after",
    "after_mcse",
    "change",
    "change_se",
    "p_value",
    "p_adjusted",
    "n_before",
    "n_after",
    "note",
];

/// One row for each measure; design and estimator are empty for a truth.
///
/// # Errors
/// When a row does not fit its header, which would be a defect of this program.
pub fn comparison_csv(comparison: &Comparison) -> Result<String, Error> {
    table(&COLUMNS, |table| {
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
