//! The command line: one file a verb. Results go to stdout and the run directory; progress, timings and warnings to
//! stderr.

/// Say something on stderr. Where nobody listens any more, work goes on.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

mod analyze;
mod call;
mod check;
mod checksum;
mod codes;
mod compare;
mod completions;
mod directory;
mod explain;
mod failure;
mod hints;
mod input;
mod list;
mod log_csv;
mod man;
mod manifest;
mod new;
mod options;
mod power;
mod progress;
mod report;
mod run;
mod schema;
mod score;
mod simulate;
mod stored;
mod sweep;
mod truth;
mod verify;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};

use clap::{Args, Parser, Subcommand};

use self::options::{Out, Takes};

pub use failure::Failure;
pub use input::SHIPPED;

/// Simulates shared GPU inference fleets and tells which experiment to believe.
#[derive(Debug, Parser)]
#[command(name = "contention", version, about, max_term_width = 100)]
struct Command {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    global: Global,
}

/// Options of every verb.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// One JSON document on stdout instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// No progress, no timings and no warnings on stderr.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say on stderr what is written, and how long each part took.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Threads; 0 takes all cores. Results do not depend on it.
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    jobs: usize,
    /// Master seed, instead of the scenario's.
    #[arg(long, global = true, value_name = "SEED")]
    seed: Option<u64>,
    /// Override a key of the scenario, such as study.replications=20 (repeatable).
    #[arg(long = "set", global = true, value_name = "KEY.PATH=VALUE")]
    overrides: Vec<String>,
    /// Where to write: the folder of run directories [outputs]; the folder of `man`; else the file for what would be printed.
    #[arg(long, global = true, value_name = "PATH")]
    out: Option<PathBuf>,
}

impl Global {
    /// The folder for run directories.
    fn out_folder(&self) -> &Path {
        self.out.as_deref().unwrap_or_else(|| Path::new("outputs"))
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Grade every design against the truth (without a scenario: the embedded quick start).
    #[command(after_help = RUN_EXAMPLES)]
    Run(run::Options),
    /// Write a new scenario from a template.
    New(new::Options),
    /// List scenarios, policies, designs, estimators, metrics, presets, known answers, codes.
    List(list::Options),
    /// Check scenarios and show every problem at once.
    Check(check::Options),
    /// Print a scenario with every default and the load it implies; or what a code means.
    Explain(explain::Options),
    /// Run a study for every combination of some settings: where to trust which design.
    Sweep(sweep::Options),
    /// Plan an experiment from a pilot of the truth worlds: how long, how many clusters, which blocks.
    #[command(after_help = POWER_EXAMPLES)]
    Power(power::Options),
    /// Make the report of a finished run or sweep again, or print it as html, md, csv or json.
    Report(report::Options),
    /// What changed between two finished runs: settings, verdicts, truth, bias, RMSE and coverage.
    Compare(compare::Options),
    /// Simulate one world.
    Simulate(simulate::Options),
    /// Run only the truth worlds and print every true effect.
    Truth(truth::Options),
    /// Estimate effects from a log: any CSV file, or one of `simulate --log`.
    #[command(after_help = ANALYZE_EXAMPLES)]
    Analyze(Box<analyze::Options>),
    /// Grade estimates made anywhere against the sealed truth of `simulate --sealed`.
    Score(score::Options),
    /// Try the simulator against known answers: closed forms, published results, laws.
    Verify(verify::Options),
    /// Print the JSON Schema of scenarios, for completion and checks in an editor.
    Schema,
    /// Print the completions of a shell.
    Completions(completions::Options),
    /// Print the manual page; with --out DIR write one page for each verb.
    Man,
}

const RUN_EXAMPLES: &str = "\
Examples:
  contention run                                       the embedded quick start
  contention run mine.toml --set study.replications=20
  contention run mine.toml --precision bias:0.5ms      until the bias is known so well
  contention run mine.toml --resume                    go on after Ctrl-C or a kill
  contention run --grow 100 outputs/RUN                100 replications more";

const POWER_EXAMPLES: &str = "\
Examples:
  contention power mine.toml                           for the scenario's true effect
  contention power mine.toml --effect 5% --power 0.9
  contention power mine.toml --metric e2e_ms_mean --effect 12ms --max-duration 28d";

const ANALYZE_EXAMPLES: &str = "\
Examples:
  contention analyze --list                            every method and what it needs
  contention analyze data.csv --outcome latency_ms --treatment policy --method difference_in_means
  contention analyze data.csv --outcome latency_ms --treatment policy --unit user --method user_clustered
  contention simulate mine.toml --design switchback --log log.csv
  contention analyze log.csv --outcome ttft_ms_mean --method switchback_washout";

/// Run the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => {
            let words: Vec<String> =
                std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
            let error = hints::with_hints(error, &words);
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    report_broken_laws();
    let global = &command.global;
    let verb = command.verb.unwrap_or_else(|| Verb::Run(run::Options::default()));
    let result = call(&verb, global);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(global.json);
            ExitCode::from(failure.code())
        }
    }
}

/// Do what the verb says, with the options that it takes.
fn call(verb: &Verb, global: &Global) -> Result<(), Failure> {
    let takes = Takes::of(verb);
    takes.check(global)?;
    let Some(path) = global.out.as_ref().filter(|_| takes.out == Out::Document) else {
        return dispatch(verb, global);
    };
    let _ = DOCUMENT.set(Mutex::default());
    let result = dispatch(verb, global);
    // A document that says no is whole, too.
    if matches!(result, Ok(()) | Err(Failure::Unmet(_)))
        && let Some(document) = DOCUMENT.get()
    {
        let text = document.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        directory::write_atomically(path, text.as_bytes())?;
    }
    result
}

fn dispatch(verb: &Verb, global: &Global) -> Result<(), Failure> {
    match verb {
        Verb::Run(options) => run::run(options, global),
        Verb::Report(options) => report::report(options, global),
        Verb::Sweep(options) => sweep::sweep(options, global),
        Verb::Simulate(options) => simulate::simulate(options, global),
        Verb::Truth(options) => truth::truth(options, global),
        Verb::Check(options) => check::check(options, global),
        Verb::Explain(options) => explain::explain(options, global),
        Verb::Analyze(options) => analyze::analyze(options, global),
        Verb::Score(options) => score::score(options, global),
        Verb::Compare(options) => compare::compare(options, global),
        Verb::List(options) => list::list(options, global),
        Verb::New(options) => new::new(options, global),
        Verb::Schema => schema::schema(),
        Verb::Completions(options) => completions::completions(options, global),
        Verb::Man => man::man(global),
        Verb::Power(options) => power::power(options, global),
        Verb::Verify(options) => verify::verify(options, global),
    }
}

/// What is printed where `--out` names a file for it: written when all of it is there.
static DOCUMENT: OnceLock<Mutex<String>> = OnceLock::new();

/// The call that repeats what is running, for the message of a broken law.
static CALL: OnceLock<String> = OnceLock::new();

/// A broken law is our defect: say how to replay it.
fn report_broken_laws() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        default(info);
        if let (Some(call), Some((seed, replication))) = (CALL.get(), crate::study::execute::running()) {
            tell!(
                "This is a defect of contention, not of your scenario (seed {seed}, replication {replication}). \
                 Replay it with\n  {call}"
            );
        }
    }));
}

/// Print to stdout, or to the document that `--out` names; a closed pipe is not an error.
fn print(text: &str) -> Result<(), Failure> {
    if let Some(document) = DOCUMENT.get() {
        document.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_str(text);
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::io("stdout", error)),
        _ => Ok(()),
    }
}

/// Print a JSON document.
fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
    print(&(text + "\n"))
}
