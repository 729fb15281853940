//! Files that are whole or not there at all (temporary name, sync, rename), and the directory of a run, which one
//! process writes at a time.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::Failure;

/// The file whose lock says that a process writes the directory. It stays: a lock on a file that was removed and made
/// again would be two locks.
const LOCK: &str = ".lock";

/// Files that this call has read, or written: none of them is written over.
static TOUCHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Note a file that this call reads, so that it is not written over.
pub fn note_input(path: &Path) {
    if let (Ok(path), Ok(mut touched)) = (fs::canonicalize(path), TOUCHED.lock()) {
        touched.insert(path);
    }
}

/// Whether a file may be written: it is none that this call has read.
fn refuse_own_input(path: &Path) -> Result<(), Failure> {
    let is_own =
        fs::canonicalize(path).is_ok_and(|path| TOUCHED.lock().is_ok_and(|touched| touched.contains(&path)));
    if is_own {
        let text = format!("{}: this call reads or writes that very file; name another", path.display());
        return Err(Failure::Usage(text));
    }
    Ok(())
}

/// Write a whole file, or leave what was there.
///
/// # Errors
/// When the folder cannot be written or the disk is full; the temporary file is removed.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), Failure> {
    refuse_own_input(path)?;
    replace(path, content)
}

/// The same, whatever was read before: for files of our own directories.
fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    // A link leads to the file that is meant; a pipe or a device is written to, not replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let written = OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(content));
        return written.map_err(|error| Failure::io(path, error));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, path)?;
        // The new name outlives a power cut too, where directories can be synced.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let _ = File::open(folder.unwrap_or_else(|| Path::new("."))).and_then(|folder| folder.sync_all());
        Ok(())
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&temporary);
        Failure::io(path, error)
    })
}

/// A run directory that this process writes, and no other.
#[derive(Debug)]
pub struct RunDirectory {
    /// Where it is.
    pub path: PathBuf,
    lock: File,
}

impl RunDirectory {
    /// Make the directory, or take over the one that is there.
    ///
    /// # Errors
    /// When it cannot be made, or when another process writes it.
    pub fn open(path: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&path).map_err(|error| Failure::io(&path, error))?;
        let name = path.join(LOCK);
        let fail = |error| Failure::io(&name, error);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&name);
        let mut file = file.map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(Failure::failed(format!(
                    "{} is being written by another process ({}); wait for it, or choose another folder with --out",
                    path.display(),
                    holder.trim()
                )));
            }
            // A file system without locks: nobody can be told to keep off.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        let holder = format!("process {}\n", std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).map_err(fail)?;
        file.write_all(holder.as_bytes()).map_err(fail)?;
        Ok(Self { path, lock: file })
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
        replace(&path, content)
    }

    /// Remove what a killed process left of a file that it had not finished.
    pub fn sweep_up(&self) {
        for folder in [self.path.clone(), self.path.join("figures"), self.path.join("cells")] {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name.starts_with('.') && name.ends_with(".tmp") {
                    let _ = fs::remove_file(path);
                }
            }
        }
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        // The file stays, and empty: who wrote a directory last is no part of its bytes.
        let _ = self.lock.set_len(0);
    }
}
