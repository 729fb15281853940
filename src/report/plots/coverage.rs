//! Coverage beside power: whether a design's intervals are honest, and how often it finds anything.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, SMALL, TEXT, draw, fit, width_of};
use super::forest::{Frame, WIDTH, heading, label_width, row_label};
use super::palette::{self, BLUE, FAINT_INK, GRID, INK};
use crate::readout::Verdict;
use crate::report::numbers::percent;
use crate::stats::{CONFIDENCE_LEVEL, Measure, Performance};

const ROW: i32 = 42;
const TOP: i32 = 66;
const BOTTOM: i32 = 58;
const GAP: i32 = 14;

/// Room for a bar's number at its right.
const NUMBER: i32 = 76;

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.96;

/// One of the two panels.
struct Panel {
    title: &'static str,
    frame: Frame,
    of: fn(&Performance) -> Measure,
    colour: Option<RGBColor>,
}

/// Share of 95 % intervals that hold the truth and share of significant results, with their Monte-Carlo errors.
#[must_use]
pub fn coverage(verdict: &Verdict) -> String {
    let rows = verdict.findings.len().max(1) as i32;
    let (top, bottom) = (TOP, TOP + rows * ROW);
    let left = label_width(verdict);
    let width = (WIDTH - left - GAP) / 2 - NUMBER;
    let frame = |left: i32| Frame { left, right: left + width, top, bottom };
    let panels = [
        Panel {
            title: "intervals that hold the truth",
            frame: frame(left),
            of: |performance| performance.coverage,
            colour: None,
        },
        Panel {
            title: "results with p below 0.05",
            frame: frame(left + width + NUMBER + GAP),
            of: |performance| performance.power_or_size,
            colour: Some(palette::GREY),
        },
    ];
    draw(WIDTH, bottom + BOTTOM, |canvas| {
        heading(canvas, &format!("Coverage and power of each design on {}", verdict.candidate))?;
        panels.iter().try_for_each(|panel| panel.paint(canvas, verdict))?;
        for (at, finding) in verdict.findings.iter().enumerate() {
            row_label(canvas, finding, panels[0].frame, panels[0].frame.row(at, ROW))?;
        }
        let text = format!("whiskers: {Z} Monte-Carlo errors on each side");
        canvas.text(&text, (12, bottom + 42), Lettering::new(SMALL).colour(FAINT_INK))
    })
}

impl Panel {
    fn paint(&self, canvas: &Canvas<'_>, verdict: &Verdict) -> Drawn {
        let plot = self.frame;
        let axis = Axis::new((0.0, 100.0), (plot.left, plot.right));
        let small = Lettering::new(SMALL);
        let title = fit(self.title, SMALL, plot.right - plot.left + NUMBER);
        canvas.text(&title, (plot.left, plot.top - 26), small)?;
        for (x, label) in axis.ticks(5) {
            canvas.line(&[(x, plot.top), (x, plot.bottom)], GRID, 1)?;
            canvas.text(&label, (x, plot.bottom + 12), small.anchor(Anchor::Middle))?;
        }
        let middle = (plot.left + plot.right) / 2;
        canvas.text("%", (middle, plot.bottom + 26), small.colour(FAINT_INK).anchor(Anchor::Middle))?;
        for (at, finding) in verdict.findings.iter().enumerate() {
            let y = plot.row(at, ROW);
            match &finding.performance {
                Some(performance) => {
                    let colour = self.colour.unwrap_or(palette::of(finding.standing));
                    bar(canvas, &axis, (self.of)(performance), colour, y)?;
                    let number = percent((self.of)(performance));
                    canvas.text(&number, (plot.right + 8, y), small)?;
                }
                None => canvas.text("no answer", (plot.left + 8, y), small.colour(FAINT_INK))?,
            }
        }
        if verdict.findings.is_empty() {
            canvas.text("No design was graded.", (plot.left + 8, plot.row(0, ROW)), Lettering::new(TEXT))?;
        }
        canvas.line(&[(plot.left, plot.top), (plot.left, plot.bottom)], INK, 1)?;
        // Only intervals promise a share.
        if self.colour.is_some() {
            return Ok(());
        }
        let promised = 100.0 * CONFIDENCE_LEVEL;
        let x = axis.at(promised);
        canvas.line(&[(x, plot.top - 6), (x, plot.bottom)], BLUE, 2)?;
        let label = format!("promised {promised:.0} %");
        let left = x.min(WIDTH - width_of(&label, SMALL));
        canvas.text(&label, (left, plot.top - 12), small.colour(BLUE).bold().anchor(Anchor::Middle))
    }
}

/// A share as a bar from zero with its interval, held within 0 and 100 %.
fn bar(canvas: &Canvas<'_>, axis: &Axis, share: Measure, colour: RGBColor, y: i32) -> Drawn {
    let at = |value: f64| axis.at(100.0 * value);
    canvas.bar((at(0.0), y - 8), (at(share.value), y + 8), colour, 0.75)?;
    let (low, high) = (at(share.value - Z * share.mcse), at(share.value + Z * share.mcse));
    canvas.line(&[(low, y), (high, y)], INK, 2)?;
    [low, high].into_iter().try_for_each(|x| canvas.line(&[(x, y - 4), (x, y + 4)], INK, 2))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    #[test]
    fn bars_and_whiskers_stay_between_nothing_and_all() {
        let axis = Axis::new((0.0, 100.0), (200, 400));
        for share in [(0.0, 0.3), (1.0, 0.3), (0.5, 0.9)] {
            let share = Measure { value: share.0, mcse: share.1 };
            let svg = draw(WIDTH, 40, |canvas| bar(canvas, &axis, share, INK, 20));
            for piece in svg.split("points=\"").skip(1) {
                let corners = piece.split('"').next().unwrap().split_whitespace();
                for x in corners.map(|corner| corner.split(',').next().unwrap().parse::<i32>().unwrap()) {
                    assert!((200..=400).contains(&x), "{x} in {svg}");
                }
            }
        }
    }

    #[test]
    fn every_design_shows_both_shares() {
        let (scenario, graded) = fixture::study("p2c");
        let verdict = verdicts(&graded, scenario.study.primary).remove(0);
        let svg = coverage(&verdict);
        for finding in &verdict.findings {
            let performance = finding.performance.unwrap();
            for share in [performance.coverage, performance.power_or_size] {
                assert!(svg.contains(&percent(share)), "{} of {}", percent(share), finding.design);
            }
        }
    }
}
