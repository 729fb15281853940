//! What the page and the Markdown text say alike: the tables of findings and of overcommitment, and what was not observed.

use super::boundary::Overcommitment;
use super::numbers::{out_of, per_hour, percent, short, signed_with_error, with_error, words};
use crate::readout::{Finding, Standing, Verdict};
use crate::record::METRICS;
use crate::scenario::Scenario;
use crate::stats::Performance;
use crate::study::Graded;

/// A table of text; the first column names its rows.
pub(super) struct Grid {
    /// What it shows, in a sentence or two.
    pub caption: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Cells by row.
    pub rows: Vec<Vec<String>>,
}

/// What a design and estimator is called.
pub(super) fn label(finding: &Finding) -> String {
    format!("{} / {}", finding.design, finding.estimator)
}

/// A dash where there is no answer.
pub(super) fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

/// The replications that its measures are of: `35 of 40` where some gave no estimate or no truth.
pub(super) fn answered(measures: &Performance) -> String {
    out_of(measures.n_replications, measures.n_replications + measures.n_failed)
}

/// How each design and estimator did.
pub(super) fn findings(verdict: &Verdict) -> Grid {
    let header = [
        "design / estimator",
        "standing",
        "replications",
        "bias",
        "coverage",
        "RMSE",
        "SE ratio",
        "power",
        "wrong sign",
        "wrong decision",
    ];
    let row = |finding: &Finding| {
        let measures = finding.performance.as_ref();
        let ratio =
            measures.filter(|p| p.emp_se.value > 0.0).map(|p| short(p.model_se.value / p.emp_se.value));
        vec![
            label(finding),
            finding.standing.name().to_owned(),
            or_dash(measures.map(answered)),
            or_dash(measures.map(|p| signed_with_error(p.bias))),
            or_dash(measures.map(|p| percent(p.coverage))),
            or_dash(measures.map(|p| with_error(p.rmse))),
            or_dash(ratio),
            or_dash(measures.map(|p| percent(p.power_or_size))),
            or_dash(measures.and_then(|p| p.sign_error).map(percent)),
            or_dash(measures.and_then(|p| p.wrong_decision).map(percent)),
        ]
    };
    let caption = format!(
        "{}, {}; each value with its Monte-Carlo standard error. SE ratio: the standard error that the estimator reports \
         over the spread of its estimates; below 1 it is too sure of itself. A wrong decision ships what does no good, or \
         does not ship what does; - where the truth has no clear sign.",
        verdict.metric.name, verdict.metric.unit
    );
    Grid {
        caption,
        header: header.map(str::to_owned).to_vec(),
        rows: verdict.findings.iter().map(row).collect(),
    }
}

/// Boundary events by world and kind.
pub(super) fn overcommitment(found: &Overcommitment) -> Grid {
    let kinds = found.kinds.iter().map(|kind| words(kind));
    let rows = found.worlds.iter().map(|world| {
        let rates = world.kinds.iter().map(|rate| match rate.count {
            0 => "0".to_owned(),
            _ => format!("{} ({} touched)", per_hour(rate.per_hour), short(rate.touched)),
        });
        [world.name.clone()].into_iter().chain(rates).collect()
    });
    let caption = "Boundary events that began in an hour of measured time, all clusters together, mean over replications; \
                   in brackets the requests that they touched in a replication";
    Grid {
        caption: caption.to_owned(),
        header: ["world".to_owned()].into_iter().chain(kinds).collect(),
        rows: rows.collect(),
    }
}

/// What the study cannot speak about. Unobserved is not a pass.
pub(super) fn gaps(scenario: &Scenario, graded: &Graded, verdicts: &[Verdict]) -> Vec<String> {
    let mut gaps: Vec<String> = Vec::new();
    for verdict in verdicts {
        let candidate = &verdict.candidate;
        let unseen = Overcommitment::of(graded, scenario, candidate).unseen();
        if !unseen.is_empty() {
            let kinds: Vec<String> = unseen.iter().map(|kind| words(kind)).collect();
            gaps.push(format!(
                "{candidate}: no world saw {}, so this study does not judge it.",
                kinds.join(", ")
            ));
        }
        for finding in verdict.findings.iter().filter(|finding| finding.standing == Standing::NoAnswer) {
            gaps.push(format!("{candidate}: {} is not graded: {}.", label(finding), finding.reason));
        }
    }
    for candidate in scenario.policies.iter().skip(1) {
        let missing: Vec<&str> = METRICS
            .iter()
            .filter(|metric| scenario.grades(metric))
            .map(|metric| metric.name)
            .filter(|metric| graded.truth_of(&candidate.name, metric).is_none())
            .collect();
        if !missing.is_empty() {
            gaps.push(format!(
                "{}: no truth, as nothing was observed of {}.",
                candidate.name,
                missing.join(", ")
            ));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    #[test]
    fn only_a_metric_that_was_asked_for_can_be_unobserved() {
        let (mut scenario, graded) = fixture::study("p2c");
        let verdicts = verdicts(&graded, scenario.study.primary);
        let without_truth = |scenario: &Scenario| {
            gaps(scenario, &graded, &verdicts).into_iter().filter(|gap| gap.contains("no truth")).collect()
        };
        let all: Vec<String> = without_truth(&scenario);
        assert!(all.len() == 1 && all[0].contains(METRICS[4].name), "{all:?}");
        scenario.study.metrics = METRICS[..5].iter().collect();
        let named: Vec<String> = without_truth(&scenario);
        assert!(named.len() == 1 && named[0].ends_with(&format!("of {}.", METRICS[4].name)), "{named:?}");
        scenario.study.metrics.pop();
        assert!(without_truth(&scenario).is_empty());
    }
}
