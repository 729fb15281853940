//! The policy-value curve, replication by replication and over all of them.

use csv::Error;

use super::table;
use crate::report::numbers::{cell, optional_cell};
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::study::curve::curve_summaries;

/// The policy-value curve over replications, with standard errors; no rows where no curve was asked for.
pub(super) fn curve_summary(graded: &Graded, scenario: &Scenario) -> Result<String, Error> {
    let names = ["value", "direct", "spillover", "total", "overall", "slope"];
    let mut header: Vec<String> = ["candidate", "metric", "share"].map(str::to_owned).into();
    header.extend(names.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_se")]));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, |table| {
        for row in curve_summaries(graded, &scenario.curve_shares()) {
            let mut cells = vec![row.candidate, row.metric.to_owned(), cell(row.share)];
            for measure in [row.value, row.direct, row.spillover, row.total, row.overall, row.slope] {
                cells.push(optional_cell(measure.map(|measure| measure.value)));
                cells.push(optional_cell(measure.map(|measure| measure.mcse)));
            }
            table.write_record(&cells)?;
        }
        Ok(())
    })
}

/// The policy-value curve: the truth worlds at shares 0 and 1, and the worlds between.
pub(super) fn curve(graded: &Graded) -> Result<String, Error> {
    let header = ["candidate", "share", "metric", "replication", "value", "value_treated", "value_control"];
    table(&header, |table| {
        for row in &graded.truth_rows {
            for (share, value) in [("0", row.value_control), ("1", row.value_candidate)] {
                let (treated, control) =
                    if share == "1" { (cell(value), String::new()) } else { (String::new(), cell(value)) };
                table.write_record([
                    row.candidate.as_str(),
                    share,
                    row.metric,
                    &row.replication.to_string(),
                    &cell(value),
                    &treated,
                    &control,
                ])?;
            }
        }
        for row in &graded.curve {
            table.write_record([
                row.candidate.as_str(),
                &cell(row.share),
                row.metric,
                &row.replication.to_string(),
                &optional_cell(row.value),
                &optional_cell(row.value_treated),
                &optional_cell(row.value_control),
            ])?;
        }
        Ok(())
    })
}
