//! Truth, estimates and the parts of their errors, replication by replication.

use csv::Error;

use super::column::{
    CANDIDATE, Column, DESIGN, ESTIMATOR, METRIC, OF_METRIC, REPLICATION, SEGMENT, integer, number, text,
};
use super::{table, with_note};
use crate::report::numbers::{cell, optional_cell};
use crate::stats::Difference;
use crate::study::Graded;
use crate::study::tables::EstimateRow;

const NO_ANSWER: &str = "where there is no answer";
const NOTE: Column = text(
    "note",
    "Why there is no answer: a code such as `ne:n_too_small`, which `contention explain CODE` explains.",
)
.empty("where there is an answer");
const STD_ERROR: Column = number("std_error", OF_METRIC, "Standard error of the estimate.").empty(NO_ANSWER);
const VCOV: Column =
    text("vcov", "How the standard error was computed: docs/estimators.md.").empty(NO_ANSWER);
const STATISTIC: Column =
    number("statistic", "", "The test's statistic, mostly estimate over standard error.").empty(NO_ANSWER);
const DF: Column = number("df", "", "Degrees of freedom; `inf` for the normal law.").empty(NO_ANSWER);
const P_VALUE: Column = number("p_value", "", "Two-sided p-value of \"no effect\".").empty(NO_ANSWER);
const CONF_LOW: Column = number("conf_low", OF_METRIC, "Lower end of the 95 % interval.").empty(NO_ANSWER);
const CONF_HIGH: Column = number("conf_high", OF_METRIC, "Upper end of the 95 % interval.").empty(NO_ANSWER);
const N_UNITS: Column =
    integer("n_units", "units", "Randomised units that the estimate used.").empty(NO_ANSWER);

pub(super) const TRUTH: &[Column] = &[
    CANDIDATE,
    METRIC,
    SEGMENT,
    REPLICATION,
    number("value_control", OF_METRIC, "The metric in the world in which everybody is on the control."),
    number("value_candidate", OF_METRIC, "The metric in the world in which everybody is on the candidate."),
    number("effect", OF_METRIC, "Candidate minus control."),
    number(
        "paired_se",
        OF_METRIC,
        "Standard error of the mean effect over all replications, hence the same in each of them.",
    )
    .empty("where there is one replication only"),
];

pub(super) const ESTIMATES: &[Column] = &[
    CANDIDATE,
    DESIGN,
    ESTIMATOR,
    METRIC,
    SEGMENT,
    REPLICATION,
    text("estimand", "What is estimated; `gte` is the effect of a launch."),
    number("truth", OF_METRIC, "The true value of the estimand in the same replication.")
        .empty("where it is not known"),
    number("estimate", OF_METRIC, "The estimate: candidate minus control.").empty(NO_ANSWER),
    STD_ERROR,
    VCOV,
    STATISTIC,
    DF,
    P_VALUE,
    CONF_LOW,
    CONF_HIGH,
    N_UNITS,
    integer(
        "n_clusters",
        "units",
        "Units whose totals carry the variance; for these estimators the randomised units.",
    )
    .empty(NO_ANSWER),
    number("value_treated", OF_METRIC, "The candidate's arm.")
        .empty("where an estimator has no arms to compare"),
    number("value_control", OF_METRIC, "The control's arm.")
        .empty("where an estimator has no arms to compare"),
    NOTE,
];

pub(super) const NULL_ESTIMATES: &[Column] = &[
    CANDIDATE,
    DESIGN,
    ESTIMATOR,
    METRIC,
    SEGMENT,
    REPLICATION,
    number(
        "estimate",
        OF_METRIC,
        "The estimate where both arms are on the control (A/A), so that the truth is 0.",
    )
    .empty(NO_ANSWER),
    STD_ERROR,
    VCOV,
    STATISTIC,
    DF,
    P_VALUE,
    CONF_LOW,
    CONF_HIGH,
    N_UNITS,
    NOTE,
];

pub(super) const DECOMPOSITION: &[Column] = &[
    CANDIDATE,
    DESIGN,
    ESTIMATOR,
    METRIC,
    SEGMENT,
    REPLICATION,
    number(
        "error",
        OF_METRIC,
        "Estimate minus the truth of the same replication; the sum of the three parts.",
    ),
    number("sampling_part", OF_METRIC, "The estimate from a log without interference, minus the truth."),
    number(
        "spillover_on_control",
        OF_METRIC,
        "What the experiment did to the control arm, against its own truth world, with the sign with which it enters the error.",
    ),
    number(
        "dilution_on_treated",
        OF_METRIC,
        "What the candidate's arm lacks against its own truth world, with the sign with which it enters the error.",
    ),
];

/// `paired_se` is the standard error of the mean effect over all replications, hence the same in each of them; it is
/// empty when there is one replication only.
pub(super) fn truth(graded: &Graded) -> Result<String, Error> {
    let several = graded.truth_rows.iter().any(|row| row.replication > 0);
    table(TRUTH, |table| {
        for row in &graded.truth_rows {
            let truth = graded.truth_within(&row.candidate, row.metric, &row.segment).filter(|_| several);
            table.write_record([
                row.candidate.as_str(),
                row.metric,
                &row.segment,
                &row.replication.to_string(),
                &cell(row.value_control),
                &cell(row.value_candidate),
                &cell(row.effect()),
                &optional_cell(truth.map(|truth| truth.effect.mcse)),
            ])?;
        }
        Ok(())
    })
}

pub(super) fn estimates(graded: &Graded) -> Result<String, Error> {
    table(ESTIMATES, |table| {
        for row in &graded.estimates {
            let replication = row.replication.to_string();
            let truth = optional_cell(row.paired_truth);
            let estimand = row.estimand.to_string();
            let named = [
                row.candidate.as_str(),
                &row.design,
                &row.estimator,
                row.metric,
                &row.segment,
                &replication,
                &estimand,
                &truth,
            ];
            let numbers = estimate_cells(row);
            table.write_record(named.into_iter().chain(numbers.iter().map(String::as_str)))?;
        }
        Ok(())
    })
}

/// The end of an interval; empty where there is none.
fn end(value: f64) -> String {
    optional_cell(Some(value).filter(|value| value.is_finite()))
}

/// `n_clusters` counts the units whose totals carry the variance; the estimators take the randomised units for them.
fn estimate_cells(row: &EstimateRow) -> [String; 13] {
    match row.result {
        Ok(Difference {
            effect,
            std_error,
            df,
            statistic,
            p_value,
            conf_low,
            conf_high,
            n_units,
            vcov,
            ..
        }) => [
            cell(effect),
            cell(std_error),
            vcov.to_owned(),
            cell(statistic),
            cell(df),
            cell(p_value),
            end(conf_low),
            end(conf_high),
            n_units.to_string(),
            n_units.to_string(),
            optional_cell(row.arms.map(|arms| arms.treated)),
            optional_cell(row.arms.map(|arms| arms.control)),
            String::new(),
        ],
        Err(reason) => with_note(reason),
    }
}

/// What estimators say where both arms are on the control, replication by replication.
pub(super) fn null_estimates(graded: &Graded) -> Result<String, Error> {
    table(NULL_ESTIMATES, |table| {
        for row in &graded.estimates {
            let Some(null) = row.null else { continue };
            let replication = row.replication.to_string();
            let named =
                [row.candidate.as_str(), &row.design, &row.estimator, row.metric, &row.segment, &replication];
            let numbers: [String; 10] = match null {
                Ok(found) => [
                    cell(found.effect),
                    cell(found.std_error),
                    found.vcov.to_owned(),
                    cell(found.statistic),
                    cell(found.df),
                    cell(found.p_value),
                    end(found.conf_low),
                    end(found.conf_high),
                    found.n_units.to_string(),
                    String::new(),
                ],
                Err(reason) => with_note(reason),
            };
            table.write_record(named.into_iter().chain(numbers.iter().map(String::as_str)))?;
        }
        Ok(())
    })
}

/// One row for each estimate whose error could be split, in the metric's unit.
pub(super) fn decomposition(graded: &Graded) -> Result<String, Error> {
    table(DECOMPOSITION, |table| {
        for row in &graded.estimates {
            let Some(parts) = row.decomposition else { continue };
            table.write_record([
                row.candidate.as_str(),
                &row.design,
                &row.estimator,
                row.metric,
                &row.segment,
                &row.replication.to_string(),
                &cell(parts.error),
                &cell(parts.sampling_part),
                &cell(parts.spillover_on_control),
                &cell(parts.dilution_on_treated),
            ])?;
        }
        Ok(())
    })
}
