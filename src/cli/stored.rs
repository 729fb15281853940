//! A run that is there: its manifest, its scenario and its rows, each against the checksum that was written with it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::call::quoted;
use super::checksum::sha256;
use super::input::{self, Input};
use super::run::{Status, status};
use super::{Failure, Global};
use crate::report::{Provenance, read_tables};
use crate::settings::Place;
use crate::study::{Graded, grade};

/// A finished run.
pub struct Stored {
    /// Where it is.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: Value,
    /// Its scenario.
    pub input: Input,
    /// What it found.
    pub graded: Graded,
}

impl Stored {
    /// Read the finished run in a directory.
    ///
    /// # Errors
    /// When there is none, when it is of another version, and when a file of it was changed.
    pub fn open(path: &Path, global: &Global) -> Result<Self, Failure> {
        is_run(path)?;
        let shown = path.display();
        if status(path) == Status::Incomplete {
            let shown = quoted(&shown.to_string());
            let text =
                format!("{shown} is not complete: finish it first with\n  contention run --resume {shown}");
            return Err(Failure::Incomplete(text));
        }
        let manifest = manifest(path)?;
        let checked = |name: &str| {
            let text = fs::read_to_string(path.join(name)).map_err(|error| format!("{name}: {error}"))?;
            match manifest["sha256"][name].as_str() {
                Some(hash) if hash == sha256(text.as_bytes()) => Ok(text),
                _ => Err(format!("{name} is not what the run wrote: its checksum in manifest.json differs")),
            }
        };
        let rows = read_tables(&checked).map_err(|text| Failure::failed(format!("{shown}: {text}")))?;
        let input = input(path, &manifest, global)?;
        let requests = manifest["requests_simulated"].as_u64().unwrap_or(0);
        let graded = grade(&input.scenario, Graded { requests, ..rows });
        Ok(Self { path: path.to_path_buf(), manifest, input, graded })
    }

    /// Where its page comes from.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        Provenance {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: self.manifest["command"].as_str().unwrap_or_default().to_owned(),
            scenario_hash: self.input.hash(),
            seed: self.input.scenario.study.seed,
            replications: self.input.scenario.study.replications,
        }
    }
}

/// Whether it is the directory of a sweep that is complete.
#[must_use]
pub fn is_finished_sweep(path: &Path) -> bool {
    path.join("runs").is_dir() && status(path) == Status::Complete
}

/// Whether the directory is one of `run`, not of a sweep.
///
/// # Errors
/// When it is a sweep's, or none at all.
pub fn is_run(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    if status(path) == Status::Absent {
        return Err(Failure::Usage(format!("{shown}: no run directory")));
    }
    if !path.join("runs").is_dir() {
        return Ok(());
    }
    if status(path) == Status::Complete {
        let text = format!("{shown} is a sweep; each of its points is a run of its own: {shown}/runs/...");
        return Err(Failure::Usage(text));
    }
    let manifest = manifest(path)?;
    let call = manifest["command"].as_str().unwrap_or_default();
    let text = format!(
        "{shown} is a sweep that is not complete. Go on with its own call, and --out where it had one:\n  {call} --resume"
    );
    Err(Failure::Incomplete(text))
}

/// The manifest of a run of this version.
///
/// # Errors
/// When it cannot be read, and when another version wrote it.
pub fn manifest(path: &Path) -> Result<Value, Failure> {
    let file = path.join("manifest.json");
    let text = fs::read_to_string(&file).map_err(|error| Failure::io(&file, error))?;
    let manifest: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    let (version, own) = (manifest["version"].as_str().unwrap_or("unknown"), env!("CARGO_PKG_VERSION"));
    if version != own {
        let text = format!("{} was made by version {version}, this is {own}: run it anew", path.display());
        return Err(Failure::failed(text));
    }
    Ok(manifest)
}

/// The scenario of a run, with the number of replications that its manifest says.
///
/// # Errors
/// When it is not what the run had.
pub fn input(path: &Path, manifest: &Value, global: &Global) -> Result<Input, Failure> {
    let replications = manifest["replications"].as_u64().unwrap_or(0);
    let text = format!("study.replications={replications}");
    let overrides = [(text.clone(), Place::CommandLine(text))];
    // Settings of the call are in the resolved file already.
    let global = &Global { seed: None, overrides: Vec::new(), ..global.clone() };
    let folder = manifest["scenario_folder"].as_str().map(Path::new);
    let resolved = path.join("resolved.toml").display().to_string();
    let input = input::load_with(&resolved, folder, global, &overrides)?;
    if manifest["plan_hash"].as_str() != Some(&input.hash()) {
        let text = format!("{resolved} or a file that it names is not what the run had: plan_hash differs");
        return Err(Failure::failed(text));
    }
    Ok(input)
}

/// An option that goes on with a run keeps every setting of it.
///
/// # Errors
/// When the call gives settings.
pub fn keeps_settings(option: &str, global: &Global) -> Result<(), Failure> {
    if global.seed.is_none() && global.overrides.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!("{option} keeps every setting of the run: leave out --seed and --set")))
}
