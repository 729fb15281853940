//! Cumulative distributions of latencies: a measured run of a real server and its replay, one panel a latency.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, SMALL, TEXT, draw, fit, width_of};
use super::forest::{Frame, WIDTH, heading};
use super::palette::{FAINT_INK, GRID, INK, SKY};
use crate::report::numbers::short;
use crate::verify::measured::{Compared, Comparison, Role};

const LEFT: i32 = 56;
const RIGHT: i32 = 14;
const GAP: i32 = 22;
const TOP: i32 = 88;
const HEIGHT: i32 = 220;
const BOTTOM: i32 = 46;

/// The axis of a latency ends this much beyond the longest.
const ROOM: f64 = 1.04;

/// A run's line: name, colour and width. Width tells them apart without colour, and lets both show where they meet.
type Line = (&'static str, RGBColor, u32);
const MEASURED: Line = ("measured", SKY, 5);
const SIMULATED: Line = ("simulated", INK, 2);

/// The share of requests at most as slow as each value, measured and simulated, for each latency that clients feel.
#[must_use]
pub fn cumulative(comparison: &Comparison, title: &str) -> String {
    let panels: Vec<&Compared> =
        comparison.latencies.iter().filter(|compared| compared.latency.role != Role::Part).collect();
    draw(WIDTH, TOP + HEIGHT + BOTTOM, |canvas| {
        heading(canvas, title)?;
        legend(canvas, 40)?;
        if panels.is_empty() {
            let text = "No request was served in both runs.";
            return canvas.text(text, (LEFT, TOP + HEIGHT / 2), Lettering::new(TEXT));
        }
        shares(canvas)?;
        let count = panels.len() as i32;
        let width = (WIDTH - LEFT - RIGHT - (count - 1) * GAP) / count;
        for (at, compared) in panels.into_iter().enumerate() {
            let left = LEFT + at as i32 * (width + GAP);
            let plot = Frame { left, right: left + width, top: TOP, bottom: TOP + HEIGHT };
            panel(canvas, compared, plot)?;
        }
        Ok(())
    })
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let mut x = 12;
    for (name, colour, width) in [MEASURED, SIMULATED] {
        canvas.line(&[(x, y), (x + 26, y)], colour, width)?;
        canvas.text(name, (x + 34, y), Lettering::new(SMALL))?;
        x += 58 + width_of(name, SMALL);
    }
    canvas.text("share of requests at most as slow", (x, y), Lettering::new(SMALL).colour(FAINT_INK))
}

/// The range of the vertical axis in percent.
const SHARES: (f64, f64) = (0.0, 100.0);

/// The labels of the vertical axis, once for all panels.
fn shares(canvas: &Canvas<'_>) -> Drawn {
    let label = Lettering::new(SMALL).anchor(Anchor::End);
    for (y, text) in Axis::new(SHARES, (TOP + HEIGHT, TOP)).ticks(5) {
        canvas.text(&format!("{text} %"), (LEFT - 8, y), label)?;
    }
    Ok(())
}

fn panel(canvas: &Canvas<'_>, compared: &Compared, plot: Frame) -> Drawn {
    let latency = &compared.latency;
    let longest = [&compared.measured, &compared.simulated].into_iter().filter_map(|values| values.last());
    let values = Axis::new((0.0, ROOM * longest.copied().fold(0.0, f64::max)), (plot.left, plot.right));
    let shares = Axis::new(SHARES, (plot.bottom, plot.top));
    let small = Lettering::new(SMALL);
    for (y, _) in shares.ticks(5) {
        canvas.line(&[(plot.left, y), (plot.right, y)], GRID, 1)?;
    }
    for (x, label) in values.ticks(4) {
        canvas.line(&[(x, plot.top), (x, plot.bottom)], GRID, 1)?;
        canvas.text(&label, (x, plot.bottom + 12), small.anchor(Anchor::Middle))?;
    }
    canvas.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], FAINT_INK, 1)?;
    for ((_, colour, width), values_of) in [(MEASURED, &compared.measured), (SIMULATED, &compared.simulated)]
    {
        canvas.line(&steps(values_of, &values, &shares), colour, width)?;
    }
    let middle = (plot.left + plot.right) / 2;
    let unit = format!("{} in {}", latency.name, latency.unit);
    let faint = small.colour(FAINT_INK).anchor(Anchor::Middle);
    canvas.text(&fit(&unit, SMALL, plot.right - plot.left), (middle, plot.bottom + 30), faint)?;
    let Some(mean) = compared.statistics.first() else { return Ok(()) };
    let means =
        format!("mean {}, simulated {} {}", short(mean.measured), short(mean.simulated), latency.unit);
    canvas.text(
        &fit(&means, SMALL, plot.right - plot.left),
        (middle, plot.top - 16),
        small.anchor(Anchor::Middle),
    )
}

/// The corners of the steps of the cumulative distribution of ascending values; those of the same pixel once.
fn steps(ascending: &[f64], values: &Axis, shares: &Axis) -> Vec<(i32, i32)> {
    let each = 100.0 / ascending.len().max(1) as f64;
    let corners = ascending.iter().enumerate().flat_map(|(below, &value)| {
        let x = values.at(value);
        [(x, shares.at(each * below as f64)), (x, shares.at(each * (below + 1) as f64))]
    });
    let mut points = vec![(values.at(0.0), shares.at(0.0))];
    points.extend(corners);
    points.dedup();
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_rise_at_the_values_and_many_values_stay_few_points() {
        let (values, shares) = (Axis::new((0.0, 4.0), (0, 40)), Axis::new(SHARES, (100, 0)));
        assert_eq!(steps(&[1.0, 4.0], &values, &shares), [(0, 100), (10, 100), (10, 50), (40, 50), (40, 0)]);
        let many: Vec<f64> = (0..100_000).map(|at| f64::from(at) / 25_000.0).collect();
        assert!(steps(&many, &values, &shares).len() < 200);
    }
}
