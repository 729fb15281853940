//! The trust map: each cell is shaded twice, by relative bias and by the share of wrong decisions, with both numbers in it.

use plotters::style::RGBColor;

use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, fit, two_lines, width_of};
use super::forest::{WIDTH, heading};
use super::palette::{self, FAINT_INK, GRID, INK};
use crate::readout::{Cell, TrustMap};
use crate::report::numbers::signed;

const TOP: i32 = 96;
const ROW: i32 = 46;
const BOTTOM: i32 = 74;
const RIGHT: i32 = 12;
/// A column is at least so wide that both numbers can be read.
const NARROWEST: i32 = 92;
const WIDEST: i32 = 150;

/// From good to bad: up to this share, this shade, and ink that can be read on it. One hue, light to dark, so that it
/// reads without colours too. The inks are not the palette's, so that a dark page leaves them as they are.
const SHADES: [(f64, RGBColor, RGBColor); 5] = [
    (0.05, RGBColor(0xf2, 0xf6, 0xfb), DARK),
    (0.10, RGBColor(0xc9, 0xdd, 0xf0), DARK),
    (0.25, RGBColor(0x8f, 0xb8, 0xde), DARK),
    (0.50, RGBColor(0x2f, 0x78, 0xb7), LIGHT),
    (f64::INFINITY, RGBColor(0x0b, 0x35, 0x5f), LIGHT),
];
const DARK: RGBColor = RGBColor(0x11, 0x11, 0x11);
const LIGHT: RGBColor = RGBColor(0xfe, 0xfe, 0xfe);
const EMPTY: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

/// A map with its legend.
#[must_use]
pub fn trust_map(map: &TrustMap) -> String {
    let words = map.rows.iter().flat_map(|name| name.split(" / "));
    let names = words.map(|word| width_of(word, TEXT)).max().unwrap_or(0);
    let left = (names + 24).clamp(120, 240);
    let count = map.columns.len().max(1) as i32;
    let column = ((WIDTH - left - RIGHT) / count).clamp(NARROWEST, WIDEST);
    let width = (left + column * count + RIGHT).max(WIDTH);
    let height = TOP + ROW * map.rows.len().max(1) as i32 + BOTTOM;
    draw(width, height, |canvas| {
        heading(canvas, &format!("Where to trust which design: {}, {}", map.title, map.metric))?;
        header(canvas, map, left, column)?;
        for (at, (name, cells)) in map.rows.iter().zip(&map.cells).enumerate() {
            let y = TOP + at as i32 * ROW;
            label(canvas, name, left, y)?;
            for (at, one) in cells.iter().enumerate() {
                cell(canvas, one, (left + at as i32 * column, y), column)?;
            }
        }
        legend(canvas, height - BOTTOM + 22)
    })
}

fn header(canvas: &Canvas<'_>, map: &TrustMap, left: i32, column: i32) -> Drawn {
    let faint = Lettering::new(SMALL).colour(FAINT_INK);
    canvas.text(&fit(&map.column_key, SMALL, column * map.columns.len() as i32), (left + 4, 38), faint)?;
    canvas.text(&fit(&map.row_key, SMALL, left - 16), (left - 12, TOP - 12), faint.anchor(Anchor::End))?;
    for (at, name) in map.columns.iter().enumerate() {
        let middle = left + at as i32 * column + column / 2;
        let text = Lettering::new(TEXT).anchor(Anchor::Middle);
        canvas.text(&fit(name, TEXT, column - 6), (middle, 56), text.bold())?;
        if let Some(truth) = map.truths.as_ref().and_then(|truths| truths.get(at)) {
            let truth = format!("truth {}", signed(truth.value));
            canvas.text(&fit(&truth, SMALL, column - 4), (middle, 72), faint.anchor(Anchor::Middle))?;
        }
        let quarter = column / 4;
        canvas.text("bias", (middle - quarter, TOP - 9), faint.anchor(Anchor::Middle))?;
        canvas.text("wrong", (middle + quarter, TOP - 9), faint.anchor(Anchor::Middle))?;
    }
    Ok(())
}

fn label(canvas: &Canvas<'_>, name: &str, left: i32, y: i32) -> Drawn {
    let text = Lettering::new(TEXT).anchor(Anchor::End);
    // A design above its estimator.
    if let Some((design, estimator)) = name.split_once(" / ") {
        canvas.text(&fit(design, TEXT, left - 22), (left - 12, y + ROW / 2 - 8), text)?;
        let faint = Lettering::new(SMALL).colour(FAINT_INK).anchor(Anchor::End);
        return canvas.text(&fit(estimator, SMALL, left - 22), (left - 12, y + ROW / 2 + 8), faint);
    }
    match two_lines(name, TEXT, left - 22) {
        (line, None) => canvas.text(&line, (left - 12, y + ROW / 2), text),
        (first, Some(second)) => {
            canvas.text(&first, (left - 12, y + ROW / 2 - 8), text)?;
            canvas.text(&second, (left - 12, y + ROW / 2 + 8), text)
        }
    }
}

fn cell(canvas: &Canvas<'_>, cell: &Cell, (x, y): (i32, i32), column: i32) -> Drawn {
    let (from, to) = ((x + 1, y + 1), (x + column - 2, y + ROW - 2));
    let middle = x + column / 2;
    match cell {
        Cell::Graded { rel_bias, wrong_decision, standing } => {
            let bias = format!("{:+.0} %", 100.0 * rel_bias.value + 0.0);
            half(canvas, (from, (middle - 1, to.1)), rel_bias.value.abs(), &bias)?;
            let wrong = format!("{:.0} %", 100.0 * wrong_decision.value);
            half(canvas, ((middle, from.1), to), wrong_decision.value, &wrong)?;
            let mark = (middle, to.1 - 8);
            canvas.marker(Marker::Circle, mark, 8, LIGHT)?;
            canvas.marker(Marker::of(*standing), mark, 5, palette::of(*standing))
        }
        Cell::NoSign(standing) => {
            canvas.bar(from, to, EMPTY, 1.0)?;
            let text = Lettering::new(SMALL).colour(DARK).anchor(Anchor::Middle);
            canvas.text("truth near 0", (middle, y + ROW / 2 - 8), text)?;
            canvas.marker(Marker::of(*standing), (middle, to.1 - 9), 5, palette::of(*standing))
        }
        Cell::NoAnswer(_) => {
            canvas.bar(from, to, EMPTY, 1.0)?;
            canvas.line(&[from, to], GRID, 2)?;
            let text = Lettering::new(SMALL).colour(DARK).anchor(Anchor::Middle);
            canvas.text("no answer", (middle, y + ROW / 2), text)
        }
    }
}

fn half(canvas: &Canvas<'_>, (from, to): ((i32, i32), (i32, i32)), share: f64, text: &str) -> Drawn {
    let (_, shade, ink) = SHADES.into_iter().find(|(up_to, _, _)| share <= *up_to).unwrap_or(SHADES[4]);
    canvas.bar(from, to, shade, 1.0)?;
    let at = ((from.0 + to.0) / 2, from.1 + 14);
    canvas.text(
        &fit(text, SMALL, to.0 - from.0),
        at,
        Lettering::new(SMALL).colour(ink).anchor(Anchor::Middle),
    )
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let small = Lettering::new(SMALL);
    let mut x = 12;
    canvas.text("bias or wrong decisions up to", (x, y), small.colour(FAINT_INK))?;
    x += width_of("bias or wrong decisions up to", SMALL) + 10;
    for (up_to, shade, ink) in SHADES {
        let text = if up_to.is_finite() { format!("{:.0} %", 100.0 * up_to) } else { "more".to_owned() };
        canvas.bar((x, y - 10), (x + 52, y + 10), shade, 1.0)?;
        canvas.text(&text, (x + 26, y), small.colour(ink).anchor(Anchor::Middle))?;
        x += 54;
    }
    let mut x = 12;
    for standing in [
        crate::readout::Standing::Trust,
        crate::readout::Standing::Caution,
        crate::readout::Standing::Misleads,
    ] {
        canvas.marker(Marker::of(standing), (x + 6, y + 28), 5, palette::of(standing))?;
        canvas.text(standing.name(), (x + 18, y + 28), small.colour(INK))?;
        x += 34 + width_of(standing.name(), SMALL);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readout::Standing;
    use crate::stats::Measure;

    fn map(name: &str) -> TrustMap {
        let measure = |value| Measure { value, mcse: 0.01 };
        let graded = |bias, wrong, standing| Cell::Graded {
            rel_bias: measure(bias),
            wrong_decision: measure(wrong),
            standing,
        };
        TrustMap {
            title: name.to_owned(),
            metric: "ttft_ms_mean (ms)".to_owned(),
            row_key: "design / estimator".to_owned(),
            column_key: "workload.rate".to_owned(),
            rows: vec![format!("{name} / difference_in_means"), "cluster / cluster_means".to_owned()],
            columns: vec!["16/s".to_owned(), "20/s".to_owned()],
            cells: vec![
                vec![graded(-0.61, 1.0, Standing::Misleads), Cell::NoSign(Standing::Caution)],
                vec![graded(0.02, 0.04, Standing::Trust), Cell::NoAnswer("too few units".to_owned())],
            ],
            truths: Some(vec![measure(-44.4), measure(0.0)]),
        }
    }

    #[test]
    fn every_cell_shows_its_numbers_or_says_that_it_has_none() {
        let svg = trust_map(&map("request"));
        for text in ["-61 %", "100 %", "+2 %", "truth near 0", "no answer", "misleads", "16/s"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN") && svg.len() < 60_000);
        assert_eq!(svg, trust_map(&map("request")));
    }

    #[test]
    fn hostile_names_are_escaped_and_many_columns_stay_readable() {
        let mut many = map("<script>");
        many.columns = (0..30).map(|at| format!("{at}/s")).collect();
        for row in &mut many.cells {
            *row = vec![row[0].clone(); 30];
        }
        many.truths = None;
        let svg = trust_map(&many);
        assert!(!svg.contains("<script"));
        let width: i32 = svg.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        assert!(width >= 30 * NARROWEST, "{width}");
    }
}
