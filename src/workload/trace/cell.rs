//! One value of a trace file that remembers where it stands, so that refusing it needs no further words.

use super::problem::TraceProblem;

/// A value with its place in the file.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) line: u64,
    pub(super) column: &'a str,
    pub(super) text: &'a str,
}

impl Cell<'_> {
    /// A problem with this value.
    pub(super) fn refuse(self, allowed: impl Into<String>) -> TraceProblem {
        TraceProblem::of_column(self.line, self.column, self.text, allowed)
    }

    /// A number of tokens.
    pub(super) fn tokens(self) -> Result<u32, TraceProblem> {
        match self.whole(u64::from(u32::MAX)) {
            Some(tokens) if tokens >= 1 => Ok(tokens as u32),
            _ => Err(self.refuse("a whole number of tokens, at least 1")),
        }
    }

    /// A number that counts or names something.
    pub(super) fn number(self) -> Result<u32, TraceProblem> {
        let number = self.whole(u64::from(u32::MAX)).map(|number| number as u32);
        number.ok_or_else(|| self.refuse(format!("a whole number from 0 to {}", u32::MAX)))
    }

    /// A time in whole units of `unit`, such as "milliseconds".
    pub(super) fn time(self, unit: &str) -> Result<u64, TraceProblem> {
        self.whole(u64::MAX).ok_or_else(|| self.refuse(format!("a whole number of {unit}")))
    }

    /// A time in seconds, with a fraction or not.
    pub(super) fn seconds(self) -> Result<f64, TraceProblem> {
        let seconds = self.text.parse().ok().filter(|&seconds: &f64| seconds.is_finite() && seconds >= 0.0);
        seconds.ok_or_else(|| self.refuse("a number of seconds, 0 or more"))
    }

    /// A name.
    pub(super) fn name(self) -> Result<String, TraceProblem> {
        if self.text.is_empty() { Err(self.refuse("a name")) } else { Ok(self.text.to_owned()) }
    }

    /// Digits only: no sign, no fraction, no separator.
    fn whole(self, most: u64) -> Option<u64> {
        let digits = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return None;
        }
        self.text.parse().ok().filter(|&number| number <= most)
    }
}
