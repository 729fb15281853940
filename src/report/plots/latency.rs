//! Cumulative distributions of latencies in the worlds of one policy: one panel a latency, one line a policy.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, fit, width_of};
use super::forest::{Frame, WIDTH, heading};
use super::log_axis::LogAxis;
use super::palette::{FAINT_INK, GRID, INK};
use super::stroke::Stroke;
use crate::report::world_of_policy;
use crate::scenario::Scenario;
use crate::stats::BucketCounts;
use crate::study::Graded;
use crate::study::tables::Distributed;

const LEFT: i32 = 56;
const RIGHT: i32 = 14;
const GAP: i32 = 22;
const TOP: i32 = 62;
const HEIGHT: i32 = 240;
const BOTTOM: i32 = 46;

/// The axis begins where this share of the requests is.
const FASTEST: f64 = 0.001;

/// Latencies: what they are called, and their microseconds in a unit.
pub(in crate::report) const LATENCIES: [(Distributed, &str, f64); 3] = [
    (Distributed::Ttft, "time to first token, ms", 1e3),
    (Distributed::Tpot, "time between tokens, ms", 1e3),
    (Distributed::EndToEnd, "end to end, s", 1e6),
];

/// A policy's line: its name, how it looks and what it shows.
pub(super) type Line<'a> = (&'a str, Stroke, &'a BucketCounts);

/// One line for each policy whose world completed any request.
pub(super) fn lines<'a>(graded: &'a Graded, scenario: &'a Scenario, quantity: Distributed) -> Vec<Line<'a>> {
    let policies = scenario.policies.iter().enumerate();
    let of_policy = |(at, policy): (usize, &'a crate::policy::Policy)| {
        let counts = graded.distribution(&world_of_policy(&policy.name), quantity)?;
        Some((policy.name.as_str(), Stroke::of_policy(at), counts))
    };
    policies.filter_map(of_policy).collect()
}

/// The share of completed requests at most as slow as each latency, by policy.
#[must_use]
pub fn latency(graded: &Graded, scenario: &Scenario) -> String {
    draw(WIDTH, TOP + HEIGHT + BOTTOM, |canvas| {
        heading(canvas, "Latencies in the worlds of one policy")?;
        let faint = Lettering::new(SMALL).colour(FAINT_INK);
        canvas.text(
            "share of completed requests at most as slow; each axis below is logarithmic",
            (12, 38),
            faint,
        )?;
        let count = LATENCIES.len() as i32;
        let width = (WIDTH - LEFT - RIGHT - (count - 1) * GAP) / count;
        for (at, (quantity, title, unit)) in LATENCIES.into_iter().enumerate() {
            let left = LEFT + at as i32 * (width + GAP);
            let plot = Frame { left, right: left + width, top: TOP, bottom: TOP + HEIGHT };
            panel(canvas, &lines(graded, scenario, quantity), (title, unit), plot)?;
        }
        let label = Lettering::new(SMALL).anchor(Anchor::End);
        for (y, text) in shares_axis(TOP, TOP + HEIGHT).ticks(5) {
            canvas.text(&format!("{text} %"), (LEFT - 8, y), label)?;
        }
        Ok(())
    })
}

fn shares_axis(top: i32, bottom: i32) -> Axis {
    Axis::new((0.0, 100.0), (bottom, top))
}

fn panel(canvas: &Canvas<'_>, lines: &[Line<'_>], (title, unit): (&str, f64), plot: Frame) -> Drawn {
    let quantile =
        |counts: &BucketCounts, p| counts.quantile(p).map_or(f64::NAN, |value| value as f64 / unit);
    let low = lines.iter().map(|line| quantile(line.2, FASTEST)).fold(f64::INFINITY, f64::min);
    let high = lines.iter().map(|line| quantile(line.2, 1.0)).fold(0.0, f64::max);
    let (values, shares) =
        (LogAxis::new((low, high), (plot.left, plot.right)), shares_axis(plot.top, plot.bottom));
    let small = Lettering::new(SMALL);
    for (y, _) in shares.ticks(5) {
        canvas.line(&[(plot.left, y), (plot.right, y)], GRID, 1)?;
    }
    for (x, label) in values.ticks() {
        canvas.line(&[(x, plot.top), (x, plot.bottom)], GRID, 1)?;
        canvas.text(&label, (x, plot.bottom + 12), small.anchor(Anchor::Middle))?;
    }
    canvas.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], FAINT_INK, 1)?;
    let middle = (plot.left + plot.right) / 2;
    let faint = small.colour(FAINT_INK).anchor(Anchor::Middle);
    canvas.text(&fit(title, SMALL, plot.right - plot.left), (middle, plot.bottom + 30), faint)?;
    if lines.is_empty() {
        let text = fit("No request was completed.", TEXT, plot.right - plot.left);
        return canvas.text(
            &text,
            (middle, (plot.top + plot.bottom) / 2),
            Lettering::new(TEXT).anchor(Anchor::Middle),
        );
    }
    let curves: Vec<Vec<(i32, i32)>> =
        lines.iter().map(|line| curve(line.2, unit, &values, &shares)).collect();
    for ((_, stroke, _), curve) in lines.iter().zip(&curves) {
        stroke.draw(canvas, curve)?;
    }
    // Names stand below the curves, where the panel is empty, at heights of their own.
    let step = (70 / lines.len() as i32).min(14);
    for (at, ((name, stroke, _), curve)) in lines.iter().zip(&curves).enumerate() {
        let y = shares.at(f64::from(8 + step * at as i32));
        name_line(canvas, name, *stroke, curve, (y, plot))?;
    }
    Ok(())
}

/// The cumulative distribution as points; those of one pixel once.
fn curve(counts: &BucketCounts, unit: f64, values: &LogAxis, shares: &Axis) -> Vec<(i32, i32)> {
    let all = counts.total() as f64;
    let mut points: Vec<(i32, i32)> = counts
        .cumulative()
        .map(|(at_most, below)| (values.at(at_most as f64 / unit), shares.at(100.0 * below as f64 / all)))
        .collect();
    points.dedup();
    points
}

/// A dot on the curve at height `y`, and the policy's name to the right of it, or to the left where there is more room.
fn name_line(
    canvas: &Canvas<'_>,
    name: &str,
    stroke: Stroke,
    curve: &[(i32, i32)],
    (y, plot): (i32, Frame),
) -> Drawn {
    let after = curve.iter().position(|point| point.1 <= y).unwrap_or(curve.len().saturating_sub(1));
    let Some(&(x, _)) = curve.get(after) else { return Ok(()) };
    let (right, left) = (plot.right - x - 26, x - plot.left - 26);
    let is_right = width_of(name, SMALL) <= right || right >= left;
    let text = fit(name, SMALL, right.max(left));
    let (side, anchor) = if is_right { (1, Anchor::Start) } else { (-1, Anchor::End) };
    canvas.marker(Marker::Circle, (x, y), 3, INK)?;
    canvas.line(&[(x, y), (x + side * 20, y)], stroke.colour, 1)?;
    canvas.text(&text, (x + side * 23, y), Lettering::new(SMALL).anchor(anchor))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn the_curve_rises_from_left_to_right_and_ends_at_all_requests() {
        let (scenario, graded) = fixture::study("p2c");
        for (quantity, _, unit) in LATENCIES {
            for (_, _, counts) in lines(&graded, &scenario, quantity) {
                let (values, shares) = (LogAxis::new((0.01, 1e4), (0, 400)), shares_axis(0, 200));
                let curve = curve(counts, unit, &values, &shares);
                assert!(curve.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 >= pair[1].1));
                assert_eq!(curve.last().map(|point| point.1), Some(0));
            }
        }
    }

    #[test]
    fn every_policy_is_named_in_every_panel() {
        let (scenario, graded) = fixture::study("p2c");
        let svg = latency(&graded, &scenario);
        for name in ["random", "p2c"] {
            assert_eq!(svg.matches(&format!("\n{name}\n")).count(), LATENCIES.len(), "{svg}");
        }
        assert!(latency(&Graded::default(), &scenario).contains("No request was"));
    }
}
