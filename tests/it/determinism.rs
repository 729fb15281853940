//! Same seed, same bytes: for any number of jobs, and whatever else a scenario mentions.

use std::sync::atomic::AtomicBool;

use contention::report;
use contention::rng::Streams;
use contention::scenario::{Scenario, resolve};
use contention::settings::Document;
use contention::study::{Graded, execute, score};
use contention::units::UserId;
use contention::workload::Request;

/// A small fleet that comes to its boundary.
pub(crate) const SMALL: &str = r#"
name = "small"
question = "Does it?"
control = "random"
[workload]
rate = "12/s"
drift = { sd = 0.1 }
[workload.class]
prompt = { kind = "lognormal", mu = 5.5, sigma = 0.8, max = 3000 }
output = { kind = "tpl", xmin = 60, alpha = 2.3, cut = 1500 }
context_tokens = 4500
[users]
count = 120
length_spread = 0.3
[[users.tier]]
name = "free"
share = 0.8
[[users.tier]]
name = "paid"
share = 0.2
activity = 3.0
[engine.tight]
preset = "bench-8b"
kv_blocks = 330
queue_capacity = 40
[[cluster]]
name = "a"
region = "west"
replicas = 2
engine = "tight"
attributes = { size = "big" }
[[cluster]]
name = "b"
region = "west"
replicas = 2
engine = "tight"
attributes = { size = "big" }
[[cluster]]
name = "c"
region = "east"
replicas = 1
engine = "tight"
attributes = { size = "small" }
[[cluster]]
name = "d"
region = "east"
replicas = 1
engine = "tight"
attributes = { size = "small" }
[policy.random]
router = { kind = "random" }
[policy.spill]
router = { kind = "nearest_with_fallback", queue_threshold = 1.0 }
[[design]]
kind = "request"
[[design]]
kind = "user"
[[design]]
kind = "cluster"
arrangement = "paired"
by = "size"
[[design]]
kind = "switchback"
block = "20 s"
washout = "5 s"
[study]
replications = 4
duration = "4 min"
warm_up = "20 s"
"#;

pub(crate) fn scenario(text: &str) -> Scenario {
    let document = Document::parse("test.toml", text).expect("TOML");
    match resolve(document, &|path| std::fs::read(path)) {
        Ok(scenario) => scenario,
        Err(problems) => panic!("{problems}"),
    }
}

fn study(scenario: &Scenario, jobs: usize) -> Graded {
    let replications = execute::execute(scenario, jobs, &AtomicBool::new(false), |_| ()).expect("threads");
    score(scenario, replications.expect("not interrupted"))
}

fn requests(text: &str) -> Vec<Request> {
    let scenario = scenario(text);
    scenario.workload.arrivals_until(Streams::new(5, 2), scenario.horizon())
}

#[test]
fn one_job_and_two_jobs_write_the_same_tables() {
    let scenario = scenario(SMALL);
    let (one, two) = (study(&scenario, 1), study(&scenario, 2));
    let tables = |graded: &Graded| report::tables(graded, &scenario).expect("tables");
    assert_eq!(tables(&one), tables(&two));
    assert!(
        one.events.iter().any(|event| event.kind == "kv_exhaustion"),
        "the study never came to its boundary"
    );
    assert!(one.events.iter().any(|event| event.kind == "failover"), "nothing was ever sent away");
}

#[test]
fn an_a_a_study_has_identical_truth_worlds_and_estimates_centred_on_zero() {
    let text = SMALL
        .replace("{ kind = \"nearest_with_fallback\", queue_threshold = 1.0 }", "{ kind = \"random\" }")
        .replace("replications = 4", "replications = 24");
    let scenario = scenario(&text);
    let graded = study(&scenario, 0);
    assert!(graded.truth_rows.iter().all(|row| row.value_control == row.value_candidate));
    let mut judged = 0;
    for row in graded.performance.iter().filter(|row| row.metric.starts_with("ttft_ms_mean")) {
        let performance = row.result.expect("an A/A estimate exists");
        let error = performance.emp_se.value / (performance.n_replications as f64).sqrt();
        // Four standard errors of the mean of the estimates: 6e-5 a case under a normal law, six cases.
        assert!(performance.mean_estimate.value.abs() <= 4.0 * error, "{} {:?}", row.design, performance);
        judged += 1;
        let parts = row.mean_decomposition.expect("all parts are known");
        assert_eq!(
            (parts.spillover_on_control, parts.dilution_on_treated),
            (0.0, 0.0),
            "no interference in A/A"
        );
    }
    assert_eq!(judged, 6);
}

#[test]
fn arms_that_agree_on_a_rule_share_its_state_so_that_a_a_changes_nothing() {
    let rules = "{ kind = \"round_robin\" }\nlimiter = { kind = \"per_minute\", requests = 3 }";
    let text = SMALL
        .replace("{ kind = \"nearest_with_fallback\", queue_threshold = 1.0 }", rules)
        .replace(
            "[policy.random]\nrouter = { kind = \"random\" }",
            &format!("[policy.random]\nrouter = {rules}"),
        )
        .replace("arrangement = \"paired\"", "arrangement = \"paired\"\nname = \"pairs\"");
    let graded = study(&scenario(&text), 0);
    let rejected = graded.truth_of("spill", "rejected_share").expect("a truth");
    assert!(rejected.value_control > 0.05, "the limit never bound");
    for row in graded.estimates.iter() {
        if let Some(parts) = row.decomposition {
            assert_eq!((parts.spillover_on_control, parts.dilution_on_treated), (0.0, 0.0), "{row:?}");
        }
    }
}

#[test]
fn the_parts_of_every_error_sum_to_it() {
    // Strata of five and four clusters, treated by half: the arms' shares differ between strata.
    let mut text = SMALL.replace(
        "arrangement = \"paired\"\nby = \"size\"",
        "arrangement = \"paired\"\nby = \"pair\"\n[[design]]\nkind = \"cluster\"\nname = \"strata\"\narrangement = \"stratified\"\nby = \"size\"",
    );
    let first = text.find("[[cluster]]").expect("clusters");
    let after = text.find("[policy.random]").expect("policies");
    let clusters: String = (0..10)
        .map(|at| {
            let size = if at < 5 { "big" } else { "small" };
            format!(
                "[[cluster]]\nname = \"k{at}\"\nregion = \"r{at}\"\nreplicas = 1\nengine = \"tight\"\n\
                 attributes = {{ size = \"{size}\", pair = \"{}\" }}\n",
                at / 2
            )
        })
        .collect();
    text.replace_range(first..after, &clusters);
    let scenario = scenario(&text);
    let graded = study(&scenario, 0);
    let mut split = 0;
    for row in &graded.estimates {
        if let (Some(parts), Ok(estimate), Some(truth)) = (row.decomposition, row.result, row.paired_truth) {
            let sum = parts.sampling_part + parts.spillover_on_control + parts.dilution_on_treated;
            // Rounding of a handful of sums of the size of the values themselves.
            let scale = 1e-9 * (1.0 + estimate.effect.abs() + truth.abs());
            assert!((sum - parts.error).abs() <= scale, "{row:?}");
            assert!((estimate.effect - truth - parts.error).abs() <= scale, "{row:?}");
            split += 1;
        }
    }
    assert!(split > 200, "only {split} estimates were split");
    let blocked =
        graded.estimates.iter().filter(|row| row.result.is_ok_and(|result| result.vcov == "blocked"));
    assert!(blocked.count() > 20, "the strata were never estimated");
}

#[test]
fn a_new_user_changes_nobody_elses_requests() {
    let per_user = SMALL.replace("rate = \"12/s\"", "rate_per_user = \"0.1/s\"");
    let old = requests(&per_user);
    let new = requests(&per_user.replace("count = 120", "count = 121"));
    let others: Vec<Request> = new.iter().copied().filter(|request| request.user != UserId(120)).collect();
    let plain = |request: &Request| Request { index: 0, ..*request };
    assert_eq!(old.iter().map(plain).collect::<Vec<_>>(), others.iter().map(plain).collect::<Vec<_>>());
    assert!(new.len() > old.len(), "the new user never sent anything");
}

#[test]
fn a_new_attribute_policy_or_design_changes_no_draw() {
    let extended = SMALL
        .replace("attributes = { size = \"small\" }", "attributes = { size = \"small\", colour = \"red\" }")
        .replace("[policy.random]", "[policy.other]\nrouter = { kind = \"round_robin\" }\n[policy.random]")
        .replace("[study]", "[[design]]\nkind = \"request\"\nname = \"ten percent\"\nshare = 0.1\n[study]");
    assert_eq!(requests(SMALL), requests(&extended));
    let (old, new) = (study(&scenario(SMALL), 0), study(&scenario(&extended), 0));
    for row in &old.estimates {
        let same = new.estimates.iter().find(|other| {
            (&other.candidate, &other.design, &other.estimator, other.metric, other.replication)
                == (&row.candidate, &row.design, &row.estimator, row.metric, row.replication)
        });
        assert_eq!(same.map(|other| &other.result), Some(&row.result), "{} {}", row.design, row.metric);
    }
}

#[test]
fn a_fleet_that_is_always_over_its_boundary_is_not_taken_for_one_that_never_was() {
    // So much traffic that every window of every cluster is a breach from the first on: one episode that begins in the
    // warm-up and outlasts the study.
    let text =
        SMALL.replace("rate = \"12/s\"", "rate = \"300/s\"").replace("replications = 4", "replications = 2");
    let graded = study(&scenario(&text), 0);
    let breaches =
        graded.boundary.iter().filter(|row| row.design == "all:random" && row.kind == "slo_breach");
    let mut clusters = 0;
    for row in breaches.filter(|row| row.replication == 0) {
        // Whole windows of 10 s lie in the measured time from 20 s to 240 s.
        assert_eq!((row.count, row.seconds), (1, 220.0), "{row:?}");
        clusters += 1;
    }
    assert_eq!(clusters, 4);
    let verdicts = contention::readout::verdicts(&graded, graded.truth[0].metric);
    assert!(!verdicts[0].boundary.contains("never reached"), "{}", verdicts[0].boundary);
}

#[test]
fn windows_cut_by_the_warm_up_or_the_horizon_are_left_out_of_rates_and_shares() {
    // Windows of 7 s: the measured time from 20 s to 240 s holds whole ones from 21 s to 238 s.
    let scenario = scenario(&format!("{SMALL}[record]\nwindow = \"7 s\"\n"));
    let replication = contention::study::replicate(&scenario, 0);
    let truth = |metric: &str| {
        replication
            .truth
            .iter()
            .find(|row| row.metric == metric)
            .map(|row| row.value_control)
            .expect("a value")
    };
    let world = replication.timeline.iter().filter(|row| row.world == "all:random");
    let whole: Vec<_> = world.filter(|row| row.start_s >= 20.0 && row.start_s + 7.0 <= 240.0).collect();
    assert_eq!(whole.len(), 4 * 31);
    let used: u64 = whole.iter().map(|row| u64::from(row.kv_used)).sum();
    let capacity: u64 = whole.iter().map(|row| row.kv_capacity).sum();
    // The same whole numbers, divided.
    assert!((truth("kv_used_share") - used as f64 / capacity as f64).abs() < 1e-12);
    let counted =
        replication.boundary.iter().filter(|row| row.design == "all:random" && row.kind == "kv_exhaustion");
    let episodes: u64 = counted.map(|row| row.count).sum();
    let cluster_hours = 4.0 * 217.0 / 3600.0;
    assert!(episodes > 0 && (truth("kv_exhaustion_per_hour") - episodes as f64 / cluster_hours).abs() < 1e-9);
}
