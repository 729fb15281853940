//! `contention run`: the main job. Truth worlds and every design on the same draws, graded, written and shown.

mod cells;
mod finish;
mod grow;
pub mod json;
mod precision;
mod resume;
mod so_far;
mod work;

use std::path::Path;

use clap::Args;

pub use finish::{document, each_file, show};
pub use resume::{Status, find, goal_of, status};
pub use work::{interruptible, no_threads, replications, study};

use self::cells::Cells;
use self::precision::Precision;
use super::call::{command, quoted};
use super::directory::RunDirectory;
use super::input::{self, Input};
use super::manifest::{Goal, Manifest};
use super::{Failure, Global, stored};
use crate::study::{Graded, grade};

/// Options of `run`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name; the embedded quick start when left out. With --resume or --grow, the
    /// directory of a run.
    scenario: Option<String>,
    /// Go on with an interrupted or killed run: its directory, or its scenario with the same settings.
    #[arg(long)]
    resume: bool,
    /// Add replications until a Monte-Carlo error is small enough, for example bias:0.5ms or coverage:1%.
    #[arg(long, value_name = "MEASURE:ERROR", conflicts_with = "grow")]
    precision: Option<String>,
    /// Never more replications than this with --precision.
    #[arg(long, default_value_t = 100_000, value_name = "N", requires = "precision")]
    max_replications: u32,
    /// Add this many replications to a finished run; the files become those of a run with all of them.
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    grow: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { scenario: None, resume: false, precision: None, max_replications: 100_000, grow: None }
    }
}

impl Options {
    /// Which of the calls of `run` it is.
    pub fn call(&self) -> &'static str {
        let is_directory = self.scenario.as_ref().is_some_and(|name| Path::new(name).is_dir());
        match (self.grow, self.resume && is_directory) {
            (Some(_), _) => "run --grow",
            (None, true) => "run --resume DIRECTORY",
            (None, false) => "run",
        }
    }
}

/// The main job.
///
/// # Errors
/// Invalid scenarios, unwritable folders, interruptions, and directories that hold unfinished work.
pub fn run(options: &Options, global: &Global) -> Result<(), Failure> {
    let name = options.scenario.as_deref().unwrap_or("quickstart");
    if let Some(more) = options.grow {
        let directory = options
            .scenario
            .as_deref()
            .ok_or_else(|| Failure::Usage("--grow needs the directory of a finished run".to_owned()))?;
        return grow::grow(Path::new(directory), more, global);
    }
    let goal = options.precision.as_ref();
    let goal = goal.map(|text| Goal { precision: text.clone(), most: options.max_replications });
    if options.resume && Path::new(name).is_dir() {
        stored::keeps_settings("--resume", global)?;
        return resume::resume(Path::new(name), goal, global);
    }
    let input = input::load(name, global)?;
    if let Some(goal) = &goal {
        Precision::parse(&goal.precision, input.scenario.study.primary)?;
        let first = input.scenario.study.replications;
        if goal.most < first {
            let text =
                format!("--max-replications {}: the scenario begins with {first} replications", goal.most);
            return Err(Failure::Usage(text));
        }
    }
    input::warn(&input.scenario, input::Use::Graded, global);
    gradable(&input)?;
    let manifest = Manifest::start(command("run", name, global), &input, goal.clone());
    if let Some(found) = resume::find(global.out_folder(), &manifest).filter(|_| options.resume) {
        return resume::resume(&found, goal, global);
    }
    let path = global.out_folder().join(manifest.directory_name());
    match status(&path) {
        Status::Incomplete if cells::any(&path) => {
            // Where another process is at it, that is the news.
            RunDirectory::open(path.clone())?;
            Err(Failure::Incomplete(format!(
                "{} holds finished replications of this very study. Go on with\n  contention run --resume {}\n\
                 or remove the directory to begin anew",
                path.display(),
                quoted(&path.display().to_string())
            )))
        }
        Status::Complete => resume::show_finished(&path, &manifest, global),
        _ => {
            let directory = RunDirectory::open(path)?;
            directory.write("scenario.toml", input.text.as_bytes())?;
            Run { input, manifest, directory }.finish(global)
        }
    }
}

/// Whether there is something to grade.
///
/// # Errors
/// When there is no candidate or no design.
pub fn gradable(input: &Input) -> Result<(), Failure> {
    if !input.scenario.designs.is_empty() && input.scenario.policies.len() > 1 {
        return Ok(());
    }
    let text = if input.scenario.policies.len() < 2 {
        "nothing to grade: the scenario has one policy, and a study needs a candidate and at least one [[design]]; \
         `contention truth` reports the metrics of the one policy, and `contention simulate` looks at one world of it"
    } else {
        "nothing to grade: the scenario has no [[design]]; `contention truth` reports the true effects without any \
         experiment, and `contention simulate` looks at one world"
    };
    Err(Failure::Usage(text.to_owned()))
}

/// A study in its directory.
pub struct Run {
    /// The scenario.
    pub input: Input,
    /// What identifies the run.
    pub manifest: Manifest,
    /// Where it is written.
    pub directory: RunDirectory,
}

impl Run {
    /// Do what is missing, write everything and say what was found.
    ///
    /// # Errors
    /// As [`Run::complete`].
    pub fn finish(mut self, global: &Global) -> Result<(), Failure> {
        let graded = self.complete(global)?;
        let goal = self.manifest.goal.as_ref();
        let outcome = finish::show(&self.input.scenario, &graded, &self.directory.path, goal, global)?;
        finish::reached(goal, outcome)
    }

    /// Do what is missing and write everything.
    ///
    /// # Errors
    /// Unwritable folders, and interruptions, with how to go on.
    pub fn complete(&mut self, global: &Global) -> Result<Graded, Failure> {
        let _ = super::CALL.set(self.manifest.command.clone());
        let cells = Cells::new(&self.directory, self.input.study_hash());
        if status(&self.directory.path) == Status::Complete {
            cells.clear();
        }
        self.directory.sweep_up();
        self.directory.write("resolved.toml", self.input.scenario.resolved.as_bytes())?;
        self.directory.write("manifest.json", self.manifest.incomplete().as_bytes())?;
        let started = std::time::Instant::now();
        let primary = self.input.scenario.study.primary;
        let precision = match &self.manifest.goal {
            Some(goal) => Some((Precision::parse(&goal.precision, primary)?, goal.most)),
            None => None,
        };
        let mut graded = Graded::default();
        let (mut from, mut to) = (0, self.input.scenario.study.replications);
        loop {
            let added = work::rows(&self.input.scenario, from..to, &cells, global);
            let added = added.map_err(|failure| self.with_way_on(failure))?;
            graded.append(added);
            graded = grade(&self.input.scenario, graded);
            let Some((precision, most)) = &precision else { break };
            if !global.quiet {
                tell!("{to} replications: {}", precision.standing(&graded, primary));
            }
            let Some(next) = precision.next(&graded, primary, to, *most) else { break };
            (from, to) = (to, next);
            self.input = self.input.with_replications(to)?;
        }
        self.manifest.finished(&self.input);
        if global.verbose {
            let (seconds, requests) = (started.elapsed().as_secs_f64(), graded.requests);
            tell!("{seconds:.2} s for {requests} simulated requests and their analysis");
        }
        let written = finish::write(&self.input, &graded, &self.manifest, &self.directory, global);
        written.map_err(|failure| self.with_way_on(failure))?;
        cells.clear();
        Ok(graded)
    }

    /// A failure, such as a full disk, that leaves finished replications says how to go on.
    fn with_way_on(&self, failure: Failure) -> Failure {
        let path = &self.directory.path;
        match failure {
            Failure::Failed(text) if cells::any(path) => Failure::Failed(format!(
                "{text}\nFinished replications are kept. Go on with\n  contention run --resume {}",
                quoted(&path.display().to_string())
            )),
            other => other,
        }
    }
}
