//! The log of a world and the study that simulated it say the same, for every metric of requests and every basic estimator of
//! every scenario that ships: the log goes through the command line, the study through its own tables.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::command_line::{contention, folder, json};

/// Scenarios that replay a file which is not shipped.
const NEED_A_FILE: [&str; 2] = ["replay-trace", "measured-server"];

/// A row of `estimates.csv` by column.
type Row = BTreeMap<String, String>;

fn estimates(run: &Path) -> Vec<Row> {
    let mut csv = csv::Reader::from_path(run.join("estimates.csv")).expect("estimates");
    let header = csv.headers().expect("a header").clone();
    csv.records()
        .map(|row| {
            let row = row.expect("a row");
            header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
        })
        .collect()
}

fn call(folder: &Path, words: &[&str]) {
    let output = contention(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Equal to the last digit, but for one unit in the last place of sums that a compiler may order otherwise.
fn same(found: &Value, study: &str) -> bool {
    match (found.as_f64(), study.parse::<f64>()) {
        (Some(found), Ok(study)) => (found - study).abs() <= 4.0 * f64::EPSILON * study.abs(),
        // JSON has no infinity; both say nothing there.
        (None, Ok(study)) => study.is_infinite(),
        (None, Err(_)) => study.is_empty(),
        (Some(_), Err(_)) => false,
    }
}

#[test]
fn the_log_of_every_shipped_scenario_gives_the_numbers_of_its_study() {
    let (mut compared, mut refused) = (0, 0);
    for (name, _) in contention::cli::SHIPPED.iter().filter(|(name, _)| !NEED_A_FILE.contains(name)) {
        let folder = folder();
        let path = folder.path();
        call(path, &["run", name, "--set", "study.replications=1", "--quiet"]);
        let outputs = std::fs::read_dir(path.join("outputs")).expect("outputs");
        let run = outputs.map(|entry| entry.expect("an entry").path()).next().expect("a run");
        let mut asked: BTreeMap<(String, String, String), Vec<Row>> = BTreeMap::new();
        for row in estimates(&run) {
            // Metrics of hardware are in no row of a request; segments and other estimands are the study's own.
            let of_requests = contention::tidy::own_metric(&row["metric"]).is_some();
            if of_requests && row["segment"] == "all" && row["estimand"] == "gte" {
                let key = (row["candidate"].clone(), row["design"].clone(), row["estimator"].clone());
                asked.entry(key).or_default().push(row);
            }
        }
        let mut logged = String::new();
        for ((candidate, design, estimator), rows) in &asked {
            let Some(spec) = contention::estimate::EstimatorSpec::named(estimator) else { continue };
            if spec.basic.is_empty() {
                continue;
            }
            let log = format!("{design}-{candidate}.csv").replace(' ', "-");
            if logged != log {
                let words =
                    ["simulate", name, "--design", design, "--policy", candidate, "--log", &log, "--quiet"];
                call(path, &words);
                logged.clone_from(&log);
            }
            let metrics: Vec<&str> = rows.iter().map(|row| row["metric"].as_str()).collect();
            let outcomes = metrics.join(",");
            let words = ["analyze", &log, "--method", estimator, "--outcome", &outcomes, "--json", "--quiet"];
            let document = json(&contention(path, &words));
            let found = document["rows"].as_array().unwrap_or_else(|| panic!("{name} {words:?}: {document}"));
            for row in rows {
                let metric = row["metric"].as_str();
                let own = found.iter().find(|own| own["metric"] == metric).expect("a row of the metric");
                let what = format!("{name}, {design}, {estimator}, {metric}");
                for column in [
                    "estimate",
                    "std_error",
                    "statistic",
                    "df",
                    "p_value",
                    "conf_low",
                    "conf_high",
                    "n_units",
                ] {
                    assert!(
                        same(&own[column], &row[column]),
                        "{what}, {column}: {} is not {}",
                        own[column],
                        row[column]
                    );
                }
                compared += usize::from(!row["estimate"].is_empty());
                refused += usize::from(row["estimate"].is_empty());
            }
        }
    }
    assert!(compared > 1000 && refused < compared, "{compared} compared, {refused} refused by both");
}
