//! Where each design's error comes from: luck of the assignment, spillover on control, dilution of the treated.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, width_of};
use super::forest::{Frame, WIDTH, bottom_axis, heading, label_width, row_label};
use super::palette::{FAINT_INK, INK, PURPLE, SKY, VERMILLION};
use crate::readout::Verdict;
use crate::report::numbers::signed;
use crate::study::tables::Decomposition;

const ROW: i32 = 42;
const TOP: i32 = 56;
const BOTTOM: i32 = 46;

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
    let plot = Frame { left: label_width(verdict), right: WIDTH - 70, top: TOP, bottom: TOP + rows * ROW };
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
    let title =
        format!("error on {} in {} (the true effect is {})", metric.name, metric.unit, signed(verdict.truth));
    bottom_axis(canvas, &axis, plot, &title)?;
    if verdict.findings.is_empty() {
        canvas.text("No design was graded.", (plot.left + 12, plot.row(0, ROW)), Lettering::new(TEXT))?;
    }
    for (at, finding) in verdict.findings.iter().enumerate() {
        let y = plot.row(at, ROW);
        row_label(canvas, finding, plot, y)?;
        match &finding.parts {
            Some(parts) => stack(canvas, parts, &axis, plot, y)?,
            None => {
                let lettering = Lettering::new(SMALL).colour(FAINT_INK);
                canvas.text("cannot be split", (plot.left + 12, y), lettering)?;
            }
        }
    }
    canvas.line(&[(axis.at(0.0), plot.top), (axis.at(0.0), plot.bottom)], INK, 1)
}

/// Positive parts to the right of zero, negative ones to the left; the diamond is their sum.
fn stack(canvas: &Canvas<'_>, parts: &Decomposition, axis: &Axis, plot: Frame, y: i32) -> Drawn {
    let (mut low, mut high) = (0.0, 0.0);
    for (_, colour, of) in PARTS {
        let part = of(parts);
        let end = if part < 0.0 { &mut low } else { &mut high };
        let (from, to) = (*end, *end + part);
        *end = to;
        canvas.bar((axis.at(from.min(to)), y - 9), (axis.at(from.max(to)), y + 9), colour, 1.0)?;
    }
    canvas.marker(Marker::Diamond, (axis.at(parts.error), y), 6, INK)?;
    canvas.text(&signed(parts.error), (plot.right + 8, y), Lettering::new(SMALL))
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let mut x = 12;
    for (name, colour, _) in PARTS {
        canvas.bar((x, y - 6), (x + 14, y + 6), colour, 1.0)?;
        canvas.text(name, (x + 20, y), Lettering::new(SMALL))?;
        x += 40 + width_of(name, SMALL);
    }
    canvas.marker(Marker::Diamond, (x + 6, y), 6, INK)?;
    canvas.text("all together", (x + 18, y), Lettering::new(SMALL))
}

fn range(verdict: &Verdict) -> (f64, f64) {
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for parts in verdict.findings.iter().filter_map(|finding| finding.parts.as_ref()) {
        let signed = PARTS.map(|(_, _, of)| of(parts));
        low = low.min(signed.iter().map(|part| part.min(0.0)).sum());
        high = high.max(signed.iter().map(|part| part.max(0.0)).sum());
    }
    let margin = 0.03 * (high - low);
    (low - margin, high + margin)
}
