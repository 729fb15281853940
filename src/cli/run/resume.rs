//! Going on with a run: what its directory says of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cells::{self, Cells};
use super::{Run, finish};
use crate::cli::call::{quoted, without_goal};
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

/// Go on with the run in a directory, to this goal where one is given; a finished one is shown.
///
/// # Errors
/// When the directory is not of this version or its scenario was changed; else as [`Run::complete`].
pub fn resume(path: &Path, goal: Option<Goal>, global: &Global) -> Result<(), Failure> {
    stored::is_run(path)?;
    if status(path) == Status::Complete {
        return show_complete(path, goal.as_ref(), global);
    }
    let directory = RunDirectory::open(path.to_path_buf())?;
    if status(path) == Status::Complete {
        // Another process had the lock until now, and finished it.
        return show_complete(path, goal.as_ref(), global);
    }
    let manifest = stored::manifest(path)?;
    let input = stored::input(path, &manifest, global)?;
    let goal = goal.or_else(|| goal_of(&manifest));
    let command = manifest["command"].as_str().unwrap_or_default();
    let manifest = Manifest::start(without_goal(command), &input, goal);
    Run { input, manifest, directory }.finish(global)
}

/// What a run was to reach.
#[must_use]
pub fn goal_of(manifest: &Value) -> Option<Goal> {
    let precision = manifest["precision"].as_str()?.to_owned();
    let most = manifest["max_replications"].as_u64().map_or(u32::MAX, |most| most as u32);
    Some(Goal { precision, most })
}

/// Show a finished run, unless more is asked of it than it was to reach.
fn show_complete(path: &Path, goal: Option<&Goal>, global: &Global) -> Result<(), Failure> {
    let stored = Stored::open(path, global)?;
    let shown = path.display();
    if goal.is_some() && goal != goal_of(&stored.manifest).as_ref() {
        let count = stored.input.scenario.study.replications;
        return Err(Failure::Usage(format!(
            "{shown} is complete with {count} replications, to another precision or none; add some with --grow N, or begin \
             anew in another folder (--out)"
        )));
    }
    if cells::any(path) {
        // Killed after the last file and before they were removed.
        Cells::new(&RunDirectory::open(path.to_path_buf())?, String::new()).clear();
    }
    if !global.quiet {
        tell!("{shown} is complete: nothing is left to do");
    }
    let own = goal_of(&stored.manifest);
    let outcome = finish::show(&stored.input.scenario, &stored.graded, path, own.as_ref(), global)?;
    finish::reached(goal, outcome)
}

/// A call for a study that is there already: its files are shown, never made anew, so that nothing is lost.
///
/// # Errors
/// When the goal is another one, or was not reached, and when the files of the run were changed.
pub fn show_finished(path: &Path, wanted: &Manifest, global: &Global) -> Result<(), Failure> {
    let found = stored::manifest(path)?;
    if wanted.goal.is_none() {
        // The same study with more replications answers the call better than one with fewer would.
        if found["plan_hash"].as_str() != Some(&wanted.hash) && !global.quiet {
            tell!(
                "{} holds this study with {} replications, more than the scenario begins with; all of them are shown",
                path.display(),
                found["replications"]
            );
        }
        return show_complete(path, None, global);
    }
    if goal_of(&found) == wanted.goal {
        return show_complete(path, wanted.goal.as_ref(), global);
    }
    Err(Failure::Usage(format!(
        "{0} holds this study with {1} replications, to another precision or none. Look at it with\n  contention report {2}\n\
         or choose another folder with --out",
        path.display(),
        found["replications"],
        quoted(&path.display().to_string())
    )))
}
