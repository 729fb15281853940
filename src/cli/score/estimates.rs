//! Estimates as other software writes them: CSV, or JSON rows.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{invalid, problem};
use crate::cli::Failure;
use crate::settings::Problem;
use crate::settings::problem::nearest_hint;
use crate::stats::{CONFIDENCE_LEVEL, normal_quantile, normal_sf};

/// One estimate as it was given, with what can be filled in.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub file: String,
    pub line: u64,
    pub metric: String,
    pub estimator: String,
    pub candidate: String,
    pub design: String,
    pub replication: Option<u32>,
    /// `None` where the software gave no answer.
    pub estimate: Option<f64>,
    pub std_error: Option<f64>,
    pub interval: Option<(f64, f64)>,
    pub p_value: Option<f64>,
}

const COLUMNS: [&str; 10] = [
    "metric",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "estimator",
    "candidate",
    "design",
    "replication",
];

/// Cells of one row by column, empty where there is none.
type Cells = [String; 10];

/// Read the estimates of all files.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Given>, Failure> {
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
        crate::cli::directory::note_input(path);
        let rows = if is_json(path, &text) { json_rows(&name, &text) } else { csv_rows(&name, &text) };
        match rows {
            Ok(rows) if rows.is_empty() => {
                problems.push(problem(
                    &name,
                    1,
                    "rows",
                    "no rows".to_owned(),
                    "an estimate a row".to_owned(),
                ));
            }
            Ok(rows) => {
                for (line, cells) in rows {
                    match given(&name, line, &cells) {
                        Ok(row) => all.push(row),
                        Err(wrong) => problems.extend(wrong),
                    }
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(invalid(problems)) }
}

fn is_json(path: &Path, text: &str) -> bool {
    path.extension().is_some_and(|extension| extension == "json") || text.trim_start().starts_with(['[', '{'])
}

fn needs(name: &str, columns: &[&str]) -> Option<Problem> {
    let missing: Vec<String> = ["metric", "estimate"]
        .into_iter()
        .filter(|column| !columns.contains(column))
        .map(|column| format!("{column}{}", nearest_hint(column, columns.iter().copied())))
        .collect();
    (!missing.is_empty()).then(|| {
        let found = format!("no column {}", missing.join(", "));
        problem(name, 1, "header", found, format!("metric and estimate, and of {}", COLUMNS[2..].join(", ")))
    })
}

fn csv_rows(name: &str, text: &str) -> Result<Vec<(u64, Cells)>, Problem> {
    let wrong = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        problem(name, line, "row", error.to_string(), "comma-separated values".to_owned())
    };
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let header = csv.headers().map_err(wrong)?.clone();
    let columns: Vec<&str> = header.iter().map(|cell| cell.trim_start_matches('\u{feff}').trim()).collect();
    if let Some(problem) = needs(name, &columns) {
        return Err(problem);
    }
    let at = COLUMNS.map(|column| columns.iter().position(|known| *known == column));
    let mut rows = Vec::new();
    for record in csv.records() {
        let record = record.map_err(wrong)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or("").trim().to_owned();
        rows.push((line, at.map(cell)));
    }
    Ok(rows)
}

fn json_rows(name: &str, text: &str) -> Result<Vec<(u64, Cells)>, Problem> {
    let shape = "a list of rows, or an object with the list `rows`";
    let document: Value = serde_json::from_str(text).map_err(|error| {
        problem(name, error.line() as u64, "syntax", error.to_string(), format!("JSON: {shape}"))
    })?;
    let rows = document.get("rows").unwrap_or(&document).as_array();
    let rows = rows.ok_or_else(|| problem(name, 1, "rows", "something else".to_owned(), shape.to_owned()))?;
    let mut found = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        // There are no lines to speak of: rows are counted from 1.
        let line = at as u64 + 1;
        let Some(row) = row.as_object() else {
            return Err(problem(name, line, "row", row.to_string(), "an object".to_owned()));
        };
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        if let Some(problem) = needs(name, &columns) {
            return Err(problem);
        }
        let cell = |column: &str| match row.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        found.push((line, COLUMNS.map(cell)));
    }
    Ok(found)
}

fn given(name: &str, line: u64, cells: &Cells) -> Result<Given, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut number = |at: usize, least: f64, most: f64, allowed: &str| -> Option<f64> {
        let cell = cells[at].as_str();
        if matches!(cell, "" | "NA" | "NaN" | "nan" | "null" | "None") {
            return None;
        }
        let value = cell.parse::<f64>().ok().filter(|value| *value >= least && *value <= most);
        if value.is_none() {
            problems.push(problem(name, line, COLUMNS[at], format!("\"{cell}\""), allowed.to_owned()));
        }
        value
    };
    let any = "a number, or nothing";
    let estimate = number(1, f64::MIN, f64::MAX, any);
    let std_error = number(2, 0.0, f64::MAX, "a number of at least 0, or nothing");
    let (low, high) =
        (number(3, f64::NEG_INFINITY, f64::INFINITY, any), number(4, f64::NEG_INFINITY, f64::INFINITY, any));
    let p_value = number(5, 0.0, 1.0, "a number from 0 to 1, or nothing");
    let replication = number(9, 0.0, f64::from(u32::MAX), "a whole number, or nothing");
    if low > high && high.is_some() {
        let found = format!("{} above {}", cells[3], cells[4]);
        problems.push(problem(name, line, "conf_low", found, "the lower end of the interval".to_owned()));
    }
    if cells[0].is_empty() {
        problems.push(problem(name, line, "metric", "nothing".to_owned(), "a metric's name".to_owned()));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let normal = estimate.zip(std_error).filter(|(_, error)| *error > 0.0);
    let interval = low.zip(high).or_else(|| {
        let (estimate, error) = normal?;
        let half = normal_quantile(0.5 + CONFIDENCE_LEVEL / 2.0) * error;
        Some((estimate - half, estimate + half))
    });
    let p_value =
        p_value.or_else(|| normal.map(|(estimate, error)| 2.0 * normal_sf((estimate / error).abs())));
    Ok(Given {
        file: name.to_owned(),
        line,
        metric: cells[0].clone(),
        estimator: cells[6].clone(),
        candidate: cells[7].clone(),
        design: cells[8].clone(),
        replication: replication.map(|value| value as u32),
        estimate,
        std_error,
        interval,
        p_value,
    })
}
