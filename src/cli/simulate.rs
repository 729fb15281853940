//! `contention simulate`: one world.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::log_csv::{Sealed, log_csv, sealed_csv};
use super::{Failure, Global, directory, input, print, print_json};
use crate::design::{Assignment, CONTROL, Constant};
use crate::policy::Policy;
use crate::readout::verdict::{grouped, with_unit};
use crate::record::{Log, METRICS, Measure, Metric, Observed, Recorder, Tally, Totals, Window, Windows};
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::settings::problem::nearest_hint;
use crate::study::columns::kv_capacity;
use crate::study::frame::boundary_sums;
use crate::units::{LATEST, SimTime};
use crate::workload::Request;
use crate::world::replica::fast::FastReplica;
use crate::world::replica::reference::ReferenceReplica;
use crate::world::{Flow, Setup, run};

/// Options of `simulate`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name.
    scenario: String,
    /// The candidate policy (the control when left out and no design is given).
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// A design of the scenario, or all:NAME for a world of one policy.
    #[arg(long, value_name = "NAME")]
    design: Option<String>,
    /// Which replica engine; both give the same bytes.
    #[arg(long, value_enum, default_value_t = Engine::Fast)]
    engine: Engine,
    /// Stop arrivals after this many requests instead of at the end of the study's duration.
    #[arg(long, value_name = "N")]
    requests: Option<u64>,
    /// Which replication's draws.
    #[arg(long, default_value_t = 0, value_name = "R")]
    replication: u32,
    /// Write every request and its outcome to this CSV file, which `workload.trace.path` can replay.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Write what no analyst can know to this CSV file: each metric in the truth worlds of the same draws, and its true effect.
    #[arg(long, value_name = "FILE", conflicts_with = "requests")]
    sealed: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// Jumps over runs of iterations in closed form.
    Fast,
    /// One iteration at a time.
    Reference,
}

/// Simulate one world and print what it came to.
pub fn simulate(options: &Options, global: &Global) -> Result<(), Failure> {
    let mut input = input::load(&options.scenario, global)?;
    let scenario = &input.scenario;
    input::warn(scenario, input::Use::Simulated, global);
    let streams = Streams::new(scenario.study.seed, u64::from(options.replication));
    let (name, policies, mut assignment) = world(scenario, options, streams)?;
    let _ = super::CALL.set(format!(
        "{} --replication {} # and the other options as given",
        super::call::command("simulate", &options.scenario, global),
        options.replication
    ));
    crate::study::execute::set_running(scenario.study.seed, options.replication);
    let totals = Totals::new(scenario.warm_up());
    let started = cpu_time();
    let finished = match &options.log {
        None => play(scenario, options, streams, &policies, &mut *assignment, totals),
        Some(path) => {
            let finished = play(
                scenario,
                options,
                streams,
                &policies,
                &mut *assignment,
                (totals, Log::default().with_states()),
            );
            // Draws are keyed: the same requests come again.
            let log = &finished.0.1;
            let requests: Vec<Request> =
                scenario.workload.arrivals(streams).take(log.outcomes.len()).collect();
            let text = log_csv(scenario, &policies, &requests, log, &*assignment)?;
            directory::write_atomically(path, text.as_bytes())?;
            // The sealed truth does not take the log's place.
            directory::note_input(path);
            (finished.0.0, finished.1, finished.2)
        }
    };
    let cpu = cpu_time().saturating_sub(started);
    let (totals, windows, flow) = finished;
    let values = values(scenario, &totals, &windows, &flow);
    if global.json {
        print_json(&to_json(scenario, options, &name, &totals, &flow, cpu, &values))?;
    } else {
        print(&to_text(scenario, &name, &totals, &flow, &values))?;
    }
    if let Some(path) = &options.sealed {
        // The truth worlds need no design.
        input.scenario.designs.clear();
        let sealed = Sealed {
            scenario: &input.scenario,
            hash: &input.hash(),
            replication: options.replication,
            design: options.design.as_deref().unwrap_or(""),
        };
        directory::write_atomically(path, sealed_csv(&sealed)?.as_bytes())?;
    }
    if !global.quiet && !global.json {
        let rate = flow.offered as f64 / cpu.as_secs_f64().max(1e-9);
        let rate = grouped(&format!("{rate:.0}"));
        tell!("{:.3} CPU s, {rate} requests a CPU-second", cpu.as_secs_f64());
    }
    Ok(())
}

/// CPU time of this process so far, from the system's accounting; zero where there is none.
fn cpu_time() -> Duration {
    let Ok(stat) = std::fs::read_to_string("/proc/self/schedstat") else { return Duration::ZERO };
    let nanoseconds = stat.split_whitespace().next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

type World<'a> = (String, Vec<&'a Policy>, Box<dyn Assignment>);

/// The world that the options name: its name, its policies by arm and who gets which.
fn world<'a>(scenario: &'a Scenario, options: &Options, streams: Streams) -> Result<World<'a>, Failure> {
    let find = |name: &str| {
        scenario.policy(name).map(|at| &scenario.policies[at]).ok_or_else(|| {
            let names = || scenario.policies.iter().map(|policy| policy.name.as_str());
            let known: Vec<&str> = names().collect();
            let hint = nearest_hint(name, names());
            Failure::Usage(format!("no policy \"{name}\"; the scenario has {}{hint}", known.join(", ")))
        })
    };
    let constant = |policy: &'a Policy| -> World<'a> {
        (format!("all:{}", policy.name), vec![policy], Box::new(Constant(CONTROL)))
    };
    match (&options.design, &options.policy) {
        (None, None) => Ok(constant(&scenario.policies[0])),
        (None, Some(name)) => Ok(constant(find(name)?)),
        (Some(design), policy) => {
            if let Some(name) = design.strip_prefix("all:") {
                return Ok(constant(find(name)?));
            }
            let Some(named) = scenario.designs.iter().find(|known| known.name == *design) else {
                let known: Vec<&str> = scenario.designs.iter().map(|known| known.name.as_str()).collect();
                let hint = nearest_hint(design, known.iter().copied());
                let text =
                    format!("no design \"{design}\"; there are all:POLICY and {}{hint}", known.join(", "));
                return Err(Failure::Usage(text));
            };
            let candidate = match policy {
                Some(name) => find(name)?,
                None => scenario.policies.get(1).ok_or_else(|| {
                    Failure::Usage("the scenario has only one policy: a design needs a candidate".to_owned())
                })?,
            };
            let assignment = named.assign(streams, &scenario.facts());
            Ok((format!("{design}/{}", candidate.name), vec![&scenario.policies[0], candidate], assignment))
        }
    }
}

fn play<T: Tally>(
    scenario: &Scenario,
    options: &Options,
    streams: Streams,
    policies: &[&Policy],
    assignment: &mut dyn Assignment,
    tally: T,
) -> (T, Windows, Flow) {
    let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
    let record = &scenario.record;
    let horizon = options.requests.is_none().then(|| scenario.horizon());
    let observed = Observed {
        warm_up: scenario.warm_up(),
        horizon: horizon.unwrap_or(SimTime::NEVER),
        window: record.window,
        rules: record.rules,
        keeps_events: false,
    };
    let recorder = Recorder::new(tally, scenario.terms(), observed, &replicas);
    let setup = Setup { layout: &scenario.layout, policies, assignment, streams, driver: None, horizon };
    let end = horizon.unwrap_or(LATEST);
    let count = options.requests.unwrap_or(u64::MAX);
    let arrivals = scenario.workload.arrivals(streams).take_while(|r| r.arrival < end && r.index < count);
    let (recorder, flow) = match options.engine {
        Engine::Fast => run::<FastReplica, T>(setup, arrivals, recorder),
        Engine::Reference => run::<ReferenceReplica, T>(setup, arrivals, recorder),
    };
    (recorder.tally, recorder.windows, flow)
}

/// Every metric of the world.
fn values(
    scenario: &Scenario,
    totals: &Totals,
    windows: &Windows,
    flow: &Flow,
) -> Vec<(&'static Metric, Option<f64>)> {
    let (warm_up, horizon) = (scenario.warm_up(), flow.horizon);
    let seconds = if horizon > warm_up { horizon.since(warm_up).seconds() } else { 0.0 };
    let clusters = scenario.layout.clusters.len();
    METRICS
        .iter()
        .map(|metric| {
            let value = match metric.measure {
                Measure::KvUsedShare => kv_used_share(scenario, windows),
                Measure::Outstanding => time_mean(windows, |window| window.outstanding_ps),
                Measure::EventsPerHour(kind) => {
                    let count: u64 = boundary_sums(windows, kind, clusters).iter().map(|sum| sum.0).sum();
                    let hours = windows.measured_hours();
                    (hours > 0.0).then(|| count as f64 / clusters as f64 / hours)
                }
                _ if seconds > 0.0 => totals.value(metric, totals.measured as f64 / seconds),
                _ => None,
            };
            (metric, value)
        })
        .collect()
}

/// The time average of an integral over the measured windows of all clusters.
fn time_mean(windows: &Windows, integral: fn(&Window) -> u64) -> Option<f64> {
    let rows: Vec<u64> = windows.measured_rows().map(|(_, _, window)| integral(window)).collect();
    let sum: u128 = rows.iter().map(|&value| u128::from(value)).sum();
    (!rows.is_empty()).then(|| sum as f64 / rows.len() as f64 / windows.length().0 as f64)
}

fn kv_used_share(scenario: &Scenario, windows: &Windows) -> Option<f64> {
    let (mut used, mut capacity) = (0u64, 0u64);
    for (_, cluster, window) in windows.measured_rows() {
        used += u64::from(window.kv_used);
        capacity += kv_capacity(scenario, cluster);
    }
    (capacity > 0).then(|| used as f64 / capacity as f64)
}

fn to_json(
    scenario: &Scenario,
    options: &Options,
    name: &str,
    totals: &Totals,
    flow: &Flow,
    cpu: Duration,
    values: &[(&'static Metric, Option<f64>)],
) -> Value {
    let metrics: Map<String, Value> =
        values.iter().map(|(metric, value)| (metric.name.to_owned(), json!(value))).collect();
    json!({
        "scenario": scenario.name,
        "world": name,
        "engine": format!("{:?}", options.engine).to_lowercase(),
        "seed": scenario.study.seed,
        "replication": options.replication,
        "requests": flow.offered,
        "completed": flow.completed,
        "rejected": flow.rejected,
        "timed_out": flow.timed_out,
        "balked": flow.balked,
        "in_flight_at_horizon": flow.in_flight_at_horizon,
        "preemptions": totals.preemptions,
        "simulated_seconds": flow.end.seconds(),
        "cpu_seconds": cpu.as_secs_f64(),
        "digest": format!("{:016x}", totals.digest),
        "metrics": metrics,
    })
}

fn to_text(
    scenario: &Scenario,
    name: &str,
    totals: &Totals,
    flow: &Flow,
    values: &[(&'static Metric, Option<f64>)],
) -> String {
    let count = |count: u64| grouped(&count.to_string());
    let mut text = format!(
        "{}, world {name}, seed {}\n{} requests: {} completed, {} rejected, {} timed out, {} balked, {} preemptions; {} in flight at the end of \
         arrivals; {:.1} s simulated; digest {:016x}\n\n",
        scenario.name,
        scenario.study.seed,
        count(flow.offered),
        count(flow.completed),
        count(flow.rejected),
        count(flow.timed_out),
        count(flow.balked),
        count(totals.preemptions),
        count(flow.in_flight_at_horizon),
        flow.end.seconds(),
        totals.digest
    );
    for (metric, value) in values {
        let value = value.map_or_else(|| "-".to_owned(), |value| with_unit(value, metric.unit));
        // Digits stand below each other, whatever the unit behind them.
        let (number, unit) = value.split_once(' ').unwrap_or((&value, ""));
        text.push_str(format!("{:<30} {number:>12} {unit}", metric.name).trim_end());
        text.push('\n');
    }
    text
}
