//! The edges of studies: designs without a test or an answer, replications without a truth, goals that are missed, and what
//! is said of each.

use std::fs;
use std::path::Path;
use std::process::Output;

use contention::estimate::Estimand;
use contention::scenario::Scenario;
use contention::stats::NotEstimable;
use contention::study::{Graded, replicate, score};
use serde_json::Value;

use crate::command_line::{contention, folder, json};
use crate::determinism::{SMALL, scenario};

/// A fleet of four clusters that is fast to simulate.
const FAST: &str = r#"
name = "fast"
question = "Does every design have a row?"
control = "a"
[workload]
rate = "6/s"
[workload.class]
prompt = { kind = "exponential", mean = 400, max = 3000 }
output = { kind = "fixed", tokens = 40 }
context_tokens = 4000
[users]
count = 100
[[cluster]]
name = "a"
region = "us"
replicas = 1
engine = "bench-8b"
[[cluster]]
name = "b"
region = "eu"
replicas = 1
engine = "bench-8b"
[[cluster]]
name = "c"
region = "ap"
replicas = 1
engine = "bench-8b"
[[cluster]]
name = "d"
region = "oc"
replicas = 1
engine = "bench-8b"
[policy.a]
[policy.b]
demand = { kind = "shorter", prompt_factor = 0.5 }
[study]
replications = 4
duration = "1 min"
warm_up = "10 s"
primary = "ttft_ms_mean"
metrics = ["served_share"]
"#;

/// A request every half a minute: some replications measure none.
const SPARSE: &str = r#"
name = "sparse"
question = "What of replications in which nothing is measured?"
control = "a"
[workload]
rate = "0.05/s"
[workload.class]
prompt = { kind = "exponential", mean = 400, max = 3000 }
output = { kind = "fixed", tokens = 10 }
context_tokens = 4000
[users]
count = 10
[[cluster]]
name = "c"
replicas = 1
engine = "bench-8b"
[policy.a]
[policy.b]
demand = { kind = "shorter", prompt_factor = 0.5 }
[[design]]
kind = "request"
[study]
replications = 40
duration = "1 min"
primary = "ttft_ms_mean"
metrics = ["served_share"]
"#;

const ALTERNATING: &str = "[[design]]\nkind = \"switchback\"\nblock = \"10 s\"\norder = \"alternating\"\n";

fn written(folder: &Path, text: &str) -> &'static str {
    fs::write(folder.join("s.toml"), text).expect("writable");
    "s.toml"
}

fn graded(scenario: &Scenario) -> Graded {
    score(scenario, (0..scenario.study.replications).map(|number| replicate(scenario, number)).collect())
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    (text(&output.stdout), text(&output.stderr))
}

/// Lines of a table in the only directory below `out` whose first cells are these.
fn lines(out: &Path, table: &str, with: &str) -> Vec<String> {
    let run = fs::read_dir(out).expect("a folder").next().expect("a run").expect("an entry").path();
    let text = fs::read_to_string(run.join(table)).expect("a table");
    text.lines().filter(|line| line.contains(with)).map(str::to_owned).collect()
}

#[test]
fn an_alternating_switchback_has_no_test_and_every_verb_says_so() {
    let text = format!("{FAST}{ALTERNATING}");
    let study = graded(&scenario(&text));
    let few = NotEstimable::FewAssignments;
    assert!(study.estimates.len() > 4 && study.estimates.iter().all(|row| row.result == Err(few)));
    let nulls: Vec<_> = study.estimates.iter().filter_map(|row| row.null).collect();
    assert!(!nulls.is_empty() && nulls.iter().all(|null| *null == Err(few)));
    let folder = folder();
    let file = written(folder.path(), &text);
    let (_, warned) = said(&contention(folder.path(), &["check", file]));
    assert!(warned.contains("W-ALTERNATING") && warned.contains("random, complete, balanced"), "{warned}");
    let (shown, _) = said(&contention(folder.path(), &["run", file]));
    assert!(shown.contains("switchback / switchback_blocks: not graded: so few assignments"), "{shown}");
    let power = contention(folder.path(), &["power", file, "--replications", "3", "--out", "p"]);
    let (shown, _) = said(&power);
    assert!(shown.contains("switchback: not graded: so few assignments"), "{shown}");
    // Blocks that are recommended have a test.
    assert!(!shown.contains("alternating of") && !shown.contains("alternating order"), "{shown}");
}

#[test]
fn every_design_has_a_row_or_the_reason_why_not() {
    let designs: String = ["request", "cluster_switchback", "saturation", "experiment_of_experiments"]
        .map(|kind| format!("[[design]]\nkind = \"{kind}\"\n"))
        .concat()
        .replace("\"cluster_switchback\"\n", "\"cluster_switchback\"\nblock = \"10 s\"\n");
    let folder = folder();
    let file = written(folder.path(), &format!("{FAST}{designs}"));
    let found = json(&contention(folder.path(), &["run", file, "--json", "--quiet", "--out", "r"]));
    let findings = found["verdicts"][0]["findings"].as_array().expect("findings").clone();
    let of = |design: &str| -> Vec<Value> {
        findings.iter().filter(|finding| finding["design"] == design).cloned().collect()
    };
    for design in ["request", "cluster_switchback", "saturation"] {
        assert!(!of(design).is_empty(), "{design}");
    }
    let [halves] = of("experiment_of_experiments").try_into().expect("one row");
    assert_eq!((&halves["estimator"], &halves["standing"]), (&"none".into(), &"no answer".into()));
    assert!(halves["reason"].as_str().expect("one").contains("another effect than that of a launch"));
    let row = lines(&folder.path().join("r"), "performance.csv", "b,experiment_of_experiments,none,");
    assert!(row.len() == 1 && row[0].contains("not graded: its estimators"), "{row:?}");
    let power = ["power", file, "--replications", "3", "--out", "p", "--json", "--quiet"];
    let plan = json(&contention(folder.path(), &power));
    for design in ["cluster_switchback", "saturation", "experiment_of_experiments"] {
        let rows = plan["candidates"][0]["designs"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["design"] == design).expect("a row");
        assert!(row["note"].as_str().is_some_and(|note| note.starts_with("not graded: ")), "{row}");
        assert_eq!(lines(&folder.path().join("p"), "power.csv", &format!(",{design},")).len(), 1);
    }
}

#[test]
fn saturation_estimands_are_graded_against_their_own_truth_without_a_curve() {
    let design = "[[design]]\nkind = \"saturation\"\n";
    let text = format!("{FAST}{design}[[estimator]]\nkind = \"saturation_total\"\n");
    let with = scenario(&text);
    assert_eq!((with.curve_shares(), with.worlds()), (vec![0.25, 0.75], 5));
    let study = replicate(&with, 0);
    let own = Estimand::Total { share: Some(0.75), from: 0.25 };
    let row = study.estimates.iter().find(|row| row.estimand == own).expect("a row");
    assert!(row.paired_truth.is_some());
    // Nobody asks for them: nothing more is simulated.
    let without = scenario(&format!("{FAST}{design}"));
    assert_eq!((without.curve_shares(), without.worlds()), (vec![], 3));
}

#[test]
fn replications_without_a_truth_are_counted_as_dropped() {
    let folder = folder();
    let file = written(folder.path(), SPARSE);
    let found = json(&contention(folder.path(), &["run", file, "--json", "--quiet", "--out", "r"]));
    let verdict = &found["verdicts"][0];
    let known = verdict["truth_replications"].as_u64().expect("a number");
    assert!((2..40).contains(&known), "{known}");
    let (shown, _) = said(&contention(folder.path(), &["run", file, "--quiet", "--out", "r"]));
    assert!(shown.contains(&format!("over {known} of 40 replications")), "{shown}");
    let answered = &verdict["findings"][0]["performance"]["n_replications"];
    if let Some(answered) = answered.as_u64() {
        assert!(shown.contains(&format!("{answered} of 40 replications gave an estimate")), "{shown}");
    }
    let (shown, _) = said(&contention(folder.path(), &["truth", file, "--quiet"]));
    assert!(shown.contains(&format!("(in {known} of 40 replications)")), "{shown}");
    for row in lines(&folder.path().join("r"), "performance.csv", "b,request,") {
        let cells: Vec<&str> = row.split(',').collect();
        let count = |at: usize| cells[at].parse::<u32>().expect("a number");
        assert_eq!(count(6) + count(7), 40, "{row}");
    }
}

#[test]
fn a_missed_precision_ends_with_code_4_and_the_run_can_be_looked_at_afterwards() {
    let folder = folder();
    let text = format!("{FAST}[[design]]\nkind = \"request\"\n");
    let file = written(folder.path(), &text);
    let missed = ["run", file, "--precision", "bias:0.001ms", "--max-replications", "6"];
    let output = contention(folder.path(), &missed);
    assert_eq!(output.status.code(), Some(4));
    let (shown, warned) = said(&output);
    assert!(shown.contains("Precision bias:0.001ms: not reached: the largest"), "{shown}");
    assert!(warned.contains("error: --precision bias:0.001ms: not reached"), "{warned}");
    let again = contention(folder.path(), &[&missed[..], &["--json"]].concat());
    assert_eq!(again.status.code(), Some(4));
    let document: Value = serde_json::from_slice(&again.stdout).expect("one document");
    assert_eq!(document["precision"]["reached"], false);
    let plain = contention(folder.path(), &["run", file]);
    let (shown, warned) = said(&plain);
    assert!(plain.status.success() && shown.contains("over 6 replications"), "{warned}");
    assert!(warned.contains("holds this study with 6 replications"), "{warned}");
    let reached = ["run", file, "--precision", "bias:1000ms", "--out", "other"];
    let output = contention(folder.path(), &reached);
    let (shown, _) = said(&output);
    assert!(output.status.success() && shown.contains("Precision bias:1000ms: reached"), "{shown}");
}

#[test]
fn a_precision_with_a_silent_design_is_not_known_and_small_segments_do_not_count() {
    let folder = folder();
    let file = written(folder.path(), &format!("{FAST}[[design]]\nkind = \"request\"\n{ALTERNATING}"));
    let output = contention(folder.path(), &["run", file, "--precision", "bias:1000ms"]);
    assert_eq!(output.status.code(), Some(4));
    let (shown, _) = said(&output);
    assert!(shown.contains("not known: the largest") && shown.contains("of switchback / "), "{shown}");
    // The tier that hardly anybody has is never known well; the goal is about everybody.
    let tiers =
        "[[users.tier]]\nname = \"most\"\nshare = 0.97\n[[users.tier]]\nname = \"few\"\nshare = 0.03\n";
    let text = format!("{FAST}{tiers}[[design]]\nkind = \"request\"\n");
    let file = written(folder.path(), &text);
    let segmented = ["run", file, "--set", "study.segments=[\"tier\"]", "--out", "t", "--json", "--quiet"];
    let whole = ["run", file, "--out", "w", "--json", "--quiet"];
    let goal = ["--precision", "bias:12ms", "--max-replications", "400"];
    let count = |call: &[&str]| {
        json(&contention(folder.path(), &[call, &goal].concat()))["replications"].as_u64().expect("a number")
    };
    assert_eq!(count(&segmented), count(&whole));
}

#[test]
fn scores_need_no_standard_error_and_a_second_row_of_one_replication_is_named() {
    let folder = folder();
    let header = "scenario,scenario_hash,seed,replication,candidate,design,metric,unit,higher_is_better,\
                  value_control,value_candidate,effect\n";
    let mut call: Vec<String> = ["score", "--estimates", "mine.csv", "--json"].map(str::to_owned).into();
    for (at, truth) in [1.0, 1.2, 0.8, 1.0].into_iter().enumerate() {
        let row = format!("s,h,1,{at},new,request,goodput,share,1,0,{truth},{truth}\n");
        fs::write(folder.path().join(format!("s{at}.csv")), format!("{header}{row}")).expect("writable");
        call.extend(["--truth".to_owned(), format!("s{at}.csv")]);
    }
    let call: Vec<&str> = call.iter().map(String::as_str).collect();
    let estimates = |text: &str| fs::write(folder.path().join("mine.csv"), text).expect("writable");
    let value = |found: &Value, name: &str| found["performance"][0][name]["value"].as_f64();
    estimates("metric,estimate,replication\ngoodput,2,0\ngoodput,3,1\ngoodput,-1,2\ngoodput,4,3\n");
    let found = json(&contention(folder.path(), &call));
    // By hand: the mean 2 of 2, 3, -1, 4 has the variance 14/3; the truth is 1 ± 0.08.
    for (name, expected) in [("bias", 1.0), ("rel_bias", 1.0), ("sign_error", 0.25)] {
        assert!((value(&found, name).expect(name) - expected).abs() < 1e-12, "{name}: {found}");
    }
    assert!((value(&found, "emp_se").expect("emp_se") - (14.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    for name in ["coverage", "model_se", "power_or_size", "wrong_decision"] {
        assert!(value(&found, name).is_none(), "{name}");
    }
    // Each interval holds the truth of its own replication, and only two hold the mean of the truths.
    estimates(
        "metric,estimate,conf_low,conf_high,replication\ngoodput,1,0.9,1.1,0\ngoodput,1.2,1.1,1.3,1\n\
         goodput,0.8,0.7,0.9,2\ngoodput,1,0.9,1.1,3\n",
    );
    let found = json(&contention(folder.path(), &call));
    assert_eq!(value(&found, "coverage"), Some(1.0));
    assert!(found["rows"].as_array().expect("rows").iter().all(|row| row["covered"] == true));
    estimates("metric,estimate,replication\ngoodput,2,0\ngoodput,3,1\ngoodput,2,0\n");
    let output = contention(folder.path(), &call);
    let (_, warned) = said(&output);
    assert_eq!(output.status.code(), Some(3));
    assert!(warned.contains("mine.csv:4") && warned.contains("mine.csv:2"), "{warned}");
}

#[test]
fn one_policy_has_a_report_of_its_own_and_run_says_which_verbs_to_use() {
    let folder = folder();
    let alone = FAST.split("[policy.b]").next().expect("a beginning").to_owned()
        + &FAST[FAST.find("[study]").expect("a study")..];
    let file = written(folder.path(), &alone);
    let (shown, warned) = said(&contention(folder.path(), &["truth", file]));
    assert!(shown.contains("a, the only policy") && shown.contains("ttft_ms_mean"), "{shown}");
    assert!(!warned.contains("W-FEW"), "{warned}");
    let found = json(&contention(folder.path(), &["truth", file, "--json", "--quiet"]));
    let first = &found["values"][0];
    assert!(first["value"].is_number() && first["se"].is_number() && first["n_replications"] == 4, "{found}");
    let refused = contention(folder.path(), &["run", file]);
    let (_, warned) = said(&refused);
    assert_eq!(refused.status.code(), Some(2));
    assert!(warned.contains("contention truth") && warned.contains("contention simulate"), "{warned}");
}

#[test]
fn an_effect_without_a_sign_is_an_improvement_and_unknown_shares_are_marked() {
    let folder = folder();
    let file = written(folder.path(), FAST);
    let plan = |effect: &str| {
        let call = ["power", file, "--replications", "3", "--quiet", "--effect", effect];
        said(&contention(folder.path(), &call)).0
    };
    let found = plan("5ms");
    assert!(found.starts_with("To find -5.00 ms on ttft_ms_mean (lower is better)"), "{found}");
    // No design of the scenario's own: nobody measured what requests and users find.
    assert!(found.contains("unknown") && found.contains("* What this design finds"), "{found}");
    assert!(plan("+5ms").starts_with("To find +5.00 ms on"));
    assert!(!found.contains("best switchback"));
}

#[test]
fn warnings_come_once_and_where_they_apply() {
    let folder = folder();
    let file = written(folder.path(), &format!("{FAST}[[design]]\nkind = \"request\"\n"));
    let warned = |call: &[&str]| said(&contention(folder.path(), call)).1;
    for call in [&["simulate", file][..], &["explain", file], &["truth", file]] {
        assert!(!warned(call).contains("W-FEW"), "{call:?}");
    }
    assert!(warned(&["check", file]).contains("W-FEW"));
    let text = warned(&["check", file, "--set", "workload.rate=4000/s"]);
    assert_eq!(text.matches("W-OVERLOAD").count(), 1, "{text}");
    assert!(text.contains("4 of 4 clusters") && text.contains("d "), "{text}");
}

#[test]
fn explain_says_why_the_rate_is_not_the_given_one_and_counts_the_worlds() {
    let folder = folder();
    let file = written(folder.path(), FAST);
    let explained = |set: &[&str]| said(&contention(folder.path(), &[&["explain", file], set].concat())).0;
    assert!(!explained(&[]).contains("times the given rate"));
    let long = ["--set", "workload.profile=business_code", "--set", "study.duration=14 d"];
    let text = explained(&long);
    // Ten weekdays at 1 and four weekend days at 0.325.
    assert!(text.contains("That is 0.81 times the given rate"), "{text}");
    assert!(text.contains("Each replication simulates 2 worlds"), "{text}");
}

#[test]
fn rates_of_events_are_of_the_fleet_on_the_terminal_and_on_the_page() {
    let folder = folder();
    fs::write(folder.path().join("s.toml"), SMALL).expect("writable");
    let (shown, _) = said(&contention(folder.path(), &["run", "s.toml", "--quiet", "--out", "r"]));
    let words: Vec<&str> = shown.split("all:random ").last().expect("a table").split(' ').take(2).collect();
    let run = fs::read_dir(folder.path().join("r")).unwrap().next().unwrap().unwrap().path();
    let page = fs::read_to_string(run.join("report.html")).expect("a page");
    let effects = page.split("all clusters together, where everybody gets one").nth(2).expect("a table");
    let row = effects.split("<tr>").find(|row| row.contains(">kv exhaustion<")).expect("a row");
    assert!(words[0] != "0" && row.contains(&format!(">{}<", words[0])), "{words:?} in {row}");
    assert!(shown.contains("fleet events / h"));
}
