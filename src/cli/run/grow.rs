//! `contention run --grow N RUN`: more replications for a finished run. Its tables become a cell, and the run an unfinished
//! one with a larger goal; what follows is what follows for any unfinished run.

use std::path::Path;

use super::Run;
use super::cells::Cells;
use crate::cli::call::{without_goal, without_replications};
use crate::cli::directory::RunDirectory;
use crate::cli::manifest::Manifest;
use crate::cli::stored::{self, Stored};
use crate::cli::{Failure, Global};

/// Add `more` replications to the run in the directory `path`.
///
/// # Errors
/// When the directory is no finished run of this version, when a file of it was changed, or when a setting would change.
pub fn grow(path: &Path, more: u32, global: &Global) -> Result<(), Failure> {
    stored::keeps_settings("--grow", global)?;
    if more == 0 {
        return Err(Failure::Usage("--grow 0 adds nothing".to_owned()));
    }
    stored::is_run(path)?;
    let directory = RunDirectory::open(path.to_path_buf())?;
    let before = Stored::open(path, global)?;
    let from = before.input.scenario.study.replications;
    let to = from.saturating_add(more);
    let input = before.input.with_replications(to)?;
    let cells = Cells::new(&directory, input.study_hash());
    cells.clear();
    cells.keep(&(0..from), &before.graded, &before.input.scenario)?;
    let call = before.manifest["command"].as_str().unwrap_or_default();
    let call = format!("{} --set 'study.replications={to}'", without_replications(&without_goal(call)));
    let manifest = Manifest::start(call, &input, None);
    // From here on the directory is an unfinished run.
    directory.write("manifest.json", manifest.incomplete().as_bytes())?;
    Run { input, manifest, directory }.finish(global)
}
