//! The cells of one column while they are read.

use super::arms::ArmCells;
use super::key::KeyCells;
use super::role::{Kind, Role};

/// The cells of one column.
#[derive(Debug)]
pub(super) enum Cells {
    Arm(ArmCells),
    Key(KeyCells),
    Number(Vec<f64>),
    Coin(Vec<bool>),
}

/// What was wrong with a cell.
pub(super) struct Wrong(pub String);

/// Whether a cell says that there is nothing. An arm or a unit may well be called `None` or `NA`: among labels, only an empty
/// cell is missing.
pub(super) fn is_missing(role: Role, cell: &[u8]) -> bool {
    match role.kind() {
        Kind::Arm | Kind::Key => cell.is_empty(),
        Kind::Number | Kind::Coin => {
            matches!(cell, b"" | b"NA" | b"NaN" | b"nan" | b"null" | b"NULL" | b"None")
        }
    }
}

/// A number, true and false being 1 and 0.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?;
    match text.parse::<f64>() {
        Ok(value) => Some(value),
        Err(_) => coin(cell).map(|is| if is { 1.0 } else { 0.0 }),
    }
}

fn coin(cell: &[u8]) -> Option<bool> {
    match cell {
        b"0" | b"false" | b"False" | b"FALSE" => Some(false),
        b"1" | b"true" | b"True" | b"TRUE" => Some(true),
        _ => None,
    }
}

impl Cells {
    pub(super) fn new(role: Role) -> Self {
        match role.kind() {
            Kind::Arm => Self::Arm(ArmCells::default()),
            Kind::Key => Self::Key(KeyCells::default()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Coin => Self::Coin(Vec::new()),
        }
    }

    /// One more cell; a missing number is kept as NaN.
    pub(super) fn push(&mut self, role: Role, scale: f64, cell: &[u8]) -> Result<(), Wrong> {
        match self {
            Self::Arm(cells) => cells.push(cell),
            Self::Key(cells) => cells.push(cell),
            Self::Coin(cells) => match coin(cell) {
                Some(is) => cells.push(is),
                None if is_missing(role, cell) => cells.push(false),
                None => return Err(Wrong("0, 1, false or true".to_owned())),
            },
            Self::Number(cells) => {
                let (least, most, allowed) = role.range();
                match number(cell).map(|value| if scale == 1.0 { value } else { value * scale }) {
                    Some(value) if value >= least && value <= most => cells.push(value),
                    _ if is_missing(role, cell) => cells.push(f64::NAN),
                    _ => return Err(Wrong(allowed.to_owned())),
                }
            }
        }
        Ok(())
    }
}
