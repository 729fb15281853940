//! Two runs side by side, as a user meets them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::command_line::{contention, folder, json};
use crate::determinism::SMALL;

/// Run a scenario with some settings; its directory, relative to the folder.
fn run(folder: &Path, scenario: &str, settings: &[&str]) -> PathBuf {
    fs::write(folder.join("small.toml"), scenario).expect("writable");
    let mut arguments = vec!["run", "small.toml", "--quiet", "--json"];
    arguments.extend(settings);
    PathBuf::from(json(&contention(folder, &arguments))["directory"].as_str().expect("a directory"))
}

fn compare(folder: &Path, before: &Path, after: &Path, more: &[&str]) -> Output {
    let (before, after) = (before.display().to_string(), after.display().to_string());
    let mut arguments = vec!["compare", before.as_str(), after.as_str()];
    arguments.extend(more);
    contention(folder, &arguments)
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The rows of a CSV text, each as pairs of column and cell.
fn rows(text: &str) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let row = |row: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect::<Vec<_>>()
    };
    reader.records().map(|found| row(found.expect("a row"))).collect()
}

fn cell<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    row.iter().find(|(name, _)| name == column).map_or_else(|| panic!("no {column}"), |(_, cell)| cell)
}

const THRESHOLD: [&str; 2] = ["--set", "policy.spill.router.queue_threshold=8.0"];

#[test]
fn one_setting_that_changed_is_named_in_every_form_and_every_form_is_valid() {
    let folder = folder();
    let path = folder.path();
    let (before, after) = (run(path, SMALL, &[]), run(path, SMALL, &THRESHOLD));
    let sentence = "One setting differs: policy.spill.router.queue_threshold is 1.0 before and 8.0 after.";

    let text = stdout(&compare(path, &before, &after, &[]));
    assert!(text.replace('\n', " ").contains(sentence), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    let html = stdout(&compare(path, &before, &after, &["--format", "html"]));
    let plain = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(html.contains(sentence) && !plain.contains("http://") && html.contains("<svg"), "{html}");
    for tag in ["html", "body", "main", "section", "table", "figure", "tr", "svg"] {
        let opened = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert!(opened > 0 && opened == html.matches(&format!("</{tag}>")).count(), "{tag}: {opened}");
    }

    let markdown = stdout(&compare(path, &before, &after, &["--format", "md"]));
    assert!(markdown.contains(sentence) && markdown.contains("| --- | ---: |"), "{markdown}");

    let document = json(&compare(path, &before, &after, &["--json"]));
    assert_eq!(document["settings"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["settings"][0]["path"], "policy.spill.router.queue_threshold");
    assert_eq!((&document["paired"], &document["metric"]), (&true.into(), &"ttft_ms_mean".into()));
    assert_eq!(document, json(&compare(path, &before, &after, &["--format", "json"])));

    let table = rows(&stdout(&compare(path, &before, &after, &["--format", "csv"])));
    assert_eq!(document["rows"].as_array().map(Vec::len), Some(table.len()));
    let truth = table.iter().find(|row| cell(row, "metric") == "ttft_ms_mean").expect("the truth");
    assert_eq!((cell(truth, "measure"), cell(truth, "n_before")), ("truth", "4"));
    assert_ne!(cell(truth, "change"), "0.0", "the threshold did nothing");
}

#[test]
fn before_and_after_are_the_numbers_of_the_runs_own_tables() {
    let folder = folder();
    let path = folder.path();
    let directories = [run(path, SMALL, &[]), run(path, SMALL, &THRESHOLD)];
    let table = rows(&stdout(&compare(path, &directories[0], &directories[1], &["--format", "csv"])));
    let mut same = 0;
    for (side, directory) in ["before", "after"].into_iter().zip(&directories) {
        let own = fs::read_to_string(path.join(directory).join("performance.csv")).expect("readable");
        for card in
            rows(&own).iter().filter(|row| cell(row, "segment") == "all" && cell(row, "estimand") == "gte")
        {
            for measure in ["bias", "rmse", "coverage"] {
                let keys = ["candidate", "design", "estimator", "metric"];
                let of_card = |row: &&Vec<(String, String)>| {
                    cell(row, "measure") == measure
                        && keys.iter().all(|key| cell(row, key) == cell(card, key))
                };
                let row = table.iter().find(of_card).expect("every card is compared");
                assert_eq!(cell(row, side), cell(card, measure), "{side} {measure} {card:?}");
                assert_eq!(cell(row, &format!("{side}_mcse")), cell(card, &format!("{measure}_mcse")));
                same += usize::from(!cell(row, side).is_empty());
            }
        }
    }
    assert!(same > 100, "only {same} numbers");
    for row in table.iter().filter(|row| !cell(row, "change").is_empty()) {
        let number = |column: &str| cell(row, column).parse::<f64>().expect("a number");
        // Every replication has an answer here: the change is the difference, but for the order of sums.
        if cell(row, "n_before") == "4" {
            let (before, after) = (number("before"), number("after"));
            let rounding = 1e-9 * (before.abs() + after.abs());
            assert!((number("change") - (after - before)).abs() <= rounding, "{row:?}");
        }
    }
}

#[test]
fn a_run_compared_with_itself_has_not_changed() {
    let folder = folder();
    let own = run(folder.path(), SMALL, &[]);
    let text = stdout(&compare(folder.path(), &own, &own, &[]));
    for sentence in ["No setting differs.", "No verdict changed", "Nothing about ttft_ms_mean changed"] {
        assert!(text.contains(sentence), "{text}");
    }
    let table = rows(&stdout(&compare(folder.path(), &own, &own, &["--format", "csv"])));
    let tested = table.iter().filter(|row| !cell(row, "change").is_empty());
    assert!(tested.clone().count() > 100);
    for row in tested {
        assert_eq!(
            (cell(row, "change"), cell(row, "p_value"), cell(row, "note")),
            ("0.0", "1.0", ""),
            "{row:?}"
        );
    }
}

#[test]
fn other_seeds_are_compared_by_welchs_test_and_more_replications_by_those_that_both_have() {
    let folder = folder();
    let path = folder.path();
    let first = run(path, SMALL, &[]);
    let other = run(path, SMALL, &["--seed", "77"]);
    let more = run(path, SMALL, &["--set", "study.replications=6"]);
    let text = stdout(&compare(path, &first, &other, &[]));
    assert!(text.contains("Welch's test") && text.contains("study.seed"), "{text}");
    let text = stdout(&compare(path, &first, &more, &[])).replace('\n', " ");
    assert!(text.contains("4 and 6 replications") && text.contains("Nothing about"), "{text}");
    let table = rows(&stdout(&compare(path, &first, &more, &["--format", "csv"])));
    // The first four replications are the same in both, whatever the measures say of six.
    for row in table.iter().filter(|row| !cell(row, "change").is_empty()) {
        assert_eq!((cell(row, "change"), cell(row, "p_value")), ("0.0", "1.0"), "{row:?}");
    }
    assert!(table.iter().any(|row| cell(row, "before") != cell(row, "after")));
}

#[test]
fn names_cannot_break_out_of_any_form() {
    let folder = folder();
    let hostile = SMALL
        .replace("[policy.spill]", "[policy.\"<script>|\\u001b[2J\"]")
        .replace("[[design]]\nkind = \"user\"", "[[design]]\nname = \"a,\\\"b\\\"</td>\"\nkind = \"user\"");
    let path = folder.path();
    let (before, after) = (run(path, &hostile, &[]), run(path, &hostile, &["--set", "workload.rate=11/s"]));
    for format in ["text", "html", "md"] {
        let text = stdout(&compare(path, &before, &after, &["--format", format]));
        assert!(!text.contains('\u{1b}'), "{format}: {text}");
        if format != "text" {
            assert!(!text.contains("<script") && !text.contains("b\"</td>"), "{format}: {text}");
            assert!(text.contains("&lt;script&gt;"), "{format}: {text}");
        }
    }
    let table = rows(&stdout(&compare(path, &before, &after, &["--format", "csv"])));
    assert!(table.iter().any(|row| cell(row, "design") == "a,\"b\"</td>"));
    json(&compare(path, &before, &after, &["--format", "json"]));
}

#[test]
fn runs_that_decide_by_different_metrics_say_so_and_compare_what_they_can() {
    let folder = folder();
    let path = folder.path();
    let (before, after) = (run(path, SMALL, &[]), run(path, SMALL, &["--set", "study.primary=e2e_ms_mean"]));
    let text = stdout(&compare(path, &before, &after, &[])).replace('\n', " ");
    let sentence = "The runs decide by different metrics (ttft_ms_mean and e2e_ms_mean), so their verdicts are not compared";
    assert!(text.contains(sentence) && text.contains("bias, ttft_ms_mean (ms)"), "{text}");
}

#[test]
fn what_cannot_be_compared_says_why_and_leaves_a_code() {
    let folder = folder();
    let path = folder.path();
    let own = run(path, SMALL, &[]);
    let error = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let output = compare(path, &own, Path::new("nowhere"), &[]);
    assert_eq!((output.status.code(), error(&output).contains("nowhere: no run directory")), (Some(2), true));
    let output = compare(path, &own, &own, &["--seed", "3"]);
    assert_eq!(output.status.code(), Some(2), "{}", error(&output));
    let output = compare(path, &own, &own, &["--json", "--format", "csv"]);
    assert_eq!(output.status.code(), Some(2), "{}", error(&output));

    let stranger = run(path, &SMALL.replace("[policy.spill]", "[policy.elsewhere]"), &[]);
    let output = compare(path, &own, &stranger, &[]);
    let text = error(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains("of spill and") && text.contains("of elsewhere") && text.contains("allowed"),
        "{text}"
    );

    let manifest = path.join(&stranger).join("manifest.json");
    let whole = fs::read_to_string(&manifest).expect("readable");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(&manifest, whole.replace(&version, "\"version\": \"0.0.1\"")).expect("writable");
    let output = compare(path, &own, &stranger, &[]);
    assert_eq!((output.status.code(), error(&output).contains("version 0.0.1")), (Some(1), true));
    fs::write(&manifest, whole.replace("\"complete\"", "\"incomplete\"")).expect("writable");
    let output = compare(path, &own, &stranger, &[]);
    assert_eq!((output.status.code(), error(&output).contains("run --resume")), (Some(5), true));
}

#[test]
fn a_file_of_ones_own_gets_what_stdout_would_get() {
    let folder = folder();
    let path = folder.path();
    let own = run(path, SMALL, &[]);
    let printed = stdout(&compare(path, &own, &own, &["--format", "md"]));
    let output = compare(path, &own, &own, &["--format", "md", "--out", "found.md"]);
    assert_eq!((output.status.success(), output.stdout.len()), (true, 0));
    assert_eq!(fs::read_to_string(path.join("found.md")).expect("written"), printed);
    let temporary = fs::read_dir(path)
        .expect("readable")
        .any(|entry| entry.expect("an entry").file_name().to_string_lossy().ends_with(".tmp"));
    assert!(!temporary, "a temporary file was left");
}
