//! A comparison in sentences, the most important first.

use super::Comparison;
use crate::readout::{Standing, StandingPair};
use crate::report::numbers::plain;
use crate::stats::NotEstimable;
use crate::study::compare::{Change, ComparedMeasure, ComparedRow, Pairing, Side};

/// Up to this many names are told in a sentence.
const NAMED: usize = 4;

/// The level of the tests that sentences speak of.
const LEVEL: f64 = 0.05;

/// What changed in the scenario, in the verdicts and in the measures, and how that was tested.
#[must_use]
pub fn sentences(comparison: &Comparison) -> Vec<String> {
    let mut sentences = vec![settings(comparison)];
    if comparison.files_differ {
        sentences.push("The files that the scenarios name differ in number or content.".to_owned());
    }
    sentences.extend(verdicts(comparison));
    sentences.push(beyond_noise(comparison));
    sentences.push(test(comparison));
    sentences
}

/// A value, or that there is none.
pub(in crate::report) fn shown_or_absent(value: Option<&str>) -> String {
    value.map_or_else(|| "absent".to_owned(), plain)
}

/// A standing, or that there is none.
pub(in crate::report) fn standing_or_absent(standing: Option<Standing>) -> String {
    standing.map_or("absent", Standing::name).to_owned()
}

/// What a row is about: the candidate where there are several, the design and the estimator.
pub(in crate::report) fn label(
    comparison: &Comparison,
    (candidate, design, estimator): (&str, &str, &str),
) -> String {
    let several = comparison.rows.iter().any(|row| row.candidate != candidate);
    let label = if design.is_empty() { candidate.to_owned() } else { format!("{design} / {estimator}") };
    plain(&if several && !design.is_empty() { format!("{candidate}: {label}") } else { label })
}

fn settings(comparison: &Comparison) -> String {
    match comparison.settings.as_slice() {
        [] => "No setting differs.".to_owned(),
        [only] => format!(
            "One setting differs: {} is {} before and {} after.",
            only.path,
            shown_or_absent(only.before.as_deref()),
            shown_or_absent(only.after.as_deref())
        ),
        several => {
            let paths: Vec<String> = several.iter().map(|change| change.path.clone()).collect();
            format!("{} settings differ: {}.", several.len(), listed(&paths))
        }
    }
}

fn verdicts(comparison: &Comparison) -> Vec<String> {
    let [first, second] = &comparison.runs;
    if first.primary.name != second.primary.name {
        let shown = match comparison.metric {
            Some(metric) => format!("the tables are of {}", metric.name),
            None => "neither was graded in both, so only the CSV and the JSON compare numbers".to_owned(),
        };
        return vec![format!(
            "The runs decide by different metrics ({} and {}), so their verdicts are not compared; {shown}.",
            first.primary.name, second.primary.name
        )];
    }
    let name = |pair: &StandingPair| label(comparison, (&pair.candidate, &pair.design, &pair.estimator));
    let changed: Vec<String> = comparison
        .standings
        .iter()
        .filter(|pair| pair.changed())
        .filter_map(|pair| Some(format!("{} {}, {}", name(pair), was(pair.before?), now(pair.after?))))
        .collect();
    let in_both = comparison.standings.iter().filter(|pair| pair.before.is_some() && pair.after.is_some());
    let count = in_both.count();
    let mut sentences = vec![match (changed.len(), count) {
        (0, 0) => "There is no verdict that both runs have.".to_owned(),
        (0, _) => format!("No verdict changed ({count} designs and estimators)."),
        (1, _) => format!("One verdict of {count} changed: {}.", changed[0]),
        (many, _) => format!("{many} verdicts of {count} changed: {}.", changed.join("; ")),
    }];
    type Only = fn(&StandingPair) -> bool;
    let sides: [(&str, Only); 2] =
        [("first", |pair| pair.after.is_none()), ("second", |pair| pair.before.is_none())];
    for (run, only) in sides {
        let names: Vec<String> = comparison.standings.iter().filter(|pair| only(pair)).map(name).collect();
        if !names.is_empty() {
            sentences.push(format!("Only the {run} run has {}.", listed(&names)));
        }
    }
    sentences
}

const fn was(standing: Standing) -> &'static str {
    match standing {
        Standing::Trust => "was trusted",
        Standing::Caution => "called for caution",
        Standing::Misleads => "misled",
        Standing::NoAnswer => "gave no answer",
    }
}

const fn now(standing: Standing) -> &'static str {
    match standing {
        Standing::Trust => "now is trusted",
        Standing::Caution => "now calls for caution",
        Standing::Misleads => "now misleads",
        Standing::NoAnswer => "now gives no answer",
    }
}

/// The measures that changed by more than noise.
fn beyond_noise(comparison: &Comparison) -> String {
    let Some(metric) = comparison.metric else {
        return "There is no metric that both runs graded and that one of them decides by.".to_owned();
    };
    let changed: Vec<String> = comparison
        .rows
        .iter()
        .filter(|row| row.adjusted_p.is_some_and(|p| p < LEVEL))
        .map(|row| {
            let of = label(comparison, (&row.candidate, &row.design, &row.estimator));
            format!("the {} of {of}", measure_name(row.measure))
        })
        .collect();
    if changed.is_empty() {
        return format!("Nothing about {} changed by more than noise (p below {LEVEL}).", metric.name);
    }
    format!("Of {}, more than noise changed (p below {LEVEL}): {}.", metric.name, listed(&changed))
}

/// How it was tested, on which replications.
fn test(comparison: &Comparison) -> String {
    let [first, second] = comparison.runs.each_ref().map(|run| &run.provenance);
    let adjusted = "p-values are adjusted by Holm within each measure.";
    match comparison.pairing {
        Pairing::Independent => format!(
            "The seeds differ ({} and {}), so the runs are independent and Welch's test compares them; {adjusted}",
            first.seed, second.seed
        ),
        Pairing::ByReplication if first.replications == second.replications => format!(
            "Both runs have seed {}, so their {} replications are compared in pairs by the t test; {adjusted}",
            first.seed, first.replications
        ),
        Pairing::ByReplication => format!(
            "Both runs have seed {} and have {} and {} replications: before and after are of all of them, and the changes \
             are of the {} that both have, compared in pairs by the t test; {adjusted}",
            first.seed,
            first.replications,
            second.replications,
            first.replications.min(second.replications)
        ),
    }
}

/// A measure as people write it.
pub(in crate::report) const fn measure_name(measure: ComparedMeasure) -> &'static str {
    match measure {
        ComparedMeasure::Truth => "true effect",
        ComparedMeasure::Bias => "bias",
        ComparedMeasure::Rmse => "RMSE",
        ComparedMeasure::Coverage => "coverage",
    }
}

/// Why a row of the tables has no change or no test, in words.
pub(super) fn why_not(row: &ComparedRow) -> Option<String> {
    match (row.before, row.after, row.change) {
        (_, Side::Absent, _) => Some("only the first run has it".to_owned()),
        (Side::Absent, ..) => Some("only the second run has it".to_owned()),
        (Side::NotEstimable(reason), ..) => Some(format!("not estimable in the first run: {reason}")),
        (_, Side::NotEstimable(reason), _) => Some(format!("not estimable in the second run: {reason}")),
        (.., None) => Some("no replication gave an estimate in both runs".to_owned()),
        (.., Some(Change { test: Err(NotEstimable::ZeroVariance), .. })) => {
            Some("no test: it changed by the same amount in every replication, so there is no noise to compare with".to_owned())
        }
        (.., Some(Change { test: Err(reason), .. })) => Some(format!("no test: {reason}")),
        (.., Some(Change { test: Ok(_), .. })) => None,
    }
}

/// The first names, and how many more there are.
fn listed(names: &[String]) -> String {
    if names.len() <= NAMED + 1 {
        return names.join(", ");
    }
    format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED)
}

#[cfg(test)]
mod tests {
    use super::super::tests::comparison;
    use super::*;
    use crate::scenario::SettingChange;

    #[test]
    fn a_verdict_that_changed_is_told_with_what_it_was() {
        let mut comparison = comparison("p2c");
        for pair in &mut comparison.standings {
            pair.after = pair.before;
        }
        assert!(
            verdicts(&comparison)[0].starts_with("No verdict changed (4 designs"),
            "{:?}",
            verdicts(&comparison)
        );
        let pair = comparison.standings.iter_mut().find(|pair| pair.design == "switchback").unwrap();
        (pair.before, pair.after) = (Some(Standing::Trust), Some(Standing::Misleads));
        let expected = "One verdict of 4 changed: switchback / switchback_washout was trusted, now misleads.";
        assert_eq!(verdicts(&comparison), [expected]);
    }

    #[test]
    fn one_setting_is_told_with_its_values_and_many_by_their_number() {
        let mut comparison = comparison("p2c");
        assert!(settings(&comparison).starts_with("4 settings differ: cluster[east].replicas, "));
        comparison.settings =
            vec![SettingChange { path: "users.count".to_owned(), before: None, after: Some("7".to_owned()) }];
        assert_eq!(settings(&comparison), "One setting differs: users.count is absent before and 7 after.");
        comparison.settings.clear();
        assert_eq!(settings(&comparison), "No setting differs.");
    }

    #[test]
    fn what_changed_beyond_noise_is_named_and_the_test_is_told() {
        let all = sentences(&comparison("p2c")).join("\n");
        assert!(all.contains("the bias of request / difference_in_means"), "{all}");
        assert!(all.contains("their 6 replications are compared in pairs"), "{all}");
    }
}
