//! `contention sweep`: one study for every combination of some settings, and the trust map over them.

mod again;
mod grid;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

pub use self::again::again;

use self::grid::{Over, combinations, folder};
use super::call::{always_quoted, command, quoted};
use super::checksum::{checksums, sha256};
use super::directory::RunDirectory;
use super::input::{self, Input};
use super::manifest::Manifest;
use super::run::{Run, Status, find, gradable, json as run_json, status};
use super::stored::Stored;
use super::{Failure, Global, print, print_json};
use crate::readout::{Point, Sweep, verdicts};
use crate::report::{self, Provenance};
use crate::settings::{Place, Problems};

/// Options of `sweep`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name.
    scenario: String,
    /// A key of the scenario and the values that it takes, such as workload.rate=16/s,20/s (repeatable: every combination).
    #[arg(long, required = true, value_name = "KEY=V1,V2,...")]
    over: Vec<String>,
    /// Go on with an interrupted or killed sweep of the same settings.
    #[arg(long)]
    resume: bool,
}

/// The most points of a sweep.
const MOST_POINTS: usize = 1000;

/// Sweep.
///
/// # Errors
/// Every problem at every point before anything runs; then as a run.
pub fn sweep(options: &Options, global: &Global) -> Result<(), Failure> {
    let overs = options.over.iter().map(|text| Over::parse(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some((_, twice)) =
        overs.iter().enumerate().find(|(at, over)| overs[..*at].iter().any(|o| o.key == over.key))
    {
        return Err(Failure::Usage(format!("--over {}: the key stands there twice", twice.key)));
    }
    let count = overs.iter().map(|over| over.values.len()).product::<usize>();
    if count > MOST_POINTS {
        return Err(Failure::Usage(format!("{count} points; a sweep has at most {MOST_POINTS}")));
    }
    let given = |key: &str| {
        let set = |text: &String| text.split('=').next().is_some_and(|path| path.trim() == key);
        global.overrides.iter().any(set) || (key == "study.seed" && global.seed.is_some())
    };
    if let Some(over) = overs.iter().find(|over| given(&over.key)) {
        return Err(Failure::Usage(format!("--over {}: --set or --seed gives the same key", over.key)));
    }
    let points = combinations(&overs);
    let inputs = load(&options.scenario, &overs, &points, global)?;
    let mut call = command("sweep", &options.scenario, global);
    options.over.iter().for_each(|over| call.push_str(&format!(" --over {}", always_quoted(over))));
    let manifest = manifest(call, &inputs);
    let go_on = go_on(&manifest.command, global);
    let path = match find(global.out_folder(), &manifest).filter(|_| options.resume) {
        Some(found) => found,
        None => global.out_folder().join(manifest.directory_name()),
    };
    if !options.resume && status(&path) == Status::Incomplete && path.join("runs").exists() {
        return Err(Failure::Incomplete(format!(
            "{} holds finished work of this very sweep. Go on with\n  {go_on}\nor remove the directory to begin anew",
            path.display()
        )));
    }
    let directory = RunDirectory::open(path)?;
    directory.sweep_up();
    directory.write("scenario.toml", inputs[0].text.as_bytes())?;
    directory.write("manifest.json", manifest.incomplete().as_bytes())?;
    let folders: Vec<String> =
        points.iter().enumerate().map(|(at, values)| folder(at, points.len(), values)).collect();
    let metric = inputs[0].scenario.study.primary;
    let question = inputs[0].scenario.question.clone();
    let mut sweep =
        Sweep { keys: overs.iter().map(|over| over.key.clone()).collect(), metric, points: Vec::new() };
    let mut requests = 0;
    for ((input, values), folder) in inputs.into_iter().zip(points).zip(&folders) {
        if !global.quiet {
            let at = sweep.points.len() + 1;
            tell!("point {at} of {}: {}", folders.len(), settings(&overs, &values).join(", "));
        }
        let path = directory.path.join(folder);
        let primary = input.scenario.study.primary;
        let graded =
            point(input, path, &settings(&overs, &values), options, global).map_err(
                |failure| match failure {
                    Failure::Interrupted(_) => Failure::Interrupted(format!(
                        "interrupted; what is finished is kept. Go on with\n  {go_on}"
                    )),
                    other => other,
                },
            )?;
        requests += graded.requests;
        sweep.points.push(Point { verdicts: verdicts(&graded, primary), values });
    }
    let files = files(&sweep, &question, &folders, &manifest.provenance())?;
    for (name, content) in &files {
        directory.write(name, content.as_bytes())?;
    }
    directory.write("manifest.json", manifest.complete(requests, &checksums(&files)).as_bytes())?;
    show(&sweep, &folders, &directory.path, global)
}

/// The files of a sweep beside its points' runs: name and content.
fn files(
    sweep: &Sweep,
    question: &str,
    folders: &[String],
    provenance: &Provenance,
) -> Result<Vec<(String, String)>, Failure> {
    let table = report::sweep_table(sweep).map_err(|error| Failure::failed(error.to_string()))?;
    let mut files = vec![("trust_map.csv".to_owned(), table)];
    files.extend(report::trust_maps(sweep).into_iter().map(|(name, svg)| (format!("figures/{name}"), svg)));
    files.push(("report.html".to_owned(), report::sweep_html(sweep, question, folders, provenance)));
    Ok(files)
}

/// The settings of a point, as `--set` takes them.
fn settings(overs: &[Over], values: &[String]) -> Vec<String> {
    overs.iter().zip(values).map(|(over, value)| format!("{}={value}", over.key)).collect()
}

/// The scenario at every point, or every problem at any of them.
fn load(name: &str, overs: &[Over], points: &[Vec<String>], global: &Global) -> Result<Vec<Input>, Failure> {
    let (mut inputs, mut problems) = (Vec::new(), Vec::new());
    for values in points {
        // A mistake is one of the whole option, whichever point shows it.
        let places = overs
            .iter()
            .map(|over| Place::Argument(format!("--over {}={}", over.key, over.values.join(","))));
        let given: Vec<_> = settings(overs, values).into_iter().zip(places).collect();
        match input::load_with(name, None, global, &given) {
            Ok(input) => inputs.push(input),
            Err(Failure::Invalid(found)) => {
                problems.extend(
                    found.0.into_iter().filter(|problem| !problems.contains(problem)).collect::<Vec<_>>(),
                );
            }
            Err(other) => return Err(other),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Invalid(Problems(problems)));
    }
    inputs.iter().try_for_each(gradable)?;
    // A warning that every point has is told once.
    let mut told: Vec<&str> = Vec::new();
    for warning in inputs.iter().flat_map(|input| &input.scenario.warnings) {
        if !global.quiet && !told.contains(&warning.text.as_str()) {
            tell!("warning {}: {}", warning.code, warning.text);
            told.push(&warning.text);
        }
    }
    Ok(inputs)
}

/// What identifies the sweep: its call, and the hash of all its points.
fn manifest(call: String, inputs: &[Input]) -> Manifest {
    let hashes: Vec<String> = inputs.iter().map(Input::hash).collect();
    let mut manifest = Manifest::start(call, &inputs[0], None);
    manifest.hash = sha256(hashes.join("\n").as_bytes());
    manifest.scenario.push_str("-sweep");
    manifest
}

/// One point: read back where it is finished, else run to its end.
fn point(
    input: Input,
    path: PathBuf,
    settings: &[String],
    options: &Options,
    global: &Global,
) -> Result<crate::study::Graded, Failure> {
    let call = command("run", &options.scenario, global);
    let call = settings.iter().fold(call, |call, set| format!("{call} --set {}", always_quoted(set)));
    let manifest = Manifest::start(call, &input, None);
    if status(&path) == Status::Complete {
        // One that was changed is made anew.
        match Stored::open(&path, global) {
            Ok(stored) if stored.input.hash() == manifest.hash => return Ok(stored.graded),
            Ok(_) => {}
            Err(failure) => tell!("warning: {failure}; this point is computed again"),
        }
    }
    let directory = RunDirectory::open(path)?;
    directory.write("scenario.toml", input.text.as_bytes())?;
    let mut run = Run { input, manifest, directory };
    run.complete(global)
}

/// The call that goes on with a sweep.
fn go_on(call: &str, global: &Global) -> String {
    let out = global.out.as_ref().map(|out| format!(" --out {}", quoted(&out.display().to_string())));
    format!("{call}{} --resume", out.unwrap_or_default())
}

/// The sweep as one document.
fn document(sweep: &Sweep, folders: &[String], path: &Path) -> serde_json::Value {
    let points: Vec<_> = sweep
        .points
        .iter()
        .zip(folders)
        .map(|(point, folder)| {
            let settings: serde_json::Map<String, serde_json::Value> =
                sweep.keys.iter().cloned().zip(point.values.iter().map(|value| json!(value))).collect();
            json!({
                "settings": settings,
                "directory": path.join(folder).display().to_string(),
                "verdicts": run_json::verdicts(&point.verdicts),
            })
        })
        .collect();
    json!({ "directory": path.display().to_string(), "keys": sweep.keys, "points": points })
}

fn show(sweep: &Sweep, folders: &[String], path: &Path, global: &Global) -> Result<(), Failure> {
    if global.json {
        return print_json(&document(sweep, folders, path));
    }
    print(&report::sweep_text(sweep))?;
    print(&format!("\nThe trust map, its table and every point's own run are in {}\n", path.display()))
}
