//! How truth, bias, RMSE and coverage changed from one graded study to another. docs/compare.md has the equations.
//!
//! It compares what both studies say of everybody and of the launch effect, and does not know what made the difference.

mod change;
mod shares;

use std::collections::BTreeMap;

pub use change::{Change, ChangeTest, Pairing};

use self::change::matched;
use self::shares::{Answer, answer, effects, shares};
use super::Graded;
use super::score::Truth;
use super::segment::EVERYBODY;
use super::tables::{EstimateRow, PerformanceRow};
use crate::estimate::Estimand;
use crate::stats::{Measure, Multiplicity, NotEstimable, Performance, adjust_p_values};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComparedMeasure {
    /// The mean true effect.
    Truth,
    /// Mean estimate minus truth.
    Bias,
    /// Root mean squared error.
    Rmse,
    /// Share of intervals that hold the truth.
    Coverage,
}

impl ComparedMeasure {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Truth, Self::Bias, Self::Rmse, Self::Coverage];

    /// As `performance.csv` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truth => "truth",
            Self::Bias => "bias",
            Self::Rmse => "rmse",
            Self::Coverage => "coverage",
        }
    }

    /// Its value in a report card.
    const fn of(self, performance: &Performance) -> Measure {
        match self {
            Self::Truth => performance.truth,
            Self::Bias => performance.bias,
            Self::Rmse => performance.rmse,
            Self::Coverage => performance.coverage,
        }
    }
}

/// What one of the studies says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// It has no such row.
    Absent,
    /// It has no answer.
    NotEstimable(NotEstimable),
    /// The measure with its Monte-Carlo error.
    Measured(Measure),
}

impl Side {
    fn of(row: Option<&PerformanceRow>, measure: ComparedMeasure) -> Self {
        match row.map(|row| &row.result) {
            None => Self::Absent,
            Some(Err(reason)) => Self::NotEstimable(*reason),
            Some(Ok(performance)) => Self::Measured(measure.of(performance)),
        }
    }

    /// The measure, where there is one.
    #[must_use]
    pub const fn measured(&self) -> Option<Measure> {
        match self {
            Self::Measured(measure) => Some(*measure),
            _ => None,
        }
    }
}

/// One measure in two studies.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedRow {
    /// The candidate policy.
    pub candidate: String,
    /// The design; empty for a truth.
    pub design: String,
    /// The estimator; empty for a truth.
    pub estimator: String,
    /// The metric.
    pub metric: &'static str,
    /// What is compared.
    pub measure: ComparedMeasure,
    /// In the first study.
    pub before: Side,
    /// In the second study.
    pub after: Side,
    /// From the first to the second, where both have it and, if they are paired, in replications that both have.
    pub change: Option<Change>,
    /// The p-value of the test, adjusted by [`adjust`].
    pub adjusted_p: Option<f64>,
}

impl ComparedRow {
    /// Why something is missing, as a code; empty where nothing is.
    #[must_use]
    pub fn note(&self) -> String {
        match (self.before, self.after, self.change) {
            (_, Side::Absent, _) => "only_before".to_owned(),
            (Side::Absent, ..) => "only_after".to_owned(),
            (Side::NotEstimable(reason), ..) => format!("before {}", reason.note()),
            (_, Side::NotEstimable(reason), _) => format!("after {}", reason.note()),
            (.., None) => "no_common_replication".to_owned(),
            (.., Some(Change { test: Err(reason), .. })) => reason.note(),
            (.., Some(Change { test: Ok(_), .. })) => String::new(),
        }
    }
}

/// Candidate, design, estimator and metric.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Every measure of both studies: truths first, then the designs in the order of the first study, then what only the second
/// has.
#[must_use]
pub fn compare(before: &Graded, after: &Graded, pairing: Pairing) -> Vec<ComparedRow> {
    let mut rows = truths(before, after, pairing);
    let (of_before, of_after) = (by_key(before), by_key(after));
    let keys = before.performance.iter().chain(&after.performance).filter(|row| counts(row)).map(key);
    let mut done: BTreeMap<Key<'_>, ()> = BTreeMap::new();
    for key in keys {
        if done.insert(key, ()).is_some() {
            continue;
        }
        let (first, second) = (of_before.get(&key), of_after.get(&key));
        let answers = |judged: Option<&Judged<'_>>| judged.map_or(Vec::new(), Judged::answers);
        let (of_first, of_second) = matched(&answers(first), &answers(second), pairing);
        for measure in [ComparedMeasure::Bias, ComparedMeasure::Rmse, ComparedMeasure::Coverage] {
            let change =
                || Change::between(&shares(&of_first, measure)?, &shares(&of_second, measure)?, pairing);
            rows.push(ComparedRow {
                candidate: key.0.to_owned(),
                design: key.1.to_owned(),
                estimator: key.2.to_owned(),
                metric: key.3,
                measure,
                before: Side::of(first.map(|judged| judged.row), measure),
                after: Side::of(second.map(|judged| judged.row), measure),
                change: change(),
                adjusted_p: None,
            });
        }
    }
    rows
}

/// Adjust the p-values of a metric by Holm, each measure by itself.
pub fn adjust(rows: &mut [ComparedRow], metric: &str) {
    for measure in ComparedMeasure::ALL {
        let family = |row: &&mut ComparedRow| row.metric == metric && row.measure == measure;
        let p_values: Vec<Option<f64>> =
            rows.iter_mut().filter(family).map(|row| Some(row.change?.test.ok()?.p_value)).collect();
        let adjusted = adjust_p_values(&p_values, Multiplicity::Holm);
        for (row, p) in rows.iter_mut().filter(family).zip(adjusted) {
            row.adjusted_p = p;
        }
    }
}

fn truths(before: &Graded, after: &Graded, pairing: Pairing) -> Vec<ComparedRow> {
    let of_everybody = |truth: &&Truth| truth.segment == EVERYBODY;
    let only_after =
        after.truth.iter().filter(|truth| before.truth_of(&truth.candidate, truth.metric.name).is_none());
    let all = before.truth.iter().chain(only_after).filter(of_everybody);
    all.map(|truth| {
        let side = |graded: &Graded| match graded.truth_of(&truth.candidate, truth.metric.name) {
            Some(truth) => Side::Measured(truth.effect),
            None => Side::Absent,
        };
        let effects = |graded: &Graded| effects(graded, &truth.candidate, truth.metric.name);
        let (first, second) = matched(&effects(before), &effects(after), pairing);
        ComparedRow {
            candidate: truth.candidate.clone(),
            design: String::new(),
            estimator: String::new(),
            metric: truth.metric.name,
            measure: ComparedMeasure::Truth,
            before: side(before),
            after: side(after),
            change: Change::between(&first, &second, pairing),
            adjusted_p: None,
        }
    })
    .collect()
}

/// A report card and the estimates that it came from.
struct Judged<'a> {
    row: &'a PerformanceRow,
    estimates: Vec<&'a EstimateRow>,
}

impl Judged<'_> {
    /// The estimates with their replications, where there is a report card.
    fn answers(&self) -> Vec<(u32, Answer)> {
        let estimates = if self.row.result.is_ok() { self.estimates.as_slice() } else { &[] };
        estimates.iter().filter_map(|row| answer(row)).collect()
    }
}

fn by_key(graded: &Graded) -> BTreeMap<Key<'_>, Judged<'_>> {
    let rows = graded.performance.iter().filter(|row| counts(row));
    let mut found: BTreeMap<Key<'_>, Judged<'_>> =
        rows.map(|row| (key(row), Judged { row, estimates: Vec::new() })).collect();
    for row in &graded.estimates {
        if row.segment == EVERYBODY && row.estimand == Estimand::Gte {
            let key: Key<'_> = (&row.candidate, &row.design, &row.estimator, row.metric);
            if let Some(judged) = found.get_mut(&key) {
                judged.estimates.push(row);
            }
        }
    }
    found
}

/// Everybody, and the launch effect.
fn counts(row: &PerformanceRow) -> bool {
    row.segment == EVERYBODY && row.estimand == Estimand::Gte
}

fn key(row: &PerformanceRow) -> (&str, &str, &str, &'static str) {
    (&row.candidate, &row.design, &row.estimator, row.metric)
}

#[cfg(test)]
mod tests;
