//! What the lines and areas of a timeline are, in one row above it.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Drawn, Lettering, SMALL, fit, width_of};
use super::stroke::Stroke;

/// The middle of the row.
const Y: i32 = 38;

/// The longest name in pixels.
const ROOM: i32 = 230;

/// What stands before a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Swatch {
    Line(Stroke),
    /// A colour and its opacity, from 0 to 1.
    Area(RGBColor, f64),
}

/// Draw the entries from left to right.
pub(super) fn legend(canvas: &Canvas<'_>, entries: &[(String, Swatch)]) -> Drawn {
    let mut x = 12;
    for (name, swatch) in entries {
        match *swatch {
            Swatch::Line(stroke) => stroke.draw(canvas, &[(x, Y), (x + 24, Y)])?,
            Swatch::Area(colour, opacity) => canvas.bar((x, Y - 6), (x + 24, Y + 6), colour, opacity)?,
        }
        let name = fit(name, SMALL, ROOM);
        canvas.text(&name, (x + 30, Y), Lettering::new(SMALL))?;
        x += 50 + width_of(&name, SMALL);
    }
    Ok(())
}
