//! The files as the program writes them against the dictionary of docs/tables.md: columns, types, and reading back.

use std::fs;
use std::path::Path;

use contention::report::{Column, Kind, TableDoc, dictionary};

use crate::command_line::{contention, folder, json};
use crate::determinism::SMALL;

fn of_file(name: &str) -> TableDoc {
    let mut tables = dictionary().into_iter().flat_map(|part| part.tables);
    tables.find(|table| table.file == name).unwrap_or_else(|| panic!("no table {name}"))
}

/// The file has these columns behind the first `skipped`, and every cell is of its column's type. Columns whose numbers are written by
/// others may hold whole numbers where `lenient`.
fn holds(path: &Path, columns: &[Column], skipped: usize, lenient: bool) {
    let shown = path.display();
    let mut table = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{shown}: {error}"));
    let header: Vec<String> =
        table.headers().expect("a header").iter().skip(skipped).map(str::to_owned).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_ref()).collect();
    assert_eq!(header, names, "{shown} and docs/tables.md");
    for record in table.records() {
        let record = record.expect("a row");
        for (cell, column) in record.iter().skip(skipped).zip(columns) {
            let is_whole = lenient && column.kind == Kind::Number && Kind::Integer.takes(cell);
            assert!(is_whole || column.kind.takes(cell), "{shown}: {} is {cell}", column.name);
            assert!(
                !cell.is_empty() || column.kind == Kind::Text || !column.empty.is_empty(),
                "{shown}: {} is empty",
                column.name
            );
        }
    }
}

#[test]
fn every_table_of_a_run_and_a_sweep_has_the_columns_of_the_page_and_cells_of_their_types() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let settings = ["--set", "study.replications=2", "--set", "study.curve=[0.5]", "--quiet", "--json"];
    let call = ["sweep", "small.toml", "--over", "workload.rate=12/s,13/s"];
    let found = json(&contention(folder.path(), &[&call[..], &settings[..]].concat()));
    let sweep = folder.path().join(found["directory"].as_str().expect("a directory"));
    holds(&sweep.join("trust_map.csv"), &of_file("trust_map.csv").columns, 1, false);
    let runs: Vec<&str> = found["points"]
        .as_array()
        .expect("points")
        .iter()
        .map(|point| point["directory"].as_str().expect("a directory"))
        .collect();
    let run = folder.path().join(runs[0]);
    let documented = dictionary().into_iter().next().expect("the part of runs").tables;
    for table in &documented {
        holds(&run.join(table.file), &table.columns, 0, false);
    }
    let mut written: Vec<String> = fs::read_dir(&run)
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".csv"))
        .collect();
    let mut names: Vec<&str> = documented.iter().map(|table| table.file).collect();
    written.sort();
    names.sort_unstable();
    assert_eq!(written, names, "every table is on the page");
    // What was written is read back: by a report, a comparison and a growth.
    let output = contention(folder.path(), &["report", runs[0], "--format", "csv"]);
    assert!(output.stdout == fs::read(run.join("performance.csv")).expect("readable"));
    let output =
        contention(folder.path(), &["compare", runs[0], runs[1], "--format", "csv", "--out", "both.csv"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    holds(&folder.path().join("both.csv"), &of_file("compare --format csv").columns, 0, false);
    let output = contention(folder.path(), &["run", "--grow", "1", runs[0], "--quiet"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn logs_sealed_truths_estimates_and_grades_have_the_columns_of_the_page() {
    let folder = folder();
    fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let call = "simulate small.toml --design switchback --log log.csv --sealed sealed.csv --quiet --json";
    json(&contention(folder.path(), &call.split(' ').collect::<Vec<_>>()));
    let call = "analyze log.csv --method switchback_blocks --outcome ttft_ms --out estimates.csv --quiet";
    let output = contention(folder.path(), &call.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let call = "score --truth sealed.csv --estimates estimates.csv --out scores.csv --quiet";
    let output = contention(folder.path(), &call.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (file, documented, lenient) in [
        ("log.csv", "--log FILE", false),
        ("sealed.csv", "--sealed FILE", false),
        ("estimates.csv", "analyze --out FILE", false),
        ("scores.csv", "score --out FILE", false),
    ] {
        holds(&folder.path().join(file), &of_file(documented).columns, 0, lenient);
    }
}
