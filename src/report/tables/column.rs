//! What a column of a table is: its name, type, unit and meaning. The writers take their headers from these lists, and
//! docs/tables.md is made of them, so that the page cannot fall behind the files.

use std::borrow::Cow;

/// The type of a column's cells. An empty cell is no value, whatever the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Whole numbers, without a decimal point.
    Integer,
    /// Numbers with a decimal point or an exponent, or `inf`.
    Number,
    /// 1 for yes, 0 for no.
    Flag,
    /// `true` or `false`.
    TrueOrFalse,
}

impl Kind {
    /// As the page calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Flag => "0 or 1",
            Self::TrueOrFalse => "true or false",
        }
    }

    /// Whether a cell is of this type, or empty.
    #[must_use]
    pub fn takes(self, cell: &str) -> bool {
        let is_number = || cell.parse::<f64>().is_ok_and(|value| !value.is_nan());
        cell.is_empty()
            || match self {
                Self::Text => true,
                Self::Integer => cell.parse::<i128>().is_ok(),
                Self::Number => is_number() && cell.contains(['.', 'e', 'i']),
                Self::Flag => cell == "0" || cell == "1",
                Self::TrueOrFalse => cell == "true" || cell == "false",
            }
    }
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As in the header.
    pub name: Cow<'static, str>,
    /// The type of its cells.
    pub kind: Kind,
    /// The unit; empty where there is none.
    pub unit: &'static str,
    /// What it holds.
    pub meaning: Cow<'static, str>,
    /// When the cell is empty; nothing where it never is.
    pub empty: &'static str,
}

const fn column(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Column {
    Column { name: Cow::Borrowed(name), kind, unit, meaning: Cow::Borrowed(meaning), empty: "" }
}

/// A column of words.
pub(crate) const fn text(name: &'static str, meaning: &'static str) -> Column {
    column(name, Kind::Text, "", meaning)
}

/// A column of whole numbers.
pub(crate) const fn integer(name: &'static str, unit: &'static str, meaning: &'static str) -> Column {
    column(name, Kind::Integer, unit, meaning)
}

/// A column of numbers.
pub(crate) const fn number(name: &'static str, unit: &'static str, meaning: &'static str) -> Column {
    column(name, Kind::Number, unit, meaning)
}

/// A column of 0 and 1.
pub(crate) const fn flag(name: &'static str, meaning: &'static str) -> Column {
    column(name, Kind::Flag, "", meaning)
}

/// A column of `true` and `false`.
pub(crate) const fn true_or_false(name: &'static str, meaning: &'static str) -> Column {
    column(name, Kind::TrueOrFalse, "", meaning)
}

impl Column {
    /// The same, with when its cell is empty.
    #[must_use]
    pub(crate) const fn empty(mut self, when: &'static str) -> Self {
        self.empty = when;
        self
    }
}

/// Unit of a value of the metric that the row names.
pub(crate) const OF_METRIC: &str = "the metric's";
/// Unit of shares, as fractions.
pub(crate) const SHARE: &str = "share, 0 to 1";

pub(crate) const CANDIDATE: Column =
    text("candidate", "The candidate policy that is compared with the control.");
pub(crate) const DESIGN: Column = text("design", "The design's name.");
pub(crate) const ESTIMATOR: Column = text("estimator", "The estimator's name.");
pub(crate) const METRIC: Column =
    text("metric", "The metric; `contention list metrics` has each with its unit.");
pub(crate) const SEGMENT: Column =
    text("segment", "The part of the traffic, such as `class=chat`; `all` for everybody.");
pub(crate) const REPLICATION: Column = integer("replication", "", "Number of the replication, from 0.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_of_its_columns_type_or_empty() {
        for (kind, right, wrong) in [
            (Kind::Integer, ["0", "-3", "18446744073709551615"], ["0.0", "1e5", "x"]),
            (Kind::Number, ["0.0", "1e-300", "inf"], ["0", "NaN", "x."]),
            (Kind::Flag, ["0", "1", ""], ["2", "true", "0.0"]),
        ] {
            assert!(right.iter().all(|cell| kind.takes(cell)), "{kind:?}");
            assert!(!wrong.iter().any(|cell| kind.takes(cell)), "{kind:?}");
        }
    }
}
