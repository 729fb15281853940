//! The sealed truth of one replication or several.

use std::path::PathBuf;

use super::{invalid, problem};
use crate::cli::Failure;

/// The truth of one candidate and metric in one replication.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Truth {
    /// Name, hash and seed of the scenario.
    pub origin: (String, String, String),
    pub replication: u32,
    pub candidate: String,
    pub metric: String,
    pub higher_is_better: bool,
    pub effect: f64,
}

const NEEDED: [&str; 8] =
    ["scenario", "scenario_hash", "seed", "replication", "candidate", "metric", "higher_is_better", "effect"];

/// Read sealed files. The same row may come twice: two designs of one replication share their truth.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Truth>, Failure> {
    let (mut truths, mut problems): (Vec<Truth>, _) = (Vec::new(), Vec::new());
    for path in paths {
        let name = path.display().to_string();
        let usage = |error: csv::Error| Failure::Usage(format!("{name}: {error}"));
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(usage)?;
        let header = csv.headers().map_err(usage)?.clone();
        let at = |column: &str| header.iter().position(|known| known == column);
        let missing: Vec<&str> = NEEDED.into_iter().filter(|column| at(column).is_none()).collect();
        if !missing.is_empty() {
            let found = format!("no column {}", missing.join(", "));
            let allowed = "a file that `contention simulate SCENARIO --sealed FILE` wrote".to_owned();
            problems.push(problem(&name, 1, "header", found, allowed));
            continue;
        }
        for record in csv.records() {
            let record = record.map_err(usage)?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |column: &str| at(column).and_then(|at| record.get(at)).unwrap_or("");
            let (Ok(replication), Ok(effect)) = (cell("replication").parse(), cell("effect").parse::<f64>())
            else {
                let found = format!("replication \"{}\", effect \"{}\"", cell("replication"), cell("effect"));
                problems.push(problem(&name, line, "row", found, "two numbers".to_owned()));
                continue;
            };
            let own = |column: &str| cell(column).to_owned();
            let truth = Truth {
                origin: (own("scenario"), own("scenario_hash"), own("seed")),
                replication,
                candidate: own("candidate"),
                metric: own("metric"),
                higher_is_better: cell("higher_is_better") == "1",
                effect,
            };
            if let Some(first) = truths.first().filter(|first| first.origin != truth.origin) {
                let (scenario, hash, seed) = &truth.origin;
                let show = |hash: &str| hash.chars().take(8).collect::<String>();
                let found = format!("scenario {scenario} ({}), seed {seed}", show(hash));
                let (scenario, hash, seed) = &first.origin;
                let allowed = format!("{scenario} ({}), seed {seed}, as in the first file", show(hash));
                problems.push(problem(&name, line, "scenario", found, allowed));
                break;
            }
            if !truths.contains(&truth) {
                truths.push(truth);
            }
        }
    }
    if problems.is_empty() && truths.is_empty() {
        let name = paths.first().map_or_else(String::new, |path| path.display().to_string());
        let allowed = "a scenario with a candidate policy".to_owned();
        problems.push(problem(&name, 1, "rows", "no truth".to_owned(), allowed));
    }
    if problems.is_empty() { Ok(truths) } else { Err(invalid(problems)) }
}
