//! The estimates as CSV, as one JSON document and as a table on a terminal, the verdict first.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::columns::Plan;
use super::estimates::{Found, is_bounded};
use super::warnings::Warning;
use crate::cli::Failure;
use crate::estimate::Estimand;
use crate::report::numbers::{optional_cell, short, signed};
use crate::report::terminal::{WIDEST, paragraph};
use crate::settings::problem::nearest_hint;
use crate::stats::{CONFIDENCE_LEVEL, Difference};
use crate::tidy::Tidy;

/// What the user wants in the columns that an analysis cannot know.
#[derive(Default)]
pub(super) struct Tags([Option<String>; 3]);

const TAGS: [&str; 3] = ["candidate", "design", "replication"];

impl Tags {
    pub(super) fn of(texts: &[String]) -> Result<Self, Failure> {
        let mut tags = Self::default();
        for text in texts {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            let Some(at) = TAGS.iter().position(|known| *known == name) else {
                let hint = nearest_hint(name, TAGS.into_iter());
                let text = format!("--tag {text}: name one of {} and a value{hint}", TAGS.join(", "));
                return Err(Failure::Usage(text));
            };
            if at == 2 && value.parse::<u32>().is_err() {
                return Err(Failure::Usage(format!("--tag {text}: a replication is a whole number")));
            }
            tags.0[at] = Some(value.to_owned());
        }
        Ok(tags)
    }

    /// The candidate's name, unless the user gave one.
    pub(super) fn name_candidate(&mut self, name: &str) {
        self.0[0].get_or_insert_with(|| name.to_owned());
    }
}

/// Columns of the estimates in order.
const COLUMNS: [&str; 28] = [
    "candidate",
    "design",
    "replication",
    "estimator",
    "metric",
    "family",
    "unit",
    "estimand",
    "estimate",
    "std_error",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "conf_low",
    "conf_high",
    "conf_level",
    "conf_low_adjusted",
    "conf_high_adjusted",
    "n_treat",
    "n_control",
    "n_units",
    "n_clusters",
    "vcov",
    "value_treated",
    "value_control",
    "note",
    "reason",
];

/// Everything that is told.
pub(super) struct Report<'a> {
    pub path: &'a Path,
    pub plan: &'a Plan,
    pub tidy: &'a Tidy,
    pub found: &'a [Found],
    pub warnings: &'a [Warning],
    /// What is worth knowing and no warning.
    pub notes: &'a [String],
    pub tags: &'a Tags,
}

/// A cell of a table for machines.
enum Cell {
    Text(String),
    Number(Option<f64>),
    Count(Option<u64>),
}

impl Cell {
    fn to_csv(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(value) => optional_cell(*value),
            Self::Count(value) => value.map_or_else(String::new, |value| value.to_string()),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) if text.is_empty() => Value::Null,
            Self::Text(text) => json!(text),
            Self::Number(value) => json!(value.filter(|value| value.is_finite())),
            Self::Count(value) => json!(value),
        }
    }
}

impl Report<'_> {
    fn cells(&self, found: &Found) -> [Cell; 28] {
        let result = found.difference();
        let number = |of: fn(&Difference) -> f64| Cell::Number(result.map(of));
        // The values that are not rejected may have no end.
        let bound = |value: Option<f64>| Cell::Number(value.filter(|value| value.is_finite()));
        let text = |text: &str| Cell::Text(text.to_owned());
        let tag = |at: usize| text(self.tags.0[at].as_deref().unwrap_or(""));
        let count = |count: usize| Cell::Count(Some(count as u64));
        let mut note: Vec<String> = found.codes.iter().map(|code| (*code).to_owned()).collect();
        match &found.result {
            Err(error) => note.insert(0, error.note()),
            Ok(_) if found.not_run.is_some() => note.insert(0, "not_run".to_owned()),
            Ok(_) => {}
        }
        [
            tag(0),
            tag(1),
            Cell::Count(self.tags.0[2].as_ref().and_then(|text| text.parse().ok())),
            text(found.estimator),
            text(&found.metric),
            text(found.family.name()),
            text(&found.unit),
            Cell::Text(found.estimand.to_string()),
            number(|d| d.effect),
            number(|d| d.std_error),
            number(|d| d.statistic),
            number(|d| d.df),
            number(|d| d.p_value),
            Cell::Number(found.p_adjusted),
            bound(result.map(|d| d.conf_low)),
            bound(result.map(|d| d.conf_high)),
            Cell::Number(Some(CONFIDENCE_LEVEL)),
            bound(found.adjusted.map(|[low, _]| low)),
            bound(found.adjusted.map(|[_, high]| high)),
            count(found.n_treat),
            count(found.n_control),
            Cell::Count(result.map(|d| d.n_units as u64)),
            Cell::Count(found.n_clusters.map(|count| count as u64)),
            text(result.map_or("", |d| d.vcov)),
            Cell::Number(result.and(found.arms).map(|arms| arms.treated)),
            Cell::Number(result.and(found.arms).map(|arms| arms.control)),
            Cell::Text(note.join(" ")),
            Cell::Text(found.reason().unwrap_or_default()),
        ]
    }

    /// The rows as CSV.
    pub(super) fn to_csv(&self) -> Result<String, Failure> {
        let failed = |error: csv::Error| Failure::failed(error.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).map_err(failed)?;
        for found in self.found {
            writer.write_record(self.cells(found).map(|cell| cell.to_csv())).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|error| Failure::failed(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| Failure::failed(error.to_string()))
    }

    /// The rows and what was read as one document.
    pub(super) fn to_json(&self) -> Value {
        let row = |found: &Found| -> Map<String, Value> {
            let names = COLUMNS.iter().map(|name| (*name).to_owned());
            names.zip(self.cells(found).iter().map(Cell::to_json)).collect()
        };
        let columns: Vec<Value> = self
            .plan
            .selections
            .iter()
            .filter(|s| self.tidy.used.contains(&s.name))
            .map(|s| json!({ "role": s.role.flag().trim_start_matches('-'), "column": s.name, "given": s.given }))
            .collect();
        let warnings: Vec<Value> =
            self.warnings.iter().map(|w| json!({ "code": w.code, "text": w.text })).collect();
        let missing: Map<String, Value> =
            self.tidy.outcomes.iter().map(|outcome| (outcome.name.clone(), json!(outcome.missing))).collect();
        let left_out = self.tidy.left_out;
        json!({
            "data": self.path.display().to_string(),
            "rows_read": self.tidy.rows_read,
            "rows_analysed": self.tidy.frame.len(),
            "left_out": {
                "filtered": left_out.filtered,
                "of_other_arms": left_out.of_other_arms,
                "not_measured": left_out.not_measured,
                "without_arm": left_out.without_arm,
                "without_unit": left_out.without_unit,
            },
            "without_outcome": missing,
            "control": self.tidy.arms[0],
            "candidate": self.tidy.arms[1],
            "columns": columns,
            "warnings": warnings,
            "notes": self.notes,
            "rows": self.found.iter().map(row).collect::<Vec<_>>(),
        })
    }

    /// The verdict, then the numbers behind it, in 80 columns.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        if !self.warnings.is_empty() {
            let mut codes: Vec<&str> = self.warnings.iter().map(|warning| warning.code).collect();
            codes.dedup();
            paragraph(
                &mut text,
                &format!("Believe with care: {} (`contention explain CODE` tells more).", codes.join(", ")),
                WIDEST,
            );
        }
        for metric in &self.plan.metrics {
            let own: Vec<&Found> = self.ran().filter(|found| found.metric == metric.name).collect();
            paragraph(&mut text, &self.verdict(&metric.name, &own), WIDEST);
        }
        text.push('\n');
        self.push_estimates(&mut text);
        self.footnotes(&mut text);
        self.push_not_run(&mut text);
        for note in self.notes {
            paragraph(&mut text, &format!("Note: {note}."), WIDEST);
        }
        paragraph(&mut text, &self.counts(), WIDEST);
        text
    }

    /// What ran; methods of `--all` without their columns are told of apart.
    fn ran(&self) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(|found| found.not_run.is_none())
    }

    fn verdict(&self, metric: &str, found: &[&Found]) -> String {
        let [control, candidate] = &self.tidy.arms;
        let clear = |found: &Found| found.p_adjusted.is_some_and(|p| p < 1.0 - CONFIDENCE_LEVEL);
        let side = |effect: f64| if effect < 0.0 { "lower" } else { "higher" };
        if let [only] = found {
            return match &only.result {
                Err(error) => format!("{metric}: no answer, {error}."),
                Ok(d) if clear(only) => format!(
                    "{metric}: {} under {candidate} than under {control} by {} ({}), says {}.",
                    side(d.effect),
                    short(d.effect.abs()),
                    interval(only, d),
                    only.estimator
                ),
                Ok(d) => format!(
                    "{metric}: {candidate} is not told from {control} ({}, {}), says {}.",
                    signed(d.effect),
                    interval(only, d),
                    only.estimator
                ),
            };
        }
        let count = |is: &dyn Fn(&Found) -> bool| found.iter().filter(|found| is(found)).count();
        let told = |sign: f64| {
            count(&|found| clear(found) && found.result.as_ref().is_ok_and(|d| d.effect * sign > 0.0))
        };
        let (lower, higher) = (told(-1.0), told(1.0));
        let silent = count(&|found| found.result.is_err());
        let open = found.len() - lower - higher - silent;
        let parts = [
            (lower, "lower"),
            (higher, "higher"),
            (open, "not told from zero"),
            (silent, "without an answer"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| {
                format!("{what} by {count}").replace("without an answer by", "no answer from")
            })
            .collect();
        let plural = if found.len() == 1 { "" } else { "s" };
        format!(
            "{metric}, {candidate} against {control}, {} method{plural}: {}.",
            found.len(),
            parts.join(", ")
        )
    }

    /// One table for each metric.
    fn push_estimates(&self, text: &mut String) {
        let longest = self.ran().map(|found| found.estimator.len()).max().unwrap_or(0).max("method".len());
        let is_adjusted = self.ran().any(|found| found.adjusted_for > 1);
        let (p, from) = if is_adjusted { ("p adj.", "adj. from") } else { ("p", "95 % from") };
        for metric in &self.plan.metrics {
            if self.plan.metrics.len() > 1 {
                text.push_str(&format!("{} ({})\n", metric.name, metric.family.name()));
            }
            let mut line = |cells: [&str; 7]| {
                let [label, effect, low, high, p, units, notes] = cells;
                let line =
                    format!("{label:<longest$} {effect:>9} {low:>9} {high:>9} {p:>6} {units:>7}  {notes}");
                text.push_str(line.trim_end());
                text.push('\n');
            };
            line(["method", "effect", from, "to", p, "units", ""]);
            for found in self.ran().filter(|found| found.metric == metric.name) {
                let mut notes = found.codes.join(" ");
                if found.adjusted_for > 1 && found.adjusted.is_none() {
                    notes = format!("{notes} interval not adjusted").trim_start().to_owned();
                }
                match &found.result {
                    Ok(d) => line([
                        found.estimator,
                        &signed(d.effect),
                        &end(found.adjusted.map_or(d.conf_low, |[low, _]| low)),
                        &end(found.adjusted.map_or(d.conf_high, |[_, high]| high)),
                        &p_text(found.p_adjusted.unwrap_or(d.p_value)),
                        &d.n_units.to_string(),
                        &notes,
                    ]),
                    Err(_) => line([found.estimator, "-", "-", "-", "-", "-", "no answer"]),
                }
            }
            text.push('\n');
        }
    }

    /// What the numbers do not say: other estimands, and why there is no answer.
    fn footnotes(&self, text: &mut String) {
        let mut said = Vec::new();
        let mut say = |key: String, line: String| {
            if !said.contains(&key) {
                paragraph(text, &line, WIDEST);
                said.push(key);
            }
        };
        for found in self.ran().filter(|found| found.estimand != Estimand::Gte) {
            let own = readable(found.estimand);
            let names: Vec<&str> =
                self.ran().filter(|other| other.estimand == found.estimand).map(|f| f.estimator).collect();
            let mut distinct: Vec<&str> = Vec::new();
            names.into_iter().for_each(|name| {
                if !distinct.contains(&name) {
                    distinct.push(name);
                }
            });
            say(own.clone(), format!("{own} instead of the launch effect: {}.", distinct.join(", ")));
        }
        for found in self.ran() {
            let Some(reason) = found.reason() else { continue };
            let code = found.result.as_ref().err().map(|error| format!(" ({})", error.note()));
            let line = format!("{}: {reason}{}.", found.estimator, code.unwrap_or_default());
            say(line.clone(), line);
        }
    }

    /// Methods of `--all` that could not run, by what they lack.
    fn push_not_run(&self, text: &mut String) {
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for found in self.found.iter().filter(|found| found.not_run.is_some()) {
            let Some(reason) = found.reason() else { continue };
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, names)) if names.contains(&found.estimator) => {}
                Some((_, names)) => names.push(found.estimator),
                None => reasons.push((reason, vec![found.estimator])),
            }
        }
        for (reason, names) in reasons {
            paragraph(text, &format!("{}: {reason}.", names.join(", ")), WIDEST);
        }
    }

    fn counts(&self) -> String {
        let left_out = self.tidy.left_out;
        let mut text = format!("{} rows read, {} analysed", self.tidy.rows_read, self.tidy.frame.len());
        for (count, why) in [
            (left_out.filtered, "left out by --where"),
            (left_out.of_other_arms, "of other arms"),
            (left_out.not_measured, "outside the measured time"),
            (left_out.without_arm, "without an arm"),
            (left_out.without_unit, "without a unit"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {why}"));
            }
        }
        for outcome in self.tidy.outcomes.iter().filter(|outcome| outcome.missing > 0) {
            text.push_str(&format!("; {} without {}", outcome.missing, outcome.name));
        }
        let columns: Vec<String> = self
            .plan
            .selections
            .iter()
            .filter(|s| !s.given && self.tidy.used.contains(&s.name))
            .map(|s| format!("{} {}", s.role.flag(), s.name))
            .collect();
        if !columns.is_empty() {
            text.push_str(&format!(". Recognised: {}", columns.join(", ")));
        }
        text + "."
    }
}

/// An estimand with its share in three digits.
fn readable(estimand: Estimand) -> String {
    let short = |share: Option<f64>| share.map(|share| libm::round(share * 1000.0) / 1000.0);
    match estimand {
        Estimand::Direct { share } => Estimand::Direct { share: short(share) },
        Estimand::Interference { share } => Estimand::Interference { share: short(share) },
        Estimand::Slope { share } => Estimand::Slope { share: short(share) },
        other => other,
    }
    .to_string()
}

/// An end of an interval.
fn end(value: f64) -> String {
    if value.is_finite() { short(value) } else { "none".to_owned() }
}

/// The interval of a verdict: the one that goes with the p-value that decides.
fn interval(found: &Found, difference: &Difference) -> String {
    let several = found.adjusted_for > 1;
    match found.adjusted {
        _ if !is_bounded(difference) => "no 95 % interval exists".to_owned(),
        Some([low, high]) if several => format!(
            "95 % interval adjusted for {} outcomes {} to {}",
            found.adjusted_for,
            short(low),
            short(high)
        ),
        _ if several => format!(
            "95 % interval {} to {}, not adjusted for {} outcomes as the p-value is",
            short(difference.conf_low),
            short(difference.conf_high),
            found.adjusted_for
        ),
        _ => format!("95 % interval {} to {}", short(difference.conf_low), short(difference.conf_high)),
    }
}

fn p_text(p: f64) -> String {
    match p {
        p if p < 1e-3 => "<0.001".to_owned(),
        // 0.0625 is not 0.062: exact tests of few assignments have such values.
        p if p < 0.1 => format!("{p:.4}"),
        p => format!("{p:.3}"),
    }
}
