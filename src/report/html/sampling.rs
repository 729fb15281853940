//! The sampling distributions of a candidate's section, with their quantiles as a table.

use maud::Markup;

use super::parts::{figure, header, table};
use crate::readout::Verdict;
use crate::report::digest::label;
use crate::report::numbers::{signed, signed_with_error};
use crate::report::plots::{Sample, samples, sampling};
use crate::stats::{Measure, quantiles_in_place};
use crate::study::Graded;

/// The quantiles of the table.
const QUANTILES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

pub(super) fn sampling_figure(verdict: &Verdict, graded: &Graded) -> Markup {
    let names =
        ["design / estimator", "estimates", "lowest", "5 %", "25 %", "median", "75 %", "95 %", "highest"];
    let rows: Vec<Vec<String>> = samples(graded, verdict).iter().map(quantiles).collect();
    let metric = verdict.metric;
    let truth = signed_with_error(Measure { value: verdict.truth, mcse: verdict.truth_se });
    let caption = format!(
        "What one experiment could have reported: the estimates of all replications ({}, {}), one row a design \
         and estimator, each to its own height on a common axis. The triangle is their mean; its distance from \
         the thick line, the truth ({truth}), is the bias. What lies beyond the dashed line has the wrong sign.",
        metric.name, metric.unit
    );
    let unit = format!("Quantiles of the estimates over replications: {}, {}", metric.name, metric.unit);
    let twin = table(&unit, &header(&names), &rows, &[]);
    figure(
        &sampling(graded, verdict),
        &format!("Sampling distributions of {}", verdict.candidate),
        &caption,
        &twin,
    )
}

fn quantiles(sample: &Sample<'_>) -> Vec<String> {
    let found = quantiles_in_place(&mut sample.estimates.clone(), &QUANTILES);
    let cells = (0..QUANTILES.len()).map(|at| found.get(at).map_or_else(|| "-".to_owned(), |q| signed(*q)));
    [label(sample.finding), sample.estimates.len().to_string()].into_iter().chain(cells).collect()
}
