//! A drawing area in pixels: the few shapes the figures need, and text whose width is estimated.
//!
//! No font is loaded: readers use their own sans-serif, so widths are estimates on the generous side.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBAColor, RGBColor, TextStyle};

use super::palette::{INK, PAPER};
use crate::readout::Standing;
use crate::report::numbers::plain;

pub(super) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Size of ordinary text in pixels.
pub(super) const TEXT: i32 = 13;
/// Size of small text in pixels.
pub(super) const SMALL: i32 = 11;

/// Where text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lettering {
    pub size: i32,
    pub colour: RGBColor,
    pub anchor: Anchor,
    pub bold: bool,
}

impl Lettering {
    /// Ordinary text that starts at its point.
    pub const fn new(size: i32) -> Self {
        Self { size, colour: INK, anchor: Anchor::Start, bold: false }
    }

    pub const fn colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    pub const fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// Shapes that mark a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Triangle,
    Square,
    Diamond,
    Cross,
}

impl Marker {
    /// Markers of kinds of event, in the order of the kinds.
    pub const KINDS: [Self; 5] = [Self::Square, Self::Diamond, Self::Triangle, Self::Circle, Self::Cross];

    /// The marker of a standing; its colour is [`super::palette::of`].
    pub const fn of(standing: Standing) -> Self {
        match standing {
            Standing::Trust => Self::Circle,
            Standing::Caution => Self::Triangle,
            Standing::Misleads => Self::Square,
            Standing::NoAnswer => Self::Cross,
        }
    }
}

/// A drawing area in pixels.
pub(super) struct Canvas<'a>(DrawingArea<SVGBackend<'a>, Shift>);

/// An SVG of this size, filled by `paint`.
pub(super) fn draw(width: i32, height: i32, paint: impl FnOnce(&Canvas<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    let drawn = {
        let backend = SVGBackend::with_string(&mut svg, (width.max(1) as u32, height.max(1) as u32));
        let canvas = Canvas(backend.into_drawing_area());
        canvas.0.fill(&PAPER).and_then(|()| paint(&canvas)).and_then(|()| canvas.0.present())
    };
    match drawn {
        Ok(()) => svg,
        // Drawing into a string does not fail; if it ever does, the reader sees it.
        Err(_) => "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"320\" height=\"40\">\
                   <text x=\"8\" y=\"24\">This figure could not be drawn.</text></svg>"
            .to_owned(),
    }
}

impl Canvas<'_> {
    /// A line of 1 pixel or more through the points.
    pub fn line(&self, points: &[(i32, i32)], colour: RGBColor, width: u32) -> Drawn {
        self.0.draw(&PathElement::new(points.to_vec(), colour.stroke_width(width)))
    }

    /// A dashed vertical line.
    pub fn dashes(&self, x: i32, (top, bottom): (i32, i32), colour: RGBColor) -> Drawn {
        (top..bottom).step_by(7).try_for_each(|y| self.line(&[(x, y), (x, (y + 4).min(bottom))], colour, 1))
    }

    /// A filled rectangle, `opacity` from 0 to 1.
    pub fn bar(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor, opacity: f64) -> Drawn {
        let RGBColor(r, g, b) = colour;
        self.0.draw(&Rectangle::new([from, to], RGBAColor(r, g, b, opacity).filled()))
    }

    /// A filled shape around a point; `radius` is about half its width.
    pub fn marker(&self, marker: Marker, (x, y): (i32, i32), radius: i32, colour: RGBColor) -> Drawn {
        let r = radius;
        match marker {
            Marker::Circle => self.0.draw(&Circle::new((x, y), r, colour.filled())),
            Marker::Square => self.bar((x - r + 1, y - r + 1), (x + r - 1, y + r - 1), colour, 1.0),
            Marker::Triangle => self.shape(vec![(x, y - r), (x + r, y + r), (x - r, y + r)], colour),
            Marker::Diamond => self.shape(vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)], colour),
            Marker::Cross => {
                self.line(&[(x - r, y - r), (x + r, y + r)], colour, 2)?;
                self.line(&[(x - r, y + r), (x + r, y - r)], colour, 2)
            }
        }
    }

    /// A filled polygon.
    pub fn shape(&self, corners: Vec<(i32, i32)>, colour: RGBColor) -> Drawn {
        self.area(corners, colour, 1.0)
    }

    /// A filled polygon, `opacity` from 0 to 1.
    pub fn area(&self, corners: Vec<(i32, i32)>, RGBColor(r, g, b): RGBColor, opacity: f64) -> Drawn {
        self.0.draw(&Polygon::new(corners, RGBAColor(r, g, b, opacity).filled()))
    }

    /// Text, centred vertically on its point. Its characters are escaped by the SVG backend.
    pub fn text(&self, text: &str, at: (i32, i32), lettering: Lettering) -> Drawn {
        let horizontal = match lettering.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        // The SVG backend divides sizes by 1.24.
        let font = ("sans-serif", f64::from(lettering.size) * 1.24).into_font();
        let font = if lettering.bold { font.style(FontStyle::Bold) } else { font };
        let style = TextStyle::from(font).color(&lettering.colour).pos(Pos::new(horizontal, VPos::Center));
        self.0.draw(&Text::new(plain(text), at, style))
    }
}

/// The estimated width of text in pixels.
pub(super) fn width_of(text: &str, size: i32) -> i32 {
    let per_mille: i32 = text.chars().map(letter_per_mille).sum();
    per_mille * size / 1000
}

/// Width of a letter in thousandths of the font size, on the generous side for the usual sans-serif fonts.
const fn letter_per_mille(letter: char) -> i32 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 330,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '/' | '-' => 430,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '±' => 960,
        'A'..='Z' => 740,
        '\u{1100}'.. => 1100,
        _ => 630,
    }
}

/// Text that fits `width` pixels, cut with an ellipsis where it must be.
pub(super) fn fit(text: &str, size: i32, width: i32) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let mut room = width - width_of("…", size);
    let fits = |letter: &char| {
        room -= letter_per_mille(*letter) * size / 1000 + 1;
        room >= 0
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

/// Text on one line where it fits, else broken at a space or dash into two, of which the second may be cut.
pub(super) fn two_lines(text: &str, size: i32, width: i32) -> (String, Option<String>) {
    if width_of(text, size) <= width {
        return (text.to_owned(), None);
    }
    let breaks =
        text.char_indices().filter(|(_, c)| matches!(c, ' ' | '-' | '_' | '/')).map(|(at, _)| at + 1);
    let first = breaks.take_while(|&at| width_of(text[..at].trim_end(), size) <= width).last();
    match first {
        Some(at) => (text[..at].trim_end().to_owned(), Some(fit(&text[at..], size, width))),
        None => (fit(text, size, width), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_does_not_fit_is_cut_with_an_ellipsis() {
        assert_eq!(fit("short", 13, 200), "short");
        let cut = fit(&"wide".repeat(40), 13, 200);
        assert!(cut.ends_with('…') && width_of(&cut, 13) <= 200);
    }

    #[test]
    fn a_long_name_is_broken_in_two_where_it_can_be() {
        assert_eq!(two_lines("one line", 13, 200), ("one line".to_owned(), None));
        let (first, second) = two_lines("a design with a rather long name", 13, 120);
        assert_eq!((first.as_str(), second.as_deref()), ("a design with a", Some("rather long name")));
        assert!(two_lines(&"x".repeat(90), 13, 120).0.ends_with('…'));
    }

    #[test]
    fn text_is_escaped() {
        let svg = draw(200, 20, |canvas| canvas.text("<script>&\"'", (0, 10), Lettering::new(TEXT)));
        assert!(svg.contains("&lt;script&gt;&amp;&quot;&apos;") && !svg.contains("<script"), "{svg}");
    }
}
