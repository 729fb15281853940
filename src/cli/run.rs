//! `contention run`: the main job. Truth worlds and every design on the same draws, graded, written and shown.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::directory::RunDirectory;
use super::manifest::{Manifest, Progress, command};
use super::precision::Precision;
use super::{Failure, Global, grow, input, print, print_json};
use crate::readout::{Verdict, verdicts};
use crate::report::{self, Provenance};
use crate::scenario::Scenario;
use crate::study::{Graded, Replication, execute, score, score_more};

/// Options of `run`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name; the embedded quick start when left out. With --grow, the directory
    /// of a finished run.
    scenario: Option<String>,
    /// Add replications until a Monte-Carlo error is small enough, for example bias:0.5ms or coverage:1%.
    #[arg(long, value_name = "MEASURE:ERROR")]
    precision: Option<String>,
    /// Never more replications than this with --precision.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    max_replications: u32,
    /// Add this many replications to a finished run; the files become those of a run with all of them.
    #[arg(long, value_name = "N", conflicts_with = "precision")]
    grow: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { scenario: None, precision: None, max_replications: 100_000, grow: None }
    }
}

/// Set by the first Ctrl-C; the second ends the process at once.
pub fn interruptible() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    // Without a handler the process simply ends; the run directory is marked incomplete from the start.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        eprintln!("\ninterrupted: finishing the replications in work (Ctrl-C again to end at once)");
    });
    &STOP
}

/// A bar on stderr for so many replications.
pub fn progress(replications: u32, global: &Global) -> ProgressBar {
    let bar = ProgressBar::new(u64::from(replications));
    if global.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = "{bar:30} {pos}/{len} replications, {msg}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Run all replications of a study with progress, and grade them. When interrupted: how many were finished.
pub fn study(
    scenario: &Scenario,
    global: &Global,
    stop: &AtomicBool,
) -> Result<Result<Graded, u64>, Failure> {
    let numbers = 0..scenario.study.replications;
    Ok(replications(scenario, numbers, global, stop)?.map(|replications| score(scenario, replications)))
}

/// Run these replications with progress. When interrupted: how many were finished.
pub(super) fn replications(
    scenario: &Scenario,
    numbers: Range<u32>,
    global: &Global,
    stop: &AtomicBool,
) -> Result<Result<Vec<Replication>, u64>, Failure> {
    let bar = progress(numbers.end - numbers.start, global);
    let simulated = AtomicU64::new(0);
    let finished = AtomicU64::new(0);
    let done = |requests: u64| {
        let total = simulated.fetch_add(requests, Ordering::Relaxed) + requests;
        finished.fetch_add(1, Ordering::Relaxed);
        let rate = total as f64 / bar.elapsed().as_secs_f64().max(1e-9) / 1e6;
        bar.set_message(format!("{rate:.2} million requests/s"));
        bar.inc(1);
    };
    let replications = execute::execute_some(scenario, numbers, global.jobs, stop, done)
        .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
    bar.finish_and_clear();
    Ok(replications.ok_or(finished.into_inner()))
}

/// The main job.
pub fn run(options: &Options, global: &Global) -> Result<(), Failure> {
    if let Some(more) = options.grow {
        return grow::grow(options.scenario.as_deref(), more, global);
    }
    let name = options.scenario.as_deref().unwrap_or("quickstart");
    let mut input = input::load(name, global)?;
    let primary = input.scenario.study.primary;
    let precision = options.precision.as_deref().map(|text| Precision::parse(text, primary)).transpose()?;
    input::warn(&input.scenario, global);
    if input.scenario.designs.is_empty() || input.scenario.policies.len() < 2 {
        let text = "nothing to grade: a study needs a candidate policy and at least one [[design]]; \
                    `contention simulate` runs one world";
        return Err(Failure::Usage(text.to_owned()));
    }
    let mut call = command("run", name, global);
    if let Some(precision) = &options.precision {
        call.push_str(&format!(" --precision {precision} --max-replications {}", options.max_replications));
    }
    let _ = super::CALL.set(call.clone());
    let manifest = manifest_of(&input, call);
    let directory = RunDirectory::create(global.out_folder(), &manifest.directory_name())?;
    directory.write("manifest.json", manifest.text(Progress::Incomplete, 0, 0, &[]).as_bytes())?;
    directory.write("scenario.toml", input.text.as_bytes())?;
    directory.write("resolved.toml", input.scenario.resolved.as_bytes())?;
    let started = std::time::Instant::now();
    let mut graded = Graded::default();
    let (mut from, mut to) = (0, input.scenario.study.replications);
    loop {
        match replications(&input.scenario, from..to, global, interruptible())? {
            Ok(replications) => graded = score_more(&input.scenario, graded, replications),
            Err(finished) => {
                let finished = u64::from(from) + finished;
                let text = manifest.text(Progress::Incomplete, finished, graded.requests, &[]);
                directory.write("manifest.json", text.as_bytes())?;
                return Err(Failure::Interrupted(format!(
                    "interrupted after {finished} of {to} replications; {} is marked incomplete. Repeat it with\n  {}",
                    directory.path.display(),
                    manifest.command
                )));
            }
        }
        let Some(precision) = &precision else { break };
        if !global.quiet {
            eprintln!("{to} replications: {}", precision.standing(&graded, primary));
        }
        let Some(next) = precision.next(&graded, primary, to, options.max_replications) else { break };
        (from, to) = (to, next);
        input = input::load_with(name, global, &[format!("study.replications={to}")])?;
    }
    let manifest = manifest_of(&input, manifest.command.clone());
    finish(&input, &graded, &manifest, &directory, started, global)
}

/// The manifest of a run of `input`.
pub(super) fn manifest_of(input: &input::Input, call: String) -> Manifest {
    let Scenario { name, study, .. } = &input.scenario;
    Manifest::start(call, input.hash(), name.clone(), study.seed, study.replications)
}

/// Write the tables, pictures and the manifest of a graded study, and say what it found.
pub(super) fn finish(
    input: &input::Input,
    graded: &Graded,
    manifest: &Manifest,
    directory: &RunDirectory,
    started: std::time::Instant,
    global: &Global,
) -> Result<(), Failure> {
    let scenario = &input.scenario;
    let simulated = started.elapsed();
    let verdicts = verdicts(graded, scenario.study.primary);
    let files = files(input, graded, &verdicts, manifest)?;
    directory.write("resolved.toml", scenario.resolved.as_bytes())?;
    for (name, content) in &files {
        directory.write(name, content.as_bytes())?;
        if global.verbose {
            eprintln!("wrote {} ({} bytes)", directory.path.join(name).display(), content.len());
        }
    }
    if global.verbose {
        let written = started.elapsed() - simulated;
        eprintln!(
            "{:.2} s for {} simulated requests and their analysis, {:.2} s for tables and pictures",
            simulated.as_secs_f64(),
            graded.requests,
            written.as_secs_f64()
        );
    }
    let finished = u64::from(manifest.replications);
    let text = manifest.text(Progress::Complete, finished, graded.requests, &files);
    directory.write("manifest.json", text.as_bytes())?;
    if global.json {
        return print_json(&to_json(scenario, graded, &verdicts, directory));
    }
    print(&report::verdict_text(&verdicts, scenario, graded, 80))?;
    print(&format!("\nTables, figures and report.html are in {}\n", directory.path.display()))
}

/// Everything of a run directory that follows from the scenario and the seed alone.
fn files(
    input: &input::Input,
    graded: &Graded,
    verdicts: &[Verdict],
    manifest: &Manifest,
) -> Result<Vec<(String, String)>, Failure> {
    let scenario = &input.scenario;
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: manifest.command.clone(),
        scenario_hash: manifest.hash.clone(),
        seed: manifest.seed,
        replications: manifest.replications,
    };
    let tables = report::tables(graded, scenario).map_err(|error| Failure::failed(error.to_string()))?;
    let mut files: Vec<(String, String)> =
        tables.into_iter().map(|(name, content)| (name.to_owned(), content)).collect();
    let figures = report::figures(graded, verdicts, scenario);
    files.extend(figures.into_iter().map(|(name, content)| (format!("figures/{name}"), content)));
    files.push(("report.html".to_owned(), report::html(scenario, graded, verdicts, &provenance)));
    Ok(files)
}

fn to_json(scenario: &Scenario, graded: &Graded, verdicts: &[Verdict], directory: &RunDirectory) -> Value {
    let measure = |measure: crate::stats::Measure| json!({"value": measure.value, "mcse": measure.mcse});
    let verdicts: Vec<Value> = verdicts
        .iter()
        .map(|verdict| {
            let findings: Vec<Value> = verdict
                .findings
                .iter()
                .map(|finding| {
                    let performance = finding.performance.map(|p| {
                        json!({
                            "mean_estimate": p.mean_estimate.value,
                            "bias": measure(p.bias),
                            "emp_se": measure(p.emp_se),
                            "model_se": measure(p.model_se),
                            "rmse": measure(p.rmse),
                            "coverage": measure(p.coverage),
                            "power_or_size": measure(p.power_or_size),
                            "wrong_decision": p.wrong_decision.map(measure),
                            "n_replications": p.n_replications,
                            "n_failed": p.n_failed,
                        })
                    });
                    let parts = finding.parts.map(|parts| {
                        json!({
                            "error": parts.error,
                            "sampling_part": parts.sampling_part,
                            "spillover_on_control": parts.spillover_on_control,
                            "dilution_on_treated": parts.dilution_on_treated,
                        })
                    });
                    json!({
                        "design": finding.design,
                        "estimator": finding.estimator,
                        "standing": finding.standing.name(),
                        "reason": finding.reason,
                        "performance": performance,
                        "error_parts": parts,
                    })
                })
                .collect();
            json!({
                "candidate": verdict.candidate,
                "metric": verdict.metric.name,
                "unit": verdict.metric.unit,
                "value_control": verdict.value_control,
                "value_candidate": verdict.value_candidate,
                "truth": verdict.truth,
                "truth_se": verdict.truth_se,
                "sentence": verdict.sentence,
                "boundary": verdict.boundary,
                "findings": findings,
            })
        })
        .collect();
    json!({
        "scenario": scenario.name,
        "question": scenario.question,
        "seed": scenario.study.seed,
        "replications": scenario.study.replications,
        "requests_simulated": graded.requests,
        "directory": directory.path.display().to_string(),
        "verdicts": verdicts,
    })
}
