//! The section of one candidate: verdict, truth, what each design reports, where errors come from, overcommitment.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use super::{blocks, boundary, timelines};
use crate::readout::{Finding, Verdict};
use crate::report::numbers::{percent, plain, short, signed, signed_with_error, with_error};
use crate::report::plots::{error_split, forest};
use crate::report::terminal::truth_line;
use crate::scenario::Scenario;
use crate::stats::Measure;
use crate::study::Graded;

pub(super) fn section(verdict: &Verdict, scenario: &Scenario, graded: &Graded) -> Markup {
    html! {
        section {
            h2 { "Verdict on " (plain(&verdict.candidate)) }
            p.verdict { (plain(&verdict.sentence)) }
            p { (plain(&truth_line(verdict, scenario))) " " span.faint { (first_upper(verdict.metric.about)) "." } }
            h3 { "What each design reports" }
            (forest_figure(verdict))
            (findings(verdict))
            h3 { "Where the error comes from" }
            (split_figure(verdict))
            h3 { "Overcommitment" }
            (boundary::section(verdict, scenario, graded))
            p { (plain(&verdict.boundary)) }
            h3 { "Timelines of the first replication" }
            (blocks::section(verdict, graded))
            (timelines::section(verdict, scenario, graded))
        }
    }
}

pub(super) fn label(finding: &Finding) -> String {
    format!("{} / {}", finding.design, finding.estimator)
}

fn forest_figure(verdict: &Verdict) -> Markup {
    let metric = verdict.metric;
    let names = ["design / estimator", "mean estimate", "empirical SE", "standing"];
    let mut rows = vec![vec![
        "truth".to_owned(),
        signed_with_error(Measure { value: verdict.truth, mcse: verdict.truth_se }),
        String::new(),
        String::new(),
    ]];
    rows.extend(verdict.findings.iter().map(|finding| {
        let measures = finding.performance.as_ref();
        vec![
            label(finding),
            or_dash(measures.map(|p| signed_with_error(p.mean_estimate))),
            or_dash(measures.map(|p| with_error(p.emp_se))),
            finding.standing.name().to_owned(),
        ]
    }));
    let unit = format!("{}, {}", metric.name, metric.unit);
    let caption = format!(
        "Mean estimate over replications with 1.96 empirical standard errors on each side, for {unit}. The thick line is \
         the true effect of {} with its own error as a band; the dashed line is no effect.",
        verdict.candidate
    );
    let twin = table(&unit, &header(&names), &rows, &[]);
    figure(&forest(verdict), "Forest plot of estimates beside the truth", &caption, &twin)
}

fn findings(verdict: &Verdict) -> Markup {
    let names = [
        "design / estimator",
        "standing",
        "bias",
        "coverage",
        "RMSE",
        "SE ratio",
        "power",
        "wrong sign",
        "wrong decision",
    ];
    let rows: Vec<Vec<String>> = verdict
        .findings
        .iter()
        .map(|finding| {
            let measures = finding.performance.as_ref();
            let ratio =
                measures.filter(|p| p.emp_se.value > 0.0).map(|p| short(p.model_se.value / p.emp_se.value));
            vec![
                label(finding),
                finding.standing.name().to_owned(),
                or_dash(measures.map(|p| signed_with_error(p.bias))),
                or_dash(measures.map(|p| percent(p.coverage))),
                or_dash(measures.map(|p| with_error(p.rmse))),
                or_dash(ratio),
                or_dash(measures.map(|p| percent(p.power_or_size))),
                or_dash(measures.and_then(|p| p.sign_error).map(percent)),
                or_dash(measures.and_then(|p| p.wrong_decision).map(percent)),
            ]
        })
        .collect();
    let caption = format!(
        "{}, {}; each value with its Monte-Carlo standard error. SE ratio: the standard error that the estimator reports \
         over the spread of its estimates; below 1 it is too sure of itself. A wrong decision ships what does no good, or \
         does not ship what does; - where the truth has no clear sign.",
        verdict.metric.name, verdict.metric.unit
    );
    html! {
        (table(&caption, &header(&names), &rows, &[]))
        ul {
            @for finding in &verdict.findings {
                li { strong { (plain(&label(finding))) ", " (finding.standing.name()) ": " } (plain(&finding.reason)) "." }
            }
        }
    }
}

fn split_figure(verdict: &Verdict) -> Markup {
    let names =
        ["design / estimator", "sampling", "spillover on control", "dilution on treated", "all together"];
    let rows: Vec<Vec<String>> = verdict
        .findings
        .iter()
        .map(|finding| {
            let part = |of: fn(&crate::study::tables::Decomposition) -> f64| {
                or_dash(finding.parts.as_ref().map(|parts| signed(of(parts))))
            };
            vec![
                label(finding),
                part(|parts| parts.sampling_part),
                part(|parts| parts.spillover_on_control),
                part(|parts| parts.dilution_on_treated),
                part(|parts| parts.error),
            ]
        })
        .collect();
    let unit = format!("{}, {}", verdict.metric.name, verdict.metric.unit);
    let caption = format!(
        "The mean error in its exact parts ({unit}). Sampling: luck of the assignment, which would remain without \
         interference. Spillover: what the candidate's traffic does to the control arm. Dilution: what the control's \
         traffic takes from the treated arm."
    );
    let twin = table(&unit, &header(&names), &rows, &[]);
    figure(&error_split(verdict), "Stacked bars of the parts of each design's error", &caption, &twin)
}

pub(super) fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
