//! How the lines of several policies are told apart without colour: the control is wide and pale, candidates are thin and dark
//! with a dash each.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Drawn};
use super::palette::{BLUE, GREEN, INK, PURPLE, SKY, VERMILLION};

/// Colour and dash of candidates, in turns: pixels drawn and pixels left out.
const CANDIDATES: [(RGBColor, (i32, i32)); 5] =
    [(INK, (9, 4)), (VERMILLION, (3, 3)), (BLUE, (16, 3)), (PURPLE, (6, 6)), (GREEN, (2, 5))];

/// How a line looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub colour: RGBColor,
    pub width: u32,
    /// Pixels drawn and pixels left out; `None` for a whole line.
    pub dash: Option<(i32, i32)>,
}

impl Stroke {
    /// A whole line.
    pub const fn whole(colour: RGBColor, width: u32) -> Self {
        Self { colour, width, dash: None }
    }

    /// Of a policy by its number; 0 is the control.
    pub const fn of_policy(at: usize) -> Self {
        if at == 0 {
            return Self::whole(SKY, 5);
        }
        let (colour, dash) = CANDIDATES[(at - 1) % CANDIDATES.len()];
        Self { colour, width: 2, dash: Some(dash) }
    }

    /// Draw it through the points.
    pub fn draw(self, canvas: &Canvas<'_>, points: &[(i32, i32)]) -> Drawn {
        let Some(dash) = self.dash else { return canvas.line(points, self.colour, self.width) };
        dashes(points, dash).iter().try_for_each(|piece| canvas.line(piece, self.colour, self.width))
    }
}

/// The drawn pieces of a dashed line.
fn dashes(points: &[(i32, i32)], (on, off): (i32, i32)) -> Vec<Vec<(i32, i32)>> {
    let real = |(x, y): (i32, i32)| (f64::from(x), f64::from(y));
    let whole = |(x, y): (f64, f64)| (libm::round(x) as i32, libm::round(y) as i32);
    let mut pieces = Vec::new();
    let mut piece: Vec<(i32, i32)> = points.first().copied().into_iter().collect();
    let (mut is_drawn, mut left) = (true, f64::from(on));
    for pair in points.windows(2) {
        let (mut from, to) = (real(pair[0]), real(pair[1]));
        let mut rest = libm::hypot(to.0 - from.0, to.1 - from.1);
        while rest > left {
            let share = left / rest;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            rest -= left;
            piece.push(whole(from));
            if is_drawn {
                pieces.push(std::mem::take(&mut piece));
            }
            is_drawn = !is_drawn;
            left = f64::from(if is_drawn { on } else { off });
        }
        left -= rest;
        if is_drawn {
            piece.push(pair[1]);
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_lie_on_the_line_and_leave_out_their_share() {
        let points = [(0, 0), (30, 0), (100, 0)];
        let pieces = dashes(&points, (6, 4));
        assert_eq!(pieces[0], [(0, 0), (6, 0)]);
        assert_eq!(pieces[1].first(), Some(&(10, 0)));
        let drawn: i32 = pieces.iter().map(|piece| piece[piece.len() - 1].0 - piece[0].0).sum();
        assert_eq!((pieces.len(), drawn), (10, 60));
    }

    #[test]
    fn a_dash_bends_with_the_line_and_of_no_points_there_is_none() {
        let pieces = dashes(&[(0, 0), (3, 0), (3, 20)], (6, 4));
        assert_eq!(pieces[..2], [vec![(0, 0), (3, 0), (3, 3)], vec![(3, 7), (3, 13)]]);
        assert!(dashes(&[], (6, 4)).is_empty());
    }
}
