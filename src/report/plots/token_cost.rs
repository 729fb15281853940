//! The tail of what requests cost in tokens, and how slowly its mean settles.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, fit, width_of};
use super::forest::{Frame, WIDTH, heading};
use super::latency::{Line, lines};
use super::log_axis::LogAxis;
use super::palette::{BLUE, FAINT_INK, GRID, INK, VERMILLION};
use crate::report::numbers::short;
use crate::scenario::Scenario;
use crate::stats::{BucketCounts, bucket_of, smallest_of};
use crate::study::Graded;
use crate::study::tables::{Distributed, TokenMeanRow};

const TOP: i32 = 62;
const HEIGHT: i32 = 220;
const BOTTOM: i32 = 46;
const TAIL: Frame = Frame { left: 64, right: 346, top: TOP, bottom: TOP + HEIGHT };
const MEAN: Frame = Frame { left: 424, right: WIDTH - 18, top: TOP, bottom: TOP + HEIGHT };

/// The running mean is drawn from this many requests on: before, it is any number.
const FIRST: u64 = 8;

/// The share of requests at least as long in tokens, by policy, beside the running mean of the control's.
#[must_use]
pub fn token_cost(graded: &Graded, scenario: &Scenario) -> String {
    draw(WIDTH, TOP + HEIGHT + BOTTOM, |canvas| {
        heading(canvas, "What requests cost in tokens, prompt and answer together")?;
        let faint = Lettering::new(SMALL).colour(FAINT_INK);
        canvas.text("share of requests at least as long", (12, 42), faint)?;
        canvas.text("mean of the first requests, tokens", (MEAN.left - 50, 42), faint)?;
        tail(canvas, &lines(graded, scenario, Distributed::Tokens))?;
        let rows: Vec<&TokenMeanRow> = graded.token_mean.iter().filter(|row| row.requests >= FIRST).collect();
        running_mean(canvas, &rows)
    })
}

/// The ground of a panel: grid and labels of both axes.
fn ground(canvas: &Canvas<'_>, plot: Frame, x: &LogAxis, y_ticks: &[(i32, String)], title: &str) -> Drawn {
    let small = Lettering::new(SMALL);
    for (y, label) in y_ticks {
        canvas.line(&[(plot.left, *y), (plot.right, *y)], GRID, 1)?;
        canvas.text(label, (plot.left - 6, *y), small.anchor(Anchor::End))?;
    }
    for (x, label) in x.ticks() {
        canvas.line(&[(x, plot.top), (x, plot.bottom)], GRID, 1)?;
        canvas.text(&label, (x, plot.bottom + 12), small.anchor(Anchor::Middle))?;
    }
    canvas.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], FAINT_INK, 1)?;
    let faint = small.colour(FAINT_INK).anchor(Anchor::Middle);
    canvas.text(title, ((plot.left + plot.right) / 2, plot.bottom + 30), faint)
}

fn nothing(canvas: &Canvas<'_>, plot: Frame) -> Drawn {
    let at = ((plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2);
    canvas.text("No request was completed.", at, Lettering::new(TEXT).anchor(Anchor::Middle))
}

/// Each smallest number of a bucket that holds any, with the share of requests at least as large.
fn survival(counts: &BucketCounts) -> Vec<(f64, f64)> {
    let all = counts.total();
    let mut shorter = 0;
    let mut points = Vec::new();
    for (at_most, below) in counts.cumulative() {
        points.push((smallest_of(bucket_of(at_most)) as f64, (all - shorter) as f64 / all as f64));
        shorter = below;
    }
    points
}

fn tail(canvas: &Canvas<'_>, lines: &[Line<'_>]) -> Drawn {
    let curves: Vec<Vec<(f64, f64)>> = lines.iter().map(|line| survival(line.2)).collect();
    let ends = |of: fn(&(f64, f64)) -> f64, pick: fn(f64, f64) -> f64| {
        curves.iter().flatten().map(of).reduce(pick).unwrap_or(1.0)
    };
    let x = LogAxis::new(
        (ends(|point| point.0, f64::min), ends(|point| point.0, f64::max)),
        (TAIL.left, TAIL.right),
    );
    let y = LogAxis::new((ends(|point| point.1, f64::min), 1.0), (TAIL.bottom, TAIL.top));
    ground(canvas, TAIL, &x, &y.ticks(), "tokens of a request, logarithmic")?;
    if lines.is_empty() {
        return nothing(canvas, TAIL);
    }
    for (at, ((name, stroke, _), curve)) in lines.iter().zip(&curves).enumerate() {
        let mut points: Vec<(i32, i32)> = curve.iter().map(|point| (x.at(point.0), y.at(point.1))).collect();
        points.dedup();
        stroke.draw(canvas, &points)?;
        // Names stand in the lower left, which the curves leave empty, each with its own line.
        let (left, name_y) = (TAIL.left + 10, TAIL.bottom - 16 - 18 * (lines.len() - 1 - at).min(8) as i32);
        stroke.draw(canvas, &[(left, name_y), (left + 26, name_y)])?;
        canvas.text(&fit(name, SMALL, 110), (left + 33, name_y), Lettering::new(SMALL))?;
    }
    Ok(())
}

fn running_mean(canvas: &Canvas<'_>, rows: &[&TokenMeanRow]) -> Drawn {
    let means = || rows.iter().map(|row| row.mean_tokens);
    let most = rows.last().map_or(10.0, |row| row.requests as f64);
    let x = LogAxis::new((FIRST as f64, most), (MEAN.left, MEAN.right));
    let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
    let room = 0.06 * (high - low);
    let y = Axis::new((low - room, high + room), (MEAN.bottom - 14, MEAN.top));
    ground(canvas, MEAN, &x, &y.ticks(5), "requests of the first replication, logarithmic")?;
    let Some(last) = rows.last() else { return nothing(canvas, MEAN) };
    let end = y.at(last.mean_tokens);
    (MEAN.left..MEAN.right)
        .step_by(8)
        .try_for_each(|x| canvas.line(&[(x, end), (x + 3, end)], FAINT_INK, 1))?;
    let points: Vec<(i32, i32)> =
        rows.iter().map(|row| (x.at(row.requests as f64), y.at(row.mean_tokens))).collect();
    canvas.line(&points, BLUE, 2)?;
    // Only where a new largest request came.
    let mut last_marker = i32::MIN;
    for pair in rows.windows(2).filter(|pair| pair[1].largest_tokens > pair[0].largest_tokens) {
        let at = x.at(pair[1].requests as f64);
        if at >= last_marker.saturating_add(7) {
            canvas.marker(Marker::Triangle, (at, MEAN.bottom - 6), 4, VERMILLION)?;
            last_marker = at;
        }
    }
    let note = "new largest request";
    let left = MEAN.right - width_of(note, SMALL);
    canvas.marker(Marker::Triangle, (left - 10, MEAN.top - 20), 4, VERMILLION)?;
    canvas.text(note, (left, MEAN.top - 20), Lettering::new(SMALL).colour(INK))?;
    // In the corner that the line does not end in.
    let text = format!("dashes: {}, all of them", short(last.mean_tokens));
    let y = if end > (MEAN.top + MEAN.bottom) / 2 { MEAN.top + 10 } else { MEAN.bottom - 24 };
    canvas.text(&text, (MEAN.right, y), Lettering::new(SMALL).anchor(Anchor::End))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn the_share_of_longer_requests_falls_from_all_to_one() {
        let (scenario, graded) = fixture::study("p2c");
        let (_, _, counts) = lines(&graded, &scenario, Distributed::Tokens)[0];
        let survival = survival(counts);
        assert_eq!(survival.first().map(|point| point.1), Some(1.0));
        assert_eq!(survival.last().map(|point| point.1), Some(1.0 / counts.total() as f64));
        assert!(survival.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1));
    }

    #[test]
    fn a_study_without_a_completed_request_says_so() {
        let (scenario, _) = fixture::study("p2c");
        assert_eq!(token_cost(&Graded::default(), &scenario).matches("No request was completed.").count(), 2);
    }
}
