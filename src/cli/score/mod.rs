//! `contention score`: estimates made anywhere, against the sealed truth.

mod estimates;
mod grade;
mod print;
mod truth;

use std::path::PathBuf;

use clap::Args;

use super::{Failure, Global, directory, print as print_text, print_json};
use crate::settings::{Place, Problem, Problems};

/// Options of `score`.
#[derive(Debug, Args)]
pub struct Options {
    /// A file of `simulate --sealed` (repeatable: one for each replication).
    #[arg(long = "truth", value_name = "SEALED", required = true, num_args = 1..)]
    truths: Vec<PathBuf>,
    /// Rows with the columns metric and estimate, and where there are any std_error, conf_low, conf_high, p_value,
    /// estimator, candidate, design, replication: CSV, JSON rows, or what `analyze --json` prints (repeatable).
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    estimates: Vec<PathBuf>,
}

/// Grade estimates against the truth.
pub fn score(options: &Options, global: &Global) -> Result<(), Failure> {
    let truths = truth::read(&options.truths)?;
    let estimates = estimates::read(&options.estimates)?;
    let graded = grade::grade(&truths, estimates)?;
    if let Some(out) = &global.out {
        let as_json = out.extension().is_some_and(|extension| extension == "json");
        let text = if as_json { format!("{:#}\n", print::to_json(&graded)) } else { print::to_csv(&graded)? };
        directory::write_atomically(out, text.as_bytes())?;
    }
    if global.json { print_json(&print::to_json(&graded)) } else { print_text(&print::to_text(&graded)) }
}

/// A problem with a line of a file, the header being line 1.
fn problem(file: &str, line: u64, path: &str, found: String, allowed: String) -> Problem {
    let place = Place::Line { file: file.to_owned(), line };
    Problem { place, path: path.to_owned(), found, allowed }
}

/// The problems, each mistake once, and the first twenty of them.
fn invalid(all: Vec<Problem>) -> Failure {
    let mut problems: Vec<Problem> = Vec::new();
    for problem in all {
        let same = |other: &Problem| other.path == problem.path && other.found == problem.found;
        if !problems.iter().any(same) {
            problems.push(problem);
        }
    }
    problems.truncate(crate::tidy::MOST_PROBLEMS);
    Failure::Invalid(Problems(problems))
}
