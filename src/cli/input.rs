//! Loads scenarios: a file, or one of the shipped ones by name, with the overrides of the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Failure, Global};
use crate::scenario::{Scenario, resolve};
use crate::settings::{Document, Problems};

/// The shipped scenarios: name and text.
pub const SHIPPED: &[(&str, &str)] = &[("quickstart", include_str!("../../scenarios/quickstart.toml"))];

/// A scenario and the text it came from.
pub struct Input {
    /// As the user gave it.
    pub text: String,
    /// What the user called it.
    pub name: String,
    /// Valid by construction.
    pub scenario: Scenario,
}

/// The text of a scenario: a file, or a shipped one by name.
pub fn read_text(name: &str) -> Result<String, Failure> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)
        && !Path::new(name).exists()
    {
        return Ok((*text).to_owned());
    }
    fs::read_to_string(name).map_err(|error| {
        let shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        Failure::Usage(format!(
            "{name}: {error}; name a file or one of the shipped scenarios: {}",
            shipped.join(", ")
        ))
    })
}

/// Load a scenario with the overrides of the command line.
pub fn load(name: &str, global: &Global) -> Result<Input, Failure> {
    let text = read_text(name)?;
    let mut document = Document::parse(name, &text)?;
    let mut wrong = Vec::new();
    for text in &global.overrides {
        wrong.extend(document.set(text).err());
    }
    if let Some(seed) = global.seed {
        wrong.extend(document.set(&format!("study.seed={seed}")).err());
    }
    if !wrong.is_empty() {
        return Err(Failure::Invalid(Problems(wrong)));
    }
    let folder = Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default();
    let scenario = resolve(document, &|path: &str| read_beside(&folder, path))?;
    Ok(Input { text, name: name.to_owned(), scenario })
}

/// A file that a scenario names: relative to the working directory, or else to the scenario's folder.
fn read_beside(folder: &Path, path: &str) -> io::Result<Vec<u8>> {
    let direct = PathBuf::from(path);
    match fs::read(&direct) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && direct.is_relative() => {
            fs::read(folder.join(direct))
        }
        result => result,
    }
}

/// Print the scenario's warnings to stderr.
pub fn warn(scenario: &Scenario, global: &Global) {
    if !global.quiet {
        for warning in &scenario.warnings {
            eprintln!("warning {}: {}", warning.code, warning.text);
        }
    }
}
