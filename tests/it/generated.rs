//! What is generated from the readers of a scenario: the grammar, the schema for editors and the tables of the reference.

use std::path::Path;

use contention::report::dictionary_page;
use contention::scenario::schema::schema;
use contention::scenario::{grammar, reference, resolve};
use contention::settings::grammar::{Entry, Segment};
use contention::settings::{Document, Grammar, Shape};
use serde_json::Value;

use crate::determinism::SMALL;
use crate::json_schema::check;

fn json_of(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(text).expect("TOML")).expect("JSON")
}

#[test]
fn every_scenario_is_valid_under_the_schema_as_it_is_written_and_as_it_resolves() {
    let schema = schema();
    let designs = crate::designs::text(crate::designs::SPILL);
    let own = [("small", SMALL), ("designs", designs.as_str())];
    for (name, text) in contention::cli::SHIPPED.iter().copied().chain(own) {
        let resolved = crate::scenarios::shipped(name, text).resolved;
        for text in [text, &resolved] {
            assert_eq!(check(&schema, &json_of(text), name), Ok(()), "{text}");
        }
    }
}

#[test]
fn mistakes_are_not_valid_under_the_schema() {
    let schema = schema();
    let mistakes = [
        ("rate = \"12/s\"", "rate = \"12 apples\""),
        ("rate = \"12/s\"", "rate = 12"),
        ("sd = 0.1", "sdd = 0.1"),
        ("sd = 0.1", "sd = 30"),
        ("count = 120", "count = 120.5"),
        ("kind = \"nearest_with_fallback\"", "kind = \"nearest_with_falback\""),
        ("{ kind = \"random\" }", "{ kind = \"random\", queue_threshold = 2.0 }"),
        ("kind = \"tpl\", xmin = 60", "kind = \"tpl\""),
        ("arrangement = \"paired\"", "arrangement = \"pairs\""),
        ("kind = \"request\"", "share = 0.5"),
        ("washout = \"5 s\"", "washout = \"5\""),
        ("replications = 4", "replications = \"four\""),
        ("control = \"random\"", ""),
        ("attributes = { size = \"big\" }", "attributes = { size = 3 }"),
        ("[study]", "[studio]"),
    ];
    for (right, wrong) in mistakes {
        let text = SMALL.replacen(right, wrong, 1);
        assert_ne!(text, SMALL, "{right} is not there");
        assert!(check(&schema, &json_of(&text), "small").is_err(), "{wrong} is valid");
    }
}

/// A document with nothing but a value at a path.
fn only(path: &[Segment], value: toml::Value) -> toml::Value {
    let Some((first, rest)) = path.split_first() else { return value };
    let of =
        |key: &str| toml::Value::Table(toml::Table::from_iter([(key.to_owned(), only(rest, value.clone()))]));
    match first {
        Segment::Key(key) => of(key),
        Segment::Name => of("any"),
        Segment::Item => toml::Value::Array(vec![only(rest, value)]),
        Segment::Kind(kind) => match only(rest, value) {
            toml::Value::Table(mut table) => {
                table.entry("kind").or_insert_with(|| toml::Value::String(kind.clone()));
                toml::Value::Table(table)
            }
            other => panic!("a kind of {other}"),
        },
    }
}

/// Whether reading finds nothing wrong with the key itself, whatever else is missing.
fn is_read(document: &toml::Value, entry: &Entry) -> bool {
    let text = toml::to_string(document).expect("TOML");
    let document = Document::parse("only", &text).expect("TOML");
    let no_files = |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let problems = resolve(document, &no_files).map_or_else(|problems| problems.0, |_| Vec::new());
    let last = format!(".{}", entry.key().replace("NAME", "any"));
    !problems.iter().any(|problem| {
        let is_own = format!(".{}", problem.path).ends_with(&last)
            && problem.path.matches('.').count() + 1 == depth(entry);
        is_own && problem.found != "no trace file"
    })
}

fn depth(entry: &Entry) -> usize {
    entry.path.iter().filter(|segment| matches!(segment, Segment::Key(_) | Segment::Name)).count()
}

/// The document with a key beside the entry.
fn beside(grammar: &Grammar, entry: &Entry, value: &toml::Value) -> Vec<toml::Value> {
    let table = &entry.path[..entry.path.len() - 1];
    let mut documents = Vec::new();
    for other in grammar.keys(table).filter(|other| other.key() != "kind" && other.key() != entry.key()) {
        let Shape::OneOf(names) = &other.shape else { continue };
        for name in names {
            let both = toml::Table::from_iter([
                (entry.key().to_owned(), value.clone()),
                (other.key().to_owned(), toml::Value::String(name.clone())),
            ]);
            documents.push(only(table, toml::Value::Table(both)));
        }
    }
    documents
}

#[test]
fn every_default_of_the_grammar_can_be_written_out() {
    let grammar = grammar();
    let mut count = 0;
    for entry in &grammar.entries {
        let Some(default) = entry.default.clone() else { continue };
        count += 1;
        // Some keys are read only beside a choice, such as `epsilon` beside `algorithm`.
        let fine = is_read(&only(&entry.path, default.clone()), entry)
            || beside(&grammar, entry, &default).iter().any(|document| is_read(document, entry));
        assert!(fine, "{entry:?}");
    }
    assert!(count > 150, "only {count} defaults");
}

#[test]
fn a_default_that_follows_from_other_keys_is_not_taken_for_a_fixed_one() {
    let grammar = grammar();
    let varying = |path: &str| {
        let entries: Vec<&Entry> = grammar
            .entries
            .iter()
            .filter(|entry| contention::settings::grammar::written(&entry.path) == path)
            .collect();
        assert!(!entries.is_empty(), "no {path}");
        entries.iter().all(|entry| entry.varies && entry.default.is_none())
    };
    assert!(varying("workload.class.prompt.max") && varying("workload.class[].name"));
    assert!(!varying("study.seed") && !varying("policy.NAME.scheduler.token_budget"));
}

#[test]
fn the_tables_of_the_reference_are_those_of_the_readers() {
    const BEGIN: &str = "<!-- generated: keys ";
    const END: &str = "<!-- end -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let begins: Vec<&str> = page.lines().filter(|line| line.starts_with(BEGIN)).collect();
    let parts: Vec<Vec<&str>> = begins
        .iter()
        .map(|line| line[BEGIN.len()..].trim_end_matches("-->").split_whitespace().collect())
        .collect();
    assert!(parts.contains(&vec!["."]), "what no other table has belongs to the top level");
    let mut written = page.clone();
    for (begin, table) in begins.iter().zip(reference::tables(&parts)) {
        assert!(table.lines().count() > 2, "{begin} is empty");
        let from = written.find(begin).expect("the mark") + begin.len();
        let to = from + written[from..].find(END).expect("the end of a table");
        written.replace_range(from..to, &format!("\n{table}"));
    }
    if std::env::var_os("CONTENTION_BLESS").is_some() {
        std::fs::write(path, written).expect("writable");
    } else {
        assert!(page == written, "docs/scenario.md is behind; CONTENTION_BLESS=1 rewrites it");
    }
}

#[test]
fn the_page_of_tables_is_the_one_that_the_writers_make() {
    const BEGIN: &str = "<!-- generated: tables -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (head, _) = page.split_once(BEGIN).expect("the mark");
    let written = format!("{head}{BEGIN}{}<!-- end -->\n", dictionary_page());
    if std::env::var_os("CONTENTION_BLESS").is_some() {
        std::fs::write(path, written).expect("writable");
    } else {
        assert!(page == written, "docs/tables.md is behind; CONTENTION_BLESS=1 rewrites it");
    }
}
