//! Truth, estimates and the parts of their errors, replication by replication.

use csv::Error;

use super::{table, with_note};
use crate::report::numbers::{cell, optional_cell};
use crate::stats::Difference;
use crate::study::Graded;
use crate::study::tables::EstimateRow;

/// `paired_se` is the standard error of the mean effect over all replications, hence the same in each of them; it is
/// empty when there is one replication only.
pub(super) fn truth(graded: &Graded) -> Result<String, Error> {
    let header = [
        "candidate",
        "metric",
        "segment",
        "replication",
        "value_control",
        "value_candidate",
        "effect",
        "paired_se",
    ];
    let several = graded.truth_rows.iter().any(|row| row.replication > 0);
    table(&header, |table| {
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
    let header = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "replication",
        "estimand",
        "truth",
        "estimate",
        "std_error",
        "vcov",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "n_units",
        "n_clusters",
        "value_treated",
        "value_control",
        "note",
    ];
    table(&header, |table| {
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
    let header = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "replication",
        "estimate",
        "std_error",
        "vcov",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "n_units",
        "note",
    ];
    table(&header, |table| {
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
    let header = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "replication",
        "error",
        "sampling_part",
        "spillover_on_control",
        "dilution_on_treated",
    ];
    table(&header, |table| {
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
