//! Files that are whole or not there at all: temporary name, sync, rename.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Failure;

/// Write a whole file, or leave what was there.
///
/// # Errors
/// When the folder cannot be written or the disk is full; the temporary file is removed.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&temporary);
        Failure::io(path, error)
    })
}

/// A run directory.
#[derive(Debug)]
pub struct RunDirectory {
    /// Where it is.
    pub path: PathBuf,
}

impl RunDirectory {
    /// Make the directory, or take over the one that the same run made before.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(parent: &Path, name: &str) -> Result<Self, Failure> {
        let path = parent.join(name);
        fs::create_dir_all(&path).map_err(|error| Failure::io(&path, error))?;
        Ok(Self { path })
    }

    /// Write one whole file.
    ///
    /// # Errors
    /// As [`write_atomically`].
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Failure::io(folder, error))?;
        }
        write_atomically(&path, content)
    }
}
