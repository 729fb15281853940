//! `contention run --grow N RUN`: more replications for a finished run. The files become those of a run that had all of them
//! from the start.

use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::directory::RunDirectory;
use super::manifest::sha256;
use super::run::{finish, interruptible, manifest_of, replications};
use super::{Failure, Global, input};
use crate::report::read_tables;
use crate::study::{Graded, score_more};

/// Add `more` replications to the run in the directory `run`. Nothing is written before all of them are done.
///
/// # Errors
/// When the directory is no finished run of this version, when a file of it was changed, or when a setting would change.
pub fn grow(run: Option<&str>, more: u32, global: &Global) -> Result<(), Failure> {
    let usage = |text: String| Failure::Usage(text);
    let Some(run) = run else {
        return Err(usage("--grow needs the directory of a finished run".to_owned()));
    };
    if global.seed.is_some() || !global.overrides.is_empty() {
        return Err(usage("--grow keeps every setting of the run: leave out --seed and --set".to_owned()));
    }
    if more == 0 {
        return Err(usage("--grow 0 adds nothing".to_owned()));
    }
    let path = Path::new(run);
    let manifest = manifest(path)?;
    let read =
        |name: &str| std::fs::read_to_string(path.join(name)).map_err(|error| format!("{name}: {error}"));
    let checked = |name: &str| {
        let text = read(name)?;
        match manifest["sha256"][name].as_str() {
            Some(hash) if hash == sha256(text.as_bytes()) => Ok(text),
            _ => Err(format!("{name} is not what the run wrote: its checksum in manifest.json differs")),
        }
    };
    let before = read_tables(&checked).map_err(|text| Failure::failed(format!("{run}: {text}")))?;
    let number = |key: &str| manifest[key].as_u64().unwrap_or(0);
    let before = Graded { requests: number("requests_simulated"), ..before };
    let from = number("replications_finished") as u32;
    let resolved = path.join("resolved.toml").display().to_string();
    let given = manifest_of(&input::load(&resolved, global)?, String::new());
    if manifest["plan_hash"].as_str() != Some(&given.hash) {
        let text = format!("{resolved} or a file that it names is not what the run had: plan_hash differs");
        return Err(Failure::failed(text));
    }
    let to = from.saturating_add(more);
    let input = input::load_with(&resolved, global, &[format!("study.replications={to}")])?;
    let call = format!("contention run --grow {more} {run}");
    let _ = super::CALL.set(call);
    let started = Instant::now();
    let added = replications(&input.scenario, from..to, global, interruptible())?.map_err(|finished| {
        let text = format!("interrupted after {finished} of {more} more replications; {run} is as it was");
        Failure::Interrupted(text)
    })?;
    let graded = score_more(&input.scenario, before, added);
    let call = manifest["command"].as_str().unwrap_or_default();
    let call = format!("{} --set 'study.replications={to}'", without_replications(call));
    let manifest = manifest_of(&input, call);
    let directory = RunDirectory { path: path.to_path_buf() };
    finish(&input, &graded, &manifest, &directory, started, global)
}

/// A call without a setting of the number of replications that an earlier growth left in it.
fn without_replications(call: &str) -> String {
    let parts: Vec<&str> = call.split(" --set ").collect();
    let kept = parts.iter().filter(|part| !part.starts_with("'study.replications="));
    kept.copied().collect::<Vec<_>>().join(" --set ")
}

/// The manifest of a finished run of this version.
fn manifest(path: &Path) -> Result<Value, Failure> {
    let file = path.join("manifest.json");
    let text = std::fs::read_to_string(&file).map_err(|error| {
        Failure::Usage(format!("{}: {error}; --grow needs a run directory", file.display()))
    })?;
    let manifest: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    if manifest["status"].as_str() != Some("complete") {
        let text = format!("{} is not complete: repeat it with\n  {}", path.display(), manifest["command"]);
        return Err(Failure::failed(text));
    }
    let version = manifest["version"].as_str().unwrap_or("unknown");
    if version != env!("CARGO_PKG_VERSION") {
        let own = env!("CARGO_PKG_VERSION");
        let text = format!("{} was made by version {version}, this is {own}: run it anew", path.display());
        return Err(Failure::failed(text));
    }
    Ok(manifest)
}
