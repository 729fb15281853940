//! The page of a finished sweep again, from the runs of its points, without simulating.

use std::path::Path;

use super::grid::{Over, combinations, folder};
use super::{document, files, show};
use crate::cli::call::{quoted, words};
use crate::cli::checksum::sha256;
use crate::cli::directory::{RunDirectory, write_atomically};
use crate::cli::report::Format;
use crate::cli::stored::{self, Stored};
use crate::cli::{Failure, Global, print};
use crate::readout::{Point, Sweep, verdicts};
use crate::report::Provenance;

/// Make every file of the sweep again and show it; or print it in a format, or write that to the file of `--out`.
///
/// # Errors
/// When a point is missing or is not what the sweep had, and for Markdown, which a sweep does not have.
pub fn again(path: &Path, format: Option<Format>, global: &Global) -> Result<(), Failure> {
    if format == Some(Format::Md) {
        let text = "a sweep has no report in Markdown: choose html, csv or json, or report one of its runs";
        return Err(Failure::Usage(text.to_owned()));
    }
    let directory = if format.is_none() { Some(RunDirectory::open(path.to_path_buf())?) } else { None };
    let manifest = stored::manifest(path)?;
    let command = manifest["command"].as_str().unwrap_or_default();
    let call = words(command);
    let overs = call.windows(2).filter(|pair| pair[0] == "--over").map(|pair| Over::parse(&pair[1]));
    let overs = overs.collect::<Result<Vec<_>, _>>()?;
    let points = combinations(&overs);
    let folders: Vec<String> =
        points.iter().enumerate().map(|(at, values)| folder(at, points.len(), values)).collect();
    let mut runs = Vec::new();
    for folder in &folders {
        runs.push(Stored::open(&path.join(folder), global)?);
    }
    let hashes: Vec<String> = runs.iter().map(|run| run.input.hash()).collect();
    let hash = sha256(hashes.join("\n").as_bytes());
    let Some(first) = runs.first().filter(|_| manifest["plan_hash"].as_str() == Some(&hash)) else {
        let text = format!(
            "{}: a run below it is not the one that the sweep had (grown, perhaps). Sweep again with\n  {command} --resume",
            path.display()
        );
        return Err(Failure::failed(text));
    };
    let provenance = Provenance { scenario_hash: hash, command: command.to_owned(), ..first.provenance() };
    let question = first.input.scenario.question.clone();
    let metric = first.input.scenario.study.primary;
    let graded = runs.iter().map(|run| verdicts(&run.graded, run.input.scenario.study.primary));
    let points = graded.zip(points).map(|(verdicts, values)| Point { verdicts, values }).collect();
    let sweep = Sweep { keys: overs.into_iter().map(|over| over.key).collect(), metric, points };
    let files = files(&sweep, &question, &folders, &provenance)?;
    if let Some(directory) = directory {
        for (name, content) in &files {
            directory.write(name, content.as_bytes())?;
        }
        return show(&sweep, &folders, path, global);
    }
    let named = |name: &str| files.iter().find(|(file, _)| file == name).map(|(_, text)| text.clone());
    let text = match format {
        Some(Format::Html) => named("report.html"),
        Some(Format::Csv) => named("trust_map.csv"),
        _ => Some(format!("{:#}\n", document(&sweep, &folders, path))),
    };
    let text = text.ok_or_else(|| Failure::failed(format!("{}: no such file", quoted(command))))?;
    match &global.out {
        Some(file) => write_atomically(file, text.as_bytes()),
        None => print(&text),
    }
}
