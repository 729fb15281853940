//! How a command can end badly, and the exit code of each.

use std::io::Write as _;
use std::path::Path;

use crate::settings::Problems;

/// How a command can end badly.
#[derive(Debug)]
pub enum Failure {
    /// Something went wrong while running: exit code 1.
    Failed(String),
    /// What was asked for was done and reported, and the answer is no: exit code 1.
    Unmet(String),
    /// Everything was done and reported, but a goal or gate that the user set was not met: exit code 4.
    GoalMissed(String),
    /// The call makes no sense: exit code 2.
    Usage(String),
    /// The scenario or the data is invalid: exit code 3.
    Invalid(Problems),
    /// There is unfinished work that can be gone on with; the text says how: exit code 5.
    Incomplete(String),
    /// Interrupted by the user; the text says how to go on: exit code 130.
    Interrupted(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(text)
            | Self::Unmet(text)
            | Self::GoalMissed(text)
            | Self::Usage(text)
            | Self::Incomplete(text)
            | Self::Interrupted(text) => f.write_str(text),
            Self::Invalid(problems) => {
                let count = problems.0.len();
                let plural = if count == 1 { "" } else { "s" };
                write!(f, "{problems}{count} problem{plural}; nothing was run or written")
            }
        }
    }
}

impl Failure {
    /// Something went wrong while running.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// A file or stream could not be read or written.
    pub fn io(path: impl AsRef<Path>, error: std::io::Error) -> Self {
        Self::Failed(format!("{}: {error}", path.as_ref().display()))
    }

    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Failed(_) | Self::Unmet(_) => 1,
            Self::Usage(_) => 2,
            Self::Invalid(_) => 3,
            Self::GoalMissed(_) => 4,
            Self::Incomplete(_) => 5,
            Self::Interrupted(_) => 130,
        }
    }

    /// Print it where errors go; as JSON on stdout when machines read.
    pub fn print(&self, json: bool) {
        let text = self.to_string();
        // Of these the report is on stdout already.
        if json && !matches!(self, Self::Unmet(_) | Self::GoalMissed(_)) {
            let problems = match self {
                Self::Invalid(problems) => problems.0.iter().map(problem_json).collect(),
                _ => Vec::new(),
            };
            let document =
                serde_json::json!({ "error": text, "exit_code": self.code(), "problems": problems });
            let _ = writeln!(std::io::stdout(), "{document:#}");
        }
        // Where nobody can be told, the exit code still says it.
        tell!("error: {text}");
    }
}

fn problem_json(problem: &crate::settings::Problem) -> serde_json::Value {
    serde_json::json!({
        "place": problem.place.to_string(),
        "path": problem.path,
        "found": problem.found,
        "allowed": problem.allowed,
    })
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}
