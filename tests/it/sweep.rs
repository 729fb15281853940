//! Sweeps through the command line: the grid, the map, mistakes, and going on after a kill.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::command_line::{contention, folder, json};
use crate::determinism::SMALL;
use crate::grow::files;

fn arguments<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["sweep", "small.toml", "--out", out, "--set", "study.replications=6"];
    arguments.extend([
        "--over",
        "workload.rate=8/s,12/s",
        "--over",
        "policy.spill.router.queue_threshold=1,4",
    ]);
    arguments.extend(more);
    arguments
}

fn with_scenario() -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    folder
}

/// The files of a sweep and of its points, but the manifests.
fn all_files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = files(directory);
    let mut runs: Vec<PathBuf> = fs::read_dir(directory.join("runs"))
        .expect("runs")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    runs.sort();
    for run in runs {
        let name = run.file_name().expect("a name").to_string_lossy().into_owned();
        found.extend(files(&run).into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
    }
    found
}

fn directory(out: &Path) -> PathBuf {
    fs::read_dir(out).expect("readable").next().expect("a directory").expect("an entry").path()
}

#[test]
fn a_sweep_has_a_run_for_every_combination_and_a_row_for_every_cell() {
    let folder = with_scenario();
    let found = json(&contention(folder.path(), &arguments("out", &["--json", "--quiet"])));
    let points = found["points"].as_array().expect("points");
    assert_eq!(points.len(), 4);
    assert_eq!(points[1]["settings"]["workload.rate"], "8/s");
    assert_eq!(points[1]["settings"]["policy.spill.router.queue_threshold"], "4");
    let path = folder.path().join(found["directory"].as_str().expect("a directory"));
    let csv = fs::read_to_string(path.join("trust_map.csv")).expect("the map");
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let header = table.headers().expect("a header").clone();
    assert_eq!((&header[0], &header[1]), ("workload.rate", "policy.spill.router.queue_threshold"));
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
    let findings: usize =
        points.iter().map(|point| point["verdicts"][0]["findings"].as_array().expect("findings").len()).sum();
    assert_eq!(rows.len(), findings);
    // A map for each design and estimator, and a page of its own for each point.
    let figures = fs::read_dir(path.join("figures")).expect("figures").count();
    assert_eq!(figures, findings / 4);
    for point in points {
        let run = folder.path().join(point["directory"].as_str().expect("a directory"));
        assert!(run.join("report.html").is_file());
        // The point's own run is the run of its scenario.
        let truth = fs::read_to_string(run.join("truth.csv")).expect("a table");
        assert!(truth.lines().count() > 6);
    }
    let page = fs::read_to_string(path.join("report.html")).expect("the page");
    assert!(!page.contains("<script") && !page.contains("src=\""));
}

#[test]
fn a_point_of_a_sweep_is_the_run_of_its_scenario() {
    let folder = with_scenario();
    let swept = contention(folder.path(), &arguments("out", &["--quiet"]));
    assert!(swept.status.success());
    let point = directory(&folder.path().join("out")).join("runs/2-8-s-4");
    let sets = ["study.replications=6", "workload.rate=8/s", "policy.spill.router.queue_threshold=4"];
    let mut call = vec!["run", "small.toml", "--quiet", "--out", "alone"];
    sets.iter().for_each(|set| call.extend(["--set", *set]));
    assert!(contention(folder.path(), &call).status.success());
    assert!(files(&point) == files(&directory(&folder.path().join("alone"))));
}

#[test]
fn every_problem_at_every_point_is_told_before_anything_runs() {
    let folder = with_scenario();
    let mut call = vec!["sweep", "small.toml", "--out", "out"];
    call.extend(["--over", "workload.rate=8/s,fast", "--over", "design.3.block=20 s,nonsense"]);
    let output = contention(folder.path(), &call);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("\"fast\"") && said.contains("\"nonsense\""), "{said}");
    assert!(!folder.path().join("out").exists());
    for wrong in ["workload.rate", "workload.rate=8/s,8/s", "study.replications=1,2"] {
        let output = contention(
            folder.path(),
            &["sweep", "small.toml", "--set", "study.replications=3", "--over", wrong],
        );
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn a_sweep_that_was_killed_goes_on_and_ends_in_the_same_bytes() {
    let folder = with_scenario();
    assert!(contention(folder.path(), &arguments("whole", &["--quiet"])).status.success());
    let out = folder.path().join("killed");
    let mut child = Command::new(env!("CARGO_BIN_EXE_contention"))
        .args(arguments("killed", &["--jobs", "1"]))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    // The output folder exists before the sweep's directory in it does.
    let started = |out: &Path| {
        let sweep = fs::read_dir(out).ok().and_then(|mut entries| entries.next()).and_then(Result::ok);
        sweep.is_some_and(|sweep| sweep.path().join("runs/2-8-s-4/cells").exists())
    };
    while !started(&out) {
        assert!(child.try_wait().expect("a child").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let refused = contention(folder.path(), &arguments("killed", &[]));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(5), "{said}");
    // The call that it names is the one that goes on, here and not in another folder.
    assert!(said.contains(" --out killed --resume"), "{said}");
    let report = contention(folder.path(), &["report", &directory(&out).display().to_string()]);
    assert_eq!(report.status.code(), Some(5));
    let resumed = contention(folder.path(), &arguments("killed", &["--resume", "--quiet"]));
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    assert!(all_files(&directory(&folder.path().join("whole"))) == all_files(&directory(&out)));
}
