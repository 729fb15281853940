//! `analyze` and `score` as a user meets them: golden numbers through the command line, our own logs, mistakes, the page.

use std::path::Path;
use std::process::Output;

use contention::estimate::ESTIMATORS;
use serde_json::Value;

use crate::command_line::{contention, folder, json};
use crate::determinism::SMALL;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write(folder: &Path, name: &str, content: &str) {
    std::fs::write(folder.join(name), content).expect("writable");
}

fn run(folder: &Path, words: &str) -> Output {
    contention(folder, &words.split_whitespace().collect::<Vec<_>>())
}

/// The rows of an analysis.
fn rows(folder: &Path, words: &str) -> Vec<Value> {
    let document = json(&run(folder, &format!("analyze {words} --json")));
    document["rows"].as_array().expect("rows").clone()
}

/// The methods of an analysis that ran.
fn ran(rows: &[Value]) -> Vec<&str> {
    let is_idle = |row: &&Value| row["reason"].as_str().is_some_and(|reason| reason.starts_with("not run"));
    rows.iter().filter(|row| !is_idle(row)).map(|row| row["estimator"].as_str().expect("a name")).collect()
}

fn codes(document: &Value) -> Vec<String> {
    let warnings = document["warnings"].as_array().expect("warnings");
    warnings.iter().map(|warning| warning["code"].as_str().expect("a code").to_owned()).collect()
}

#[track_caller]
fn close(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().expect("a number");
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
}

#[test]
fn two_arms_from_a_file_agree_with_scipy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/two_arms.json")).expect("JSON");
    let folder = folder();
    let mut csv = String::from("name,arm,y\n");
    for arm in ["treated", "control"] {
        for (at, y) in golden["arms"][arm]["y"].as_array().expect("numbers").iter().enumerate() {
            csv.push_str(&format!("{arm}{at},{arm},{y}\n"));
        }
    }
    write(folder.path(), "two.csv", &csv);
    let case = |wanted: &dyn Fn(&Value) -> bool| {
        golden["cases"].as_array().expect("cases").iter().find(|case| wanted(case)).expect("the case").clone()
    };
    let welch = case(&|case| case["method"] == "welch");
    // One row a unit: the unit is the row, whichever way it is said.
    for words in [
        "--method difference_in_means",
        "--method user_clustered --unit name",
        "--method cluster_means --cluster name",
        "--method switchback_blocks --block name",
    ] {
        let found = rows(folder.path(), &format!("two.csv --outcome y {words}"));
        for (name, expected) in ["estimate", "std_error", "df", "p_value", "conf_low", "conf_high"]
            .iter()
            .zip(welch["values"].as_array().expect("numbers"))
        {
            close(&found[0][name], expected.as_f64().expect("a number"), 1e-9);
        }
        assert_eq!(found[0]["vcov"], "welch");
    }
    let quantile = |arm: &str| {
        case(&|case| case["method"] == "quantile" && case["arm"] == arm && case["p"] == 0.9)["values"]
            .as_f64()
            .expect("a number")
    };
    let found = rows(folder.path(), "two.csv --outcome y --method difference_in_means --quantile 0.9");
    assert_eq!(found[0]["metric"], "y_p90");
    close(&found[0]["estimate"], quantile("treated") - quantile("control"), 1e-9);
}

#[test]
fn rows_of_users_agree_with_their_totals_by_hand() {
    let folder = folder();
    // The users' totals of `the_ratio_of_a_small_arm…`: 2/1, 6/2, 4/3 against 5/2 and 4/4, cut into rows.
    let csv = "u,t,y,n\na,1,2,1\nb,1,1,1\nb,1,5,1\nc,1,4,3\nd,0,2,1\nd,0,3,1\ne,0,4,4\na,1,,1\n";
    write(folder.path(), "users.csv", csv);
    let call = "users.csv --outcome y --denominator n --treatment t --unit u --method user_clustered";
    let document = json(&run(folder.path(), &format!("analyze {call} --json")));
    let row = &document["rows"][0];
    close(&row["estimate"], 2.0 - 1.5, 1e-14);
    // Variances 1/3, and for the controls R = 1.5: residuals 2, −2, Σe² = 8, G(G − 1) = 2, x̄ = 3: 8/2/9.
    close(&row["std_error"], (1.0_f64 / 3.0 + 4.0 / 9.0).sqrt(), 1e-14);
    assert_eq!((&row["n_treat"], &row["n_control"], &row["n_clusters"]), (&3.into(), &2.into(), &5.into()));
    assert_eq!(
        (&row["metric"], &row["unit"], &row["note"]),
        (&"y_per_n".into(), &"u".into(), &"W-FEW".into())
    );
    assert_eq!(document["without_outcome"]["y"], 1);
    assert_eq!(codes(&document), ["W-FEW"]);
}

#[test]
fn our_own_log_gives_the_numbers_of_the_study_and_every_estimate_can_be_scored() {
    let folder = folder();
    let path = folder.path();
    write(path, "small.toml", SMALL);
    let study = run(path, "run small.toml --set study.replications=1 --quiet");
    assert!(study.status.success(), "{}", text(&study.stderr));
    let outputs = std::fs::read_dir(path.join("outputs")).expect("outputs");
    let run_path = outputs.map(|entry| entry.expect("an entry").path()).next().expect("a run");
    let mut estimates = csv::Reader::from_path(run_path.join("estimates.csv")).expect("estimates");
    let header = estimates.headers().expect("a header").clone();
    let study: Vec<Vec<String>> =
        estimates.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    let cell = |row: &[String], name: &str| {
        row[header.iter().position(|known| known == name).expect("a column")].clone()
    };
    let mut compared = 0;
    for design in ["request", "user", "cluster", "switchback"] {
        let world = run(
            path,
            &format!("simulate small.toml --design {design} --log {design}.csv --sealed s.csv --quiet"),
        );
        assert!(world.status.success(), "{}", text(&world.stderr));
        for row in study.iter().filter(|row| cell(row, "design") == design) {
            let (method, metric) = (cell(row, "estimator"), cell(row, "metric"));
            let known = ["ttft_ms_mean", "ttft_ms_p95", "e2e_ms_mean", "queue_wait_ms_p50"];
            if !known.contains(&metric.as_str()) {
                continue;
            }
            let call = format!("{design}.csv --method {method} --outcome {metric} --tag design={design}");
            let found = rows(path, &format!("{call} --out found.json"));
            assert_eq!(found[0]["metric"], metric.as_str());
            for name in ["estimate", "std_error", "df", "p_value", "n_units"] {
                let study = cell(row, name);
                if study.is_empty() {
                    continue;
                }
                assert!(found[0][name].is_number(), "{design} {method} {metric}: {}", found[0]);
                // The same sums in the same order, but for times that lose digits between ps and ms.
                close(&found[0][name], study.parse().expect("a number"), 1e-9);
            }
            compared += 1;
            let score = json(&run(path, "score --truth s.csv --estimates found.json --json"));
            let graded = &score["rows"][0];
            close(&graded["truth"], cell(row, "truth").parse().expect("a number"), 1e-12);
            assert_eq!(graded["candidate"], cell(row, "candidate").as_str());
            let error = graded["estimate"].as_f64().expect("one") - graded["truth"].as_f64().expect("one");
            close(&graded["error"], error, 1e-12);
            assert!(graded["covered"].is_boolean() && graded["decision_right"].is_boolean());
        }
    }
    assert!(compared > 10, "only {compared} estimates were compared");
    let just_works = rows(path, "request.csv --method differences_in_q --outcome ttft_ms");
    assert!(just_works[0]["estimate"].is_number() && just_works[0]["estimand"] == "slope(0.5)");
    let all = rows(path, "switchback.csv --all --outcome ttft_ms");
    let names = ran(&all);
    assert!(names.contains(&"switchback_washout") && !names.contains(&"cluster_means"), "{names:?}");
    for design in ["user", "cluster"] {
        let all = rows(path, &format!("{design}.csv --all --outcome ttft_ms"));
        assert!(ran(&all).iter().all(|name| !name.starts_with("switchback")), "{:?}", ran(&all));
    }
}

#[test]
fn several_replications_are_scored_with_their_monte_carlo_errors() {
    let folder = folder();
    let header = "scenario,scenario_hash,seed,replication,candidate,design,metric,unit,higher_is_better,\
                  value_control,value_candidate,effect\n";
    let truths = [1.5, 1.5, 2.5, 2.5];
    let mut estimates =
        String::from("metric,estimator,replication,estimate,std_error,conf_low,conf_high,p_value\n");
    let given = [(1.0, 1.0, 0.5), (3.0, 1.0, 0.01), (5.0, 1.0, 0.01), (7.0, 2.0, 0.01)];
    let mut call = String::from("score --estimates mine.csv --json");
    for (at, (truth, (estimate, error, p))) in truths.iter().zip(given).enumerate() {
        let row = format!("s,h,1,{at},new,request,goodput,share,1,0,{truth},{truth}\n");
        write(folder.path(), &format!("s{at}.csv"), &format!("{header}{row}"));
        let (low, high) = (estimate - 2.0 * error, estimate + 2.0 * error);
        estimates.push_str(&format!("goodput,mine,{at},{estimate},{error},{low},{high},{p}\n"));
        call.push_str(&format!(" --truth s{at}.csv"));
    }
    write(folder.path(), "mine.csv", &estimates);
    let score = json(&run(folder.path(), &call));
    let found = &score["performance"][0];
    // `four_replications_agree_with_a_calculation_by_hand` in `stats::performance`.
    for (name, value, mcse) in [
        ("bias", 2.0, (13.0_f64 / 12.0).sqrt()),
        ("rmse", 3.0, 32.0_f64.sqrt() / 6.0),
        ("coverage", 0.5, 0.25),
        ("emp_se", (20.0_f64 / 3.0).sqrt(), (20.0_f64 / 18.0).sqrt()),
    ] {
        close(&found[name]["value"], value, 1e-14);
        close(&found[name]["mcse"], mcse, 1e-14);
    }
    // Without standard errors there is no coverage, but a bias.
    write(folder.path(), "mine.csv", "metric,estimate,replication\ngoodput,1,0\ngoodput,3,1\n");
    let score = json(&run(folder.path(), &call));
    assert!(score["performance"][0]["coverage"].is_null());
    close(&score["performance"][0]["bias"]["value"], 0.5, 1e-14);
    assert_eq!(score["rows"][0]["note"], "no interval: give std_error, or conf_low and conf_high");
}

/// Exit code and message of a call that fails.
fn mistake(folder: &Path, words: &str) -> (i32, String) {
    let output = run(folder, words);
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    (output.status.code().expect("a code"), text(&output.stderr))
}

#[test]
fn mistakes_in_a_table_are_told_all_at_once_with_their_places() {
    let folder = folder();
    let path = folder.path();
    write(path, "bad.csv", "unit,arm,y,p\n1,a,1.5,0.5\n2,b,many,0.5\n3,a,2\n4,b,inf,1.5\n\n5,b,7,0.5\n");
    let call = "analyze bad.csv --method difference_in_means --outcome y --propensity p";
    let (code, said) = mistake(path, call);
    assert_eq!(code, 3);
    for line in [
        "bad.csv:3:5: y: found \"many\"; allowed: a number, or nothing",
        "bad.csv:4: row: found 3 cells; allowed: 4 cells, as in the header",
        "bad.csv:5:5: y: found \"inf\"",
        "bad.csv:5:9: p: found \"1.5\"; allowed: a number from 0 to 1",
        "4 problems",
    ] {
        assert!(said.contains(line), "no {line} in\n{said}");
    }
    write(path, "ok.csv", "unit,arm,y,z\n1,a,1,1\n2,b,2,1\n3,a,4,2\n4,b,3,2\n");
    for (words, code, parts) in [
        ("--outcome yy --method user_clustered", 3, vec!["\"yy\"", "did you mean `y`", "unit, arm, y, z"]),
        (
            "--outcome yy --cluster clus --where a=1 --method user_clustered",
            3,
            vec!["--outcome", "--cluster", "--where"],
        ),
        ("--outcome y --method diff_in_means", 2, vec!["did you mean `difference_in_means`"]),
        ("--outcome y", 2, vec!["--method", "--all", "--list"]),
        ("--method user_clustered", 2, vec!["--outcome"]),
        (
            "--outcome y --treatment z --control 3 --method user_clustered",
            3,
            vec!["no row with \"3\"", "\"1\", \"2\""],
        ),
        ("--outcome y --treatment z --method user_clustered", 3, vec!["\"1\", \"2\"", "--control VALUE"]),
        ("--outcome y --treatment unit --method user_clustered", 3, vec!["two distinct values"]),
        ("--outcome y --method user_clustered --option lag=3", 3, vec!["--option lag=3", "no settings"]),
        ("--outcome y --method differences_in_q --option bin=3", 3, vec!["did you mean `bins`"]),
        ("--outcome y --method differences_in_q --option bins=many", 3, vec!["whole number from 1 to 200"]),
        ("--outcome y --method user_clustered --quantile 95", 3, vec!["--quantile 95", "between 0 and 1"]),
        ("--outcome y --method user_clustered --strata z", 0, vec![]),
        ("--outcome y --method user_clustered --where z=9", 3, vec!["no row with this value"]),
        ("--outcome y --method user_clustered --tag desing=a", 2, vec!["did you mean `design`"]),
    ] {
        let output = run(path, &format!("analyze ok.csv {words}"));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words}: {said}");
        for part in parts {
            assert!(said.contains(part), "{words}: no {part} in\n{said}");
        }
    }
    write(path, "empty.csv", "");
    write(path, "semicolons.csv", "arm;y\na;1\n");
    write(path, "bare.csv", "arm,y\n");
    write(path, "many.csv", &format!("arm,y\n{}", "a,x\n".repeat(100)));
    let call =
        |name: &str| mistake(path, &format!("analyze {name} --method difference_in_means --outcome y"));
    assert!(call("empty.csv").1.contains("an empty file") && call("empty.csv").0 == 3);
    assert!(call("semicolons.csv").1.contains("one column, \"arm;y\"; allowed: cells with commas"));
    assert!(call("bare.csv").1.contains("no rows") && call("bare.csv").0 == 3);
    // A column of words is one mistake: three cells are shown, the others counted.
    assert!(call("many.csv").1.contains("and 97 more such cells"));
    assert_eq!(call("missing.csv").0, 2);
}

#[test]
fn mistakes_in_estimates_are_told_with_what_is_known() {
    let folder = folder();
    let path = folder.path();
    let header = "scenario,scenario_hash,seed,replication,candidate,design,metric,unit,higher_is_better,\
                  value_control,value_candidate,effect\n";
    let row = |candidate: &str, metric: &str| format!("s,h,1,0,{candidate},,{metric},ms,0,3,2,-1\n");
    let two = [row("new", "ttft_ms_mean"), row("newer", "ttft_ms_mean")].concat();
    write(path, "one.csv", &format!("{header}{}", row("new", "ttft_ms_mean")));
    write(path, "two.csv", &format!("{header}{two}"));
    write(path, "other.csv", &format!("{header}{}", row("new", "ttft_ms_mean").replace(",h,1", ",h,2")));
    for (truth, estimates, parts) in [
        (
            "one.csv",
            "metric,estimate\nttft_ms_men,1\n",
            vec!["mine.csv:2: metric", "did you mean `ttft_ms_mean`"],
        ),
        (
            "one.csv",
            "metrik,value\nttft_ms_mean,1\n",
            vec!["no column metric (did you mean `metrik`?), estimate"],
        ),
        ("one.csv", "metric,estimate,std_error\nttft_ms_mean,x,-1\n", vec!["\"x\"", "\"-1\""]),
        ("one.csv", "metric,estimate,candidate\nttft_ms_mean,1,mew\n", vec!["did you mean `new`"]),
        ("one.csv", "metric,estimate,replication\nttft_ms_mean,1,7\n", vec!["sealed replications 0"]),
        ("one.csv", "metric,estimate,conf_low,conf_high\nttft_ms_mean,1,2,1\n", vec!["2 above 1"]),
        ("two.csv", "metric,estimate\nttft_ms_mean,1\n", vec!["a column candidate with one of new, newer"]),
        (
            "one.csv --truth other.csv",
            "metric,estimate\nttft_ms_mean,1\n",
            vec!["seed 2", "seed 1, as in the first"],
        ),
        ("mine.csv", "metric,estimate\nttft_ms_mean,1\n", vec!["no column scenario", "--sealed FILE"]),
    ] {
        write(path, "mine.csv", estimates);
        let (code, said) = mistake(path, &format!("score --truth {truth} --estimates mine.csv"));
        assert_eq!(code, 3, "{said}");
        for part in parts {
            assert!(said.contains(part), "no {part} in\n{said}");
        }
    }
}

#[test]
fn warnings_say_what_was_seen() {
    let folder = folder();
    let path = folder.path();
    let mut csv = String::from("time,user,arm,p,y,b\n");
    for at in 0..400 {
        // Users 0, 1, 2 of four got the candidate, although the probability was a half.
        let user = at % 100;
        let arm = if user % 4 < 3 { "on" } else { "off" };
        csv.push_str(&format!("{},u{user},{arm},0.5,{}.5,{}\n", 400 - at, (at * 7) % 13, at % 2));
    }
    write(path, "log.csv", &csv);
    let call = "analyze log.csv --outcome y --unit user --time time --propensity p --treatment arm";
    let document = json(&run(path, &format!("{call} --method difference_in_means,user_clustered --json")));
    assert_eq!(codes(&document), ["W-UNIT", "W-ORDER", "W-SRM"]);
    assert_eq!(document["rows"][0]["note"], "W-UNIT");
    assert!(document["rows"][1]["note"].is_null());
    let output = run(path, &format!("{call} --method difference_in_means"));
    assert!(text(&output.stderr).contains("only 100 units of `user`"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("Believe with care: W-UNIT"));
    let refused =
        run(path, "analyze log.csv --outcome y --treatment arm --block b --method switchback_blocks --json");
    let row = &json(&refused)["rows"][0];
    assert_eq!(row["note"], "ne:mixed_arms");
    assert!(row["estimate"].is_null() && row["reason"].as_str().expect("one").contains("rows of both arms"));
    let missing = rows(path, "log.csv --outcome y --treatment arm --time time --method differences_in_q");
    assert_eq!(missing[0]["note"], "ne:missing_column:state");
    assert!(missing[0]["reason"].as_str().expect("one").ends_with("name it by --state"));
}

#[test]
fn outcomes_are_adjusted_within_their_families() {
    let folder = folder();
    let path = folder.path();
    let mut csv = String::from("arm,a,b,c,d\n");
    for at in 0..60 {
        let noise = |k: u32| f64::from((at * k) % 17);
        let shift = if at % 2 == 0 { 1.0 } else { 0.0 };
        csv.push_str(&format!(
            "{},{},{},{},{}\n",
            at % 2,
            noise(5) + 4.0 * shift,
            noise(7) + 3.0 * shift,
            noise(11) + 3.0 * shift,
            noise(3)
        ));
    }
    write(path, "log.csv", &csv);
    let found = rows(path, "log.csv --method difference_in_means --primary a,b --secondary c,d");
    let p: Vec<f64> = found.iter().map(|row| row["p_value"].as_f64().expect("p")).collect();
    let (low, high) = (p[0].min(p[1]), p[0].max(p[1]));
    let holm = |p: f64| if p == low { 2.0 * low } else { high.max(2.0 * low) };
    let (first, last) = (p[2].min(p[3]), p[2].max(p[3]));
    let bh = |p: f64| if p == last { last } else { last.min(2.0 * first) };
    for (row, expected) in found.iter().zip([holm(p[0]), holm(p[1]), bh(p[2]), bh(p[3])]) {
        close(&row["p_adjusted"], expected.min(1.0), 1e-14);
    }
    let families: Vec<&str> = found.iter().map(|row| row["family"].as_str().expect("one")).collect();
    assert_eq!(families, ["primary", "primary", "secondary", "secondary"]);
}

#[test]
fn the_list_is_complete_and_tells_needs_and_settings() {
    let folder = folder();
    let list = json(&run(folder.path(), "analyze --list --json"));
    let methods = list["methods"].as_array().expect("methods");
    let names: Vec<&str> = methods.iter().map(|method| method["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ESTIMATORS.iter().map(|spec| spec.name).collect::<Vec<_>>());
    let page = text(&run(folder.path(), "analyze --list").stdout);
    for spec in ESTIMATORS {
        assert!(page.contains(&format!("\n{} (", spec.name)), "{page}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 80));
    let q = methods.iter().find(|method| method["name"] == "differences_in_q").expect("listed");
    assert_eq!((&q["needs"][0], &q["needs"][1]), (&"--time".into(), &"--state".into()));
    // As many bins as states are seen often enough, from the data.
    assert!(q["options"]["bins"].is_null() && q["options"].get("bins").is_some());
    assert!(q["options"]["lags"].is_null() && q["options"].get("lags").is_some());
}
