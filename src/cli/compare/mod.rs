//! `contention compare`: what changed between two finished runs, and what that did to truth and designs.

mod json;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::stored::{self, Stored};
use super::{Failure, Global, directory, print};
use crate::report::comparison::{
    ComparedRun, Comparison, comparison_csv, comparison_markdown, comparison_text,
};
use crate::report::{Provenance, comparison_html};
use crate::settings::{Place, Problem, Problems};

/// Options of `compare`.
#[derive(Debug, Args)]
pub struct Options {
    /// The directory of a finished run: before.
    #[arg(value_name = "RUN1")]
    before: PathBuf,
    /// The directory of another: after.
    #[arg(value_name = "RUN2")]
    after: PathBuf,
    /// What is printed, or written to the file of --out; text when left out.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// How a comparison is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences and tables for a terminal.
    Text,
    /// One page that needs no network.
    Html,
    /// Markdown with tables.
    Md,
    /// Every measure of every metric, one a row.
    Csv,
    /// Everything as one document.
    Json,
}

/// Compare two runs.
///
/// # Errors
/// Directories without a finished run of this version, and runs that have nothing in common.
pub fn compare(options: &Options, global: &Global) -> Result<(), Failure> {
    let format = format(options, global)?;
    stored::keeps_settings("compare", global)?;
    let (before, after) = (Stored::open(&options.before, global)?, Stored::open(&options.after, global)?);
    let comparison = between(&before, &after)?;
    let text = match format {
        Format::Text => comparison_text(&comparison, 80),
        Format::Html => comparison_html(&comparison),
        Format::Md => comparison_markdown(&comparison),
        Format::Csv => comparison_csv(&comparison).map_err(|error| Failure::failed(error.to_string()))?,
        Format::Json => format!("{:#}\n", json::document(&comparison)),
    };
    match &global.out {
        Some(file) => write(file, &text, global),
        None => print(&text),
    }
}

/// The form that was asked for.
fn format(options: &Options, global: &Global) -> Result<Format, Failure> {
    match (options.format, global.json) {
        (None | Some(Format::Json), true) => Ok(Format::Json),
        (Some(_), true) => Err(Failure::Usage("--json is --format json: leave out one of them".to_owned())),
        (format, false) => Ok(format.unwrap_or(Format::Text)),
    }
}

fn between(before: &Stored, after: &Stored) -> Result<Comparison, Failure> {
    let comparison = Comparison::of(
        run(before, &before.path.display().to_string(), &before.provenance()),
        run(after, &after.path.display().to_string(), &after.provenance()),
    );
    let comparison = comparison.map_err(|error| Failure::failed(error.to_string()))?;
    if comparison.has_common_rows() {
        return Ok(comparison);
    }
    Err(Failure::Invalid(Problems(vec![Problem {
        place: Place::Argument(format!("compare {} {}", before.path.display(), after.path.display())),
        path: "truth".to_owned(),
        found: format!("{} and {}", graded(before), graded(after)),
        allowed: "two runs that graded a metric of a candidate in common".to_owned(),
    }])))
}

fn run<'a>(stored: &'a Stored, place: &'a str, provenance: &'a Provenance) -> ComparedRun<'a> {
    ComparedRun {
        place,
        scenario: &stored.input.scenario,
        file_hashes: &stored.input.file_hashes,
        graded: &stored.graded,
        provenance,
    }
}

/// The candidates and metrics of a run, for a message.
fn graded(stored: &Stored) -> String {
    let (mut candidates, mut metrics): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for truth in &stored.graded.truth {
        if !candidates.contains(&truth.candidate.as_str()) {
            candidates.push(&truth.candidate);
        }
        if !metrics.contains(&truth.metric.name) {
            metrics.push(truth.metric.name);
        }
    }
    let metrics = if metrics.is_empty() { "nothing".to_owned() } else { metrics.join(", ") };
    let candidates = if candidates.is_empty() { "no candidate".to_owned() } else { candidates.join(", ") };
    crate::report::numbers::plain(&format!("{metrics} of {candidates}"))
}

fn write(file: &Path, text: &str, global: &Global) -> Result<(), Failure> {
    directory::write_atomically(file, text.as_bytes())?;
    if global.verbose {
        tell!("wrote {} ({} bytes)", file.display(), text.len());
    }
    Ok(())
}
