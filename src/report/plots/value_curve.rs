//! The policy-value curve V(p): what the metric comes to as the candidate's share grows from nobody to everybody, and what
//! either arm sees on the way.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, draw, fit, width_of};
use super::forest::{Frame, WIDTH, heading};
use super::palette::{BLUE, FAINT_INK, GRID, INK, SKY, VERMILLION};
use crate::readout::Verdict;
use crate::report::numbers::signed_with_error;
use crate::stats::Measure;
use crate::study::Graded;
use crate::study::curve::{CurveSummary, curve_summary};

const PLOT: Frame = Frame { left: 64, right: WIDTH - 150, top: 96, bottom: 346 };
const BOTTOM: i32 = 46;

/// The line of the direct effects, above the plot.
const EFFECTS: i32 = 76;

/// Half the width of the shaded gap between the arms.
const GAP: i32 = 8;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.96;

/// One of the three lines.
struct Line {
    name: &'static str,
    colour: RGBColor,
    marker: Marker,
    of: fn(&CurveSummary) -> Option<Measure>,
    /// Pixels to the right, so that errors at one share do not cover each other.
    aside: i32,
}

const LINES: [Line; 3] = [
    Line {
        name: "control arm",
        colour: VERMILLION,
        marker: Marker::Square,
        of: |point| point.value_control,
        aside: -5,
    },
    Line {
        name: "treated arm",
        colour: BLUE,
        marker: Marker::Triangle,
        of: |point| point.value_treated,
        aside: 5,
    },
    Line { name: "everybody, V(p)", colour: INK, marker: Marker::Circle, of: |point| point.value, aside: 0 },
];

/// The curve behind a verdict, by share; empty where no curve was asked for.
pub(in crate::report) fn value_points(
    graded: &Graded,
    verdict: &Verdict,
    shares: &[f64],
) -> Vec<CurveSummary> {
    let truth = graded.truth_of(&verdict.candidate, verdict.metric.name);
    truth.map_or_else(Vec::new, |truth| curve_summary(graded, truth, shares))
}

/// V(p) with the values of both arms at each share; `None` where no curve was asked for.
#[must_use]
pub fn value_curve(graded: &Graded, verdict: &Verdict, shares: &[f64]) -> Option<String> {
    let points = value_points(graded, verdict, shares);
    let values = values(&points);
    if values.is_empty() {
        return None;
    }
    Some(draw(WIDTH, PLOT.bottom + BOTTOM, |canvas| paint(canvas, verdict, &points, range(&values))))
}

fn paint(canvas: &Canvas<'_>, verdict: &Verdict, points: &[CurveSummary], range: (f64, f64)) -> Drawn {
    let share = Axis::new((0.0, 100.0), (PLOT.left + 12, PLOT.right - 12));
    let value = Axis::new(range, (PLOT.bottom, PLOT.top));
    let metric = verdict.metric;
    heading(canvas, &format!("From nobody to everybody on {}: who sees what", verdict.candidate))?;
    legend(canvas, 40)?;
    axes(canvas, &share, &value)?;
    let unit = format!("{} in {} by share of requests on the candidate", metric.name, metric.unit);
    let faint = Lettering::new(SMALL).colour(FAINT_INK);
    let middle = (PLOT.left + PLOT.right) / 2;
    let unit = fit(&unit, SMALL, PLOT.right - PLOT.left);
    canvas.text(&unit, (middle, PLOT.bottom + 30), faint.anchor(Anchor::Middle))?;
    direct_effects(canvas, points, &share, &value)?;
    for line in &LINES {
        line.paint(canvas, points, &share, &value)?;
    }
    total_effect(canvas, verdict, &value)
}

fn axes(canvas: &Canvas<'_>, share: &Axis, value: &Axis) -> Drawn {
    let small = Lettering::new(SMALL);
    for (x, label) in share.ticks(5) {
        canvas.line(&[(x, PLOT.top), (x, PLOT.bottom)], GRID, 1)?;
        canvas.text(&format!("{label} %"), (x, PLOT.bottom + 12), small.anchor(Anchor::Middle))?;
    }
    for (y, label) in value.ticks(5) {
        canvas.line(&[(PLOT.left, y), (PLOT.right, y)], GRID, 1)?;
        canvas.text(&label, (PLOT.left - 8, y), small.anchor(Anchor::End))?;
    }
    canvas.line(&[(PLOT.left, PLOT.bottom), (PLOT.right, PLOT.bottom)], FAINT_INK, 1)
}

/// The shaded gap between the arms at each share, and its size above it; sizes that would touch are left to the table.
fn direct_effects(canvas: &Canvas<'_>, points: &[CurveSummary], share: &Axis, value: &Axis) -> Drawn {
    let faint = Lettering::new(SMALL).colour(FAINT_INK);
    let name = "direct effect";
    canvas.text(name, (12, EFFECTS), faint)?;
    let mut free = 20 + width_of(name, SMALL);
    for point in points {
        let (Some(direct), Some(treated), Some(control)) =
            (point.direct, point.value_treated, point.value_control)
        else {
            continue;
        };
        let x = share.at(100.0 * point.share);
        let (y_treated, y_control) = (value.at(treated.value), value.at(control.value));
        canvas.bar((x - GAP, y_treated.min(y_control)), (x + GAP, y_treated.max(y_control)), SKY, 0.35)?;
        let label = signed_with_error(direct);
        let half = width_of(&label, SMALL) / 2;
        if x - half >= free {
            canvas.text(&label, (x, EFFECTS), Lettering::new(SMALL).anchor(Anchor::Middle))?;
            free = x + half + 8;
        }
    }
    Ok(())
}

/// The bracket at the right from V(0) to V(1).
fn total_effect(canvas: &Canvas<'_>, verdict: &Verdict, value: &Axis) -> Drawn {
    let (from, to) = (value.at(verdict.value_control), value.at(verdict.value_candidate));
    let x = PLOT.right + 10;
    canvas.line(&[(x - 6, from), (x, from), (x, to), (x - 6, to)], INK, 2)?;
    let middle = ((from + to) / 2).clamp(PLOT.top + 24, PLOT.bottom - 24);
    let effect = signed_with_error(Measure { value: verdict.truth, mcse: verdict.truth_se });
    let small = Lettering::new(SMALL);
    canvas.text("true effect", (x + 8, middle - 16), small.colour(FAINT_INK))?;
    let effect = fit(&effect, SMALL, WIDTH - x - 12);
    canvas.text(&effect, (x + 8, middle), small.bold())?;
    canvas.text("V(1) - V(0)", (x + 8, middle + 16), small.colour(FAINT_INK))
}

impl Line {
    fn paint(&self, canvas: &Canvas<'_>, points: &[CurveSummary], share: &Axis, value: &Axis) -> Drawn {
        let known: Vec<(i32, Measure)> = points
            .iter()
            .filter_map(|point| Some((share.at(100.0 * point.share) + self.aside, (self.of)(point)?)))
            .collect();
        let middles = known.iter().map(|(x, measure)| (*x, value.at(measure.value))).collect::<Vec<_>>();
        canvas.line(&middles, self.colour, 2)?;
        for (x, measure) in known {
            let [low, high] = interval(measure).map(|end| value.at(end));
            canvas.line(&[(x, low), (x, high)], self.colour, 1)?;
            for y in [low, high] {
                canvas.line(&[(x - 3, y), (x + 3, y)], self.colour, 1)?;
            }
            canvas.marker(self.marker, (x, value.at(measure.value)), 5, self.colour)?;
        }
        Ok(())
    }
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let mut x = 12;
    for line in &LINES {
        canvas.line(&[(x, y), (x + 24, y)], line.colour, 2)?;
        canvas.marker(line.marker, (x + 12, y), 5, line.colour)?;
        canvas.text(line.name, (x + 32, y), Lettering::new(SMALL))?;
        x += 52 + width_of(line.name, SMALL);
    }
    let text = format!("whiskers: {Z} standard errors of the level");
    canvas.text(&text, (x, y), Lettering::new(SMALL).colour(FAINT_INK))
}

fn interval(measure: Measure) -> [f64; 2] {
    [measure.value - Z * measure.mcse, measure.value + Z * measure.mcse]
}

/// Everything that is drawn, with its errors.
fn values(points: &[CurveSummary]) -> Vec<f64> {
    let lines = || LINES.iter().map(|line| line.of);
    points.iter().flat_map(|point| lines().filter_map(|of| of(point)).flat_map(interval)).collect()
}

fn range(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let margin = 0.05 * (high - low);
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    #[test]
    fn no_curve_was_asked_for_no_curve_is_drawn() {
        let (scenario, graded) = fixture::study("p2c");
        let verdict = verdicts(&graded, scenario.study.primary).remove(0);
        assert_eq!(value_curve(&graded, &verdict, &scenario.study.curve), None);
    }

    #[test]
    fn direct_effects_and_the_bracket_carry_their_numbers() {
        let (scenario, graded) = fixture::study_with_curve("p2c");
        let verdict = verdicts(&graded, scenario.study.primary).remove(0);
        let points = value_points(&graded, &verdict, &scenario.study.curve);
        assert_eq!(points.len(), fixture::SHARES.len() + 2);
        let svg = value_curve(&graded, &verdict, &scenario.study.curve).unwrap();
        let truth = Measure { value: verdict.truth, mcse: verdict.truth_se };
        let half = Measure { value: truth.value / 2.0, mcse: truth.mcse / 2.0 };
        let count = |measure| {
            let text = signed_with_error(measure);
            svg.lines().filter(|line| line.trim() == text).count()
        };
        assert_eq!((count(truth), count(half)), (1, fixture::SHARES.len()));
        assert!(!svg.contains("NaN"));
    }
}
