//! The dumbbell plot: the bias of each design and estimator before and after a change.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, fit, two_lines, width_of};
use super::forest::{Frame, WIDTH, bottom_axis, heading};
use super::palette::{BLUE, FAINT_INK, INK, ORANGE};
use crate::report::comparison::Comparison;
use crate::stats::Measure;
use crate::study::compare::{ComparedMeasure, ComparedRow, Side};

const ROW: i32 = 50;
const TOP: i32 = 40;
const BOTTOM: i32 = 76;
const RIGHT: i32 = 20;

/// Before lies this many pixels above the middle of its row, and after below it.
const APART: i32 = 9;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.96;

/// Bias of each design and estimator on a candidate in both runs, with bars of 1.96 Monte-Carlo standard errors on each
/// side, and a line from before to after.
#[must_use]
pub fn dumbbell(comparison: &Comparison, candidate: &str) -> String {
    let rows = biases(comparison, candidate);
    let plot = Frame {
        left: label_width(&rows),
        right: WIDTH - RIGHT,
        top: TOP,
        bottom: TOP + rows.len().max(1) as i32 * ROW,
    };
    draw(WIDTH, plot.bottom + BOTTOM, |canvas| {
        let axis = Axis::new(range(&rows), (plot.left + 8, plot.right - 8));
        heading(canvas, &format!("Bias about {candidate} before and after"))?;
        let unit = comparison
            .metric
            .map_or_else(String::new, |metric| format!("{} in {}", metric.name, metric.unit));
        bottom_axis(canvas, &axis, plot, &format!("bias on {unit}: mean estimate minus truth"))?;
        canvas.dashes(axis.at(0.0), (plot.top, plot.bottom), INK)?;
        for (at, of_row) in rows.iter().enumerate() {
            row(canvas, of_row, &axis, plot, plot.row(at, ROW))?;
        }
        legend(canvas, plot.bottom + 54)
    })
}

/// The rows of the figure.
fn biases<'a>(comparison: &'a Comparison, candidate: &str) -> Vec<&'a ComparedRow> {
    let Some(metric) = comparison.metric else { return Vec::new() };
    let rows = comparison.rows.iter().filter(|row| row.candidate == candidate && row.metric == metric.name);
    rows.filter(|row| row.measure == ComparedMeasure::Bias).collect()
}

fn label_width(rows: &[&ComparedRow]) -> i32 {
    let widths = rows.iter().map(|row| width_of(&row.design, TEXT + 1).max(width_of(&row.estimator, SMALL)));
    (widths.max().unwrap_or(0) + 22).clamp(110, 270)
}

fn row(canvas: &Canvas<'_>, row: &ComparedRow, axis: &Axis, plot: Frame, y: i32) -> Drawn {
    label(canvas, row, plot, y)?;
    if let (Some(before), Some(after)) = (row.before.measured(), row.after.measured()) {
        let ends = [(axis.at(before.value), y - APART), (axis.at(after.value), y + APART)];
        canvas.line(&ends, FAINT_INK, 1)?;
    }
    let sides = [
        (row.before, y - APART, Marker::Circle, BLUE, "before"),
        (row.after, y + APART, Marker::Diamond, ORANGE, "after"),
    ];
    for (side, y, marker, colour, when) in sides {
        match side {
            Side::Measured(bias) => {
                let (low, high) = ends(bias);
                canvas.line(&[(axis.at(low), y), (axis.at(high), y)], colour, 3)?;
                canvas.marker(marker, (axis.at(bias.value), y), 6, colour)?;
            }
            Side::Absent | Side::NotEstimable(_) => {
                let missing = if side == Side::Absent { "not in the run" } else { "no answer" };
                let lettering = Lettering::new(SMALL).colour(FAINT_INK);
                canvas.text(&format!("{when}: {missing}"), (plot.left + 12, y), lettering)?;
            }
        }
    }
    Ok(())
}

/// The design, on two lines where it is long, above its estimator.
fn label(canvas: &Canvas<'_>, row: &ComparedRow, plot: Frame, y: i32) -> Drawn {
    let (room, end) = (plot.left - 20, plot.left - 12);
    let (first, second) = two_lines(&row.design, TEXT, room);
    let name = Lettering::new(TEXT).anchor(Anchor::End);
    let mut y = y - if second.is_some() { 15 } else { 8 };
    for line in [Some(first), second].into_iter().flatten() {
        canvas.text(&line, (end, y), name)?;
        y += 15;
    }
    let estimator = Lettering::new(SMALL).colour(FAINT_INK).anchor(Anchor::End);
    canvas.text(&fit(&row.estimator, SMALL, room), (end, y), estimator)
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let mut x = 12;
    for (marker, colour, name) in [(Marker::Circle, BLUE, "before"), (Marker::Diamond, ORANGE, "after")] {
        canvas.marker(marker, (x + 6, y), 6, colour)?;
        canvas.text(name, (x + 18, y), Lettering::new(SMALL))?;
        x += 34 + width_of(name, SMALL);
    }
    canvas.line(&[(x, y), (x + 22, y)], INK, 3)?;
    let text = format!("± {Z} Monte-Carlo standard errors");
    canvas.text(&text, (x + 28, y), Lettering::new(SMALL))?;
    x += 44 + width_of(&text, SMALL);
    canvas.dashes(x, (y - 8, y + 8), INK)?;
    canvas.text("no bias", (x + 8, y), Lettering::new(SMALL))
}

fn ends(bias: Measure) -> (f64, f64) {
    (bias.value - Z * bias.mcse, bias.value + Z * bias.mcse)
}

/// Zero and all bars.
fn range(rows: &[&ComparedRow]) -> (f64, f64) {
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for bias in rows.iter().flat_map(|row| [row.before, row.after]).filter_map(|side| side.measured()) {
        let (from, to) = ends(bias);
        (low, high) = (low.min(from), high.max(to));
    }
    let margin = 0.03 * (high - low);
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::comparison::tests::comparison;

    #[test]
    fn every_design_has_a_point_before_and_after_and_a_line_between() {
        let svg = dumbbell(&comparison("p2c"), "p2c");
        // Four designs and the legend; circles are drawn by nothing else.
        assert_eq!(svg.matches("<circle").count(), 4 + 1);
        assert!(svg.contains("switchback_washout") && !svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn a_side_without_an_answer_is_told_in_words() {
        let mut comparison = comparison("p2c");
        for row in &mut comparison.rows {
            row.after = Side::Absent;
        }
        let svg = dumbbell(&comparison, "p2c");
        assert_eq!(svg.matches("after: not in the run").count(), 4);
    }

    #[test]
    fn hostile_names_are_escaped_and_an_empty_figure_is_drawn() {
        let hostile = "<script>\u{1b}";
        let svg = dumbbell(&comparison(hostile), hostile);
        assert!(!svg.contains("<script") && !svg.contains('\u{1b}'));
        assert!(dumbbell(&comparison("p2c"), "nobody").contains("</svg>"));
    }
}
