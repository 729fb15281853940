//! The replay of a measured run: a real one, one that the simulator made itself, and broken ones.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::command_line::{contention, folder, json};

const HEADER: &str = "prompt_tokens,output_tokens,queued_s,scheduled_s,first_token_s,last_token_s";

/// 300 requests of a real vLLM server, when the folder is there.
fn real_run() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../shared/data/vllm_bench_rtxpro6000_llama31_8b.csv");
    if !path.exists() {
        println!("skipped: the measured run is not here");
        return None;
    }
    Some(path)
}

fn verify(folder: &Path, run: &str, more: &[&str]) -> Output {
    let mut arguments = vec!["verify", "--measured", run, "--json"];
    arguments.extend(more);
    contention(folder, &arguments)
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document on stdout")
}

/// Mean TTFT (s), TPOT (ms), end-to-end (s) and the makespan (s), as `which` run had them.
fn means(document: &Value, which: &str) -> [f64; 4] {
    let mean = |latency: &str| document["latencies"][latency]["mean"][which].as_f64().expect(latency);
    let makespan_s = document["makespan_s"][which].as_f64().expect("a makespan");
    [mean("ttft_s"), mean("tpot_ms"), mean("end_to_end_s"), makespan_s]
}

fn assert_close(found: [f64; 4], expected: [f64; 4], tolerance: f64) {
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < tolerance, "{found} is not {expected}");
    }
}

#[test]
fn a_real_server_is_met_within_the_gate_and_as_an_independent_engine_replays_it() {
    let Some(path) = real_run() else { return };
    let (folder, path) = (folder(), path.display().to_string());
    let calibrated = json(&verify(folder.path(), &path, &[]));
    // Half a unit of the last digit that the independent replay gives of the measured means.
    assert_close(means(&calibrated, "measured"), [7.097, 32.46, 28.20, 65.93], 2e-4);
    // Two engines, written apart, of the same equations: they differ in the order of what happens at once.
    let reference = [6.758, 32.46, 27.84, 65.52];
    assert_close(means(&calibrated, "simulated"), reference, 0.005);
    assert_eq!((calibrated["served"].as_u64(), calibrated["preemptions"].as_u64()), (Some(300), Some(0)));
    for latency in ["tpot_ms", "end_to_end_s"] {
        let error = calibrated["latencies"][latency]["mean"]["relative_error"].as_f64().expect("an error");
        assert!(error.abs() <= 0.05, "{latency} is off by {error}");
    }
    // Without the engine's own millisecond the end-to-end mean misses the gate, and the program says so.
    let output = verify(folder.path(), &path, &["--set", "engine.server.c0_ms=10.726"]);
    assert_eq!(output.status.code(), Some(1));
    let uncalibrated = document(&output);
    assert_close(means(&uncalibrated, "simulated"), [6.238, 31.42, 26.64, 63.23], 0.005);
    assert_eq!(uncalibrated["unmet"].as_array().map(Vec::len), Some(1), "{}", uncalibrated["unmet"]);
}

/// A run "measured" on the simulated server itself, as `(prompt, output, queued, scheduled, first, last)`.
fn own_run(folder: &Path) -> Vec<[f64; 6]> {
    let mut trace = String::from("arrival_ps,user,ordinal,class,tier,region,prompt_tokens,output_tokens\n");
    for at in 0..400_u64 {
        let (prompt, output) = (200 + 37 * at % 1_900, 2 + 53 * at % 700);
        trace.push_str(&format!("{},{at},0,all,all,all,{prompt},{output}\n", at * 60_000_000_000));
    }
    std::fs::write(folder.join("trace.csv"), trace).expect("writable");
    let set = "workload.trace.path=trace.csv";
    let _ = json(&contention(
        folder,
        &["simulate", "measured-server", "--json", "--set", set, "--log", "log.csv"],
    ));
    let log = std::fs::read_to_string(folder.join("log.csv")).expect("a log");
    let mut lines = log.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let column = |name: &str| header.iter().position(|known| *known == name).expect("a column");
    let wanted = ["prompt_tokens", "output_tokens", "arrival_ps", "queue_wait_ms", "ttft_ms", "e2e_ms"];
    let places = wanted.map(column);
    lines
        .map(|cells| {
            let [prompt, output, arrival_ps, wait, ttft, e2e] =
                places.map(|place| cells[place].parse::<f64>().expect("a number"));
            let queued = 1_000.0 + arrival_ps / 1e12;
            [prompt, output, queued, queued + wait / 1e3, queued + ttft / 1e3, queued + e2e / 1e3]
        })
        .collect()
}

fn write_run(path: &Path, rows: &[[f64; 6]]) {
    let line = |row: &[f64; 6]| row.map(|value| value.to_string()).join(",") + "\n";
    std::fs::write(path, format!("{HEADER}\n{}", rows.iter().map(line).collect::<String>()))
        .expect("writable");
}

#[test]
fn a_run_of_the_simulated_server_itself_is_met_exactly_in_any_order_of_rows() {
    let folder = folder();
    let mut rows = own_run(folder.path());
    assert_eq!(rows.len(), 400);
    rows.reverse();
    write_run(&folder.path().join("run.csv"), &rows);
    let document = json(&verify(folder.path(), "run.csv", &[]));
    let latencies = document["latencies"].as_object().expect("latencies");
    assert_eq!(latencies.len(), 5);
    for (name, statistics) in latencies {
        for (statistic, value) in statistics.as_object().expect("statistics") {
            let both = ["measured", "simulated"].map(|which| value[which].as_f64().expect("a number"));
            // A tenth of a microsecond on a clock of seconds.
            assert!((both[0] - both[1]).abs() < 1e-3, "{name} {statistic}: {both:?}");
        }
    }
    assert!(latencies["queue_wait_s"]["p99"]["simulated"].as_f64().expect("a wait") > 1.0, "nobody waited");
    let figure = std::fs::read_to_string(folder.path().join("outputs/measured.svg")).expect("a figure");
    assert!(figure.starts_with("<svg") && !figure.contains("NaN"));
    let again = verify(folder.path(), "run.csv", &["--out", "again"]);
    assert!(again.status.success());
    let second = std::fs::read_to_string(folder.path().join("again/measured.svg")).expect("a figure");
    assert!(figure == second, "the same run gives another figure");
}

#[test]
fn a_server_twice_as_slow_is_not_met_and_the_answer_says_by_how_much() {
    let folder = folder();
    let rows: Vec<[f64; 6]> = own_run(folder.path())
        .into_iter()
        .map(|[prompt, output, queued, scheduled, first, last]| {
            [prompt, output, queued, scheduled, first, first + 2.0 * (last - first)]
        })
        .collect();
    write_run(&folder.path().join("slow.csv"), &rows);
    let output = verify(folder.path(), "slow.csv", &[]);
    assert_eq!(output.status.code(), Some(1));
    let unmet = document(&output)["unmet"].to_string();
    assert!(unmet.contains("time per output token is off by -50.0 % in the mean"), "{unmet}");
    assert!(unmet.contains("end to end is off by -"), "{unmet}");
}

#[test]
fn a_burst_at_one_instant_and_answers_of_one_token_can_be_replayed() {
    let folder = folder();
    let run = "queued_s,first_token_s,last_token_s,prompt_tokens,output_tokens\n5,6,6,1000,1\n5,6,6,900,1\n";
    std::fs::write(folder.path().join("burst.csv"), run).expect("writable");
    let output = verify(folder.path(), "burst.csv", &[]);
    let document = document(&output);
    let latencies: Vec<&String> = document["latencies"].as_object().expect("latencies").keys().collect();
    assert_eq!(latencies, ["end_to_end_s", "ttft_s"], "no answer has a second token, no row a wait");
    assert_eq!(document["served"], 2);
}

#[test]
fn requests_that_the_simulated_fleet_refuses_are_unmet() {
    let folder = folder();
    let run = format!("{HEADER}\n100,10,0,0,0.1,1\n100,10,0,0,0.1,1\n900000,10,0,0,9,10\n");
    std::fs::write(folder.path().join("long.csv"), run).expect("writable");
    let output = verify(folder.path(), "long.csv", &[]);
    assert_eq!(output.status.code(), Some(1));
    let unmet = document(&output)["unmet"].to_string();
    assert!(unmet.contains("1 of 3 requests were not served in the simulation"), "{unmet}");
}

#[test]
fn every_broken_row_is_named_with_its_line_and_nothing_is_written() {
    let folder = folder();
    let run = format!(
        "{HEADER}\n100,10,0,0,0.1,1\n0,10,0,0,0.1,1\n100,10,-1,0,0.1,1\n\n100,10,0,0,0.1,0.05\n100,10\n"
    );
    std::fs::write(folder.path().join("bad.csv"), run).expect("writable");
    let output = contention(folder.path(), &["verify", "--measured", "bad.csv"]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    for message in [
        "bad.csv:3: prompt_tokens: found `0`; allowed: a whole number of tokens, at least 1",
        "bad.csv:4: queued_s: found `-1`; allowed: a number of seconds, 0 or more",
        "bad.csv:6: last_token_s: found `0.05`; allowed: a time not before first_token_s (0.1)",
        "bad.csv:7: the line: found `2 fields`; allowed: 6 fields, as in the header",
    ] {
        assert!(text.contains(message), "no {message} in\n{text}");
    }
    assert!(!folder.path().join("outputs").exists(), "something was written");
}

#[test]
fn missing_columns_are_named_and_a_missing_file_is_a_wrong_call() {
    let folder = folder();
    std::fs::write(folder.path().join("bad.csv"), "prompt_tokens,queued_s,first_token_s\n1,2,3\n")
        .expect("writable");
    let output = verify(folder.path(), "bad.csv", &[]);
    assert_eq!(output.status.code(), Some(3));
    let problems = document(&output)["problems"].as_array().expect("problems").clone();
    let places: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem["place"].as_str().unwrap_or(""), problem["path"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(places, [("bad.csv:1", "output_tokens"), ("bad.csv:1", "last_token_s")]);
    assert_eq!(verify(folder.path(), "nowhere.csv", &[]).status.code(), Some(2));
}

#[test]
fn a_measured_run_is_a_trace_for_every_other_verb() {
    let folder = folder();
    write_run(&folder.path().join("run.csv"), &own_run(folder.path()));
    let set = ["--set", "workload.trace.path=run.csv"];
    let simulated =
        json(&contention(folder.path(), &[&["simulate", "measured-server", "--json"], &set[..]].concat()));
    assert_eq!(simulated["requests"], 400);
}
