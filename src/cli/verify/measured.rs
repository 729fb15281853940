//! A measured run of a real server, replayed on a scenario's fleet and compared.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::directory::write_atomically;
use crate::cli::{Failure, Global, input, print, print_json};
use crate::report;
use crate::scenario::{Scenario, resolve};
use crate::settings::{Document, Place, Problem, Problems};
use crate::verify::measured::{Compared, Comparison, GATE, Role, Statistic, replay};
use crate::workload::trace::{MeasuredRequest, read_measured};

/// The figure's name in the folder for outputs.
const FIGURE: &str = "measured.svg";

/// A day of traffic in place of the scenario's own. Only its fleet and its control policy are used here, and a measured
/// run of seconds may be shorter than the blocks and windows of its study.
const STAND_IN: &[u8] = b"prompt_tokens,output_tokens,queued_s,first_token_s,last_token_s\n\
                          1,1,0,0,0\n\
                          1,1,86400,86400,86400\n";

/// Replay the requests of `path` on the fleet of the scenario `against` and compare.
pub(super) fn measured(path: &Path, against: &str, global: &Global) -> Result<(), Failure> {
    let measured = read(path)?;
    let scenario = scenario(against, global)?;
    let _ = crate::cli::CALL.set(call(path, against, global));
    crate::study::execute::set_running(scenario.study.seed, 0);
    let comparison = Comparison::of(&measured, &replay(&scenario, &measured));
    let title =
        format!("{} requests of a real server and their replay on {}", comparison.requests, scenario.name);
    std::fs::create_dir_all(global.out_folder()).map_err(|error| Failure::io(global.out_folder(), error))?;
    let figure = global.out_folder().join(FIGURE);
    write_atomically(&figure, report::cumulative(&comparison, &title).as_bytes())?;
    if global.json {
        print_json(&to_json(&scenario, path, &comparison, &figure))?;
    } else {
        print(&to_text(&scenario, path, &comparison))?;
        print(&format!("\nThe distributions are drawn in {}\n", figure.display()))?;
    }
    let unmet = comparison.unmet();
    if unmet.is_empty() { Ok(()) } else { Err(Failure::Unmet(unmet.join("; "))) }
}

fn read(path: &Path) -> Result<Vec<MeasuredRequest>, Failure> {
    let bytes =
        std::fs::read(path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    read_measured(bytes.as_slice()).map_err(|problems| {
        let in_file = |problem: crate::workload::trace::TraceProblem| Problem {
            place: Place::Line { file: path.display().to_string(), line: problem.line },
            path: problem.column.unwrap_or_else(|| "the line".to_owned()),
            found: if problem.found.is_empty() {
                "nothing".to_owned()
            } else {
                format!("`{}`", problem.found)
            },
            allowed: problem.allowed,
        };
        Failure::Invalid(Problems(problems.into_iter().map(in_file).collect()))
    })
}

fn scenario(against: &str, global: &Global) -> Result<Scenario, Failure> {
    let mut document: Document = input::document(against, &input::read_text(against)?, global)?;
    for key in ["workload.trace.path=stand-in", "workload.trace.format=measured"] {
        document.set(key).map_err(|problem| Failure::Invalid(Problems(vec![problem])))?;
    }
    Ok(resolve(document, &|_| Ok(STAND_IN.to_vec()))?)
}

fn call(path: &Path, against: &str, global: &Global) -> String {
    let verb = format!("verify --measured '{}' --against", path.display());
    crate::cli::call::command(&verb, against, global)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn to_text(scenario: &Scenario, path: &Path, comparison: &Comparison) -> String {
    let mut text = format!(
        "{}\n{} requests replayed on {}, policy {}, seed {}\n\n",
        file_name(path),
        comparison.requests,
        scenario.name,
        scenario.policies[0].name,
        scenario.study.seed
    );
    let mut row = |[name, statistic, measured, simulated, error]: [&str; 5]| {
        let line = format!("{name:<28} {statistic:<6} {measured:>12} {simulated:>12} {error:>9}");
        text.push_str(&format!("{}\n", line.trim_end()));
    };
    row(["", "", "measured", "simulated", "error"]);
    row([&"-".repeat(28), &"-".repeat(6), &"-".repeat(12), &"-".repeat(12), &"-".repeat(9)]);
    let mut numbers = |name: &str, statistic: &Statistic| {
        let error = statistic.relative_error().map_or_else(|| "-".to_owned(), percent);
        let [measured, simulated] =
            [statistic.measured, statistic.simulated].map(|value| format!("{value:.3}"));
        row([name, statistic.name, &measured, &simulated, &error]);
    };
    for Compared { latency, statistics, .. } in &comparison.latencies {
        let indent = if latency.role == Role::Part { "  of it " } else { "" };
        let name = format!("{indent}{}, {}", latency.name, latency.unit);
        for (at, statistic) in statistics.iter().enumerate() {
            numbers(if at == 0 { &name } else { "" }, statistic);
        }
    }
    numbers("makespan, s", &comparison.makespan_s);
    row(["preemptions", "", "-", &comparison.preemptions.to_string(), ""]);
    text.push_str(&in_short(comparison));
    text
}

/// What was judged, and how it went.
fn in_short(comparison: &Comparison) -> String {
    let judged = comparison.latencies.iter().filter(|compared| compared.latency.role == Role::Judged);
    let names: Vec<&str> = judged.map(|compared| compared.latency.name).collect();
    let means = match names.as_slice() {
        [] => String::new(),
        names => format!("; the means of\n{} within {:.0} %", names.join(" and "), 100.0 * GATE),
    };
    let verdict = if comparison.unmet().is_empty() { "met" } else { "NOT met" };
    format!("\nWanted: all {} requests served{means}: {verdict}.\n", comparison.requests)
}

fn percent(share: f64) -> String {
    let text = format!("{:+.1} %", 100.0 * share);
    if text == "-0.0 %" { "+0.0 %".to_owned() } else { text }
}

fn to_json(scenario: &Scenario, path: &Path, comparison: &Comparison, figure: &Path) -> Value {
    let statistic = |statistic: &Statistic| {
        json!({
            "measured": statistic.measured,
            "simulated": statistic.simulated,
            "relative_error": statistic.relative_error(),
        })
    };
    let latencies: serde_json::Map<String, Value> = comparison
        .latencies
        .iter()
        .map(|compared| {
            let statistics: serde_json::Map<String, Value> =
                compared.statistics.iter().map(|one| (one.name.to_owned(), statistic(one))).collect();
            (compared.latency.key.to_owned(), Value::Object(statistics))
        })
        .collect();
    json!({
        "measured": path.display().to_string(),
        "scenario": scenario.name,
        "policy": scenario.policies[0].name,
        "seed": scenario.study.seed,
        "requests": comparison.requests,
        "served": comparison.served,
        "latencies": latencies,
        "makespan_s": statistic(&comparison.makespan_s),
        "preemptions": comparison.preemptions,
        "gate": GATE,
        "unmet": comparison.unmet(),
        "figure": figure.display().to_string(),
    })
}
