//! `--precision MEASURE:ERROR`: how small a Monte-Carlo error is to be, and how many replications that takes.

use serde_json::{Value, json};

use crate::cli::Failure;
use crate::estimate::Estimand;
use crate::record::Metric;
use crate::report::numbers::{out_of, short};
use crate::settings::problem::nearest_hint;
use crate::stats::{Measure, Performance};
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::PerformanceRow;

/// A Monte-Carlo error that is small enough.
#[derive(Clone, Copy, Debug)]
pub struct Precision {
    name: &'static str,
    is_share: bool,
    of: fn(&Performance) -> Measure,
    error: f64,
}

/// A measure: its name, whether it is a share, and where it is found.
type Kind = (&'static str, bool, fn(&Performance) -> Measure);

const KINDS: [Kind; 6] = [
    ("bias", false, |p| p.bias),
    ("rmse", false, |p| p.rmse),
    ("emp_se", false, |p| p.emp_se),
    ("truth", false, |p| p.truth),
    ("coverage", true, |p| p.coverage),
    ("power", true, |p| p.power_or_size),
];

/// A batch is never larger than all that was there before it, and never smaller than a tenth of it.
const SMALLEST_BATCH: u32 = 10;

impl Precision {
    /// From text such as `bias:0.5ms` or `coverage:1%`; errors of effects are in the unit of the primary metric.
    ///
    /// # Errors
    /// What is allowed.
    pub fn parse(text: &str, primary: &Metric) -> Result<Self, Failure> {
        let names = KINDS.map(|(name, _, _)| name);
        let usage = |why: &str| {
            let example = format!("for example bias:0.5{} or coverage:1%", primary.unit);
            Failure::Usage(format!("--precision {text}: {why}; {example} (measures: {})", names.join(", ")))
        };
        let (name, error) = text.split_once(':').ok_or_else(|| usage("a measure, a colon and an error"))?;
        let Some((name, is_share, of)) = KINDS.into_iter().find(|(known, _, _)| *known == name) else {
            return Err(usage(&format!("no measure \"{name}\"{}", nearest_hint(name, names.into_iter()))));
        };
        let number_ends = error.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(error.len());
        let (number, unit) = (&error[..number_ends], error[number_ends..].trim());
        let number: f64 = number.parse().map_err(|_| usage("the error is not a number"))?;
        let scale = match unit {
            "%" if is_share => 0.01,
            "" => 1.0,
            unit if !is_share && unit == primary.unit => 1.0,
            _ => {
                let allowed = if is_share { "%" } else { primary.unit };
                return Err(usage(&format!("the unit is \"{unit}\", not \"{allowed}\"")));
            }
        };
        let error = number * scale;
        if error > 0.0 {
            Ok(Self { name, is_share, of, error })
        } else {
            Err(usage("the error is not above zero"))
        }
    }

    /// How many replications there should be in all after `n`, at most `most`; `None` when the errors of all designs and
    /// estimators that answer are small enough. Errors shrink with the root of the number of replications.
    #[must_use]
    pub fn next(&self, graded: &Graded, primary: &Metric, n: u32, most: u32) -> Option<u32> {
        if n >= most {
            return None;
        }
        let Some(largest) = self.largest(graded, primary) else {
            // One replication has no error yet; a few tell whether there will ever be one.
            return (n < SMALLEST_BATCH).then_some(SMALLEST_BATCH.min(most));
        };
        if largest.error <= self.error {
            return None;
        }
        let ratio = largest.error / self.error;
        let wanted = (f64::from(n) * ratio * ratio * 1.05).min(f64::from(u32::MAX));
        let least = n + (n / 10).max(SMALLEST_BATCH);
        Some((wanted as u32).clamp(least, n.saturating_mul(2).max(least)).min(most))
    }

    /// The rows that the goal is about: of everybody, and of the launch effect on the primary metric.
    fn rows<'a>(&self, graded: &'a Graded, primary: &'a Metric) -> impl Iterator<Item = &'a PerformanceRow> {
        graded.performance.iter().filter(|row| {
            row.metric == primary.name && row.estimand == Estimand::Gte && row.segment == EVERYBODY
        })
    }

    /// The largest of the errors now; nothing where no design gives an answer.
    fn largest(&self, graded: &Graded, primary: &Metric) -> Option<Largest> {
        self.rows(graded, primary)
            .filter_map(|row| {
                let found = row.result.as_ref().ok()?;
                let of = out_of(row.n_answered, row.n_asked);
                Some(Largest { error: (self.of)(found).mcse, of, row: named(row) })
            })
            .reduce(|a, b| if b.error > a.error { b } else { a })
    }

    /// How far it is, in words.
    #[must_use]
    pub fn standing(&self, graded: &Graded, primary: &Metric) -> String {
        let asked = self.in_words(self.error, primary);
        match self.largest(graded, primary) {
            None => format!("the Monte-Carlo error of {} is not known yet, asked for is {asked}", self.name),
            Some(largest) => format!(
                "the largest Monte-Carlo error of {} is {} ({}, of {} replications), asked for is {asked}",
                self.name,
                self.in_words(largest.error, primary),
                largest.row,
                largest.of
            ),
        }
    }

    /// Whether the goal is reached by what was found.
    #[must_use]
    pub fn outcome(&self, graded: &Graded, primary: &Metric) -> Outcome {
        let silent: Vec<String> = self
            .rows(graded, primary)
            .filter(|row| row.result.is_err())
            .map(named)
            .chain(graded.not_graded.iter().map(|row| row.design.clone()))
            .collect();
        let standing = self.standing(graded, primary);
        let (state, words) = match self.largest(graded, primary) {
            Some(largest) if largest.error > self.error => (State::NotReached, "not reached"),
            Some(_) if silent.is_empty() => (State::Reached, "reached"),
            _ => (State::NotKnown, "not known"),
        };
        let silent = if silent.is_empty() {
            String::new()
        } else {
            format!("; no answer, hence no error, of {}", silent.join(", "))
        };
        Outcome { state, text: format!("{words}: {standing}{silent}") }
    }

    fn in_words(&self, error: f64, primary: &Metric) -> String {
        if self.is_share {
            format!("{} %", short(100.0 * error))
        } else {
            format!("{} {}", short(error), primary.unit)
        }
    }
}

fn named(row: &PerformanceRow) -> String {
    format!("{} / {}", row.design, row.estimator)
}

/// The largest error and where it is.
struct Largest {
    error: f64,
    /// Replications that it is over.
    of: String,
    row: String,
}

/// Whether a goal was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Every error is small enough.
    Reached,
    /// One is not.
    NotReached,
    /// Those that are known are, but some design has no answer.
    NotKnown,
}

/// How a run with a goal ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the goal was reached.
    pub state: State,
    /// The same in a sentence.
    pub text: String,
}

impl Outcome {
    /// As a document for machines.
    #[must_use]
    pub fn json(&self, goal: &str) -> Value {
        let reached = match self.state {
            State::Reached => Some(true),
            State::NotReached => Some(false),
            State::NotKnown => None,
        };
        json!({ "goal": goal, "reached": reached, "text": self.text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_carry_the_unit_of_the_metric_or_are_shares() {
        let ttft = Metric::named("ttft_ms_mean").unwrap();
        let error = |text: &str| Precision::parse(text, ttft).map(|precision| precision.error);
        assert_eq!(error("bias:0.5ms").unwrap(), 0.5);
        assert_eq!(error("rmse:2").unwrap(), 2.0);
        assert_eq!(error("coverage:1%").unwrap(), 0.01);
        for wrong in ["bias", "bais:1ms", "bias:1s", "bias:0ms", "bias:-1ms", "coverage:1ms", "bias:ms"] {
            let Err(Failure::Usage(text)) = error(wrong) else { panic!("{wrong} was taken") };
            assert!(text.contains("for example bias:0.5ms"), "{text}");
        }
    }
}
