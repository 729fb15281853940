//! Going on with a run: what its directory says of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cells::{self, Cells};
use super::{Run, finish};
use crate::cli::directory::RunDirectory;
use crate::cli::manifest::{Goal, Manifest};
use crate::cli::stored::{self, Stored};
use crate::cli::{Failure, Global};

/// Where a directory stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is no run directory.
    Absent,
    /// A run that was not finished.
    Incomplete,
    /// A run with all its files.
    Complete,
}

/// Where the directory at `path` stands.
#[must_use]
pub fn status(path: &Path) -> Status {
    let text = fs::read_to_string(path.join("manifest.json"));
    let manifest = text.ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    match manifest.as_ref().and_then(|manifest| manifest["status"].as_str()) {
        Some("complete") => Status::Complete,
        Some(_) => Status::Incomplete,
        None => Status::Absent,
    }
}

/// The newest directory in `folder` of the run that `wanted` describes, whatever day it was begun.
#[must_use]
pub fn find(folder: &Path, wanted: &Manifest) -> Option<PathBuf> {
    let ending = wanted.directory_ending();
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found: Vec<PathBuf> = entries
        // Ten characters of date come before.
        .filter(|path| name(path).get(10..) == Some(&ending) && status(path) != Status::Absent)
        .collect();
    found.sort();
    // An unfinished one before a finished one.
    found.sort_by_key(|path| status(path) == Status::Incomplete);
    found.pop()
}

/// Go on with the run in a directory; a finished one is shown.
///
/// # Errors
/// When the directory is not of this version or its scenario was changed; else as [`Run::complete`].
pub fn resume(path: &Path, global: &Global) -> Result<(), Failure> {
    if status(path) == Status::Complete {
        let stored = Stored::open(path, global)?;
        if cells::any(path) {
            // Killed after the last file and before they were removed.
            Cells::new(&RunDirectory::open(path.to_path_buf())?, String::new()).clear();
        }
        if !global.quiet {
            eprintln!("{} is complete: nothing is left to do", path.display());
        }
        return finish::show(&stored.input.scenario, &stored.graded, path, global);
    }
    let directory = RunDirectory::open(path.to_path_buf())?;
    let manifest = stored::manifest(path)?;
    let input = stored::input(path, &manifest, global)?;
    let goal = manifest["precision"].as_str().map(|precision| Goal {
        precision: precision.to_owned(),
        most: manifest["max_replications"].as_u64().unwrap_or(u64::from(u32::MAX)) as u32,
    });
    let command = manifest["command"].as_str().unwrap_or_default().to_owned();
    let manifest = Manifest::start(command, &input, goal);
    Run { input, manifest, directory }.finish(global)
}
