//! Runs that go on: more replications for a finished one, and as many as a precision needs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command_line::{contention, folder};
use crate::determinism::SMALL;

/// Run the small study with some replications; its directory.
fn run(folder: &Path, out: &str, replications: u32, more: &[&str]) -> PathBuf {
    fs::write(folder.join("small.toml"), SMALL).expect("writable");
    let set = format!("study.replications={replications}");
    let mut arguments = vec!["run", "small.toml", "--quiet", "--json", "--out", out, "--set", &set];
    arguments.extend(more);
    let output = contention(folder, &arguments);
    // 4: finished, but a precision was not reached.
    assert!(matches!(output.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    folder.join(found["directory"].as_str().expect("a directory"))
}

/// Everything in a run directory but the manifest.
pub(crate) fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in [directory.to_path_buf(), directory.join("figures")] {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_file() && !path.ends_with("manifest.json") {
                let name = path.strip_prefix(directory).expect("inside").display().to_string();
                found.push((name, fs::read(&path).expect("readable")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_run_that_grew_is_the_run_that_had_all_replications_from_the_start() {
    let folder = folder();
    let whole = run(folder.path(), "whole", 5, &[]);
    let grown = run(folder.path(), "grown", 2, &[]);
    let text = grown.display().to_string();
    for more in ["1", "2"] {
        let output = contention(folder.path(), &["run", "--grow", more, &text, "--quiet"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (whole, grown) = (files(&whole), files(&grown));
    assert_eq!(
        whole.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        grown.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    for ((name, expected), (_, found)) in whole.iter().zip(&grown) {
        assert!(expected == found, "{name} differs");
    }
}

#[test]
fn a_table_that_was_changed_by_hand_is_named_and_nothing_grows() {
    let folder = folder();
    let directory = run(folder.path(), "out", 2, &[]);
    let table = directory.join("estimates.csv");
    let text = fs::read_to_string(&table).expect("readable");
    fs::write(&table, text.replacen("request", "requests", 1)).expect("writable");
    let before = files(&directory);
    let output = contention(folder.path(), &["run", "--grow", "1", &directory.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("estimates.csv is not what the run wrote"), "{text}");
    assert!(files(&directory) == before, "something was written");
}

#[test]
fn a_precision_adds_replications_until_the_largest_error_is_small_enough() {
    let folder = folder();
    let directory = run(folder.path(), "out", 4, &["--precision", "bias:1ms", "--max-replications", "30"]);
    let performance = fs::read_to_string(directory.join("performance.csv")).expect("readable");
    let mut table = csv::Reader::from_reader(performance.as_bytes());
    let header = table.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let mut replications = Vec::new();
    let mut errors = Vec::new();
    for row in table.records().map(|row| row.expect("a row")) {
        if &row[at("metric")] == "ttft_ms_mean" && row[at("note")].is_empty() {
            replications.push(row[at("n_replications")].parse::<u32>().expect("a number"));
            errors.push(row[at("bias_mcse")].parse::<f64>().expect("a number"));
        }
    }
    let n = replications.iter().copied().max().expect("rows");
    assert!(n > 4 && (n == 30 || errors.iter().all(|error| *error <= 1.0)), "{n}: {errors:?}");
    let manifest = fs::read_to_string(directory.join("manifest.json")).expect("readable");
    assert!(manifest.contains(&format!("\"replications\": {n}")), "{manifest}");
}

#[test]
fn a_precision_is_not_met_by_one_replication_that_has_no_error() {
    let folder = folder();
    let directory = run(folder.path(), "out", 1, &["--precision", "bias:1000ms", "--max-replications", "30"]);
    let manifest = fs::read_to_string(directory.join("manifest.json")).expect("readable");
    assert!(!manifest.contains("\"replications\": 1,"), "{manifest}");
}
