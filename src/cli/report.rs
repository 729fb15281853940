//! `contention report`: a finished run again, without simulating: its pictures and page made anew, or printed in a format.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::directory::{RunDirectory, write_atomically};
use super::run::{document, each_file, goal_of, show};
use super::stored::{self, Stored};
use super::{Failure, Global, print, sweep};
use crate::readout::verdicts;
use crate::report;

/// Options of `report`.
#[derive(Debug, Args)]
pub struct Options {
    /// The directory of a finished run or sweep.
    run: PathBuf,
    /// Print the report in this format instead, or write it to the file that --out names.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The page.
    Html,
    /// Markdown, for a pull request or a wiki.
    Md,
    /// Performance of every design, estimator and metric.
    Csv,
    /// The verdicts, as `run --json` prints them.
    Json,
}

/// Report a finished run.
///
/// # Errors
/// When there is none, or a table of it was changed.
pub fn report(options: &Options, global: &Global) -> Result<(), Failure> {
    stored::keeps_settings("report", global)?;
    let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
    let format = match (options.format, global.json) {
        (Some(format), true) if format != Format::Json => {
            return usage("--json and --format: one format at a time");
        }
        (format, is_json) => format.or(is_json.then_some(Format::Json)),
    };
    if format.is_none() && global.out.is_some() {
        return usage("--out needs a --format: html, md, csv or json");
    }
    if stored::is_finished_sweep(&options.run) {
        return sweep::again(&options.run, format, global);
    }
    let Some(format) = format else {
        return rebuild(options, global);
    };
    let stored = Stored::open(&options.run, global)?;
    let (scenario, graded) = (&stored.input.scenario, &stored.graded);
    let verdicts = verdicts(graded, scenario.study.primary);
    let text = match format {
        Format::Html => report::html(scenario, graded, &verdicts, &stored.provenance()),
        Format::Md => report::markdown(scenario, graded, &verdicts, &stored.provenance()),
        Format::Csv => {
            report::performance_table(graded).map_err(|error| Failure::failed(error.to_string()))?
        }
        Format::Json => {
            let goal = goal_of(&stored.manifest);
            format!("{:#}\n", document(scenario, graded, &stored.path, goal.as_ref())?)
        }
    };
    match &global.out {
        Some(path) => write_atomically(path, text.as_bytes()),
        None => print(&text),
    }
}

/// Write every file that follows from the rows again, and say what was found.
fn rebuild(options: &Options, global: &Global) -> Result<(), Failure> {
    stored::is_run(&options.run)?;
    let directory = RunDirectory::open(options.run.clone())?;
    let stored = Stored::open(&options.run, global)?;
    let write = &mut |name: &str, content: &str| directory.write(name, content.as_bytes());
    each_file(&stored.input, &stored.graded, &stored.provenance(), write)?;
    let goal = goal_of(&stored.manifest);
    show(&stored.input.scenario, &stored.graded, &stored.path, goal.as_ref(), global).map(|_| ())
}
