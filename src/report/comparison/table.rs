//! The tables for people: one for each measure of one metric, a row for each candidate, design and estimator.

use super::Comparison;
use super::words::{label, measure_name, why_not};
use crate::readout::verdict::scale_of_differences;
use crate::report::numbers::{percent, signed, signed_with_error, with_error};
use crate::stats::Measure;
use crate::study::compare::{ComparedMeasure, ComparedRow, Side};

/// Why the error of a change may be larger than those of both sides.
const RMSE_NOTE: &str = "the error of a change has the noise of the truth in it; those of before and after take the truth as known";

/// A table of one measure.
pub(in crate::report) struct PeopleTable {
    /// What it is of.
    pub measure: ComparedMeasure,
    /// The measure, the metric and its unit.
    pub caption: String,
    /// What the columns hold.
    pub header: [&'static str; 5],
    /// What the columns hold of each candidate, design and estimator.
    pub rows: Vec<PeopleRow>,
    /// Why numbers are missing, in words.
    pub notes: Vec<String>,
}

/// A row of a table.
pub(in crate::report) struct PeopleRow {
    /// The candidate that it is about.
    pub candidate: String,
    /// Name, before, after, change and p-value.
    pub cells: [String; 5],
}

/// The tables of the metric that the runs decide by; none where there is no such metric.
pub(in crate::report) fn people_tables(comparison: &Comparison) -> Vec<PeopleTable> {
    let Some(metric) = comparison.metric else { return Vec::new() };
    let tables = ComparedMeasure::ALL.map(|measure| {
        let of_table = |row: &&ComparedRow| row.metric == metric.name && row.measure == measure;
        let rows: Vec<&ComparedRow> = comparison.rows.iter().filter(of_table).collect();
        // Of shares, people read per cent and percentage points.
        let (scale, unit) = match measure {
            ComparedMeasure::Coverage => (100.0, "% of replications".to_owned()),
            _ => scale_of_differences(metric.unit),
        };
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        let first = if measure == ComparedMeasure::Truth { "candidate" } else { "design / estimator" };
        let name = |row: &ComparedRow| label(comparison, (&row.candidate, &row.design, &row.estimator));
        let mut notes: Vec<String> =
            rows.iter().filter_map(|row| Some(format!("{}: {}", name(row), why_not(row)?))).collect();
        if measure == ComparedMeasure::Rmse {
            notes.push(RMSE_NOTE.to_owned());
        }
        PeopleTable {
            measure,
            caption: format!("{}, {}{unit}", measure_name(measure), metric.name),
            header: [first, "before", "after", "change", "p"],
            rows: rows
                .iter()
                .map(|row| PeopleRow {
                    candidate: row.candidate.clone(),
                    cells: cells(row, name(row), scale),
                })
                .collect(),
            notes,
        }
    });
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

/// The cells of a row; a value is shown times `scale`.
fn cells(row: &ComparedRow, name: String, scale: f64) -> [String; 5] {
    let none = || "-".to_owned();
    let change = row.change.map(|change| {
        let mcse = change.test.map_or(0.0, |test| test.std_error);
        changed(Measure { value: scale * change.value, mcse: scale * mcse })
    });
    let p = match (row.adjusted_p, row.change) {
        (Some(p), _) => probability(p),
        (None, Some(_)) => "no test".to_owned(),
        (None, None) => none(),
    };
    let side = |of| side(row.measure, of, scale);
    [name, side(row.before), side(row.after), change.unwrap_or_else(none), p]
}

fn side(measure: ComparedMeasure, side: Side, scale: f64) -> String {
    let scaled = |found: Measure| Measure { value: scale * found.value, mcse: scale * found.mcse };
    match (side.measured(), measure) {
        (None, _) => "-".to_owned(),
        (Some(found), ComparedMeasure::Coverage) => percent(found),
        (Some(found), ComparedMeasure::Rmse) => with_error(scaled(found)),
        (Some(found), _) => signed_with_error(scaled(found)),
    }
}

fn changed(change: Measure) -> String {
    if change.mcse > 0.0 { signed_with_error(change) } else { signed(change.value) }
}

/// A p-value to three decimals, or to two where more would say nothing.
fn probability(p: f64) -> String {
    if p < 0.001 {
        "<0.001".to_owned()
    } else if p < 0.1 {
        format!("{p:.3}")
    } else {
        format!("{p:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::comparison;
    use super::*;

    #[test]
    fn every_measure_has_a_table_with_a_row_for_each_design() {
        let tables = people_tables(&comparison("p2c"));
        let sizes: Vec<usize> = tables.iter().map(|table| table.rows.len()).collect();
        assert_eq!(sizes, [1, 4, 4, 4]);
        assert!(tables[1].rows[0].cells[0] == "request / difference_in_means");
        assert_eq!(tables[1].rows[0].cells[4], "<0.001");
        assert_eq!(tables[1].rows[2].cells[3..], ["0", "1.00"]);
    }

    #[test]
    fn a_row_without_numbers_says_why_beneath_the_table() {
        let mut comparison = comparison("p2c");
        let place = comparison.rows.iter().position(|row| row.measure == ComparedMeasure::Bias).unwrap();
        let row = &mut comparison.rows[place];
        (row.after, row.change, row.adjusted_p) = (Side::Absent, None, None);
        let table = &people_tables(&comparison)[1];
        assert_eq!(table.rows[0].cells[2..], ["-", "-", "-"]);
        assert_eq!(table.notes, ["request / difference_in_means: only the first run has it"]);
    }

    #[test]
    fn p_values_are_never_shown_as_zero() {
        assert_eq!(
            [1.0, 0.25, 0.0123, 1e-9].map(probability),
            ["1.00", "0.25", "0.012", "<0.001"].map(str::to_owned)
        );
    }
}
