//! Where each design's error comes from: luck of the assignment, spillover on control, dilution of the treated.
//!
//! Parts of one sign are stacked on one side of zero, so that parts that cancel stay visible; what remains stands beneath
//! them with its Monte-Carlo error.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, width_of};
use super::forest::{Frame, WIDTH, bottom_axis, heading, label_width, row_label};
use super::palette::{FAINT_INK, INK, ON_COLOUR, PURPLE, SKY, VERMILLION};
use crate::readout::{Finding, Verdict};
use crate::report::numbers::{signed, signed_with_error};
use crate::stats::Measure;
use crate::study::tables::Decomposition;

const ROW: i32 = 46;
const TOP: i32 = 56;
const BOTTOM: i32 = 46;
const RIGHT: i32 = 106;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.96;

type Part = (&'static str, RGBColor, fn(&Decomposition) -> f64);

const PARTS: [Part; 3] = [
    ("sampling", SKY, |parts| parts.sampling_part),
    ("spillover on control", VERMILLION, |parts| parts.spillover_on_control),
    ("dilution on treated", PURPLE, |parts| parts.dilution_on_treated),
];

/// The mean error of each design and estimator as stacked bars of its exact parts.
#[must_use]
pub fn error_split(verdict: &Verdict) -> String {
    let rows = verdict.findings.len().max(1) as i32;
    let plot = Frame { left: label_width(verdict), right: WIDTH - RIGHT, top: TOP, bottom: TOP + rows * ROW };
    draw(WIDTH, plot.bottom + BOTTOM, |canvas| paint(canvas, verdict, plot))
}

fn paint(canvas: &Canvas<'_>, verdict: &Verdict, plot: Frame) -> Drawn {
    let axis = Axis::new(range(verdict), (plot.left + 8, plot.right - 8));
    heading(
        canvas,
        &format!("Where the error about {} comes from, mean over replications", verdict.candidate),
    )?;
    legend(canvas, 38)?;
    let metric = verdict.metric;
    let title = format!(
        "error on {} in {}: left too low, right too high (the true effect is {})",
        metric.name,
        metric.unit,
        signed(verdict.truth)
    );
    bottom_axis(canvas, &axis, plot, &title)?;
    if verdict.findings.is_empty() {
        canvas.text("No design was graded.", (plot.left + 12, plot.row(0, ROW)), Lettering::new(TEXT))?;
    }
    for (at, finding) in verdict.findings.iter().enumerate() {
        let y = plot.row(at, ROW);
        row_label(canvas, finding, plot, y)?;
        match &finding.parts {
            Some(parts) => {
                stack(canvas, parts, &axis, y - 7)?;
                sum(canvas, error_of(finding, parts), &axis, plot, y + 12)?;
            }
            None => {
                let lettering = Lettering::new(SMALL).colour(FAINT_INK);
                canvas.text("cannot be split", (plot.left + 12, y), lettering)?;
            }
        }
    }
    canvas.line(&[(axis.at(0.0), plot.top), (axis.at(0.0), plot.bottom)], INK, 1)
}

/// The mean error, with its Monte-Carlo error where one is known.
fn error_of(finding: &Finding, parts: &Decomposition) -> Measure {
    Measure { value: parts.error, mcse: finding.performance.map_or(0.0, |performance| performance.bias.mcse) }
}

/// Positive parts to the right of zero, negative ones to the left, each with its number where there is room.
fn stack(canvas: &Canvas<'_>, parts: &Decomposition, axis: &Axis, y: i32) -> Drawn {
    let (mut low, mut high) = (0.0, 0.0);
    for (_, colour, of) in PARTS {
        let part = of(parts);
        let end = if part < 0.0 { &mut low } else { &mut high };
        let (from, to) = (*end, *end + part);
        *end = to;
        let (left, right) = (axis.at(from.min(to)), axis.at(from.max(to)));
        canvas.bar((left, y - 9), (right, y + 9), colour, 1.0)?;
        let number = signed(part);
        if width_of(&number, SMALL) + 6 <= right - left {
            let lettering = Lettering::new(SMALL).colour(ON_COLOUR).anchor(Anchor::Middle);
            canvas.text(&number, ((left + right) / 2, y), lettering)?;
        }
    }
    Ok(())
}

/// What the parts come to.
fn sum(canvas: &Canvas<'_>, error: Measure, axis: &Axis, plot: Frame, y: i32) -> Drawn {
    let [low, high] = interval(error).map(|end| axis.at(end));
    canvas.line(&[(low, y), (high, y)], INK, 2)?;
    canvas.marker(Marker::Diamond, (axis.at(error.value), y), 5, INK)?;
    canvas.text(&signed_with_error(error), (plot.right + 8, y), Lettering::new(SMALL))
}

fn interval(error: Measure) -> [f64; 2] {
    [error.value - Z * error.mcse, error.value + Z * error.mcse]
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let mut x = 12;
    for (name, colour, _) in PARTS {
        canvas.bar((x, y - 6), (x + 14, y + 6), colour, 1.0)?;
        canvas.text(name, (x + 20, y), Lettering::new(SMALL))?;
        x += 40 + width_of(name, SMALL);
    }
    canvas.line(&[(x, y), (x + 20, y)], INK, 2)?;
    canvas.marker(Marker::Diamond, (x + 10, y), 5, INK)?;
    let text = format!("all together ± {Z} Monte-Carlo errors");
    canvas.text(&text, (x + 26, y), Lettering::new(SMALL))
}

fn range(verdict: &Verdict) -> (f64, f64) {
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for finding in &verdict.findings {
        let Some(parts) = &finding.parts else { continue };
        let signed = PARTS.map(|(_, _, of)| of(parts));
        let [from, to] = interval(error_of(finding, parts));
        low = low.min(signed.iter().map(|part| part.min(0.0)).sum::<f64>().min(from));
        high = high.max(signed.iter().map(|part| part.max(0.0)).sum::<f64>().max(to));
    }
    let margin = 0.03 * (high - low);
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    #[test]
    fn parts_that_cancel_stay_visible() {
        let (scenario, graded) = fixture::study("p2c");
        let mut verdict = verdicts(&graded, scenario.study.primary).remove(0);
        let parts = Decomposition {
            error: 0.5,
            sampling_part: 0.5,
            spillover_on_control: 50.0,
            dilution_on_treated: -50.0,
        };
        verdict.findings.iter_mut().for_each(|finding| finding.parts = Some(parts));
        let svg = error_split(&verdict);
        let rows = verdict.findings.len();
        for number in ["+50.0", "-50.0"] {
            assert_eq!(svg.lines().filter(|line| line.trim() == number).count(), rows, "{number} in {svg}");
        }
        let (low, high) = range(&verdict);
        assert!(low < -50.0 && high > 50.5, "{low} {high}");
    }
}
