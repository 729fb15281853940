//! The command line as a user meets it.

use std::path::Path;
use std::process::{Command, Output};

use crate::determinism::SMALL;

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub(crate) fn contention(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contention"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("it starts")
}

pub(crate) fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON document on stdout")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn six_mistakes_in_a_scenario_get_six_messages_and_nothing_is_written() {
    let folder = folder();
    let mistakes = SMALL
        .replace("rate = \"12/s\"", "rate = \"12 apples\"")
        .replace("sd = 0.1", "sdd = 0.1")
        .replace(
            "engine = \"tight\"\nattributes = { size = \"small\" }\n[[cluster]]",
            "engine = \"thight\"\nattributes = { size = \"small\" }\n[[cluster]]",
        )
        .replace("kind = \"nearest_with_fallback\"", "kind = \"nearest_with_falback\"")
        .replace("washout = \"5 s\"", "washout = \"50 s\"")
        .replace("replications = 4", "replications = \"four\"");
    std::fs::write(folder.path().join("wrong.toml"), mistakes).expect("writable");
    let output = contention(folder.path(), &["run", "wrong.toml"]);
    assert_eq!(output.status.code(), Some(3));
    let text = stderr(&output);
    let messages: Vec<&str> = text.lines().filter(|line| line.contains("wrong.toml:")).collect();
    assert_eq!(messages.len(), 6, "{text}");
    for message in &messages {
        assert!(message.contains("found") && message.contains("allowed"), "{message}");
    }
    for hint in [
        "wrong.toml:6:8: workload.rate",
        "did you mean `sd`",
        "did you mean `tight`",
        "did you mean `nearest_with_fallback`",
    ] {
        assert!(text.contains(hint), "no {hint} in\n{text}");
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(names.len(), 1, "something was written");
}

#[test]
fn a_design_that_cannot_hold_an_axis_apart_is_refused_with_the_nearest_that_can() {
    let folder = folder();
    let text = SMALL.replace(
        "{ kind = \"nearest_with_fallback\", queue_threshold = 1.0 }",
        "{ kind = \"random\" }\nscheduler = { kind = \"prefill_first\" }",
    );
    std::fs::write(folder.path().join("scope.toml"), text).expect("writable");
    let output = contention(folder.path(), &["check", "scope.toml"]);
    assert_eq!(output.status.code(), Some(3));
    let text = stderr(&output);
    assert!(text.contains("a request design") && text.contains("a user design"), "{text}");
    assert!(text.contains("share one batch") && text.contains("the nearest is \"cluster\""), "{text}");
}

#[test]
fn a_run_leaves_a_whole_directory_and_a_verdict_before_the_numbers() {
    let folder = folder();
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let output = contention(folder.path(), &["run", "small.toml", "--quiet"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    let runs: Vec<_> = std::fs::read_dir(folder.path().join("outputs")).expect("outputs").collect();
    assert_eq!(runs.len(), 1);
    let run = runs[0].as_ref().expect("an entry").path();
    for name in [
        "manifest.json",
        "scenario.toml",
        "resolved.toml",
        "truth.csv",
        "estimates.csv",
        "performance.csv",
        "decomposition.csv",
        "boundary_events.csv",
        "timeline.csv",
        "report.html",
    ] {
        let length = std::fs::metadata(run.join(name)).unwrap_or_else(|_| panic!("no {name}")).len();
        assert!(length > 100, "{name} is empty");
    }
    assert!(std::fs::read_to_string(run.join("manifest.json")).expect("manifest").contains("\"complete\""));
    let temporary = std::fs::read_dir(&run)
        .expect("readable")
        .map(|e| e.expect("entry").file_name().to_string_lossy().into_owned())
        .any(|name| name.starts_with('.') && name != ".lock");
    assert!(!temporary, "a temporary file was left");
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.contains("outputs/")), "{text}");
    let html = std::fs::read_to_string(run.join("report.html")).expect("report");
    assert!(html.contains("<svg") && !html.contains("src=\"http"), "the report is not self-contained");
}

#[test]
fn the_resolved_scenario_is_a_scenario_that_gives_the_same_study() {
    let folder = folder();
    let dotted = SMALL
        .replace("[engine.tight]", "[engine.\"tight.v1\"]")
        .replace("engine = \"tight\"", "engine = \"tight.v1\"");
    std::fs::write(folder.path().join("small.toml"), dotted).expect("writable");
    let first = json(&contention(folder.path(), &["explain", "small.toml", "--json"]));
    std::fs::write(folder.path().join("again.toml"), first["resolved"].as_str().expect("text"))
        .expect("writable");
    let second = json(&contention(folder.path(), &["explain", "again.toml", "--json"]));
    assert_eq!(first["resolved"], second["resolved"]);
    let digest =
        |name: &str| json(&contention(folder.path(), &["simulate", name, "--json"]))["digest"].clone();
    assert_eq!(digest("small.toml"), digest("again.toml"));
}

#[test]
fn both_engines_print_the_same_digest() {
    let folder = folder();
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let digest = |engine: &str| {
        let arguments = ["simulate", "small.toml", "--json", "--design", "switchback", "--engine", engine];
        json(&contention(folder.path(), &arguments))["digest"].clone()
    };
    assert_eq!(digest("fast"), digest("reference"));
}

#[test]
fn an_output_folder_that_cannot_be_made_is_an_error_before_anything_runs() {
    let folder = folder();
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    std::fs::write(folder.path().join("taken"), "a file, not a folder").expect("writable");
    let output = contention(folder.path(), &["run", "small.toml", "--out", "taken"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("taken"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_is_an_error_without_a_half_written_table() {
    let folder = folder();
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    // No file may grow beyond 24 blocks of 512 bytes: the small tables fit, the large ones do not.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 24; exec {} run small.toml --quiet",
        env!("CARGO_BIN_EXE_contention")
    );
    let output = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", &limited])
        .output()
        .expect("a shell starts");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let run = std::fs::read_dir(folder.path().join("outputs"))
        .expect("outputs")
        .next()
        .expect("a run")
        .expect("an entry");
    assert!(!run.path().join("estimates.csv").exists(), "a table that cannot be whole is there");
    for entry in std::fs::read_dir(run.path()).expect("readable") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(!name.starts_with('.') || name == ".lock", "{name} was left behind");
    }
    let manifest = std::fs::read_to_string(run.path().join("manifest.json")).expect("manifest");
    assert!(manifest.contains("\"incomplete\""), "{manifest}");
}

#[cfg(unix)]
#[test]
fn control_c_marks_the_run_incomplete_and_says_how_to_go_on() {
    use std::process::Stdio;
    let folder = folder();
    let text = SMALL.replace("replications = 4", "replications = 100000");
    std::fs::write(folder.path().join("long.toml"), text).expect("writable");
    let child = Command::new(env!("CARGO_BIN_EXE_contention"))
        .current_dir(folder.path())
        .args(["run", "long.toml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let outputs = folder.path().join("outputs");
    for _ in 0..200 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        if outputs.exists() {
            break;
        }
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("contention run --resume outputs/"), "{}", stderr(&output));
    let run = std::fs::read_dir(outputs).expect("outputs").next().expect("a run").expect("an entry").path();
    assert!(std::fs::read_to_string(run.join("manifest.json")).expect("manifest").contains("\"incomplete\""));
    assert!(!run.join("estimates.csv").exists());
}

#[test]
fn a_new_scenario_is_written_once_and_checks() {
    let folder = folder();
    let first = contention(folder.path(), &["new", "mine"]);
    assert!(first.status.success(), "{}", stderr(&first));
    assert_eq!(contention(folder.path(), &["new", "mine"]).status.code(), Some(2));
    assert!(contention(folder.path(), &["check", "mine.toml"]).status.success());
    assert_eq!(contention(folder.path(), &["run", "missing.toml"]).status.code(), Some(2));
    assert_eq!(contention(folder.path(), &["rnu"]).status.code(), Some(2));
    let list = json(&contention(folder.path(), &["list", "--json"]));
    for heading in
        ["router", "admission", "limiter", "scheduler", "design", "estimator", "metric", "engine preset"]
    {
        assert!(
            list[heading].as_array().is_some_and(|entries| !entries.is_empty()),
            "nothing under {heading}"
        );
    }
}

/// What stands in quotes after any of these beginnings, in the sources.
fn literals(folder: &Path, begins: &[&str], found: &mut std::collections::BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            literals(&path, begins, found);
            continue;
        }
        if path.ends_with("cli/codes.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        for begin in begins {
            for (at, _) in text.match_indices(&format!("\"{begin}")) {
                let rest = &text[at + 1..];
                found.insert(rest[..rest.find('"').expect("a closing quote")].to_owned());
            }
        }
    }
}

#[test]
fn every_code_that_the_sources_print_is_explained_and_no_other() {
    let folder = folder();
    let mut printed = std::collections::BTreeSet::new();
    literals(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &["W-", "ne:"], &mut printed);
    // Beginnings that are compared with, not printed.
    printed.retain(|code| code.len() > "ne:".len());
    for exit in [0, 1, 2, 3, 4, 5, 130] {
        printed.insert(format!("exit-{exit}"));
    }
    let list = json(&contention(folder.path(), &["list", "codes", "--json"]));
    let listed: std::collections::BTreeSet<String> = list["code"]
        .as_array()
        .expect("codes")
        .iter()
        .map(|entry| entry["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(printed, listed);
    assert!(listed.len() > 30);
    for code in &listed {
        let explained = json(&contention(folder.path(), &["explain", code, "--json"]));
        for part in ["seen", "means", "advice", "example"] {
            assert!(explained[part].as_str().is_some_and(|text| text.len() > 10), "{code} has no {part}");
        }
    }
}

#[test]
fn explain_takes_a_code_as_it_is_printed_unless_a_file_has_its_name() {
    let folder = folder();
    let said = |what: &str| {
        let output = contention(folder.path(), &["explain", what]);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(said("w-few").starts_with("W-FEW\n"));
    assert!(said("ne:missing_column:time").starts_with("ne:missing_column\n"));
    assert!(said("3").starts_with("exit-3\n"));
    assert!(said("W-SRM").lines().all(|line| line.chars().count() <= 80));
    std::fs::write(folder.path().join("W-FEW"), SMALL).expect("writable");
    assert!(said("W-FEW").contains("control = \"random\""));
    let unknown = contention(folder.path(), &["explain", "W-FEWW"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean `W-FEW`?"), "{}", stderr(&unknown));
}

#[test]
fn completions_and_manual_pages_know_every_verb() {
    let folder = folder();
    let verbs = [
        "run", "new", "list", "check", "explain", "power", "simulate", "truth", "analyze", "score", "verify",
    ];
    let said = |arguments: &[&str]| {
        let output = contention(folder.path(), arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let help = said(&["help"]);
    let page = said(&["man"]);
    said(&["man", "--out", "pages"]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = said(&["completions", shell]);
        for verb in verbs {
            assert!(script.contains(verb), "{shell} does not know {verb}");
        }
    }
    for verb in verbs {
        assert!(
            help.contains(&format!("\n  {verb} ")) && page.contains(&format!("contention\\-{verb}(1)")),
            "{verb}"
        );
        assert!(folder.path().join(format!("pages/contention-{verb}.1")).exists(), "no page of {verb}");
    }
}

#[test]
fn what_goes_to_a_pipe_has_no_colour() {
    let folder = folder();
    for arguments in [&["help"][..], &["run", "--help"], &["rnu"], &["list"], &["explain", "quickstart"]] {
        let output = contention(folder.path(), arguments);
        assert!(![output.stdout, output.stderr].concat().contains(&0x1b), "{arguments:?} has an escape");
    }
}

/// The calls of every verb: what comes behind it, and whether it takes `--out` for a file, `--seed` and `--set`. Verbs that write folders
/// of their own have tests of their own.
const CALLS: [(&str, bool, bool, bool); 12] = [
    ("new fresh", false, false, false),
    ("list codes", true, false, false),
    ("check small.toml", true, true, true),
    ("explain small.toml", true, true, true),
    ("explain W-FEW", true, false, false),
    ("simulate small.toml", true, true, true),
    ("truth small.toml", true, true, true),
    ("schema", true, false, false),
    ("completions bash", true, false, false),
    ("verify --swarm 1", true, true, false),
    ("report nowhere", true, false, false),
    ("run --grow 5 nowhere", false, false, false),
];

#[test]
fn every_option_works_or_is_refused_and_every_call_has_its_json() {
    let folder = folder();
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let call =
        |words: &str| contention(folder.path(), &words.split(' ').chain(["--quiet"]).collect::<Vec<_>>());
    let files = || std::fs::read_dir(folder.path()).expect("readable").count();
    for (verb, out, seed, set) in CALLS {
        for (taken, option, given) in
            [(out, "--out", "there.txt"), (seed, "--seed", "5"), (set, "--set", "study.replications=2")]
        {
            if verb.contains("nowhere") && taken {
                continue;
            }
            let before = files();
            let output = call(&format!("{verb} {option} {given}"));
            if !taken {
                assert_eq!(output.status.code(), Some(2), "{verb} {option}: {}", stderr(&output));
                assert!(stderr(&output).contains(&format!("takes no {option}")), "{}", stderr(&output));
                assert_eq!(files(), before, "{verb} {option} wrote something");
                continue;
            }
            assert!(output.status.success(), "{verb} {option}: {}", stderr(&output));
            if option == "--out" {
                let written = std::fs::read_to_string(folder.path().join("there.txt")).expect("written");
                assert!(output.stdout.is_empty(), "{verb} prints and writes");
                let printed = call(verb).stdout;
                assert_eq!(written, String::from_utf8_lossy(&printed), "{verb}");
                std::fs::remove_file(folder.path().join("there.txt")).expect("removed");
            }
        }
        if !verb.contains("nowhere") {
            assert!(!json(&call(&format!("{verb} --json --jobs 1"))).is_null(), "{verb}");
        }
    }
    json(&call("man --json"));
    assert_eq!(json(&call("man --out pages --json"))["directory"], "pages");
    // A document that cannot be written leaves nothing behind.
    assert_eq!(call("schema --out nowhere/schema.json").status.code(), Some(1));
}

#[test]
fn a_mistake_is_told_with_the_option_that_has_it_and_one_preset_typo_is_one_problem() {
    let folder = folder();
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let said = |words: &str| stderr(&contention(folder.path(), &words.split(' ').collect::<Vec<_>>()));
    let over = said("sweep small.toml --over study.replicatons=3,4");
    assert!(over.contains("--over study.replicatons=3,4: ") && !over.contains("--set"), "{over}");
    assert!(over.contains("1 problem;") && over.contains("did you mean `replications`"), "{over}");
    let preset = said("check quickstart --set workload.preset=chat_shirt");
    assert!(preset.contains("1 problem;") && preset.contains("did you mean `chat_short`"), "{preset}");
    assert!(said("run quickstrat").contains("did you mean `quickstart`"));
    assert!(said("run small.toml --precision cover:1%").contains("did you mean `coverage`"));
    let foo = said("explain foo");
    assert!(foo.contains("no such file") && !foo.contains("W-FEW") && !foo.contains("did you mean"), "{foo}");
    assert!(said("rn").contains("'run'"));
    assert!(said("run --replications 5").contains("--set study.replications=5"));
}
