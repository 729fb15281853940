//! The policy-value curve, replication by replication and over all of them.

use csv::Error;

use super::column::{CANDIDATE, Column, METRIC, OF_METRIC, REPLICATION, SHARE, number};
use super::table;
use crate::report::numbers::{cell, optional_cell};
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::study::curve::curve_summaries;

const NO_SUCH: &str = "where a world has nothing to say: no controls at share 1, nobody treated at share 0";

pub(super) const CURVE: &[Column] = &[
    CANDIDATE,
    number("share", SHARE, "Share of the traffic that the candidate decides in this world."),
    METRIC,
    REPLICATION,
    number("value", OF_METRIC, "The metric over all requests: V(p).").empty("where nobody was observed"),
    number("value_treated", OF_METRIC, "The metric over the candidate's requests.").empty(NO_SUCH),
    number("value_control", OF_METRIC, "The metric over the control's requests.").empty(NO_SUCH),
];

const fn se(name: &'static str) -> Column {
    number(name, OF_METRIC, "Standard error of the column before, over replications.").empty(NO_SUCH)
}

pub(super) const CURVE_SUMMARY: &[Column] = &[
    CANDIDATE,
    METRIC,
    number("share", SHARE, "Share of the traffic that the candidate decides."),
    number("value", OF_METRIC, "V(p), mean over replications.").empty(NO_SUCH),
    se("value_se"),
    number("direct", OF_METRIC, "Mean of the treated minus mean of the controls.").empty(NO_SUCH),
    se("direct_se"),
    number("spillover", OF_METRIC, "Mean of the controls minus V(0).").empty(NO_SUCH),
    se("spillover_se"),
    number("total", OF_METRIC, "Mean of the treated minus V(0).").empty(NO_SUCH),
    se("total_se"),
    number("overall", OF_METRIC, "V(p) minus V(0).").empty(NO_SUCH),
    se("overall_se"),
    number(
        "slope",
        OF_METRIC,
        "V'(p), the change for a share larger by 1, from the share and its neighbours.",
    )
    .empty(NO_SUCH),
    se("slope_se"),
];

/// The policy-value curve over replications, with standard errors; no rows where no curve was asked for.
pub(super) fn curve_summary(graded: &Graded, scenario: &Scenario) -> Result<String, Error> {
    table(CURVE_SUMMARY, |table| {
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
    table(CURVE, |table| {
        for row in &graded.truth_rows {
            for (share, value) in [(cell(0.0), row.value_control), (cell(1.0), row.value_candidate)] {
                let (treated, control) = if share == cell(1.0) {
                    (cell(value), String::new())
                } else {
                    (String::new(), cell(value))
                };
                table.write_record([
                    row.candidate.as_str(),
                    &share,
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
