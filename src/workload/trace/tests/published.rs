//! The published files, where they lie beside the crate; `workloads.md`, section 9.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use super::*;

/// The file of the shared data, unless this checkout has none. `CONTENTION_SHARED` names another parent.
fn shared(name: &str) -> Option<BufReader<File>> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let named = std::env::var_os("CONTENTION_SHARED").map(PathBuf::from);
    let file =
        named.into_iter().chain([beside]).find_map(|root| File::open(root.join("data").join(name)).ok());
    if file.is_none() {
        println!("skipped: {name} is not there");
    }
    file.map(BufReader::new)
}

/// Checks rows and means, the latter to the three decimals they are published with.
fn check(name: &str, format: TraceFormat, count: usize, prompt_mean: f64, output_mean: f64) {
    let (Some(mut head), Some(file)) = (shared(name), shared(name)) else { return };
    let mut first_line = String::new();
    head.read_line(&mut first_line).unwrap();
    assert_eq!(TraceFormat::detect(&first_line), Some(format), "{name}");
    let rows = read_trace(format, file).unwrap_or_else(|problems| panic!("{name}: {}", problems[0]));
    assert_eq!(rows.len(), count, "{name}");
    let mean = |tokens: fn(&TraceRow) -> u32| {
        rows.iter().map(|row| u64::from(tokens(row))).sum::<u64>() as f64 / count as f64
    };
    for (found, expected) in
        [(mean(|row| row.prompt_tokens), prompt_mean), (mean(|row| row.output_tokens), output_mean)]
    {
        assert!((found - expected).abs() <= 0.0005, "{name}: mean {found}, published {expected}");
    }
    let last_ps = rows[count - 1].arrival_ps;
    assert!(rows[0].arrival_ps == 0 && (3_400..3_600).contains(&(last_ps / 1_000_000_000_000)), "one hour");
}

#[test]
fn azure_2023_conversations_have_the_published_rows_and_means() {
    check("azure_llm_2023_conv.csv", TraceFormat::Azure, 19_366, 1_154.697, 211.126);
}

#[test]
fn azure_2023_code_has_the_published_rows_and_means() {
    check("azure_llm_2023_code.csv", TraceFormat::Azure, 8_819, 2_047.848, 27.883);
}

#[test]
fn mooncake_conversations_have_the_published_rows_and_means() {
    check("mooncake_conversation.jsonl", TraceFormat::Mooncake, 12_031, 12_035.061, 342.619);
}
