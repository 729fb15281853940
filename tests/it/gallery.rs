//! The gallery of shipped scenarios: its page is made from the scenarios themselves, its pictures from their runs.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use contention::cli::SHIPPED;

use crate::command_line::{contention, folder, json};

/// Those that want a file of the user's.
const WITH_FILE: [(&str, &str); 2] = [
    ("replay-trace", "It wants a trace: `contention run replay-trace --set workload.trace.path=FILE`."),
    (
        "measured-server",
        "It replays the log of a real server: `contention verify --measured FILE` ([fidelity.md](fidelity.md)).\n\n\
         ![Shares of requests at most as slow, measured and simulated](figures/measured.svg)",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn picture(name: &str) -> PathBuf {
    root().join(format!("docs/figures/gallery/{name}.svg"))
}

fn wants_file(name: &str) -> Option<&'static str> {
    WITH_FILE.iter().find(|(with_file, _)| *with_file == name).map(|(_, text)| *text)
}

/// The comment that opens a scenario, as paragraphs.
fn story(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    lines.map(|line| line.trim_start_matches('#').trim()).collect::<Vec<_>>().join("\n")
}

fn page() -> String {
    let mut page = "# Gallery\n\nThe scenarios that ship, what each asks, what one should see, and what its designs report beside the truth \
                    (the forest plot\nof `report.html`, seed 1). Run one with `contention run NAME`, take one over with \
                    `contention new mine --template NAME`. This page\nis made from the scenarios' own opening comments; \
                    `tests/it/gallery.rs` holds it and, with `--ignored`, the pictures.\n"
        .to_owned();
    for (name, text) in SHIPPED {
        write!(page, "\n## {name}\n{}\n\n", story(text)).expect("a string");
        match wants_file(name) {
            Some(how) => writeln!(page, "{how}"),
            None => writeln!(
                page,
                "![What each design of {name} reports, and the truth](figures/gallery/{name}.svg)"
            ),
        }
        .expect("a string");
    }
    page
}

#[test]
fn the_gallery_shows_every_shipped_scenario_with_its_picture() {
    let path = root().join("docs/gallery.md");
    let page = page();
    if std::env::var_os("CONTENTION_BLESS").is_some() {
        fs::write(&path, &page).expect("writable");
    }
    let found = fs::read_to_string(&path).expect("the page");
    assert!(found == page, "docs/gallery.md is behind; CONTENTION_BLESS=1 rewrites it");
    for (name, _) in SHIPPED.iter().filter(|(name, _)| wants_file(name).is_none()) {
        let svg = fs::read_to_string(picture(name)).unwrap_or_else(|_| panic!("no picture of {name}"));
        assert!(svg.starts_with("<svg") && svg.contains("What each design reports"), "{name}");
    }
}

/// Minutes of work: `cargo test --release --locked --test it gallery -- --ignored`.
#[test]
#[ignore = "runs every shipped scenario"]
fn the_pictures_of_the_gallery_are_those_of_the_runs() {
    let folder = folder();
    let mut behind = Vec::new();
    for (name, _) in SHIPPED.iter().filter(|(name, _)| wants_file(name).is_none()) {
        let found = json(&contention(folder.path(), &["run", name, "--quiet", "--json"]));
        let candidate = found["verdicts"][0]["candidate"].as_str().expect("a candidate");
        let directory = folder.path().join(found["directory"].as_str().expect("a directory"));
        let forest =
            directory.join(format!("figures/forest-{}.svg", candidate.to_lowercase().replace('.', "-")));
        let svg = fs::read(&forest).unwrap_or_else(|error| panic!("{}: {error}", forest.display()));
        if std::env::var_os("CONTENTION_BLESS").is_some() {
            fs::write(picture(name), svg).expect("writable");
        } else if fs::read(picture(name)).ok().as_ref() != Some(&svg) {
            behind.push(*name);
        }
    }
    assert!(behind.is_empty(), "{behind:?} look different now; CONTENTION_BLESS=1 redraws them");
}
