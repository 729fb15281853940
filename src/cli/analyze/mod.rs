//! `contention analyze`: the estimators of a study on a log of any origin.

mod catalogue;
mod columns;
mod estimates;
mod methods;
mod print;
mod ratio;
mod roles;
mod warnings;

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Global, directory, print as print_text, print_json};
use crate::settings::{Place, Problem, Problems};
use crate::tidy::{ArmNames, Role, Tidy, is_own_log, own_arms, read};

/// Options of `analyze`.
#[derive(Debug, Args)]
pub struct Options {
    /// A CSV file with a header row; one of `simulate --log` needs no further options than a method and an outcome.
    #[arg(required_unless_present = "list")]
    data: Option<PathBuf>,
    /// An estimator of `--list` (repeatable).
    #[arg(long = "method", value_name = "NAME", value_delimiter = ',')]
    methods: Vec<String>,
    /// Every estimator; those whose columns the file does not have say so.
    #[arg(long)]
    all: bool,
    /// The column to compare (repeatable); several are adjusted for one another by Holm.
    #[arg(
        long = "outcome",
        visible_alias = "primary",
        value_name = "COL",
        value_delimiter = ',',
        required_unless_present_any = ["list", "secondary"]
    )]
    outcomes: Vec<String>,
    /// Secondary outcomes, adjusted for one another by Benjamini and Hochberg (repeatable).
    #[arg(long, value_name = "COL", value_delimiter = ',')]
    secondary: Vec<String>,
    /// What outcomes are counted over: the metric is the sum of outcomes over the sum of these.
    #[arg(long, value_name = "COL", conflicts_with = "quantile")]
    denominator: Option<String>,
    /// Compare this quantile instead of the mean (repeatable).
    #[arg(long, value_name = "P", value_delimiter = ',')]
    quantile: Vec<f64>,
    /// Which policy a row got: two distinct values.
    #[arg(long, value_name = "COL")]
    treatment: Option<String>,
    /// Which value of the treatment is the control.
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    control: Option<String>,
    /// Which value is the candidate; with both named, rows of other arms are left out.
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    candidate: Option<String>,
    /// How units were to be split among the arms: 1:1:1 in the order control, candidate, others by name; or ARM=1,ARM=1.
    #[arg(long, value_name = "SPLIT", allow_hyphen_values = true)]
    expected: Option<String>,
    /// The randomised unit.
    #[arg(long, value_name = "COL")]
    unit: Option<String>,
    /// Cluster, pool or region.
    #[arg(long, value_name = "COL")]
    cluster: Option<String>,
    /// Arrival time in seconds; rows are put in order of it.
    #[arg(long, value_name = "COL")]
    time: Option<String>,
    /// Block of time: numbers or times, which have an order of their own, or names, which are put in order by --time.
    #[arg(long, value_name = "COL")]
    block: Option<String>,
    /// Seconds since the start of the block.
    #[arg(long, value_name = "COL")]
    since_switch: Option<String>,
    /// Whether the row lies in the washout after a switch.
    #[arg(long, value_name = "COL")]
    washout: Option<String>,
    /// Probability with which the row was given the candidate; of more than two arms, ARM=COL,ARM=COL, a number in place of
    /// a column where it is constant.
    #[arg(long, value_name = "COL", allow_hyphen_values = true)]
    propensity: Option<String>,
    /// Share of candidates that the row's cluster was given.
    #[arg(long, value_name = "COL")]
    saturation: Option<String>,
    /// Part of a design with two parts: 0 by request, 1 by cluster or block.
    #[arg(long, value_name = "COL")]
    part: Option<String>,
    /// The coins of user and pool.
    #[arg(long, value_name = "USERCOL,POOLCOL", value_delimiter = ',', num_args = 1..=2)]
    factors: Vec<String>,
    /// The outcome of the same row under the other policy (repeatable); a column alone is matched by its name.
    #[arg(long, value_name = "OUTCOME=COL", value_delimiter = ',')]
    shadow: Vec<String>,
    /// Strata within which units were randomised.
    #[arg(long, value_name = "COL", conflicts_with = "pairs")]
    strata: Option<String>,
    /// Pairs of units of which one was treated.
    #[arg(long, value_name = "COL")]
    pairs: Option<String>,
    /// What could be seen just before the decision.
    #[arg(long, value_name = "COL,COL", value_delimiter = ',')]
    state: Vec<String>,
    /// What was fixed before the assignment.
    #[arg(long, value_name = "COL,COL", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Only rows with this value (repeatable).
    #[arg(long = "where", value_name = "COL=VALUE", allow_hyphen_values = true)]
    filters: Vec<String>,
    /// A setting of the methods that know it, or of one: METHOD.KEY=VALUE (repeatable).
    #[arg(long = "option", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Fill in the column candidate, design or replication of every row that comes out (repeatable).
    #[arg(long = "tag", value_name = "COL=VALUE")]
    tags: Vec<String>,
    /// List the methods with what they need and their settings.
    #[arg(long)]
    list: bool,
}

/// Estimate effects from a log.
pub fn analyze(options: &Options, global: &Global) -> Result<(), Failure> {
    if let Some(text) = global.overrides.first() {
        let text = format!("--set {text} changes scenarios; a setting of a method is --option {text}");
        return Err(Failure::Usage(text));
    }
    if options.list {
        return if global.json {
            print_json(&catalogue::to_json())
        } else {
            print_text(&catalogue::to_text())
        };
    }
    let Some(path) = &options.data else {
        return Err(Failure::Usage("name a CSV file".to_owned()));
    };
    let methods = methods::chosen(options)?;
    let mut tags = print::Tags::of(&options.tags)?;
    let (mut tidy, plan) = load(path, options, &methods)?;
    if plan.column(Role::Treatment) == Some("arm") && plan.is_own {
        tags.name_candidate(&tidy.arms[1]);
    }
    let found = estimates::estimate(&mut tidy, &methods, &plan, options)?;
    let ratio = ratio::check(&mut tidy, &plan, options.expected.as_deref())?;
    let mut warnings = warnings::of(&tidy, &methods, &found, &plan);
    warnings.extend(ratio.warning);
    let report = print::Report {
        path,
        plan: &plan,
        tidy: &tidy,
        found: &found,
        warnings: &warnings,
        notes: &ratio.notes,
        tags: &tags,
    };
    if !global.quiet {
        warnings.iter().for_each(|warning| tell!("warning {}: {}", warning.code, warning.text));
    }
    if let Some(out) = &global.out {
        let as_json = out.extension().is_some_and(|extension| extension == "json");
        let text = if as_json { format!("{:#}\n", report.to_json()) } else { report.to_csv()? };
        directory::write_atomically(out, text.as_bytes())?;
    }
    if global.json { print_json(&report.to_json()) } else { print_text(&report.to_text()) }
}

/// Read the columns that the options and the methods want.
fn load(
    path: &Path,
    options: &Options,
    methods: &[methods::Method],
) -> Result<(Tidy, columns::Plan), Failure> {
    let name = path.display().to_string();
    let open = || -> Result<csv::Reader<File>, Failure> {
        directory::note_input(path);
        let file = File::open(path).map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
        Ok(csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 18).from_reader(file))
    };
    let mut csv = open()?;
    let problem = |found: &str, allowed: &str| {
        let place = Place::Line { file: name.clone(), line: 1 };
        let (found, allowed) = (found.to_owned(), allowed.to_owned());
        Failure::Invalid(Problems(vec![Problem { place, path: "header".to_owned(), found, allowed }]))
    };
    let header = csv.byte_headers().map_err(|error| problem(&error.to_string(), "comma-separated values"))?;
    let header: Vec<String> = header
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    if header.iter().all(String::is_empty) {
        return Err(problem("an empty file", "a header row with the columns' names, then one row a line"));
    }
    if let [only] = header.as_slice()
        && only.contains([';', '\t'])
    {
        return Err(problem(&format!("one column, \"{only}\""), "cells with commas between them"));
    }
    let mut plan = columns::plan(&name, &header, options, methods)?;
    let mut arms = ArmNames {
        control: options.control.clone(),
        candidate: options.candidate.clone(),
        chances: plan.chances.clone(),
    };
    if is_own_log(&header)
        && options.treatment.is_none()
        && let Some([control, _]) = own_arms(&header, &mut open()?)
    {
        plan.treat_by(&header, "arm");
        arms.control = arms.control.or(Some(control));
    }
    let tidy = read(&name, &mut csv, &plan.selections, &plan.filters, &arms)?;
    Ok((tidy, plan))
}
