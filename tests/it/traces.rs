//! Real traces, and a run's own log as a trace.

use std::path::PathBuf;

use contention::rng::Streams;
use contention::units::SimTime;

use crate::command_line::{contention, folder, json};
use crate::determinism::{SMALL, scenario};

/// A file of real traces, when the folder is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {name} is not here");
    None
}

fn replayed(path: &std::path::Path, extra: &str) -> Vec<contention::workload::Request> {
    let trace = format!("[workload.trace]\npath = \"{}\"\n{extra}\n[users]", path.display());
    let text = SMALL
        .replace("rate = \"12/s\"\n", "")
        .replace("[users]", &trace)
        .replace("duration = \"4 min\"\n", "");
    let scenario = scenario(&text);
    scenario.workload.arrivals(Streams::new(1, 0)).collect()
}

#[test]
fn real_traces_have_their_published_counts_and_means() {
    for (name, count, prompt, output) in [
        ("azure_llm_2023_conv.csv", 19_366, 1_154.697, 211.126),
        ("azure_llm_2023_code.csv", 8_819, 2_047.848, 27.883),
        ("mooncake_conversation.jsonl", 12_031, 12_035.061, 342.619),
    ] {
        let Some(path) = shared(name) else { continue };
        let requests = replayed(&path, "");
        let mean = |of: fn(&contention::workload::Request) -> u32| {
            requests.iter().map(|request| f64::from(of(request))).sum::<f64>() / requests.len() as f64
        };
        assert_eq!(requests.len(), count, "{name}");
        // Half a unit of the last published digit.
        assert!((mean(|request| request.prompt_tokens) - prompt).abs() < 5e-4, "{name}");
        assert!((mean(|request| request.output_tokens) - output).abs() < 5e-4, "{name}");
        assert!(requests.windows(2).all(|pair| pair[0].arrival <= pair[1].arrival), "{name} is out of order");
    }
}

#[test]
fn a_trace_can_be_scaled_in_rate_and_length_and_spread_within_coarse_stamps() {
    let Some(path) = shared("mooncake_conversation.jsonl") else { return };
    let plain = replayed(&path, "");
    let scaled = replayed(&path, "rate_scale = 2.0\noutput_scale = 0.5");
    let last = |requests: &[contention::workload::Request]| {
        requests.last().map_or(SimTime::ZERO, |r| r.arrival).seconds()
    };
    assert!((last(&plain) / last(&scaled) - 2.0).abs() < 1e-9);
    assert!(
        plain
            .iter()
            .zip(&scaled)
            .all(|(a, b)| (f64::from(a.output_tokens) / 2.0 - f64::from(b.output_tokens)).abs() <= 0.5)
    );
    let spread = replayed(&path, "spread = \"3 s\"");
    let stamps = |requests: &[contention::workload::Request]| {
        let mut times: Vec<u64> = requests.iter().map(|request| request.arrival.0).collect();
        times.dedup();
        times.len()
    };
    assert!(stamps(&plain) < 2_000 && stamps(&spread) > 12_000, "stamps of 3 s were not spread");
}

#[test]
fn replaying_a_runs_own_log_reproduces_the_run_byte_for_byte() {
    let folder = folder();
    let path = folder.path();
    std::fs::write(path.join("small.toml"), SMALL).expect("writable");
    let simulate = |set: &[&str], log: &str| {
        let mut arguments = vec!["simulate", "small.toml", "--json", "--design", "request", "--log", log];
        arguments.extend(set);
        json(&contention(path, &arguments))
    };
    let first = simulate(&[], "first.csv");
    let second = simulate(&["--set", "workload.trace.path=first.csv"], "second.csv");
    assert_eq!(first["digest"], second["digest"]);
    assert_eq!(first["metrics"], second["metrics"]);
    let read = |name: &str| std::fs::read(path.join(name)).expect("a log");
    assert!(read("first.csv") == read("second.csv"), "the logs differ");
    assert!(first["requests"].as_u64().expect("a count") > 2_000);
}

#[test]
fn every_broken_row_of_a_trace_is_named_with_its_line() {
    let folder = folder();
    let rows = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374,44\n2023-11-16 18:15:50.99,39x6,109\n\
                2023-11-16 18:15:51.99,396\n2023-11-16 18:15:40.00,12,0\n";
    std::fs::write(folder.path().join("bad.csv"), rows).expect("writable");
    std::fs::write(folder.path().join("small.toml"), SMALL).expect("writable");
    let output = contention(folder.path(), &["check", "small.toml", "--set", "workload.trace.path=bad.csv"]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    for place in ["bad.csv:3, column ContextTokens: 39x6", "bad.csv:4", "bad.csv:5"] {
        assert!(text.contains(place), "no {place} in\n{text}");
    }
}
