//! Each estimate against its truth, and each estimator over replications.

use std::collections::BTreeMap;

use super::estimates::Given;
use super::truth::Truth;
use super::{invalid, problem};
use crate::cli::Failure;
use crate::settings::Problem;
use crate::settings::problem::nearest_hint;
use crate::stats::{Measure, NotEstimable, Performance, Replicate, performance};

/// One estimate and what is to be said of it.
#[derive(Clone, Debug)]
pub(super) struct GradedRow {
    pub given: Given,
    pub truth: Truth,
    pub error: Option<f64>,
    /// Error over |truth|; none where the truth is zero.
    pub rel_error: Option<f64>,
    pub covered: Option<bool>,
    pub sign_ok: Option<bool>,
    /// Whether the interval excludes zero on the good side.
    pub ships: Option<bool>,
    /// Whether that is what the truth asks for.
    pub decision_right: Option<bool>,
}

/// How an estimator did over replications.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    pub candidate: String,
    pub design: String,
    pub estimator: String,
    pub metric: String,
    pub n_replications: usize,
    pub n_failed: usize,
    pub bias: Measure,
    pub rmse: Measure,
    /// Share of the intervals that hold the truth of their own replication; nothing where no row has an interval.
    pub coverage: Option<Measure>,
    /// The other measures. Those of a column that some row does not have are not to be read.
    pub performance: Result<Performance, NotEstimable>,
    /// Whether every answer has a standard error, an interval and a p-value.
    pub has: Has,
}

/// Which columns every answer has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Has {
    pub std_error: bool,
    pub interval: bool,
    pub p_value: bool,
}

impl Summary {
    /// A measure of the estimates alone.
    pub fn of_estimates(&self, of: fn(&Performance) -> Option<Measure>) -> Option<Measure> {
        of(self.performance.as_ref().ok()?)
    }

    /// A measure that needs a standard error in every row.
    pub fn of_errors(&self, of: fn(&Performance) -> Option<Measure>) -> Option<Measure> {
        self.of_estimates(of).filter(|_| self.has.std_error)
    }

    /// A measure that needs an interval in every row.
    pub fn of_intervals(&self, of: fn(&Performance) -> Option<Measure>) -> Option<Measure> {
        self.of_estimates(of).filter(|_| self.has.interval)
    }

    /// A measure that needs a p-value in every row.
    pub fn of_p_values(&self, of: fn(&Performance) -> Option<Measure>) -> Option<Measure> {
        self.of_estimates(of).filter(|_| self.has.p_value)
    }

    /// Why some measure is missing.
    pub fn note(&self) -> Option<NotEstimable> {
        let missing = (!self.has.std_error).then(|| NotEstimable::missing_column("std_error"));
        self.performance.as_ref().err().copied().or(missing)
    }
}

/// All grades.
pub(super) struct Graded {
    pub scenario: String,
    pub rows: Vec<GradedRow>,
    pub summaries: Vec<Summary>,
}

/// Grade the estimates.
pub(super) fn grade(truths: &[Truth], given: Vec<Given>) -> Result<Graded, Failure> {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for given in given {
        match find(truths, &given) {
            Ok(truth) => rows.push(graded(given, truth)),
            Err(problem) => problems.push(*problem),
        }
    }
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    problems.extend(duplicates(&rows));
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let summaries = summaries(&rows);
    let scenario = truths.first().map_or_else(String::new, |truth| truth.origin.0.clone());
    Ok(Graded { scenario, rows, summaries })
}

/// What must be different in every row: candidate, design, estimator, metric and replication.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str, u32);

/// A problem for each row that says the same thing as an earlier one about: it would count as a replication of its own.
fn duplicates(rows: &[GradedRow]) -> Vec<Problem> {
    let mut seen: BTreeMap<Key<'_>, &GradedRow> = BTreeMap::new();
    let mut problems = Vec::new();
    for row in rows {
        let (given, truth) = (&row.given, &row.truth);
        let key = (&*truth.candidate, &*given.design, &*given.estimator, &*truth.metric, truth.replication);
        match seen.get(&key) {
            None => {
                seen.insert(key, row);
            }
            Some(first) => {
                let found = format!(
                    "a second estimate of replication {} by the same candidate, design, estimator and metric as in \
                     {}:{}",
                    truth.replication, first.given.file, first.given.line
                );
                let allowed = "one row for each; tell them apart by `estimator`, `design` or `replication`";
                problems.push(problem(&given.file, given.line, "row", found, allowed.to_owned()));
            }
        }
    }
    problems
}

/// The truth that an estimate is about.
fn find(truths: &[Truth], given: &Given) -> Result<Truth, Box<Problem>> {
    let wrong = |path: &str, found: String, allowed: String| {
        Err(Box::new(problem(&given.file, given.line, path, found, allowed)))
    };
    let names = |of: fn(&Truth) -> String| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in truths.iter().map(of) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    let candidates = names(|truth| truth.candidate.clone());
    let candidate = match (given.candidate.as_str(), candidates.as_slice()) {
        ("", [only]) => only.clone(),
        ("", several) => {
            let allowed = format!("a column candidate with one of {}", several.join(", "));
            return wrong("candidate", "nothing".to_owned(), allowed);
        }
        (name, known) if known.iter().any(|known| known == name) => name.to_owned(),
        (name, known) => {
            let hint = nearest_hint(name, known.iter().map(String::as_str));
            return wrong("candidate", format!("\"{name}\""), format!("one of {}{hint}", known.join(", ")));
        }
    };
    let replications = names(|truth| truth.replication.to_string());
    let replication = match (given.replication, replications.as_slice()) {
        (None, [_]) => truths.first().map_or(0, |truth| truth.replication),
        (None, several) => {
            let allowed = format!("a column replication with one of {}", several.join(", "));
            return wrong("replication", "nothing".to_owned(), allowed);
        }
        (Some(number), known) if known.contains(&number.to_string()) => number,
        (Some(number), known) => {
            let allowed = format!("one of the sealed replications {}", known.join(", "));
            return wrong("replication", format!("`{number}`"), allowed);
        }
    };
    let here = || truths.iter().filter(|t| t.candidate == candidate && t.replication == replication);
    let of_metric: Vec<&Truth> = here().filter(|truth| truth.metric == given.metric).collect();
    match of_metric.as_slice() {
        [truth] => Ok((*truth).clone()),
        [] => {
            let hint = nearest_hint(&given.metric, here().map(|truth| truth.metric.as_str()));
            let known: Vec<&str> = here().map(|truth| truth.metric.as_str()).collect();
            let allowed = format!("one of the metrics {}{hint}", known.join(", "));
            wrong("metric", format!("\"{}\"", given.metric), allowed)
        }
        _ => wrong(
            "metric",
            format!("{} truths of \"{}\" that differ", of_metric.len(), given.metric),
            "sealed files of one scenario and seed".to_owned(),
        ),
    }
}

fn graded(given: Given, truth: Truth) -> GradedRow {
    let error = given.estimate.map(|estimate| estimate - truth.effect);
    let is_gain = if truth.higher_is_better { truth.effect > 0.0 } else { truth.effect < 0.0 };
    let ships = given.interval.map(|(low, high)| if truth.higher_is_better { low > 0.0 } else { high < 0.0 });
    GradedRow {
        error,
        rel_error: error.filter(|_| truth.effect != 0.0).map(|error| error / truth.effect.abs()),
        covered: given.interval.map(|(low, high)| low <= truth.effect && truth.effect <= high),
        sign_ok: given.estimate.filter(|_| truth.effect != 0.0).map(|e| e * truth.effect.signum() > 0.0),
        ships,
        decision_right: ships.map(|ships| ships == is_gain),
        given,
        truth,
    }
}

/// Performance over replications of each estimator with two or more estimates, in order of first appearance.
fn summaries(rows: &[GradedRow]) -> Vec<Summary> {
    let key = |row: &GradedRow| {
        let given = &row.given;
        (row.truth.candidate.clone(), given.design.clone(), given.estimator.clone(), row.truth.metric.clone())
    };
    let mut keys = Vec::new();
    for row in rows {
        if !keys.contains(&key(row)) {
            keys.push(key(row));
        }
    }
    let summary = |wanted: &(String, String, String, String)| {
        let own: Vec<&GradedRow> = rows.iter().filter(|row| key(row) == *wanted).collect();
        let answered: Vec<(&GradedRow, f64)> =
            own.iter().filter_map(|row| row.error.map(|error| (*row, error))).collect();
        let errors: Vec<f64> = answered.iter().map(|(_, error)| *error).collect();
        let truths: Vec<f64> = answered.iter().map(|(row, _)| row.truth.effect).collect();
        let truth = Measure::mean(&truths).ok()?;
        let squares: Vec<f64> = answered
            .iter()
            .filter_map(|(row, _)| row.given.estimate.map(|e| (e - truth.value) * (e - truth.value)))
            .collect();
        let replicates: Vec<Replicate> = answered.iter().filter_map(|(row, _)| replicate(row)).collect();
        let every = |has: fn(&Given) -> bool| answered.iter().all(|(row, _)| has(&row.given));
        let covered: Vec<bool> = answered.iter().filter_map(|(row, _)| row.covered).collect();
        let n_failed = own.len() - answered.len();
        let better = answered.first()?.0.truth.higher_is_better;
        let (candidate, design, estimator, metric) = wanted.clone();
        Some(Summary {
            candidate,
            design,
            estimator,
            metric,
            n_replications: answered.len(),
            n_failed,
            bias: Measure::mean(&errors).ok()?,
            rmse: Measure::root_mean(&squares).ok()?,
            coverage: Measure::share(covered.iter().filter(|held| **held).count(), covered.len()).ok(),
            performance: performance(&replicates, n_failed, truth.value, truth.mcse, better),
            has: Has {
                std_error: every(|given| given.std_error.is_some()),
                interval: every(|given| given.interval.is_some()),
                p_value: every(|given| given.p_value.is_some()),
            },
        })
    };
    keys.iter().filter_map(summary).collect()
}

/// A row for the scorer's arithmetic; what it does not have stands in for itself and is not read afterwards.
fn replicate(row: &GradedRow) -> Option<Replicate> {
    let estimate = row.given.estimate?;
    let (low, high) = row.given.interval.unwrap_or((estimate, estimate));
    Some(Replicate {
        estimate,
        std_error: row.given.std_error.unwrap_or(0.0),
        // An open end is as far away as a number can be.
        conf_low: low.clamp(f64::MIN, f64::MAX),
        conf_high: high.clamp(f64::MIN, f64::MAX),
        p_value: row.given.p_value.unwrap_or(1.0),
        paired_truth: row.truth.effect,
    })
}
