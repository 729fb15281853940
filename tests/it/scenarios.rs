//! Every shipped scenario asks its question first and is valid.

use std::fs;
use std::path::Path;

use contention::scenario::resolve;
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
        let mut document = Document::parse(&name, &text).expect("TOML");
        if text.contains("[workload.trace]") {
            document.set("workload.trace.path=trace.csv").expect("a path");
        }
        let trace = b"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:55:50.9951690,396,109\n";
        if let Err(problems) = resolve(document, &|_| Ok(trace.to_vec())) {
            panic!("{name}:\n{problems}");
        }
        let shipped = contention::cli::SHIPPED.iter().any(|(_, shipped)| *shipped == text);
        assert!(shipped, "{name} is not in the program's list of scenarios");
        count += 1;
    }
    assert_eq!(count, contention::cli::SHIPPED.len());
}
