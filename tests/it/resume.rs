//! A study that survives: killed, interrupted, damaged or written by two, it ends in the same bytes or says why not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::command_line::{contention, folder};
use crate::determinism::SMALL;
use crate::grow::files;

/// As the small study, with a shorter time and enough replications to be killed in between.
const REPLICATIONS: &str = "study.replications=120";

fn arguments<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["run", "small.toml", "--out", out, "--set", REPLICATIONS];
    arguments.extend(more);
    arguments
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_contention"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// The one run directory in a folder.
fn directory(out: &Path) -> PathBuf {
    let mut entries = fs::read_dir(out).expect("readable").map(|entry| entry.expect("an entry").path());
    let directory = entries.next().expect("a run directory");
    assert!(entries.next().is_none(), "more than one run directory");
    directory
}

fn cells(out: &Path) -> Vec<PathBuf> {
    let folder = fs::read_dir(out).ok().and_then(|mut entries| entries.next());
    let Some(Ok(run)) = folder else { return Vec::new() };
    let entries = fs::read_dir(run.path().join("cells")).into_iter().flatten();
    let mut cells: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cell"))
        .collect();
    cells.sort();
    cells
}

/// A folder with the scenario, and the files of a run of it that nobody disturbed.
fn undisturbed() -> (tempfile::TempDir, Vec<(String, Vec<u8>)>) {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    succeed(&contention(folder.path(), &arguments("whole", &["--quiet"])));
    let whole = files(&directory(&folder.path().join("whole")));
    (folder, whole)
}

fn succeed(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn same(whole: &[(String, Vec<u8>)], out: &Path) {
    let found = files(&directory(out));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(whole), names(&found));
    for ((name, expected), (_, found)) in whole.iter().zip(&found) {
        assert!(expected == found, "{name} differs");
    }
    assert!(cells(out).is_empty(), "cells are left");
}

/// Start the run in `out` and end it with SIGKILL once it keeps `count` more cells.
fn kill_after(folder: &Path, out: &str, count: usize) {
    let path = folder.join(out);
    let before = cells(&path).len();
    let mut child = start(folder, &arguments(out, &["--resume", "--jobs", "1"]));
    let begun = Instant::now();
    while cells(&path).len() < before + count && child.try_wait().expect("a child").is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no cell in a minute");
        std::thread::sleep(Duration::from_micros(200));
    }
    assert!(child.try_wait().expect("a child").is_none(), "it ended before it was killed");
    child.kill().expect("killed");
    child.wait().expect("ended");
}

#[test]
fn a_run_that_was_killed_again_and_again_ends_in_the_same_bytes() {
    let (folder, whole) = undisturbed();
    // After different numbers of cells, hence at different moments; the small sleeps above add chance of their own.
    for count in [1, 0, 2, 1, 3, 0, 1] {
        kill_after(folder.path(), "killed", count);
    }
    let kept = cells(&folder.path().join("killed")).len();
    assert!(kept >= 6, "{kept} cells were kept");
    let output = contention(folder.path(), &arguments("killed", &["--resume", "--verbose"]));
    succeed(&output);
    same(&whole, &folder.path().join("killed"));
    // It did not begin anew: the requests that were simulated are counted, those that were kept as well.
    let again = contention(folder.path(), &arguments("killed", &["--resume"]));
    succeed(&again);
    assert!(String::from_utf8_lossy(&again.stderr).contains("nothing is left to do"));
}

#[test]
fn a_damaged_cell_is_named_and_computed_again() {
    let (folder, whole) = undisturbed();
    kill_after(folder.path(), "damaged", 3);
    let out = folder.path().join("damaged");
    let kept = cells(&out);
    let (torn, changed) = (&kept[0], &kept[1]);
    let bytes = fs::read(torn).expect("readable");
    fs::write(torn, &bytes[..bytes.len() / 2]).expect("writable");
    let text = fs::read_to_string(changed).expect("readable").replacen("random", "Random", 1);
    fs::write(changed, text).expect("writable");
    let output = contention(folder.path(), &arguments("damaged", &["--resume", "--quiet"]));
    succeed(&output);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for cell in [torn, changed] {
        let name = cell.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(said.contains(&name) && said.contains("checksum"), "{said}");
    }
    same(&whole, &out);
}

#[test]
fn two_processes_cannot_write_one_run_directory() {
    let (folder, whole) = undisturbed();
    let mut first = start(folder.path(), &arguments("shared", &["--jobs", "1"]));
    let out = folder.path().join("shared");
    let begun = Instant::now();
    while cells(&out).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no cell in a minute");
        std::thread::sleep(Duration::from_millis(1));
    }
    for more in [&["--resume"] as &[&str], &[]] {
        let second = contention(folder.path(), &arguments("shared", more));
        assert!(first.try_wait().expect("a child").is_none(), "the first ended too early");
        assert_eq!(second.status.code(), Some(1));
        let said = String::from_utf8_lossy(&second.stderr).into_owned();
        assert!(said.contains(&format!("another process (process {})", first.id())), "{said}");
    }
    assert!(first.wait().expect("ended").success());
    same(&whole, &out);
}

#[test]
fn unfinished_work_is_not_thrown_away_by_a_plain_run() {
    let (folder, whole) = undisturbed();
    kill_after(folder.path(), "begun", 2);
    let out = folder.path().join("begun");
    let before = cells(&out);
    let output = contention(folder.path(), &arguments("begun", &[]));
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let path = directory(&out);
    let shown = path.strip_prefix(folder.path()).expect("inside").display().to_string();
    assert!(said.contains(&format!("contention run --resume {shown}")), "{said}");
    assert_eq!(cells(&out), before);
    // The same by its directory.
    succeed(&contention(folder.path(), &["run", "--resume", &shown, "--quiet"]));
    same(&whole, &out);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_how_to_go_on_and_what_is_kept() {
    let (folder, whole) = undisturbed();
    let out = folder.path().join("interrupted");
    let mut child = Command::new(env!("CARGO_BIN_EXE_contention"))
        .args(arguments("interrupted", &["--jobs", "1"]))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    while cells(&out).is_empty() {
        assert!(child.try_wait().expect("a child").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(1));
    }
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.expect("kill").success());
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("which are kept. Go on with\n  contention run --resume interrupted"), "{said}");
    succeed(&contention(folder.path(), &arguments("interrupted", &["--resume", "--quiet"])));
    same(&whole, &out);
}

#[test]
fn a_growth_that_was_killed_goes_on_like_any_other_run() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let run = |out: &str, set: &str| {
        succeed(&contention(folder.path(), &["run", "small.toml", "--quiet", "--out", out, "--set", set]));
        directory(&folder.path().join(out))
    };
    let whole = files(&run("whole", "study.replications=100"));
    let grown = run("grown", "study.replications=10");
    let path = grown.display().to_string();
    let mut child = start(folder.path(), &["run", "--grow", "90", &path, "--jobs", "1"]);
    while cells(&folder.path().join("grown")).len() < 3 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let refused = contention(folder.path(), &["run", "--grow", "90", &path]);
    assert_eq!(refused.status.code(), Some(5));
    succeed(&contention(folder.path(), &["run", "--resume", &path, "--quiet"]));
    same(&whole, &folder.path().join("grown"));
}

#[test]
fn a_run_to_a_precision_that_was_killed_takes_the_same_steps() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let call = |out: &'static str, more: &[&'static str]| {
        let mut call =
            vec!["run", "small.toml", "--out", out, "--precision", "bias:4ms", "--max-replications", "300"];
        call.extend(more);
        call
    };
    // Whether it is reached does not matter here.
    let finished = |output: &Output| assert!(matches!(output.status.code(), Some(0 | 4)));
    finished(&contention(folder.path(), &call("whole", &["--quiet"])));
    let whole = files(&directory(&folder.path().join("whole")));
    let out = folder.path().join("killed");
    let mut child = start(folder.path(), &call("killed", &["--jobs", "1"]));
    // Beyond the four replications of the first batch.
    while cells(&out).len() < 12 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended too early");
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let path = directory(&out);
    let shown = path.strip_prefix(folder.path()).expect("inside").display().to_string();
    finished(&contention(folder.path(), &["run", "--resume", &shown, "--quiet"]));
    same(&whole, &out);
}

#[test]
fn cells_that_outlived_a_finished_run_are_removed() {
    let (folder, whole) = undisturbed();
    let out = folder.path().join("whole");
    let left = directory(&out).join("cells");
    fs::create_dir(&left).expect("made");
    fs::write(left.join("000000-000001.cell"), "left over").expect("writable");
    succeed(&contention(folder.path(), &arguments("whole", &["--resume"])));
    same(&whole, &out);
}

#[test]
fn a_finished_run_is_shown_by_the_same_call_and_never_goes_back_to_fewer_replications() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let call = ["run", "small.toml", "--out", "out"];
    let first = contention(folder.path(), &call);
    succeed(&first);
    let run = directory(&folder.path().join("out"));
    let before = files(&run);
    let again = contention(folder.path(), &call);
    succeed(&again);
    assert!(String::from_utf8_lossy(&again.stderr).contains("nothing is left to do"));
    assert_eq!(again.stdout, first.stdout);
    assert!(files(&run) == before);
    let shown = run.display().to_string();
    succeed(&contention(folder.path(), &["run", "--grow", "2", &shown, "--quiet"]));
    let grown = files(&run);
    for (more, code) in [(&[] as &[&str], 0), (&["--precision", "bias:1ms"], 2)] {
        let output = contention(folder.path(), &[&call as &[&str], more].concat());
        assert_eq!(output.status.code(), Some(code));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("6 replications"), "{said}");
    }
    let refused = contention(folder.path(), &["run", "--resume", &shown, "--precision", "bias:1ms"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(files(&run) == grown);
}

#[cfg(unix)]
#[test]
fn a_run_that_nobody_listens_to_goes_on_to_its_end() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: no /dev/full on this machine");
        return;
    }
    // Few replications are warned about, on a stderr that takes nothing.
    let call = format!("{} run small.toml --out deaf 2>/dev/full", env!("CARGO_BIN_EXE_contention"));
    let output = Command::new("sh").current_dir(folder.path()).args(["-c", &call]).output().expect("a shell");
    assert_eq!(output.status.code(), Some(0));
    assert!(directory(&folder.path().join("deaf")).join("report.html").is_file());
}
