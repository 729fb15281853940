//! The forest plot: what each design and estimator reports, beside the truth.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, fit, two_lines, width_of};
use super::palette::{self, BLUE, FAINT_INK, GRID, INK};
use crate::readout::{Finding, Standing, Verdict};
use crate::report::numbers::{short, signed_with_error};
use crate::stats::{Measure, Performance};

/// Width of every figure in pixels.
pub(super) const WIDTH: i32 = 720;
const ROW: i32 = 42;
const TOP: i32 = 66;
const BOTTOM: i32 = 76;
const RIGHT: i32 = 96;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.96;

/// Mean estimate of each design and estimator over replications, with a bar of 1.96 empirical standard errors on each
/// side, beside the true effect with its own band.
#[must_use]
pub fn forest(verdict: &Verdict) -> String {
    let rows = verdict.findings.len().max(1) as i32;
    let plot = Frame { left: label_width(verdict), right: WIDTH - RIGHT, top: TOP, bottom: TOP + rows * ROW };
    draw(WIDTH, plot.bottom + BOTTOM, |canvas| paint(canvas, verdict, plot))
}

/// The rectangle of the plot itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub left: i32,
    pub right: i32,
    pub top: i32,
    pub bottom: i32,
}

impl Frame {
    /// The middle of row `at`.
    pub const fn row(&self, at: usize, height: i32) -> i32 {
        self.top + at as i32 * height + height / 2
    }
}

/// Room for the labels of the rows.
pub(super) fn label_width(verdict: &Verdict) -> i32 {
    let longest = verdict
        .findings
        .iter()
        .map(|finding| width_of(&finding.design, TEXT + 1).max(width_of(&finding.estimator, SMALL)))
        .max()
        .unwrap_or(0);
    (longest + 22).clamp(110, 270)
}

/// The label of a row: the design, on two lines where it is long, above its estimator.
pub(super) fn row_label(canvas: &Canvas<'_>, finding: &Finding, plot: Frame, y: i32) -> Drawn {
    let room = plot.left - 20;
    let end = plot.left - 12;
    let name = Lettering::new(TEXT).anchor(Anchor::End);
    let estimator = fit(&finding.estimator, SMALL, room);
    let estimator_y = match two_lines(&finding.design, TEXT, room) {
        (line, None) => {
            canvas.text(&line, (end, y - 7), name)?;
            y + 9
        }
        (first, Some(second)) => {
            canvas.text(&first, (end, y - 13), name)?;
            canvas.text(&second, (end, y + 1), name)?;
            y + 14
        }
    };
    canvas.text(&estimator, (end, estimator_y), Lettering::new(SMALL).colour(FAINT_INK).anchor(Anchor::End))
}

/// The horizontal axis: grid, ticks and what is measured.
pub(super) fn bottom_axis(canvas: &Canvas<'_>, axis: &Axis, plot: Frame, title: &str) -> Drawn {
    for (x, label) in axis.ticks(6) {
        canvas.line(&[(x, plot.top), (x, plot.bottom)], GRID, 1)?;
        canvas.text(&label, (x, plot.bottom + 12), Lettering::new(SMALL).anchor(Anchor::Middle))?;
    }
    canvas.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], FAINT_INK, 1)?;
    let middle = (plot.left + plot.right) / 2;
    let title = fit(title, SMALL, 2 * (middle.min(WIDTH - middle)) - 10);
    canvas.text(
        &title,
        (middle, plot.bottom + 30),
        Lettering::new(SMALL).colour(FAINT_INK).anchor(Anchor::Middle),
    )
}

/// The line above a plot that names the comparison.
pub(super) fn heading(canvas: &Canvas<'_>, title: &str) -> Drawn {
    canvas.text(&fit(title, TEXT, WIDTH - 24), (12, 16), Lettering::new(TEXT).bold())
}

fn paint(canvas: &Canvas<'_>, verdict: &Verdict, plot: Frame) -> Drawn {
    let bars: Vec<(f64, f64)> = performances(verdict).map(ends).collect();
    let axis = Axis::new(range_of(verdict, &bars), (plot.left + 8, plot.right - 8));
    heading(canvas, &format!("What each design reports on {}, and the truth", verdict.candidate))?;
    bottom_axis(canvas, &axis, plot, &axis_title(verdict))?;
    truth_line(canvas, verdict, &axis, plot)?;
    if verdict.findings.is_empty() {
        canvas.text("No design was graded.", (plot.left + 12, plot.row(0, ROW)), Lettering::new(TEXT))?;
    }
    for (at, finding) in verdict.findings.iter().enumerate() {
        row(canvas, finding, &axis, plot, plot.row(at, ROW))?;
    }
    legend(canvas, plot.bottom + 54)
}

/// What the horizontal axis measures.
pub(super) fn axis_title(verdict: &Verdict) -> String {
    let better = if verdict.metric.higher_is_better { "higher" } else { "lower" };
    format!(
        "effect on {} in {}, candidate minus control ({better} is better)",
        verdict.metric.name, verdict.metric.unit
    )
}

/// Zero as a solid thin line, the truth as a thick one over the band of its standard error.
pub(super) fn truth_line(canvas: &Canvas<'_>, verdict: &Verdict, axis: &Axis, plot: Frame) -> Drawn {
    let band = |side: f64| axis.at(verdict.truth + side * Z * verdict.truth_se);
    canvas.bar((band(-1.0), plot.top), (band(1.0), plot.bottom), BLUE, 0.18)?;
    canvas.dashes(axis.at(0.0), (plot.top, plot.bottom), INK)?;
    let x = axis.at(verdict.truth);
    canvas.line(&[(x, plot.top - 6), (x, plot.bottom)], BLUE, 2)?;
    let effect = signed_with_error(Measure { value: verdict.truth, mcse: verdict.truth_se });
    let label = format!("truth {effect} {}", verdict.metric.unit);
    let half = width_of(&label, SMALL) / 2 + 4;
    let middle = x.clamp(half, (WIDTH - half).max(half));
    canvas.text(
        &label,
        (middle, plot.top - 16),
        Lettering::new(SMALL).colour(BLUE).bold().anchor(Anchor::Middle),
    )
}

fn row(canvas: &Canvas<'_>, finding: &Finding, axis: &Axis, plot: Frame, y: i32) -> Drawn {
    row_label(canvas, finding, plot, y)?;
    let colour = palette::of(finding.standing);
    let standing = Lettering::new(SMALL);
    canvas.text(finding.standing.name(), (plot.right + 10, y), standing)?;
    let Some(performance) = &finding.performance else { return Ok(()) };
    let (low, high) = ends(performance);
    canvas.line(&[(axis.at(low), y), (axis.at(high), y)], colour, 3)?;
    for (end, side) in [(low, -1), (high, 1)] {
        let x = axis.at(end);
        if axis.holds(end) {
            canvas.line(&[(x, y - 5), (x, y + 5)], colour, 2)?;
        } else {
            canvas.shape(vec![(x + 7 * side, y), (x, y - 6), (x, y + 6)], colour)?;
        }
    }
    let mean = performance.mean_estimate.value;
    if axis.holds(mean) {
        return canvas.marker(Marker::of(finding.standing), (axis.at(mean), y), 6, colour);
    }
    let beyond = format!("mean {}", short(mean));
    canvas.text(&beyond, ((plot.left + plot.right) / 2, y - 10), standing.anchor(Anchor::Middle))
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let mut x = 12;
    for standing in [Standing::Trust, Standing::Caution, Standing::Misleads] {
        canvas.marker(Marker::of(standing), (x + 6, y), 6, palette::of(standing))?;
        canvas.text(standing.name(), (x + 18, y), Lettering::new(SMALL))?;
        x += 34 + width_of(standing.name(), SMALL);
    }
    canvas.line(&[(x, y), (x + 22, y)], INK, 3)?;
    let text = format!("mean ± {Z} empirical SE; an arrow: goes on");
    canvas.text(&text, (x + 28, y), Lettering::new(SMALL))?;
    x += 44 + width_of(&text, SMALL);
    canvas.dashes(x, (y - 8, y + 8), INK)?;
    canvas.text("no effect", (x + 8, y), Lettering::new(SMALL))
}

fn ends(performance: &Performance) -> (f64, f64) {
    let (mean, half) = (performance.mean_estimate.value, Z * performance.emp_se.value);
    (mean - half, mean + half)
}

fn performances(verdict: &Verdict) -> impl Iterator<Item = &Performance> {
    verdict.findings.iter().filter_map(|finding| finding.performance.as_ref())
}

/// Zero, the truth and the bars, but a bar that is many times wider than most is cut: it would flatten the others.
pub(super) fn range_of(verdict: &Verdict, bars: &[(f64, f64)]) -> (f64, f64) {
    let reach = |bar: &(f64, f64)| (bar.0 - verdict.truth).abs().max((bar.1 - verdict.truth).abs());
    let mut reaches: Vec<f64> = bars.iter().map(reach).collect();
    reaches.sort_by(f64::total_cmp);
    let typical = reaches.get(reaches.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    let limit = 4.0 * typical.max(verdict.truth.abs());
    let truth = (verdict.truth - Z * verdict.truth_se, verdict.truth + Z * verdict.truth_se);
    let (mut low, mut high) = (truth.0.min(0.0), truth.1.max(0.0));
    for &(from, to) in bars {
        low = low.min(from.max(verdict.truth - limit));
        high = high.max(to.min(verdict.truth + limit));
    }
    let margin = 0.03 * (high - low);
    (low - margin, high + margin)
}
