//! What a value may be: the same words for the message of a mistake, for the reference and for an editor.

use super::quantity::Unit;

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Text.
    Text,
    /// True or false.
    Flag,
    /// A whole number within bounds.
    Integer {
        /// The smallest.
        least: u64,
        /// The greatest.
        most: u64,
    },
    /// A number within bounds.
    Number {
        /// The smallest.
        least: f64,
        /// The greatest; infinite where there is none.
        most: f64,
    },
    /// A number above zero.
    Positive,
    /// A list of numbers, in the words of its owner.
    Numbers(String),
    /// A list of lists of numbers, in the words of its owner.
    NumberLists(String),
    /// A number with a unit, as text.
    Quantity {
        /// Its unit.
        unit: Unit,
        /// Whether zero is refused.
        above_zero: bool,
    },
    /// One of these names.
    OneOf(Vec<String>),
    /// A name of something that the scenario defines; or one of these, which the program ships.
    NameOf(Vec<String>),
    /// A list of these names.
    SomeOf(Vec<String>),
    /// A list of texts.
    Texts,
    /// A table.
    Table,
    /// A list of tables.
    Tables,
}

/// Names in quotes, with commas.
pub(super) fn quoted<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("\"{}\"", name.as_ref())).collect();
    names.join(", ")
}

impl Shape {
    /// What to write, in words.
    #[must_use]
    pub fn allowed(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Integer { least, most: u64::MAX } => format!("a whole number of at least {least}"),
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Number { least, most } if most.is_infinite() => format!("a number of at least {least}"),
            Self::Number { least, most } => format!("a number from {least} to {most}"),
            Self::Positive => "a number above 0".to_owned(),
            Self::Numbers(allowed) | Self::NumberLists(allowed) => allowed.clone(),
            Self::Quantity { unit, .. } => unit.allowed().to_owned(),
            Self::OneOf(names) | Self::NameOf(names) => format!("one of {}", quoted(names)),
            Self::SomeOf(names) if names.len() > 10 => "names that `contention list` shows".to_owned(),
            Self::SomeOf(names) => format!("names among {}", quoted(names)),
            Self::Texts => "a list of names".to_owned(),
            Self::Table => "a table".to_owned(),
            Self::Tables => "a list of tables".to_owned(),
        }
    }
}
