//! The direction of imports is the architecture: a module may use only what stands before it.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the ground up.
const ORDER: [&str; 17] = [
    "units", "rng", "stats", "settings", "engine", "workload", "record", "policy", "design", "world",
    "estimate", "tidy", "scenario", "study", "verify", "readout", "report",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn modules_use_only_what_stands_before_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "only {} sources found", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&root).expect("inside src");
        // A file of tests may compare with anything.
        if relative.to_string_lossy().ends_with("tests.rs") {
            continue;
        }
        let own =
            relative.components().next().expect("a name").as_os_str().to_string_lossy().replace(".rs", "");
        let Some(own_level) = ORDER.iter().position(|name| *name == own) else { continue };
        // Files of tests alone may look at what stands above them, as the test modules of other files do.
        if relative.to_string_lossy().ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("readable");
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (at, line) in code.lines().enumerate() {
            for (level, module) in ORDER.iter().enumerate() {
                let uses = line.contains(&format!("crate::{module}::"))
                    || line.contains(&format!("crate::{module};"));
                if uses && level > own_level {
                    wrong.push(format!("{}:{}: {own} uses {module}", relative.display(), at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the arrows point the other way:\n{}", wrong.join("\n"));
}

#[test]
fn estimators_and_statistics_see_neither_the_world_nor_policies_nor_the_truth() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ["stats", "estimate", "tidy"] {
        let mut files = Vec::new();
        sources(&root.join(folder), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("readable");
            for forbidden in ["crate::world", "crate::policy", "crate::study", "crate::scenario"] {
                assert!(!text.contains(forbidden), "{} mentions {forbidden}", file.display());
            }
        }
    }
}

#[test]
fn policies_never_name_the_output_length() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        assert!(!text.contains(".output_tokens"), "{} reads the output length", file.display());
    }
}
