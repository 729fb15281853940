//! Every design in a world: an experiment with one policy in both arms is that policy's world, engines and drivers agree, and
//! looking at the state before decisions changes nothing.

use std::collections::HashMap;

use contention::design::{Assignment, CANDIDATE, CONTROL, Constant, DESIGNS};
use contention::engine::DriverKind;
use contention::policy::Policy;
use contention::record::{BoundaryEvent, Log, Observed, Outcome, Recorder, Window};
use contention::rng::Streams;
use contention::scenario::Scenario;
use contention::world::replica::Replica;
use contention::world::replica::fast::FastReplica;
use contention::world::replica::reference::ReferenceReplica;
use contention::world::{Flow, Setup, run};

use crate::command_line::{contention, folder, json};
use crate::determinism::{SMALL, scenario};

/// One of each kind; the settings of time fit four minutes.
const DESIGNS_TOML: &str = r#"
[[design]]
kind = "switchback"
name = "paired"
block = "20 s"
order = "paired"
[[design]]
kind = "switchback"
name = "minimax"
block = "10 s"
order = "minimax"
carry_over_blocks = 2
[[design]]
kind = "saturation"
shares = [0.2, 0.8]
[[design]]
kind = "cluster_switchback"
block = "20 s"
washout = "5 s"
[[design]]
kind = "user_by_pool"
[[design]]
kind = "experiment_of_experiments"
[[design]]
kind = "experiment_of_experiments"
name = "against time"
against = "switchback"
block = "20 s"
[[design]]
kind = "canary"
step = "20 s"
gate = { metric = "rejected_share", max_ratio = 1.5, action = "hold" }
[[design]]
kind = "bandit"
[[design]]
kind = "bandit"
name = "greedy"
algorithm = "epsilon_greedy"
reward = "ttft"
[[design]]
kind = "shadow"
[[design]]
kind = "capacity_split"
"#;

/// Two replicas everywhere, and every design.
pub(crate) fn text(candidate: &str) -> String {
    SMALL
        .replace("replicas = 1", "replicas = 2")
        .replace("rate = \"12/s\"", "rate = \"16/s\"")
        .replace("router = { kind = \"nearest_with_fallback\", queue_threshold = 1.0 }", candidate)
        .replace("[study]", &format!("{DESIGNS_TOML}[study]"))
        .replace("warm_up = \"20 s\"", "warm_up = \"40 s\"")
}

fn every_design(candidate: &str) -> Scenario {
    scenario(&text(candidate))
}

pub(crate) const SPILL: &str = "router = { kind = \"nearest_with_fallback\", queue_threshold = 1.0 }";

#[derive(Debug, PartialEq)]
struct Traces {
    outcomes: Vec<Outcome>,
    copies: Vec<Option<Outcome>>,
    windows: Vec<Window>,
    events: Vec<BoundaryEvent>,
    flow: Flow,
}

fn play<R: Replica>(
    scenario: &Scenario,
    assignment: &mut dyn Assignment,
    driver: Option<DriverKind>,
    log: Log,
) -> (Traces, Log) {
    let streams = Streams::new(scenario.study.seed, 0);
    let observed = Observed {
        warm_up: scenario.warm_up(),
        horizon: scenario.horizon(),
        window: scenario.record.window,
        rules: scenario.record.rules,
        keeps_events: true,
    };
    let replicas: Vec<u32> = scenario.layout.clusters.iter().map(|cluster| cluster.replicas).collect();
    let policies: Vec<&Policy> = scenario.policies.iter().collect();
    let setup = Setup {
        layout: &scenario.layout,
        policies: &policies,
        assignment,
        streams,
        driver,
        horizon: Some(scenario.horizon()),
    };
    let recorder = Recorder::new(log, scenario.terms(), observed, &replicas);
    let requests = scenario.workload.arrivals_until(streams, scenario.horizon());
    let (recorder, flow) = run::<R, _>(setup, requests.into_iter(), recorder);
    let traces = Traces {
        outcomes: recorder.tally.outcomes.clone(),
        copies: recorder.tally.copies.clone(),
        windows: recorder.windows.rows().map(|(_, _, row)| *row).collect(),
        events: recorder.events,
        flow,
    };
    (traces, recorder.tally)
}

/// Each design of the scenario with its draw.
fn drawn(scenario: &Scenario) -> Vec<(&str, Box<dyn Assignment>)> {
    let streams = Streams::new(scenario.study.seed, 0);
    let draw = |design: &contention::design::NamedDesign| design.assign(streams, &scenario.facts());
    scenario.designs.iter().map(|design| (design.name.as_str(), draw(design))).collect()
}

#[test]
fn every_design_is_run_here() {
    let scenario = every_design(SPILL);
    for spec in DESIGNS {
        assert!(scenario.designs.iter().any(|design| design.kind == spec.name), "{}", spec.name);
    }
}

type Play = fn(&Scenario, &mut dyn Assignment, Option<DriverKind>, Log) -> (Traces, Log);

#[test]
fn engines_and_drivers_give_the_same_bytes_under_every_design() {
    let scenario = every_design(SPILL);
    for (name, assignment) in drawn(&scenario) {
        let play = |engine: Play, driver, log| {
            let mut fresh = assignment.fresh();
            let traces = engine(&scenario, &mut *fresh, driver, log).0;
            (traces, fresh)
        };
        let (lazy, one) = play(play_fast, Some(DriverKind::Lazy), Log::default());
        let (global, two) = play(play_fast, Some(DriverKind::Global), Log::default().with_states());
        let (reference, _) = play(play_reference, None, Log::default());
        assert!(lazy == global, "drivers, or worlds with and without states, differ under {name}");
        assert!(lazy == reference, "engines differ under {name}");
        let requests =
            scenario.workload.arrivals_until(Streams::new(scenario.study.seed, 0), scenario.horizon());
        let mut treated = 0;
        for (request, outcome) in requests.iter().zip(&lazy.outcomes) {
            let p = one.propensity(request, outcome.home);
            assert_eq!(p, two.propensity(request, outcome.home), "{name}");
            // Who was certain to get an arm got it.
            let is_treated = outcome.arm == CANDIDATE;
            assert!(p > 0.0 || !is_treated, "{name}");
            assert!(p < 1.0 || is_treated, "{name}");
            treated += usize::from(is_treated);
        }
        if name == "shadow" {
            let copies = lazy.copies.iter().flatten().count();
            assert!(treated == 0 && copies as u64 == lazy.flow.mirrored && copies > 1_000, "{copies} copies");
        } else {
            assert!(treated > 100 && treated + 100 < requests.len(), "{name}: {treated} treated");
            assert_eq!(lazy.flow.mirrored, 0);
        }
    }
}

fn play_fast(
    scenario: &Scenario,
    assignment: &mut dyn Assignment,
    driver: Option<DriverKind>,
    log: Log,
) -> (Traces, Log) {
    play::<FastReplica>(scenario, assignment, driver, log)
}

fn play_reference(
    scenario: &Scenario,
    assignment: &mut dyn Assignment,
    driver: Option<DriverKind>,
    log: Log,
) -> (Traces, Log) {
    play::<ReferenceReplica>(scenario, assignment, driver, log)
}

/// What became of requests, whoever decided.
fn without_arms(traces: Traces) -> (Vec<Outcome>, Vec<Window>, Vec<BoundaryEvent>, Flow) {
    let outcome = |outcome: &Outcome| Outcome { arm: CONTROL, ..*outcome };
    let window = |window: &Window| Window { candidate_arrivals: 0, ..*window };
    (
        traces.outcomes.iter().map(outcome).collect(),
        traces.windows.iter().map(window).collect(),
        traces.events,
        traces.flow,
    )
}

#[test]
fn a_a_worlds_are_byte_identical_under_every_design_that_does_not_change_the_capacity() {
    for rules in ["router = { kind = \"random\" }", "router = { kind = \"round_robin\" }"] {
        let text = every_design(rules);
        let mut scenario = text;
        // Both arms are the second policy, read twice.
        let twin = every_design(rules).policies.remove(1);
        scenario.policies[0] = twin;
        let alone = without_arms(play_fast(&scenario, &mut Constant(CONTROL), None, Log::default()).0);
        let mut compared = 0;
        for (name, mut assignment) in drawn(&scenario) {
            let world = play_fast(&scenario, &mut *assignment, None, Log::default()).0;
            if assignment.splits_capacity() || assignment.shadows() {
                assert!(without_arms(world) != alone, "{name} changes nothing");
            } else {
                assert!(without_arms(world) == alone, "{name} is not the world of its policy");
                compared += 1;
            }
        }
        assert!(compared >= 14, "{compared}");
    }
}

#[test]
fn copies_take_room_and_leave_everyones_draws_alone() {
    let scenario = every_design(SPILL);
    let (_, mut shadow) =
        drawn(&scenario).into_iter().find(|(name, _)| *name == "shadow").expect("the design");
    let (alone, _) = play_fast(&scenario, &mut Constant(CONTROL), None, Log::default());
    let (copied, _) = play_fast(&scenario, &mut *shadow, None, Log::default());
    // The control routes by each request's own draw: it goes where it went.
    let places = |traces: &Traces| {
        let served = traces.outcomes.iter().map(|outcome| outcome.status.is_served());
        let replicas = traces.outcomes.iter().map(|outcome| outcome.replica);
        served.zip(replicas).collect::<Vec<_>>()
    };
    let both = places(&alone).into_iter().zip(places(&copied));
    assert!(both.filter(|(one, two)| one.0 && two.0).all(|(one, two)| one == two));
    let mean = |traces: &Traces| {
        let served: Vec<f64> = traces
            .outcomes
            .iter()
            .filter(|outcome| outcome.status.is_served())
            .map(|outcome| outcome.end_to_end.seconds())
            .collect();
        served.iter().sum::<f64>() / served.len() as f64
    };
    assert!(mean(&copied) > 1.05 * mean(&alone), "{} {}", mean(&copied), mean(&alone));
    // Nobody's request: not offered, and not among the arrivals of windows; but among the evictions.
    assert_eq!(copied.flow.offered, alone.flow.offered);
    let sum = |traces: &Traces, of: fn(&Window) -> u32| traces.windows.iter().map(of).sum::<u32>();
    assert_eq!(sum(&copied, |window| window.arrivals), sum(&alone, |window| window.arrivals));
    let evicted = |outcomes: &mut dyn Iterator<Item = &Outcome>| outcomes.map(|o| o.preemptions).sum::<u32>();
    let own = evicted(&mut copied.outcomes.iter());
    let of_copies = evicted(&mut copied.copies.iter().flatten());
    assert_eq!(sum(&copied, |window| window.preemptions), own + of_copies);
    assert!(of_copies > 0);
}

#[test]
fn each_arm_of_a_split_has_its_own_replicas() {
    // Schedulers differ, which only hardware apart allows.
    let first = SMALL.find("[[design]]").expect("designs");
    let after = SMALL.find("[study]").expect("a study");
    let mut text = SMALL.to_owned();
    text.replace_range(first..after, "[[design]]\nkind = \"capacity_split\"\nshare = 0.25\n");
    let text = text
        .replace("replicas = 1", "replicas = 4")
        .replace(SPILL, &format!("{SPILL}\nscheduler = {{ kind = \"prefill_first\" }}"));
    let scenario = scenario(&text);
    let (_, mut split) = drawn(&scenario).remove(0);
    let (traces, _) = play_fast(&scenario, &mut *split, None, Log::default());
    let mut treated = 0;
    for outcome in traces.outcomes.iter().filter(|outcome| outcome.status.is_served()) {
        let all = scenario.layout.replicas(outcome.cluster);
        let own = split.replicas(outcome.cluster, outcome.arm, all);
        assert!(own.contains(&outcome.replica.0), "{outcome:?}");
        treated += usize::from(outcome.arm == CANDIDATE);
    }
    let share = treated as f64 / traces.outcomes.len() as f64;
    // Five standard errors of a share of 2,800 coins.
    assert!((share - 0.25).abs() < 0.04, "{share}");
}

#[test]
fn states_are_what_was_there_just_before() {
    let scenario = every_design(SPILL);
    let (traces, log) = play_fast(&scenario, &mut Constant(CONTROL), None, Log::default().with_states());
    let states = log.states.expect("kept");
    let requests = scenario.workload.arrivals_until(Streams::new(scenario.study.seed, 0), scenario.horizon());
    assert_eq!(states.len(), requests.len());
    // Counted from outside: who was sent to the home cluster before and had not finished there.
    for at in (0..requests.len()).step_by(37) {
        let (home, now) = (traces.outcomes[at].home, requests[at].arrival);
        let there = (0..at).filter(|&other| {
            let outcome = &traces.outcomes[other];
            let delay = scenario.layout.delay(requests[other].region, outcome.cluster);
            let left = requests[other].arrival.0 + outcome.end_to_end.0.saturating_sub(delay.0);
            outcome.cluster == home && outcome.status.is_served() && left >= now.0
        });
        assert_eq!(states[at].outstanding_home as usize, there.count(), "request {at}");
    }
    assert!(states.iter().any(|state| state.kv_used_home > 500));
}

#[test]
fn the_log_holds_what_the_design_knows_and_the_truth_is_sealed_apart() {
    let folder = folder();
    let path = folder.path();
    std::fs::write(path.join("small.toml"), text(SPILL)).expect("writable");
    let column = |design: &str, name: &str| -> Vec<String> {
        let file = format!("{}.csv", design.replace(' ', "_"));
        if !path.join(&file).exists() {
            let arguments = ["simulate", "small.toml", "--json", "--design", design, "--log", &file];
            let _ = json(&contention(path, &arguments));
        }
        let mut reader = csv::Reader::from_path(path.join(&file)).expect("a log");
        let headers = reader.headers().expect("a header").clone();
        let at = headers.iter().position(|known| known == name).expect("a column");
        reader.records().map(|row| row.expect("a row")[at].to_owned()).collect()
    };
    let kinds = |design: &str, name: &str| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        column(design, name).into_iter().for_each(|cell| *counts.entry(cell).or_default() += 1);
        let mut kinds: Vec<String> = counts.into_keys().collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds("saturation", "saturation"), ["0.2", "0.8"]);
    assert_eq!(kinds("saturation", "propensity"), ["0.2", "0.8"]);
    assert_eq!(kinds("experiment_of_experiments", "part"), ["0", "1"]);
    assert_eq!(kinds("user_by_pool", "user_coin"), ["0", "1"]);
    assert_eq!(kinds("user_by_pool", "cluster_coin"), ["0", "1"]);
    assert_eq!(kinds("cluster_switchback", "washout"), ["", "0", "1"]);
    assert_eq!(kinds("cluster_switchback", "block").len(), 11);
    assert!(kinds("shadow", "copy_status").contains(&"completed".to_owned()));
    assert!(kinds("bandit", "propensity").len() > 10);
    assert!(kinds("request", "outstanding_home").len() > 10);
    let arguments = ["simulate", "small.toml", "--json", "--design", "request", "--sealed", "sealed.csv"];
    let _ = json(&contention(path, &arguments));
    let sealed = std::fs::read_to_string(path.join("sealed.csv")).expect("sealed");
    assert!(
        sealed.starts_with("seed,replication,candidate,metric,unit,value_control,value_candidate,effect\n")
    );
    assert!(sealed.contains(",spill,ttft_ms_mean,ms,"), "{sealed}");
    let log = std::fs::read_to_string(path.join("request.csv")).expect("a log");
    assert!(!log.contains("effect") && !log.contains("truth"));
}
