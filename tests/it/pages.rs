//! The pages of `docs/` whose commands are run: each prints what it shows. With `CONTENTION_BLESS=1` they are rewritten.
//!
//! A block ```` ```console ```` holds commands behind `$` and what they print; an exit code may follow the word. A block
//! ```` ```toml NAME ```` (or csv, python) is written to the file NAME first. Dates of run directories read DATE.

use std::path::Path;
use std::process::Command;

use crate::command_line::folder;

/// A block of a page: what its first line says, and its lines.
struct Block<'a> {
    kind: Vec<&'a str>,
    lines: Vec<&'a str>,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for line in page.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(kind), None) => {
                open = Some(Block { kind: kind.split_whitespace().collect(), lines: Vec::new() });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.lines.push(line);
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    blocks
}

/// What a command of a page prints, without dates.
fn said(folder: &Path, command: &str) -> (i32, String) {
    let words = command.replace("contention ", &format!("{} ", env!("CARGO_BIN_EXE_contention")));
    let output = Command::new("sh").current_dir(folder).args(["-c", &words]).output().expect("a shell");
    let code = output.status.code().expect("a code");
    let bytes = if code == 0 { output.stdout } else { output.stderr };
    (code, undated(&String::from_utf8_lossy(&bytes)))
}

/// The text with DATE for `2026-11-22` and the like.
fn undated(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_date = |at: usize| {
        letters.len() >= at + 10
            && (0..10).all(|step| {
                let letter = letters[at + step];
                if step == 4 || step == 7 { letter == '-' } else { letter.is_ascii_digit() }
            })
    };
    let (mut plain, mut at) = (String::new(), 0);
    while at < letters.len() {
        if is_date(at) {
            plain.push_str("DATE");
            at += 10;
        } else {
            plain.push(letters[at]);
            at += 1;
        }
    }
    plain
}

/// Run a page's commands in a folder of their own.
fn page_prints_what_it_shows(name: &str, least: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    let page = std::fs::read_to_string(&path).expect("the page");
    let has_python = Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    let folder = folder();
    let (mut blessed, mut commands) = (page.clone(), 0);
    for block in blocks(&page) {
        match block.kind.as_slice() {
            ["csv" | "python" | "toml", name] => {
                let content = block.lines.join("\n") + "\n";
                std::fs::write(folder.path().join(name), content).expect("writable");
            }
            ["console", code @ ..] => {
                let code: i32 = code.first().map_or(0, |code| code.parse().expect("an exit code"));
                let mut shown = Vec::new();
                for command in block.lines.iter().filter_map(|line| line.strip_prefix("$ ")) {
                    if command.starts_with("python3") && !has_python {
                        return;
                    }
                    let (found, said) = said(folder.path(), command);
                    assert_eq!(found, code, "{command}\n{said}");
                    commands += 1;
                    shown.push(format!("$ {command}"));
                    shown.extend(said.trim_end().lines().map(|line| line.trim_end().to_owned()));
                }
                let (old, new) = (block.lines.join("\n"), shown.join("\n"));
                if std::env::var_os("CONTENTION_BLESS").is_some() {
                    blessed = blessed.replacen(&format!("\n{old}\n```"), &format!("\n{new}\n```"), 1);
                } else {
                    assert_eq!(old, new, "docs/{name} is behind; CONTENTION_BLESS=1 rewrites it");
                }
            }
            // A call or a fragment to read, not to run.
            [] | ["toml" | "sh"] => {}
            kind => panic!("a block of an unknown kind: {kind:?}"),
        }
    }
    assert!(commands >= least, "only {commands} commands");
    if blessed != page {
        std::fs::write(path, blessed).expect("writable");
    }
}

#[test]
fn every_command_of_the_page_on_analysing_logs_prints_what_it_shows() {
    page_prints_what_it_shows("analyze.md", 11);
}

#[test]
fn every_command_of_the_tutorial_prints_what_it_shows() {
    page_prints_what_it_shows("tutorial.md", 7);
}

#[test]
fn every_command_of_the_how_to_page_prints_what_it_shows() {
    page_prints_what_it_shows("how-to.md", 12);
}

/// The calls in blocks of a page that are there to be read, without what is said of them behind two spaces.
fn calls(page: &str) -> Vec<String> {
    let to_read = |block: &Block<'_>| matches!(block.kind.as_slice(), [] | ["sh"]);
    let text: String =
        blocks(page).iter().filter(|block| to_read(block)).map(|b| b.lines.join("\n") + "\n").collect();
    // A call may go on on the next line.
    let text = text.replace("\\\n", " ");
    let calls = text.lines().filter_map(|line| line.trim_start().strip_prefix("contention "));
    let first = |call: &str| call.split("  ").next().unwrap_or_default().trim().to_owned();
    calls.map(|call| first(call.split(" [").next().unwrap_or_default())).collect()
}

#[test]
fn every_call_that_the_pages_show_is_one_that_the_program_takes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).expect("readable");
    let mut pages: Vec<_> = docs.map(|entry| entry.expect("an entry").path()).collect();
    pages.push(root.join("README.md"));
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    let (mut tried, mut wrong) = (0, Vec::new());
    for path in pages {
        for call in calls(&std::fs::read_to_string(&path).expect("a page")) {
            // Help comes last, so that everything before it has been parsed; a number stands for N.
            let call = call.split([';', '|', '>', '#']).next().unwrap_or_default().replace(" N", " 1");
            let words = format!("{} {call} --help", env!("CARGO_BIN_EXE_contention"));
            let output = Command::new("sh").args(["-c", &words]).output().expect("a shell");
            tried += 1;
            if !output.status.success() {
                wrong.push(format!("{}: contention {call}", path.display()));
            }
        }
    }
    assert!(tried > 20, "only {tried} calls");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The lines of a page between two marks are what the code says; with `CONTENTION_BLESS=1` they are written.
#[track_caller]
fn made_from_the_code(page: &str, mark: &str, lines: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).expect("the page");
    let begin = format!("<!-- made from the code: {mark} -->\n");
    let from = text.find(&begin).expect("the mark") + begin.len();
    let to = from + text[from..].find("<!-- end -->").expect("the end");
    if std::env::var_os("CONTENTION_BLESS").is_some() {
        std::fs::write(&path, format!("{}{lines}{}", &text[..from], &text[to..])).expect("writable");
        return;
    }
    assert!(
        &text[from..to] == lines,
        "{page}, {mark}: run the tests with CONTENTION_BLESS=1 and look at the change"
    );
}

#[test]
fn designs_and_estimators_on_their_page_are_those_of_the_code() {
    use contention::design::DESIGNS;
    use contention::estimate::ESTIMATORS;

    let cell = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    let mut designs = String::from("| design | what it does |\n|---|---|\n");
    for spec in DESIGNS {
        designs += &format!("| {} | {} |\n", spec.name, cell(spec.about));
    }
    made_from_the_code("docs/estimators.md", "designs", &designs);
    let mut estimators = String::from(
        "| estimator | what it does | aim | made for units | needs | computed in every study |\n|---|---|---|---|---|---|\n",
    );
    for spec in ESTIMATORS {
        let units = |units: &[contention::design::Unit]| {
            units.iter().map(|unit| unit.name()).collect::<Vec<_>>().join(", ")
        };
        let needs: Vec<&str> = spec.needs.iter().map(|column| column.name()).collect();
        estimators += &format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            spec.name,
            cell(spec.about),
            spec.default().estimator.estimand(),
            units(spec.units),
            needs.join(", "),
            units(spec.basic),
        );
    }
    made_from_the_code("docs/estimators.md", "estimators", &estimators);
}
