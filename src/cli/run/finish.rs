//! The end of a run: every file that follows from what was found, the manifest last, and what the user is told.

use std::path::Path;

use super::json;
use crate::cli::checksum::sha256;
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
