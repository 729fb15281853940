//! Colours that colour-blind readers can tell apart (Okabe and Ito 2008). No figure relies on colour alone.

use plotters::style::RGBColor;

use crate::readout::Standing;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const FAINT_INK: RGBColor = RGBColor(0x5c, 0x5c, 0x5c);
pub(super) const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
pub(super) const WARM_UP: RGBColor = RGBColor(0xee, 0xee, 0xee);

/// Colours that a page in dark colours replaces, as the SVG backend writes them.
#[cfg(test)]
pub(in crate::report) const LIGHT_PAPER_ONLY: [&str; 6] =
    ["#222222", "#5C5C5C", "#DDDDDD", "#FFFFFF", "#EEEEEE", "#0072B2"];

/// Text on a coloured area. It stays black where a page in dark colours turns ink to white.
pub(super) const ON_COLOUR: RGBColor = RGBColor(0x00, 0x00, 0x00);

pub(super) const ORANGE: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
pub(super) const SKY: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
pub(super) const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(super) const VERMILLION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
pub(super) const PURPLE: RGBColor = RGBColor(0xcc, 0x79, 0xa7);
pub(super) const GREY: RGBColor = RGBColor(0x99, 0x99, 0x99);

/// Colours of kinds of event, in the order of the kinds.
pub(super) const KINDS: [RGBColor; 5] = [VERMILLION, PURPLE, ORANGE, GREEN, BLUE];

/// The colour of a standing; its marker is [`super::canvas::Marker::of`].
pub(super) const fn of(standing: Standing) -> RGBColor {
    match standing {
        Standing::Trust => GREEN,
        Standing::Caution => ORANGE,
        Standing::Misleads => VERMILLION,
        Standing::NoAnswer => GREY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_for_light_paper_are_those_of_the_palette() {
        let colours = [INK, FAINT_INK, GRID, PAPER, WARM_UP, BLUE];
        let written = colours.map(|RGBColor(r, g, b)| format!("#{r:02X}{g:02X}{b:02X}"));
        assert_eq!(written, LIGHT_PAPER_ONLY);
    }
}
