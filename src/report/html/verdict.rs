//! The section of one candidate: verdict, truth, what each design reports, where errors come from, overcommitment.

use maud::{Markup, html};

use super::coverage::coverage_figure;
use super::parts::{anchor, figure, header, part, table};
use super::sampling::sampling_figure;
use super::timelines;
use super::value_curve::value_curve_figure;
use crate::readout::Verdict;
use crate::report::boundary::Overcommitment;
use crate::report::digest::{self, label, or_dash};
use crate::report::numbers::{plain, signed, signed_with_error, with_error};
use crate::report::plots::{error_split, forest};
use crate::report::terminal::truth_line;
use crate::scenario::Scenario;
use crate::stats::Measure;
use crate::study::Graded;

const REPORTS: &str = "What each design reports";
const SAMPLING: &str = "What one experiment could have reported";
const COVERAGE: &str = "Whether its intervals are honest";
const ERROR: &str = "Where the error comes from";
const CURVE: &str = "From nobody to everybody";
const OVERCOMMITMENT: &str = "Overcommitment";
const TIMELINES: &str = "Timelines of the first replication";

/// The parts of the section, for the links at the top of the page.
pub(super) const PARTS: [&str; 7] = [REPORTS, SAMPLING, COVERAGE, ERROR, CURVE, OVERCOMMITMENT, TIMELINES];

/// Where the section of a candidate begins.
pub(super) fn section_anchor(verdict: &Verdict) -> String {
    anchor(&format!("candidate {}", verdict.candidate))
}

pub(super) fn section(verdict: &Verdict, scenario: &Scenario, graded: &Graded) -> Markup {
    let found = digest::overcommitment(&Overcommitment::of(graded, scenario, &verdict.candidate));
    let of = &verdict.candidate;
    html! {
        section {
            h2 id=(section_anchor(verdict)) { "Candidate " (plain(of)) }
            p { (plain(&truth_line(verdict, scenario))) " " span.faint { (first_upper(verdict.metric.about)) "." } }
            (part(REPORTS, of))
            (forest_figure(verdict))
            (findings(verdict))
            (part(SAMPLING, of))
            (sampling_figure(verdict, graded))
            (part(COVERAGE, of))
            (coverage_figure(verdict))
            (part(ERROR, of))
            (split_figure(verdict))
            (part(CURVE, of))
            (value_curve_figure(verdict, scenario, graded))
            (part(OVERCOMMITMENT, of))
            (table(&found.caption, &found.header, &found.rows, &[]))
            p { (plain(&verdict.boundary)) }
            (part(TIMELINES, of))
            (timelines::section(verdict, scenario, graded))
        }
    }
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
    figure(&forest(verdict), &format!("Forest plot of {}", verdict.candidate), &caption, &twin)
}

fn findings(verdict: &Verdict) -> Markup {
    let grid = digest::findings(verdict);
    html! {
        (table(&grid.caption, &grid.header, &grid.rows, &[]))
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
        "The mean error in its exact parts ({unit}); parts left of zero pull the estimate down, parts right of \
         it push it up, and the diamond is what remains. Sampling: luck of the assignment, which would remain \
         without interference. Spillover: what the candidate's traffic does to the control arm. Dilution: what \
         the control's traffic takes from the treated arm."
    );
    let twin = table(&unit, &header(&names), &rows, &[]);
    figure(&error_split(verdict), &format!("Error split of {}", verdict.candidate), &caption, &twin)
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
