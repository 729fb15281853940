//! The end of a run: every file that follows from what was found, the manifest last, and what the user is told.

use std::path::Path;

use super::json;
use crate::cli::directory::RunDirectory;
use crate::cli::input::Input;
use crate::cli::manifest::Manifest;
use crate::cli::{Failure, Global, print, print_json};
use crate::readout::verdicts;
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
    let files = files(input, graded, &manifest.provenance())?;
    directory.write("resolved.toml", input.scenario.resolved.as_bytes())?;
    for (name, content) in &files {
        directory.write(name, content.as_bytes())?;
        if global.verbose {
            tell!("wrote {} ({} bytes)", directory.path.join(name).display(), content.len());
        }
    }
    directory.write("manifest.json", manifest.complete(graded.requests, &files).as_bytes())
}

/// Everything of a run directory that follows from the scenario and the seed alone: names and contents.
///
/// # Errors
/// As [`report::tables()`].
pub fn files(
    input: &Input,
    graded: &Graded,
    provenance: &Provenance,
) -> Result<Vec<(String, String)>, Failure> {
    let scenario = &input.scenario;
    let verdicts = verdicts(graded, scenario.study.primary);
    let tables = report::tables(graded, scenario).map_err(|error| Failure::failed(error.to_string()))?;
    let mut files: Vec<(String, String)> =
        tables.into_iter().map(|(name, content)| (name.to_owned(), content)).collect();
    let figures = report::figures(graded, &verdicts, scenario);
    files.extend(figures.into_iter().map(|(name, content)| (format!("figures/{name}"), content)));
    files.push(("report.html".to_owned(), report::html(scenario, graded, &verdicts, provenance)));
    Ok(files)
}

/// Say what was found.
///
/// # Errors
/// When stdout cannot be written.
pub fn show(scenario: &Scenario, graded: &Graded, directory: &Path, global: &Global) -> Result<(), Failure> {
    let verdicts = verdicts(graded, scenario.study.primary);
    if global.json {
        return print_json(&json::document(scenario, graded, &verdicts, directory));
    }
    print(&report::verdict_text(&verdicts, scenario, graded, 80))?;
    print(&format!("\nTables, figures and report.html are in {}\n", directory.display()))
}
