//! How every design and estimator performs, a row for each.

use csv::Error;

use super::{table, with_note};
use crate::readout::verdict::NO_ESTIMATOR;
use crate::report::numbers::{cell, optional_cell};
use crate::stats::{Measure, Performance};
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::{NotGradedRow, PerformanceRow};

/// A measure of `performance.csv`: its column and its value; it has a second column `NAME_mcse`.
type MeasureColumn = (&'static str, fn(&Performance) -> Option<Measure>);

const MEASURES: [MeasureColumn; 18] = [
    ("mean_estimate", |p| Some(p.mean_estimate)),
    ("bias", |p| Some(p.bias)),
    ("rel_bias", |p| p.rel_bias),
    ("emp_se", |p| Some(p.emp_se)),
    ("model_se", |p| Some(p.model_se)),
    ("se_ratio", |p| p.se_ratio),
    ("rmse", |p| Some(p.rmse)),
    ("coverage", |p| Some(p.coverage)),
    ("be_coverage", |p| Some(p.be_coverage)),
    ("power_or_size", |p| Some(p.power_or_size)),
    ("sign_error", |p| p.sign_error),
    ("type_s", |p| p.type_s),
    ("type_m", |p| p.type_m),
    ("detectable_effect", |p| Some(p.detectable)),
    ("regret", |p| p.regret),
    ("wrong_decision", |p| p.wrong_decision),
    ("wrong_ship", |p| p.wrong_ship),
    ("missed_gain", |p| p.missed_gain),
];

/// Columns behind those that name a row.
const WIDTH: usize = 4 + 2 * MEASURES.len() + 4;

/// How every design and estimator performs: `performance.csv`.
///
/// # Errors
/// As [`super::tables()`].
pub fn performance_table(graded: &Graded) -> Result<String, Error> {
    let mut header: Vec<String> = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "estimand",
        "n_replications",
        "n_failed",
        "truth",
        "truth_se",
    ]
    .map(str::to_owned)
    .into();
    for (name, _) in MEASURES {
        header.extend([name.to_owned(), format!("{name}_mcse")]);
    }
    header.extend(["null_size", "null_size_mcse", "null_uniform_p", "note"].map(str::to_owned));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, |table| {
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
    for (_, of) in MEASURES {
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
