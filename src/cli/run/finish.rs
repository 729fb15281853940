//! The end of a run: every file that follows from what was found, the manifest last, and what the user is told.

use std::path::Path;

use serde_json::Value;

use super::json;
use super::precision::{Outcome, Precision, State};
use crate::cli::checksum::sha256;
use crate::cli::directory::RunDirectory;
use crate::cli::input::Input;
use crate::cli::manifest::{Goal, Manifest};
use crate::cli::{Failure, Global, print, print_json};
use crate::readout::verdicts;
use crate::report::terminal::{WIDEST, paragraph};
use crate::report::{self, Provenance};
use crate::scenario::Scenario;
use crate::study::Graded;

/// Write tables, pictures and page, and then the manifest that says so.
pub(super) fn write(
    input: &Input,
    graded: &Graded,
    manifest: &Manifest,
    directory: &RunDirectory,
    global: &Global,
) -> Result<(), Failure> {
    directory.write("resolved.toml", input.scenario.resolved.as_bytes())?;
    let mut checksums = Vec::new();
    each_file(input, graded, &manifest.provenance(), &mut |name, content| {
        directory.write(name, content.as_bytes())?;
        checksums.push((name.to_owned(), sha256(content.as_bytes())));
        if global.verbose {
            tell!("wrote {} ({} bytes)", directory.path.join(name).display(), content.len());
        }
        Ok(())
    })?;
    directory.write("manifest.json", manifest.complete(graded.requests, &checksums).as_bytes())
}

/// Hand everything of a run directory that follows from the scenario and the seed alone to `write`: name and content, one after the
/// other, since the tables of a long study are large.
///
/// # Errors
/// As [`report::each_table`], and what `write` says.
pub fn each_file(
    input: &Input,
    graded: &Graded,
    provenance: &Provenance,
    write: &mut dyn FnMut(&str, &str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let scenario = &input.scenario;
    for table in report::each_table(graded, scenario) {
        let (name, content) = table.map_err(|error| Failure::failed(error.to_string()))?;
        write(name, &content)?;
    }
    let verdicts = verdicts(graded, scenario.study.primary);
    for (name, svg) in report::figures(graded, &verdicts, scenario) {
        write(&format!("figures/{name}"), &svg)?;
    }
    write("report.html", &report::html(scenario, graded, &verdicts, provenance))
}

/// Say what was found, and whether that is the goal of the run where it had one.
///
/// # Errors
/// When stdout cannot be written.
pub fn show(
    scenario: &Scenario,
    graded: &Graded,
    directory: &Path,
    goal: Option<&Goal>,
    global: &Global,
) -> Result<Option<Outcome>, Failure> {
    let outcome = outcome(scenario, graded, goal)?;
    if global.json {
        print_json(&document(scenario, graded, directory, goal)?)?;
    } else {
        let verdicts = verdicts(graded, scenario.study.primary);
        print(&report::verdict_text(&verdicts, scenario, graded, 80))?;
        if let Some((goal, outcome)) = &outcome {
            let mut text = "\n".to_owned();
            paragraph(&mut text, &format!("Precision {}: {}.", goal.precision, outcome.text), WIDEST);
            print(&text)?;
        }
        print(&format!("\nTables, figures and report.html are in {}\n", directory.display()))?;
    }
    Ok(outcome.map(|(_, outcome)| outcome))
}

fn outcome<'a>(
    scenario: &Scenario,
    graded: &Graded,
    goal: Option<&'a Goal>,
) -> Result<Option<(&'a Goal, Outcome)>, Failure> {
    let Some(goal) = goal else { return Ok(None) };
    let primary = scenario.study.primary;
    Ok(Some((goal, Precision::parse(&goal.precision, primary)?.outcome(graded, primary))))
}

/// What was found as one document, with the goal where the run had one.
///
/// # Errors
/// When the goal does not fit the scenario.
pub fn document(
    scenario: &Scenario,
    graded: &Graded,
    directory: &Path,
    goal: Option<&Goal>,
) -> Result<Value, Failure> {
    let mut document = json::document(scenario, graded, &verdicts(graded, scenario.study.primary), directory);
    if let Some((goal, outcome)) = outcome(scenario, graded, goal)? {
        document["precision"] = outcome.json(&goal.precision);
    }
    Ok(document)
}

/// A run whose goal was set by this call ends well only if the goal was reached.
///
/// # Errors
/// When it was not.
pub fn reached(goal: Option<&Goal>, outcome: Option<Outcome>) -> Result<(), Failure> {
    match (goal, outcome) {
        (Some(goal), Some(outcome)) if outcome.state != State::Reached => {
            Err(Failure::GoalMissed(format!("--precision {}: {}", goal.precision, outcome.text)))
        }
        _ => Ok(()),
    }
}
