//! One mistake in a file: where it is, what was found and what is allowed.

use std::fmt;

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line and column, both from 1, of the named file.
    File {
        /// The file as the user named it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// A line, from 1, of the named data file.
    Line {
        /// The file as the user named it.
        file: String,
        /// Line, from 1.
        line: u64,
    },
    /// An override on the command line.
    CommandLine(String),
    /// An option of the command line, as it was written.
    Argument(String),
    /// A preset that the program ships.
    Preset(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Line { file, line } => write!(f, "{file}:{line}"),
            Self::CommandLine(text) => write!(f, "--set {text}"),
            Self::Argument(text) => f.write_str(text),
            Self::Preset(name) => write!(f, "preset `{name}`"),
        }
    }
}

/// One mistake of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// The path of the key, such as `policy.p2c.router.k`.
    pub path: String,
    /// What was found.
    pub found: String,
    /// What is allowed, and the nearest name where there is one.
    pub allowed: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: found {}; allowed: {}", self.place, self.path, self.found, self.allowed)
    }
}

/// All mistakes of a file, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Sort by place, so that a reader walks through the file once; what is at one place keeps its order.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort_by(|a, b| (&a.place, &a.path).cmp(&(&b.place, &b.path)));
        self.0.dedup();
        self
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// "did you mean" for a name that is not in `known`, or the empty string.
#[must_use]
pub fn nearest_hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |candidate| format!(" (did you mean `{candidate}`?)"))
}

/// The known name that the user most likely meant; nothing where none resembles.
///
/// A name resembles when at most a third of the letters of the longer one are wrong, missing, too many or swapped; or when one
/// begins the other and is at least half as long. A hint that is wrong costs more than none.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let distance = strsim::damerau_levenshtein(&lower, &other);
            let (own, others) = (lower.chars().count(), other.chars().count());
            let (short, long) = (own.min(others), own.max(others));
            let begins = short > 0 && (lower.starts_with(&other) || other.starts_with(&lower));
            (distance <= long / 3 || (begins && 2 * short >= long)).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_meant_when_it_resembles_and_no_other_is_offered() {
        let meant = |name: &str, known: &[&'static str]| nearest(name, known.iter().copied());
        assert_eq!(meant("quickstrat", &["wrong-sign", "quickstart"]), Some("quickstart"));
        assert_eq!(meant("rn", &["new", "run", "man"]), Some("run"));
        assert_eq!(meant("cover", &["bias", "rmse", "power", "coverage"]), Some("coverage"));
        assert_eq!(meant("w-feww", &["W-SRM", "W-FEW"]), Some("W-FEW"));
        assert_eq!(meant("diff_in_means", &["difference_in_means", "hajek"]), Some("difference_in_means"));
        assert_eq!(meant("foo", &["W-FEW", "W-COLD", "no-evict", "exit-0"]), None);
        assert_eq!(meant("k", &["d", "n"]), None);
        assert_eq!(meant("", &["a"]), None);
    }
}
