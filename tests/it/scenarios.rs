//! Every shipped scenario asks its question first and is valid.

use std::fs;
use std::path::Path;

use contention::scenario::{Scenario, resolve};
use contention::settings::Document;

#[test]
fn every_shipped_scenario_opens_with_its_question_and_resolves_without_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("scenarios") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("# Question:"), "{name} does not open with its question");
        assert!(
            text.contains("# One should see") || text.contains("# What one should see"),
            "{name} has no answer"
        );
        let _ = shipped(&name, &text);
        let listed = contention::cli::SHIPPED.iter().any(|(_, shipped)| *shipped == text);
        assert!(listed, "{name} is not in the program's list of scenarios");
        count += 1;
    }
    assert_eq!(count, contention::cli::SHIPPED.len());
}

/// A shipped scenario, resolved; one that replays a trace gets one of two rows.
pub(crate) fn shipped(name: &str, text: &str) -> Scenario {
    let mut document = Document::parse(name, text).expect("TOML");
    if text.contains("[workload.trace]") {
        document.set("workload.trace.path=trace.csv").expect("a path");
    }
    let trace = b"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:55:50.9951690,396,109\n";
    match resolve(document, &|_| Ok(trace.to_vec())) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{name}:\n{problems}"),
    }
}

/// Paths of all values of a table; lists of tables without their index.
fn keys(table: &toml::Table, found: &mut Vec<String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => keys(inner, found),
            toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
                items.iter().filter_map(toml::Value::as_table).for_each(|inner| keys(inner, found));
            }
            _ => found.push(key.clone()),
        }
    }
}

#[test]
fn every_key_that_the_shipped_scenarios_resolve_to_is_in_the_reference() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md")).expect("the page");
    let mut found = Vec::new();
    let designs = crate::designs::text(crate::designs::SPILL);
    let own = [("small", crate::determinism::SMALL), ("designs", designs.as_str())];
    for (name, text) in contention::cli::SHIPPED.iter().copied().chain(own) {
        let scenario = shipped(name, text);
        let regions = scenario.layout.regions.clone();
        let attributes: Vec<String> = scenario
            .layout
            .clusters
            .iter()
            .flat_map(|c| c.attributes.iter().map(|(key, _)| key.clone()))
            .collect();
        let mut own = Vec::new();
        keys(&toml::from_str(&scenario.resolved).expect("TOML"), &mut own);
        own.retain(|key| !regions.contains(key) && !attributes.contains(key));
        found.extend(own);
    }
    found.sort();
    found.dedup();
    let named = |key: &str| page.contains(&format!("`{key}`")) || page.contains(&format!(".{key}`"));
    let missing: Vec<&String> = found.iter().filter(|key| !named(key)).collect();
    assert!(found.len() > 40 && missing.is_empty(), "docs/scenario.md does not name {missing:?}");
}

#[test]
fn priorities_that_never_differ_and_reservations_for_few_are_warned_about() {
    let codes = |overrides: &[&str]| -> Vec<&'static str> {
        let mut document = Document::parse("small", crate::determinism::SMALL).expect("TOML");
        overrides.iter().for_each(|text| document.set(text).expect("a key"));
        let scenario = resolve(document, &|_| Err(std::io::ErrorKind::NotFound.into())).expect("valid");
        scenario.warnings.iter().map(|warning| warning.code).collect()
    };
    let by_tier = "policy.spill.priority.kind=by_tier";
    assert!(codes(&[by_tier]).contains(&"W-TIERS"));
    assert!(!codes(&["policy.spill.priority.kind=fixed"]).contains(&"W-TIERS"));
    let [control, candidate] =
        ["random", "spill"].map(|name| format!("policy.{name}.scheduler.reserve=no_evict"));
    assert!(codes(&[&control, &candidate]).contains(&"W-RESERVE"));
    let short = "workload.class.max_output_tokens=200";
    assert!(!codes(&[&control, &candidate, short]).contains(&"W-RESERVE"));
}
