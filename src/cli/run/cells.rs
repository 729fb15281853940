//! The cell files of a run directory: finished replications, kept at once, each file behind its checksum.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::cli::checksum::sha256;
use crate::cli::directory::RunDirectory;
use crate::report::{cell_text, read_cell};
use crate::scenario::Scenario;
use crate::study::Graded;

const FOLDER: &str = "cells";

/// Whether the directory of a run holds cells.
#[must_use]
pub fn any(run: &Path) -> bool {
    fs::read_dir(run.join(FOLDER)).is_ok_and(|mut entries| entries.next().is_some())
}

/// The cells of one study in a run directory.
pub struct Cells<'a> {
    directory: &'a RunDirectory,
    /// The hash of everything that the rows follow from, but the number of replications.
    study: String,
}

impl<'a> Cells<'a> {
    /// The cells of the study with this hash.
    #[must_use]
    pub const fn new(directory: &'a RunDirectory, study: String) -> Self {
        Self { directory, study }
    }

    /// The directory of the run.
    #[must_use]
    pub fn run(&self) -> &Path {
        &self.directory.path
    }

    /// Keep the rows of these replications. When this returns they are on the disk.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep(&self, numbers: &Range<u32>, rows: &Graded, scenario: &Scenario) -> Result<(), Failure> {
        let text = cell_text(rows, numbers, &self.study, scenario);
        let text = text.map_err(|error| Failure::failed(error.to_string()))?;
        let name = format!("{FOLDER}/{:06}-{:06}.cell", numbers.start, numbers.end - 1);
        self.directory.write(&name, format!("{}\n{text}", sha256(text.as_bytes())).as_bytes())
    }

    /// The kept cells that lie within these replications, in order and without overlap. One that is damaged or foreign is named
    /// on stderr and removed.
    #[must_use]
    pub fn kept(&self, within: &Range<u32>) -> Vec<(Range<u32>, Graded)> {
        let entries = fs::read_dir(self.directory.path.join(FOLDER));
        let files = entries.into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|extension| extension == "cell")).collect();
        files.sort();
        let mut cells: Vec<(Range<u32>, Graded)> = Vec::new();
        for path in files {
            if numbers_of(&path)
                .is_some_and(|numbers| numbers.end <= within.start || numbers.start >= within.end)
            {
                continue;
            }
            match self.read(&path) {
                Ok((numbers, rows)) => {
                    let next = cells.last().map_or(within.start, |(before, _)| before.end);
                    if numbers.start >= next && numbers.end <= within.end {
                        cells.push((numbers, rows));
                    }
                }
                Err(reason) => {
                    tell!(
                        "warning: {} is not used: {reason}; its replications are computed again",
                        path.display()
                    );
                    let _ = fs::remove_file(&path);
                }
            }
        }
        cells
    }

    fn read(&self, path: &Path) -> Result<(Range<u32>, Graded), String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let text = String::from_utf8(bytes).map_err(|_| "its checksum differs".to_owned())?;
        let (checksum, text) = text.split_once('\n').ok_or("it is empty")?;
        if checksum != sha256(text.as_bytes()) {
            return Err("its checksum differs".to_owned());
        }
        read_cell(text, &self.study)
    }

    /// Remove all cells: the tables hold their rows now.
    pub fn clear(&self) {
        let _ = fs::remove_dir_all(self.directory.path.join(FOLDER));
    }
}

/// The replications that the name of a cell file says.
fn numbers_of(path: &Path) -> Option<Range<u32>> {
    let (first, last) = path.file_stem()?.to_str()?.split_once('-')?;
    Some(first.parse().ok()?..last.parse::<u32>().ok()? + 1)
}
