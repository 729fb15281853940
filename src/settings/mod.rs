//! From TOML text to located settings: every value knows where it was written.
//!
//! This module knows no meaning. The owners of a meaning (a router, a length law, a design) read their own
//! [`Section`]; whatever is missing, misspelt or out of range becomes a [`Problem`] in one list, so that a user
//! sees all mistakes of a file at once. Each value that was read, defaults included, is kept as the resolved file.

pub mod grammar;
pub mod problem;
pub mod quantity;
mod reading;
pub mod section;
pub mod shape;
pub mod tree;

pub use grammar::{Entry, Grammar, Segment};
pub use problem::{Place, Problem, Problems};
pub use section::{Choice, Reader, Section};
pub use shape::Shape;
pub use tree::{Document, Node, Value};
