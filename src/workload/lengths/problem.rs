//! What is wrong with a length law, in words a scenario's author can act on.

use std::error::Error;
use std::fmt;

/// One thing wrong with a [`super::LengthLaw`]: which key, what was found there, what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LengthProblem {
    /// The key at fault, spelled as the field of the law: `alpha`, `max`, `components[1].weight`.
    pub field: String,
    /// What was found there.
    pub found: String,
    /// What would have been accepted.
    pub allowed: String,
}

impl LengthProblem {
    pub(super) fn new(field: impl Into<String>, found: impl ToString, allowed: impl Into<String>) -> Self {
        Self { field: field.into(), found: found.to_string(), allowed: allowed.into() }
    }
}

impl fmt::Display for LengthProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, allowed: {}", self.field, self.found, self.allowed)
    }
}

impl Error for LengthProblem {}

/// Passes `value` through when it is a finite number inside `low..=high`.
pub(super) fn number_within(field: &str, value: f64, low: f64, high: f64) -> Result<f64, LengthProblem> {
    if value.is_finite() && (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(LengthProblem::new(field, value, format!("a finite number from {low} to {high}")))
}

/// Passes `value` through when it is a finite number above zero.
pub(super) fn positive(field: &str, value: f64) -> Result<f64, LengthProblem> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(LengthProblem::new(field, value, "a finite number above 0"))
}
