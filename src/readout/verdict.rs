//! Judges each design and estimator by how it performed against the truth on the primary metric.
//!
//! The rules, in this order:
//! - *no answer*: no performance could be computed;
//! - *misleads*: its 95 % intervals hold the truth in less than 80 % of replications, beyond Monte-Carlo error: it is wrong
//!   and certain of it;
//! - *trust*: the intervals hold the truth in 90 % of replications or more, the bias is below a tenth of the truth (or,
//!   where the truth cannot be told from zero, within two Monte-Carlo errors of zero), its error (RMSE) is smaller than
//!   the truth itself, and it gives an answer in 95 % of replications or more;
//! - *caution*: everything else.

use crate::estimate::Estimand;
use crate::record::Metric;
use crate::stats::Performance;
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::{Decomposition, NotGradedRow, PerformanceRow};

/// How far a design and estimator can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Its intervals are honest and its bias is small.
    Trust,
    /// Honest but too noisy, or with a bias that matters somewhat.
    Caution,
    /// It gives confident wrong answers.
    Misleads,
    /// It gives none.
    NoAnswer,
}

impl Standing {
    /// The standing as a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Caution => "caution",
            Self::Misleads => "misleads",
            Self::NoAnswer => "no answer",
        }
    }
}

/// One design and estimator, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The design's name.
    pub design: String,
    /// The estimator.
    pub estimator: String,
    /// How far it can be believed.
    pub standing: Standing,
    /// Why, in words.
    pub reason: String,
    /// The measures, where there are any.
    pub performance: Option<Performance>,
    /// Mean parts of its error, where known.
    pub parts: Option<Decomposition>,
}

/// The verdict on one candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The candidate policy.
    pub candidate: String,
    /// The metric of the verdict.
    pub metric: &'static Metric,
    /// Mean value in the worlds of all-control.
    pub value_control: f64,
    /// Mean value in the worlds of all-candidate.
    pub value_candidate: f64,
    /// The true effect.
    pub truth: f64,
    /// Its standard error.
    pub truth_se: f64,
    /// Replications that have a truth.
    pub truth_replications: usize,
    /// All designs and estimators, best first.
    pub findings: Vec<Finding>,
    /// The verdict in a sentence or two.
    pub sentence: String,
    /// What was and was not seen of the boundary of capacity, in a sentence.
    pub boundary: String,
}

/// The verdict on every candidate.
#[must_use]
pub fn verdicts(graded: &Graded, metric: &'static Metric) -> Vec<Verdict> {
    let truths =
        graded.truth.iter().filter(|truth| truth.metric.name == metric.name && truth.segment == EVERYBODY);
    truths
        .map(|truth| {
            let rows = graded
                .performance
                .iter()
                .filter(|row| row.candidate == truth.candidate && row.metric == metric.name)
                .filter(|row| row.estimand == Estimand::Gte && row.segment == EVERYBODY);
            let effect = truth.effect.value;
            let mut findings: Vec<Finding> =
                rows.map(|row| judge(row, effect, truth.effect.mcse, metric)).collect();
            let not_graded = graded.not_graded.iter();
            findings.extend(
                not_graded
                    .filter(|row| row.candidate == truth.candidate && row.metric == metric.name)
                    .map(not_judged),
            );
            findings.sort_by(|a, b| {
                let rmse = |finding: &Finding| finding.performance.map_or(f64::INFINITY, |p| p.rmse.value);
                a.standing.cmp(&b.standing).then(rmse(a).total_cmp(&rmse(b)))
            });
            Verdict {
                candidate: truth.candidate.clone(),
                metric,
                value_control: truth.value_control,
                value_candidate: truth.value_candidate,
                truth: effect,
                truth_se: truth.effect.mcse,
                truth_replications: truth.n_replications,
                sentence: sentence(&findings),
                boundary: boundary(graded, &truth.candidate),
                findings,
            }
        })
        .collect()
}

/// The estimator of a design that none graded.
pub const NO_ESTIMATOR: &str = "none";

fn not_judged(row: &NotGradedRow) -> Finding {
    Finding {
        design: row.design.clone(),
        estimator: NO_ESTIMATOR.to_owned(),
        standing: Standing::NoAnswer,
        reason: row.reason.clone(),
        performance: None,
        parts: None,
    }
}

fn judge(row: &PerformanceRow, truth: f64, truth_se: f64, metric: &Metric) -> Finding {
    let finding = |standing, reason, performance| Finding {
        design: row.design.clone(),
        estimator: row.estimator.clone(),
        standing,
        reason,
        performance,
        parts: row.mean_decomposition,
    };
    let measures = match row.result {
        Ok(measures) => measures,
        Err(reason) => {
            let mut text = reason.to_string();
            if row.n_answered > 0 {
                text.push_str(&format!(
                    "; {} of {} replications gave an estimate, which is too few to judge",
                    row.n_answered, row.n_asked
                ));
            }
            return finding(Standing::NoAnswer, text, None);
        }
    };
    let standing = standing(&measures, truth);
    let mut reason = reason(standing, &measures, truth, truth_se, metric, row.mean_decomposition);
    if measures.n_failed > 0 {
        let total = measures.n_failed + measures.n_replications;
        reason.push_str(&format!("; no estimate in {} of {total} replications", measures.n_failed));
    }
    finding(standing, reason, Some(measures))
}

fn standing(measures: &Performance, truth: f64) -> Standing {
    let coverage = measures.coverage;
    if coverage.value + 2.0 * coverage.mcse < 0.8 {
        return Standing::Misleads;
    }
    let small_bias = measures.bias.value.abs() <= allowed_bias(measures, truth);
    let useful = measures.rel_bias.is_none() || measures.rmse.value < truth.abs();
    let answers = measures.n_failed * 20 <= measures.n_failed + measures.n_replications;
    if coverage.value >= 0.9 && small_bias && useful && answers { Standing::Trust } else { Standing::Caution }
}

/// What is wrong with it, or why it is right, in words.
fn reason(
    standing: Standing,
    measures: &Performance,
    truth: f64,
    truth_se: f64,
    metric: &Metric,
    parts: Option<Decomposition>,
) -> String {
    let coverage =
        format!("its intervals hold the truth in {:.0} % of replications", 100.0 * measures.coverage.value);
    if standing == Standing::Trust {
        return format!("{coverage}, error {}", difference(measures.rmse.value, metric.unit, short));
    }
    let sees = if truth.abs() > 4.0 * truth_se {
        let share = measures.mean_estimate.value / truth;
        match share {
            share if share < 0.0 => "finds an effect of the wrong sign".to_owned(),
            share if share < 0.9 => format!("finds {:.0} % of the effect", 100.0 * share),
            share if share > 1.1 => format!("finds {:.1} times the effect", share),
            _ => "is right on average".to_owned(),
        }
    } else {
        let mean = measures.mean_estimate.value;
        format!("finds {} where the truth cannot be told from zero", difference(mean, metric.unit, short))
    };
    let noisy = measures.rmse.value >= truth.abs() && measures.bias.value.abs() < measures.emp_se.value;
    let because = if measures.bias.value.abs() > allowed_bias(measures, truth) && !noisy {
        cause(measures, parts, metric)
    } else if measures.model_se.value < 0.9 * measures.emp_se.value {
        let share = 100.0 * measures.model_se.value / measures.emp_se.value;
        format!(", its standard error is {share:.0} % of the real one")
    } else if noisy {
        ", but it is too noisy to decide".to_owned()
    } else {
        String::new()
    };
    format!("{sees}; {coverage}{because}")
}

/// The bias up to which an estimator is still right: a tenth of the truth, or two Monte-Carlo errors where the truth
/// cannot be told from zero.
fn allowed_bias(measures: &Performance, truth: f64) -> f64 {
    match measures.rel_bias {
        Some(_) => 0.1 * truth.abs(),
        None => 2.0 * measures.bias.mcse,
    }
}

/// The largest part of the error, when it stands out of the Monte-Carlo noise.
fn cause(measures: &Performance, parts: Option<Decomposition>, metric: &Metric) -> String {
    let Some(parts) = parts else { return String::new() };
    let named = [
        ("spillover on the control arm", parts.spillover_on_control),
        ("dilution of the treated arm", parts.dilution_on_treated),
        ("sampling, not interference", parts.sampling_part),
    ];
    let largest = named.into_iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    match largest {
        Some((name, part)) if part.abs() > measures.bias.mcse => {
            format!(", mostly through {name} ({})", difference(part, metric.unit, signed))
        }
        _ => String::new(),
    }
}

fn sentence(findings: &[Finding]) -> String {
    let label = |finding: &Finding| format!("{} ({})", finding.design, finding.estimator);
    let best = findings.first().filter(|finding| finding.standing == Standing::Trust);
    let first = match best {
        Some(finding) => format!("Trust {}: {}.", label(finding), finding.reason),
        None => "No design here can be trusted with this decision.".to_owned(),
    };
    // Findings are sorted by rising error within a standing: the last misleading one is the worst.
    let mut misleading = findings.iter().rev().filter(|finding| finding.standing == Standing::Misleads);
    match misleading.next() {
        Some(worst) => {
            let more = misleading.count();
            let others = if more > 0 { format!(" ({more} more mislead)") } else { String::new() };
            format!("{first} Do not believe {}: it {}{others}.", label(worst), worst.reason)
        }
        None => first,
    }
}

/// What was seen of the boundary, in the truth worlds and the experiments of a candidate.
fn boundary(graded: &Graded, candidate: &str) -> String {
    let mut kinds: Vec<(&'static str, u64)> = Vec::new();
    // The control's world of truth comes first; those of other candidates say nothing about this one.
    let control = graded.boundary.iter().find(|row| row.candidate.is_empty()).map(|row| row.design.as_str());
    let own = format!("all:{candidate}");
    let is_truth = |design: &str| design == own || Some(design) == control;
    let belongs = |row: &&crate::study::tables::BoundaryRow| {
        row.candidate == candidate || (row.candidate.is_empty() && is_truth(&row.design))
    };
    for row in graded.boundary.iter().filter(belongs) {
        match kinds.iter_mut().find(|(kind, _)| *kind == row.kind) {
            Some((_, count)) => *count += row.count,
            None => kinds.push((row.kind, row.count)),
        }
    }
    let seen: Vec<String> = kinds
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{} {kind}", grouped(&count.to_string())))
        .collect();
    let unseen: Vec<&str> = kinds.iter().filter(|(_, count)| *count == 0).map(|(kind, _)| *kind).collect();
    if seen.is_empty() {
        return "This study never reached the boundary of capacity: it says nothing about overcommitment."
            .to_owned();
    }
    let mut text = format!("Boundary events over these worlds: {}.", seen.join(", "));
    if !unseen.is_empty() {
        text.push_str(&format!(" Never observed, hence not judged: {}.", unseen.join(", ")));
    }
    text
}

/// A number to three significant digits.
#[must_use]
pub fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = libm::floor(libm::log10(value.abs())) as i32;
    let decimals = (2 - magnitude).clamp(0, 9) as usize;
    let text = format!("{value:.decimals$}");
    if decimals == 0 { grouped(&text) } else { text }
}

/// A whole number with a narrow space that does not break between its thousands, from five digits on: `22 069 338`.
///
/// Only people read it so: tables and JSON have plain digits.
#[must_use]
pub fn grouped(number: &str) -> String {
    const THIN: char = '\u{202f}';
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    if digits.len() < 5 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// A value of a metric with its unit: shares in per cent, and a pure number without a unit.
#[must_use]
pub fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "share" => format!("{} %", short(100.0 * value)),
        "1" => short(value),
        _ => format!("{} {}", short(value), in_words(unit)),
    }
}

/// A unit behind a number: `1/h` is read as "per h".
fn in_words(unit: &str) -> String {
    unit.strip_prefix("1/").map_or_else(|| unit.to_owned(), |of| format!("per {of}"))
}

/// The scale and the unit in which people read differences of a metric: those of shares in percentage points.
#[must_use]
pub fn scale_of_differences(unit: &str) -> (f64, String) {
    match unit {
        "share" => (100.0, "percentage points".to_owned()),
        "1" => (1.0, String::new()),
        _ => (1.0, in_words(unit)),
    }
}

/// A difference of two values of a metric, with its unit.
fn difference(value: f64, unit: &str, written: fn(f64) -> String) -> String {
    let (scale, unit) = scale_of_differences(unit);
    format!("{} {unit}", written(scale * value)).trim_end().to_owned()
}

/// As [`short`], always with its sign.
#[must_use]
pub fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", short(value)) } else { short(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_thousands_apart_shares_in_per_cent_and_no_unit_of_one() {
        assert_eq!(grouped("22069338"), "22\u{202f}069\u{202f}338");
        assert_eq!(grouped("-12345"), "-12\u{202f}345");
        assert_eq!((grouped("9999").as_str(), grouped("123456.7").as_str()), ("9999", "123456.7"));
        assert_eq!(with_unit(0.965, "share"), "96.5 %");
        assert_eq!(with_unit(0.0, "1"), "0");
        assert_eq!(with_unit(58.25, "1/h"), "58.2 per h");
        assert_eq!(with_unit(23478.0, "ms"), "23\u{202f}478 ms");
        assert_eq!(difference(-0.0213, "share", signed), "-2.13 percentage points");
    }
}
