//! What is wrong with a trace, at which line and column.

use std::error::Error;
use std::fmt;

/// Most problems reported for one file. A reader stops looking when it has found this many.
pub const MAX_PROBLEMS: usize = 20;

/// Longest excerpt of a file that a problem quotes, in characters.
const MAX_QUOTE: usize = 60;

/// One thing wrong with a trace file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceProblem {
    /// Line of the file, counted from 1, header and blank lines included.
    pub line: u64,
    /// The column or key at fault; none when the line as a whole is.
    pub column: Option<String>,
    /// What was found there; empty when there was nothing.
    pub found: String,
    /// What would have been accepted.
    pub allowed: String,
}

impl TraceProblem {
    /// A problem of a whole line.
    pub(super) fn of_line(line: u64, found: &str, allowed: impl Into<String>) -> Self {
        Self { line, column: None, found: quote(found), allowed: allowed.into() }
    }

    /// A problem of one column.
    pub(super) fn of_column(line: u64, column: &str, found: &str, allowed: impl Into<String>) -> Self {
        Self { column: Some(column.to_owned()), ..Self::of_line(line, found, allowed) }
    }
}

/// The problems of one file so far.
#[derive(Default)]
pub(super) struct ProblemList(Vec<TraceProblem>);

impl ProblemList {
    pub(super) fn add(&mut self, problem: TraceProblem) {
        self.0.push(problem);
    }

    /// Whether to stop reading.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MAX_PROBLEMS
    }

    /// The value, unless it is refused.
    pub(super) fn keep<T>(&mut self, value: Result<T, TraceProblem>) -> Option<T> {
        value.map_err(|problem| self.add(problem)).ok()
    }

    /// The rows, or what is wrong with the file. `empty` is the problem of a file without requests.
    pub(super) fn judge<T>(mut self, rows: Vec<T>, empty: TraceProblem) -> Result<Vec<T>, Vec<TraceProblem>> {
        if rows.is_empty() && self.0.is_empty() {
            self.add(empty);
        }
        if self.0.is_empty() {
            return Ok(rows);
        }
        self.0.truncate(MAX_PROBLEMS);
        Err(self.0)
    }
}

fn quote(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= MAX_QUOTE {
        return text.to_owned();
    }
    text.chars().take(MAX_QUOTE).chain("...".chars()).collect()
}

impl fmt::Display for TraceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        if self.found.is_empty() {
            write!(f, ": found nothing, allowed: {}", self.allowed)
        } else {
            write!(f, ": found `{}`, allowed: {}", self.found, self.allowed)
        }
    }
}

impl Error for TraceProblem {}
