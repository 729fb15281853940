//! The sections about the whole study: what was not observed, warnings, all metrics, settings and provenance.

use maud::{Markup, html};

use super::Provenance;
use super::parts::{anchor, header, table};
use crate::estimate::Estimand;
use crate::readout::Verdict;
use crate::report::digest::gaps;
use crate::report::numbers::{out_of, plain, short, signed_with_error};
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::study::segment::EVERYBODY;
use crate::study::tables::PerformanceRow;

const UNOBSERVED: &str = "What was not observed";
const WARNINGS: &str = "Warnings about the scenario";
const ALL_METRICS: &str = "All metrics";
const SCENARIO: &str = "Scenario";
const PROVENANCE: &str = "Provenance";

/// How slow requests are under each policy.
pub(super) const LATENCIES: &str = "Latencies by policy";
/// What requests cost in tokens.
pub(super) const TOKEN_COST: &str = "Token cost";

/// The sections, for the links at the top of the page.
pub(super) const CHAPTERS: [&str; 7] =
    [LATENCIES, TOKEN_COST, UNOBSERVED, WARNINGS, ALL_METRICS, SCENARIO, PROVENANCE];

/// The heading of a section.
pub(super) fn chapter(title: &str) -> Markup {
    html! { h2 id=(anchor(title)) { (title) } }
}

pub(super) fn unobserved(scenario: &Scenario, graded: &Graded, verdicts: &[Verdict]) -> Markup {
    let gaps = gaps(scenario, graded, verdicts);
    html! {
        section {
            (chapter(UNOBSERVED))
            @if gaps.is_empty() {
                p { "Every kind of boundary event was seen, and every design gave an answer." }
            } @else {
                ul { @for gap in gaps { li { (plain(&gap)) } } }
            }
        }
    }
}

pub(super) fn warnings(scenario: &Scenario) -> Markup {
    html! {
        section {
            (chapter(WARNINGS))
            @if scenario.warnings.is_empty() {
                p { "None." }
            } @else {
                ul { @for warning in &scenario.warnings { li { code { (warning.code) } " " (plain(&warning.text)) } } }
            }
        }
    }
}

/// Truth of every metric and the bias of every design for it.
pub(super) fn metrics(scenario: &Scenario, graded: &Graded) -> Markup {
    html! {
        section {
            (chapter(ALL_METRICS))
            @for candidate in scenario.policies.iter().skip(1) {
                h3 { (plain(&candidate.name)) }
                details { summary { "Truth of each metric" } (truths(graded, &candidate.name, scenario.study.replications)) }
                details { summary { "Bias of each design for each metric" } (biases(graded, &candidate.name)) }
            }
        }
    }
}

fn truths(graded: &Graded, candidate: &str, replications: u32) -> Markup {
    let names = [
        "metric",
        "unit",
        "control",
        "candidate",
        "effect",
        "replications",
        "better",
        "measured on",
        "about",
    ];
    let rows: Vec<Vec<String>> = graded
        .truth
        .iter()
        .filter(|truth| truth.candidate == candidate)
        .map(|truth| {
            let metric = truth.metric;
            vec![
                metric.name.to_owned(),
                metric.unit.to_owned(),
                short(truth.value_control),
                short(truth.value_candidate),
                signed_with_error(truth.effect),
                out_of(truth.n_replications, replications as usize),
                if metric.higher_is_better { "higher" } else { "lower" }.to_owned(),
                metric.denominator.to_owned(),
                metric.about.to_owned(),
            ]
        })
        .collect();
    table("Mean over replications; the effect with its standard error", &header(&names), &rows, &[7, 8])
}

fn biases(graded: &Graded, candidate: &str) -> Markup {
    let of_candidate = || {
        graded.performance.iter().filter(|row| {
            row.candidate == candidate && row.estimand == Estimand::Gte && row.segment == EVERYBODY
        })
    };
    let mut experiments: Vec<(&str, &str)> = Vec::new();
    let mut metrics: Vec<&str> = Vec::new();
    for row in of_candidate() {
        if !experiments.contains(&(row.design.as_str(), row.estimator.as_str())) {
            experiments.push((&row.design, &row.estimator));
        }
        if !metrics.contains(&row.metric) {
            metrics.push(row.metric);
        }
    }
    let mut names = header(&["metric"]);
    names.extend(experiments.iter().map(|(design, estimator)| format!("{design} / {estimator}")));
    let rows: Vec<Vec<String>> = metrics
        .iter()
        .map(|metric| {
            let cells = experiments.iter().map(|(design, estimator)| {
                let row = of_candidate().find(|row| {
                    row.metric == *metric && row.design == *design && row.estimator == *estimator
                });
                row.map_or_else(|| "-".to_owned(), bias_cell)
            });
            [(*metric).to_owned()].into_iter().chain(cells).collect()
        })
        .collect();
    let caption =
        "Bias with its Monte-Carlo error, in the metric's unit; ne: is the reason why there is none";
    table(caption, &names, &rows, &[])
}

fn bias_cell(row: &PerformanceRow) -> String {
    match &row.result {
        Ok(measures) => signed_with_error(measures.bias),
        Err(reason) => reason.note(),
    }
}

pub(super) fn resolved(scenario: &Scenario) -> Markup {
    html! {
        section {
            (chapter(SCENARIO))
            details {
                summary { "The scenario with every default written out" }
                pre { code { (multi_line(&scenario.resolved)) } }
            }
        }
    }
}

pub(super) fn provenance(scenario: &Scenario, provenance: &Provenance, figures: &[String]) -> Markup {
    html! {
        (chapter(PROVENANCE))
        p { "This page is made by the following command, byte for byte, on any number of cores:" }
        pre { code { (plain(&provenance.command)) } }
        dl {
            dt { "scenario" } dd { (plain(&scenario.name)) ", written out above" }
            dt { "its hash" } dd { code { (plain(&provenance.scenario_hash)) } }
            dt { "seeds" } dd { (provenance.seeds()) }
            dt { "contention" } dd { (plain(&provenance.version)) }
            dt { "figures" }
            @for name in figures { dd { code { "figures/" (plain(name)) } } }
        }
    }
}

/// Line by line, so that line breaks stay.
fn multi_line(text: &str) -> String {
    text.lines().map(|line| plain(&line.replace('\t', "    "))).collect::<Vec<_>>().join("\n")
}
