//! The report of a finished run, made again and in other formats.

use std::fs;

use crate::command_line::{contention, folder, json};
use crate::determinism::SMALL;
use crate::grow::files;

#[test]
fn a_report_that_is_made_again_is_the_same_and_restores_what_was_lost() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let found = json(&contention(folder.path(), &["run", "small.toml", "--quiet", "--json"]));
    let shown = found["directory"].as_str().expect("a directory").to_owned();
    let path = folder.path().join(&shown);
    let whole = files(&path);
    fs::remove_file(path.join("report.html")).expect("removed");
    fs::remove_dir_all(path.join("figures")).expect("removed");
    fs::remove_file(path.join("performance.csv")).expect("removed");
    let output = contention(folder.path(), &["report", &shown]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(files(&path) == whole, "the files differ");
    // The same findings as the run told.
    assert_eq!(json(&contention(folder.path(), &["report", &shown, "--json"])), found);
    for (format, file) in [("html", "report.html"), ("csv", "performance.csv")] {
        let output = contention(folder.path(), &["report", &shown, "--format", format]);
        assert!(output.stdout == fs::read(path.join(file)).expect("readable"), "{format}");
    }
    let output = contention(folder.path(), &["report", &shown, "--format", "md", "--out", "small.md"]);
    assert!(output.status.success() && output.stdout.is_empty());
    let text = fs::read_to_string(folder.path().join("small.md")).expect("written");
    assert!(text.starts_with("# Does it?\n") && text.contains("\n| "), "{text}");
}

#[test]
fn what_is_no_finished_run_is_refused_and_nothing_is_made() {
    let folder = folder();
    let output = contention(folder.path(), &["report", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn a_sweep_is_reported_again_from_the_runs_of_its_points() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let call = "sweep small.toml --over workload.rate=12/s,13/s --set study.replications=2 --quiet --json";
    let found = json(&contention(folder.path(), &call.split(' ').collect::<Vec<_>>()));
    let shown = found["directory"].as_str().expect("a directory");
    let path = folder.path().join(shown);
    let whole = files(&path);
    fs::remove_file(path.join("report.html")).expect("removed");
    fs::remove_file(path.join("trust_map.csv")).expect("removed");
    let again = contention(folder.path(), &["report", shown]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(files(&path) == whole, "the files differ");
    assert_eq!(json(&contention(folder.path(), &["report", shown, "--json"])), found);
    let output = contention(folder.path(), &["report", shown, "--format", "csv"]);
    assert!(output.stdout == fs::read(path.join("trust_map.csv")).expect("readable"));
    assert_eq!(contention(folder.path(), &["report", shown, "--format", "md"]).status.code(), Some(2));
    // A point that was changed since is no part of the sweep any more.
    let point = found["points"][0]["directory"].as_str().expect("a directory");
    assert!(contention(folder.path(), &["run", "--grow", "1", point, "--quiet"]).status.success());
    assert_eq!(contention(folder.path(), &["report", shown]).status.code(), Some(1));
}
