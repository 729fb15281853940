//! Sampling distributions: what one experiment could have reported, design by design on one axis, beside the truth.
//!
//! Up to [`MOST_DOTS`] estimates a row are one dot each; more of them are bars, so that the figure does not grow with the
//! replications. Rows share the axis and the width of bars; each has its own height.

use super::axis::Axis;
use super::canvas::{Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, width_of};
use super::forest::{
    Frame, WIDTH, axis_title, bottom_axis, heading, label_width, range_of, row_label, truth_line,
};
use super::histogram::{Histogram, bars};
use super::palette::{self, FAINT_INK, INK};
use crate::estimate::Estimand;
use crate::readout::{Finding, Verdict};
use crate::study::Graded;
use crate::study::segment::EVERYBODY;

const ROW: i32 = 62;
const TOP: i32 = 66;
const BOTTOM: i32 = 76;
const RIGHT: i32 = 96;

/// From the middle of a row down to its base line.
const BASE: i32 = 16;
/// Height of the fullest bar.
const HEIGHT: i32 = 40;

/// Most estimates that are drawn one by one.
const MOST_DOTS: usize = 60;
/// Radius of a dot, and the room it takes.
const DOT: (i32, i32) = (3, 7);

/// The axis reaches this many empirical standard errors from a row's mean at most.
const REACH: f64 = 4.0;

/// The estimates of one design and estimator.
pub(in crate::report) struct Sample<'a> {
    /// What it was found to be worth.
    pub finding: &'a Finding,
    /// Its estimates of the effect on everybody, in the order of replications.
    pub estimates: Vec<f64>,
}

/// The estimates behind a verdict, in the order of its findings: those that its performance is of.
pub(in crate::report) fn samples<'a>(graded: &Graded, verdict: &'a Verdict) -> Vec<Sample<'a>> {
    let sample = |finding: &'a Finding| {
        let rows = graded
            .estimates
            .iter()
            .filter(|row| row.metric == verdict.metric.name && row.estimand == Estimand::Gte)
            .filter(|row| row.design == finding.design && row.estimator == finding.estimator)
            .filter(|row| row.candidate == verdict.candidate && row.segment == EVERYBODY)
            .filter(|row| row.paired_truth.is_some() && finding.performance.is_some());
        let estimates = rows.filter_map(|row| Some(row.result.ok()?.effect));
        Sample { finding, estimates: estimates.collect() }
    };
    verdict.findings.iter().map(sample).collect()
}

/// The distribution of each design's estimates over replications, and the truth.
#[must_use]
pub fn sampling(graded: &Graded, verdict: &Verdict) -> String {
    let rows = verdict.findings.len().max(1) as i32;
    let plot = Frame { left: label_width(verdict), right: WIDTH - RIGHT, top: TOP, bottom: TOP + rows * ROW };
    let samples = samples(graded, verdict);
    draw(WIDTH, plot.bottom + BOTTOM, |canvas| paint(canvas, verdict, &samples, plot))
}

fn paint(canvas: &Canvas<'_>, verdict: &Verdict, samples: &[Sample<'_>], plot: Frame) -> Drawn {
    let ends: Vec<(f64, f64)> = samples.iter().filter_map(ends).collect();
    let range = range_of(verdict, &ends);
    let axis = Axis::new(range, (plot.left + 8, plot.right - 8));
    heading(canvas, &format!("What one experiment on {} could have reported", verdict.candidate))?;
    bottom_axis(canvas, &axis, plot, &axis_title(verdict))?;
    truth_line(canvas, verdict, &axis, plot)?;
    if samples.is_empty() {
        canvas.text("No design was graded.", (plot.left + 12, plot.row(0, ROW)), Lettering::new(TEXT))?;
    }
    let dotted = samples.iter().all(|sample| sample.estimates.len() <= MOST_DOTS);
    let bars = match dotted {
        true => ((plot.right - plot.left - 16) / DOT.1) as usize,
        false => bars(samples.iter().map(|sample| sample.estimates.as_slice()), range),
    };
    for (at, sample) in samples.iter().enumerate() {
        let y = plot.row(at, ROW);
        row_label(canvas, sample.finding, plot, y)?;
        let histogram = Histogram::of(&sample.estimates, range, bars);
        row(canvas, sample, &histogram, dotted, &axis, plot, y)?;
    }
    legend(canvas, dotted, plot.bottom + 54)
}

/// What the axis should show of a row.
fn ends(sample: &Sample<'_>) -> Option<(f64, f64)> {
    let performance = sample.finding.performance.as_ref()?;
    let (mean, reach) = (performance.mean_estimate.value, REACH * performance.emp_se.value);
    let low = sample.estimates.iter().copied().fold(f64::INFINITY, f64::min);
    let high = sample.estimates.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low <= high).then(|| (low.max(mean - reach), high.min(mean + reach)))
}

fn row(
    canvas: &Canvas<'_>,
    sample: &Sample<'_>,
    histogram: &Histogram,
    dotted: bool,
    axis: &Axis,
    plot: Frame,
    y: i32,
) -> Drawn {
    let standing = sample.finding.standing;
    let colour = palette::of(standing);
    let base = y + BASE;
    let small = Lettering::new(SMALL);
    canvas.line(&[(plot.left, base), (plot.right, base)], FAINT_INK, 1)?;
    canvas.text(standing.name(), (plot.right + 10, y), small)?;
    if histogram.beyond() > 0 {
        let beyond = format!("{} beyond", histogram.beyond());
        canvas.text(&beyond, (plot.right + 10, y + 16), small.colour(FAINT_INK))?;
    }
    let Some(performance) = &sample.finding.performance else { return Ok(()) };
    if dotted {
        for dot in dots(histogram, axis, base) {
            canvas.marker(Marker::Circle, dot, DOT.0, colour)?;
        }
    } else {
        canvas.area(outline(histogram, axis, base), colour, 0.6)?;
    }
    let mean = performance.mean_estimate.value;
    if !axis.holds(mean) {
        return Ok(());
    }
    canvas.marker(Marker::Triangle, (axis.at(mean), base + 7), 6, INK)
}

/// The corners of all bars of a row as one shape.
fn outline(histogram: &Histogram, axis: &Axis, base: i32) -> Vec<(i32, i32)> {
    let count = histogram.counts.len();
    let fullest = histogram.fullest();
    let corners = histogram.counts.iter().enumerate().flat_map(|(at, &values)| {
        // Whoever was seen is seen: at least a pixel.
        let height = (values * HEIGHT as usize).div_ceil(fullest) as i32;
        [at, at + 1].map(|edge| (axis.at_share(edge as f64 / count as f64), base - height))
    });
    let mut shape = vec![(axis.at_share(0.0), base)];
    shape.extend(corners);
    shape.push((axis.at_share(1.0), base));
    shape.dedup();
    shape
}

/// The places of dots, stacked from the base line; tall stacks are pressed together.
fn dots(histogram: &Histogram, axis: &Axis, base: i32) -> Vec<(i32, i32)> {
    let count = histogram.counts.len() as f64;
    let pitch = f64::from(DOT.1).min(f64::from(HEIGHT - DOT.1) / histogram.fullest() as f64);
    let columns = histogram.counts.iter().enumerate();
    let stack = |(at, &values): (usize, &usize)| {
        let x = axis.at_share((at as f64 + 0.5) / count);
        (0..values).map(move |dot| (x, base - DOT.0 - libm::round(pitch * dot as f64) as i32))
    };
    columns.flat_map(stack).collect()
}

fn legend(canvas: &Canvas<'_>, dotted: bool, y: i32) -> Drawn {
    canvas.marker(Marker::Triangle, (18, y), 6, INK)?;
    let marks = if dotted { "one dot: one replication" } else { "height: share of a row's replications" };
    let text = format!("mean estimate; {marks}");
    canvas.text(&text, (32, y), Lettering::new(SMALL))?;
    let x = 48 + width_of(&text, SMALL);
    canvas.dashes(x, (y - 8, y + 8), INK)?;
    canvas.text("no effect", (x + 8, y), Lettering::new(SMALL))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    /// The fixture's study, its replications repeated `times` times.
    fn repeated(times: u32) -> (Graded, Verdict) {
        let (scenario, mut graded) = fixture::study("p2c");
        fixture::repeat(&mut graded, times);
        let verdict = verdicts(&graded, scenario.study.primary).remove(0);
        (graded, verdict)
    }

    #[test]
    fn a_row_holds_the_estimates_that_its_performance_is_of() {
        let (graded, verdict) = repeated(1);
        for sample in samples(&graded, &verdict) {
            let n = sample.finding.performance.map_or(0, |performance| performance.n_replications);
            assert_eq!(sample.estimates.len(), n, "{}", sample.finding.design);
        }
    }

    #[test]
    fn marks_stay_within_their_row_and_every_replication_has_its_dot() {
        let axis = Axis::new((0.0, 10.0), (100, 500));
        let mut values = vec![5.0; 40];
        values.extend([0.0, 0.1, 9.9, 10.0, 11.0]);
        let histogram = Histogram::of(&values, (0.0, 10.0), 50);
        let dots = dots(&histogram, &axis, 200);
        assert_eq!(dots.len() + histogram.beyond(), values.len());
        for (x, y) in dots.into_iter().chain(outline(&histogram, &axis, 200)) {
            assert!((100..=500).contains(&x) && (200 - HEIGHT..=200).contains(&y), "({x}, {y})");
        }
    }

    #[test]
    fn ten_thousand_replications_stay_small() {
        let (graded, verdict) = repeated(10_000 / fixture::REPLICATIONS + 1);
        let svg = sampling(&graded, &verdict);
        assert!(svg.len() < 60_000 && !svg.contains("NaN"), "{} bytes", svg.len());
        let few = repeated(1);
        let circles = sampling(&few.0, &few.1).matches("<circle").count();
        assert_eq!(circles, fixture::DESIGNS.len() * fixture::REPLICATIONS as usize);
    }
}
