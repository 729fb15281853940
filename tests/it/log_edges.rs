//! The edges of a log: labels of any kind and order, arms of any name and number, columns in the wrong role. The files of the
//! field list are written here in small, and the expected numbers are theirs.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::command_line::{contention, folder, json};

fn write(folder: &Path, name: &str, content: &str) {
    std::fs::write(folder.join(name), content).expect("writable");
}

fn run(folder: &Path, words: &str) -> Output {
    contention(folder, &words.split_whitespace().collect::<Vec<_>>())
}

fn document(folder: &Path, words: &str) -> Value {
    json(&run(folder, &format!("analyze {words} --json")))
}

/// The only row of an analysis.
fn row(folder: &Path, words: &str) -> Value {
    document(folder, words)["rows"][0].clone()
}

/// Exit code and message of a call that fails.
#[track_caller]
fn refused(folder: &Path, words: &str, code: i32, part: &str) {
    let output = run(folder, &format!("analyze {words}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words}: {said}");
    assert!(said.contains(part), "{words}: no {part} in\n{said}");
}

fn codes(document: &Value) -> Vec<&str> {
    let warnings = document["warnings"].as_array().expect("warnings");
    warnings.iter().map(|warning| warning["code"].as_str().expect("a code")).collect()
}

#[track_caller]
fn close(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().expect("a number");
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// Draws that do not depend on anything but their seed (Numerical Recipes' generator).
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn shuffle<T>(&mut self, rows: &mut [T]) {
        for at in (1..rows.len()).rev() {
            rows.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

/// Blocks with arms and outcomes that drift, the candidate's by 1 higher: `(block, arm, y)` of `each` rows a block.
fn switchback(draws: &mut Draws, blocks: usize, each: usize) -> Vec<(usize, &'static str, f64)> {
    let mut rows = Vec::new();
    for block in 0..blocks {
        let treated = draws.below(2) == 1;
        for _ in 0..each {
            let noise = draws.below(1000) as f64 / 500.0;
            let y = 10.0 + 0.2 * block as f64 + noise + if treated { 1.0 } else { 0.0 };
            rows.push((block, if treated { "new" } else { "old" }, y));
        }
    }
    rows
}

const NUMBERS: [&str; 7] = ["estimate", "std_error", "df", "p_value", "n_treat", "n_control", "n_clusters"];

#[track_caller]
fn same(one: &Value, other: &Value, what: &str) {
    for name in NUMBERS {
        match (one[name].as_f64(), other[name].as_f64()) {
            // Sums in another order.
            (Some(a), Some(b)) => {
                assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{what}: {name} {a} and {b}")
            }
            _ => assert_eq!(one[name], other[name], "{what}: {name}"),
        }
    }
    assert_eq!(one["note"], other["note"], "{what}");
}

/// How a block is written.
type Spelling = fn(usize) -> String;

#[test]
fn the_order_of_rows_and_the_spelling_of_blocks_change_nothing() {
    let folder = folder();
    let path = folder.path();
    let spellings: [(&str, Spelling); 8] = [
        ("numbers", |block| block.to_string()),
        ("padded", |block| format!("{block:04}")),
        ("negative", |block| (block as i64 - 1000).to_string()),
        ("decimals", |block| format!("{}.50", block * 3)),
        ("epochs", |block| (1_700_000_000 + 3600 * block).to_string()),
        ("nineteen digits", |block| (9_223_372_036_854_775_000_u64 + block as u64).to_string()),
        ("times", |block| format!("2024-01-{:02}T{:02}:30:00+02:00", 1 + block / 24, block % 24)),
        ("a mixture", |block| if block % 2 == 0 { format!("{block}.0") } else { format!("+0{block}") }),
    ];
    for seed in 0..12 {
        let mut draws = Draws(seed);
        let mut rows = switchback(&mut draws, 14, 1 + seed as usize % 3);
        let file = |rows: &[(usize, &str, f64)], spell: fn(usize) -> String| {
            let line = |(block, arm, y): &(usize, &str, f64)| format!("{},{arm},{y}\n", spell(*block));
            format!("block,arm,y\n{}", rows.iter().map(line).collect::<String>())
        };
        write(path, "log.csv", &file(&rows, spellings[0].1));
        let call = "log.csv --outcome y --control old --method";
        let methods = ["switchback_regression", "switchback_blocks", "cluster_regression"];
        let before = methods.map(|method| row(path, &format!("{call} {method}")));
        for (name, spell) in spellings {
            draws.shuffle(&mut rows);
            write(path, "log.csv", &file(&rows, spell));
            for (method, before) in methods.iter().zip(&before) {
                let after = row(path, &format!("{call} {method}"));
                same(before, &after, &format!("seed {seed}, {method}, {name}"));
            }
        }
    }
}

#[test]
fn names_of_blocks_get_their_order_from_the_times() {
    let folder = folder();
    let path = folder.path();
    let mut draws = Draws(5);
    let rows = switchback(&mut draws, 12, 3);
    let file = |rows: &[(usize, &str, f64, usize)], spell: &dyn Fn(usize) -> String| {
        let line = |(block, arm, y, time): &(usize, &str, f64, usize)| {
            format!("{},{arm},{y},{time}\n", spell(*block))
        };
        format!("block,arm,y,at\n{}", rows.iter().map(line).collect::<String>())
    };
    let mut timed: Vec<_> = rows.iter().enumerate().map(|(at, (b, arm, y))| (*b, *arm, *y, at)).collect();
    write(path, "log.csv", &file(&timed, &|block| block.to_string()));
    let call = "log.csv --outcome y --control old --method switchback_regression --time at";
    let numbered = row(path, call);
    draws.shuffle(&mut timed);
    // Their bytes have another order than their times.
    let name = |block: usize| format!("{}{block}", ["w", "c", "q"][block % 3]);
    write(path, "log.csv", &file(&timed, &name));
    same(&numbered, &row(path, call), "named");
}

#[test]
fn epochs_out_of_order_give_the_answer_of_the_sorted_file() {
    let folder = folder();
    let path = folder.path();
    // `epoch_blocks_sorted.csv` of the field list.
    let blocks = [
        (0, "a", 10.2),
        (1, "b", 10.9),
        (2, "b", 11.8),
        (3, "a", 10.6),
        (4, "b", 12.3),
        (5, "a", 11.9),
        (6, "a", 11.1),
        (7, "b", 12.9),
        (8, "a", 12.2),
        (9, "b", 13.4),
        (10, "b", 14.6),
        (11, "a", 13.1),
    ];
    let file = |order: [usize; 12]| {
        let line = |at: usize| {
            format!("{},{},{}\n", 1_700_000_000 + 3600 * blocks[at].0, blocks[at].1, blocks[at].2)
        };
        format!("block,arm,y\n{}", order.map(line).concat())
    };
    let call = "log.csv --outcome y --method switchback_regression";
    write(path, "log.csv", &file([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
    let sorted = row(path, call);
    write(path, "log.csv", &file([7, 2, 11, 0, 9, 4, 1, 6, 3, 10, 5, 8]));
    same(&sorted, &row(path, call), "shuffled");
    close(&sorted["estimate"], 2.09, 0.005);
    close(&sorted["p_value"], 0.141, 0.0005);
}

#[test]
fn blocks_named_by_seconds_are_the_same_at_any_number_of_rows() {
    let folder = folder();
    let path = folder.path();
    let mut draws = Draws(11);
    let rows = switchback(&mut draws, 40, 4);
    let call = "log.csv --outcome y --control old --method switchback_regression,switchback_bias_corrected \
                --since-switch s";
    let mut found = Vec::new();
    for times in [1, 10] {
        let mut text = String::from("block,arm,y,s\n");
        for (at, (block, arm, y)) in rows.iter().enumerate() {
            (0..times)
                .for_each(|_| text.push_str(&format!("{},{arm},{y},{}\n", block * 900, (at % 4) * 200)));
        }
        write(path, "log.csv", &text);
        found.push(document(path, call)["rows"].clone());
    }
    let rows = |at: usize| found[at].as_array().expect("rows").clone();
    for (one, ten) in rows(0).iter().zip(&rows(1)) {
        close(&ten["estimate"], one["estimate"].as_f64().expect("one"), 1e-9);
        assert_eq!((&one["n_units"], &one["n_clusters"]), (&ten["n_units"], &ten["n_clusters"]));
    }
}

#[test]
fn arms_and_units_may_be_called_anything() {
    let folder = folder();
    let path = folder.path();
    let mut text = String::from("user,offer,y\n");
    for at in 0..30 {
        text.push_str(&format!("{at},{},{}\n", ["None", "A", "B"][at % 3], 9 + at % 3 + at / 3 % 2));
    }
    write(path, "none.csv", &text);
    let call = "none.csv --outcome y --treatment offer --method difference_in_means";
    refused(path, call, 3, "\"None\", \"A\", \"B\"; allowed: two distinct values");
    let found = document(path, &format!("{call} --control None --candidate B"));
    assert_eq!(found["left_out"]["without_arm"], 0);
    close(&found["rows"][0]["estimate"], 2.0, 1e-12);
    for [control, candidate] in [["NA", "nan"], ["-1", "1"], ["null", "NULL"], ["--", "-"]] {
        let mut text = String::from("u,t,y\n");
        for at in 0..24 {
            let (arm, unit) = ([control, candidate][at / 2 % 2], ["NA", "-1", "nan", "None"][at % 4]);
            text.push_str(&format!("{unit}{},{arm},{}\n", at / 8, at % 5));
        }
        write(path, "names.csv", &text);
        let call = format!("names.csv --outcome y --treatment t --control {control} --unit u");
        let found = document(path, &format!("{call} --candidate {candidate} --method user_clustered"));
        assert_eq!((&found["control"], &found["candidate"]), (&control.into(), &candidate.into()));
        assert_eq!((&found["rows_analysed"], &found["rows"][0]["n_units"]), (&24.into(), &12.into()));
        let one = format!("names.csv --outcome y --treatment t --where t={control} --method user_clustered");
        refused(path, &one, 3, "two distinct values");
    }
}

/// 180 users in thirds, with the same outcomes in every arm.
fn three_arms() -> String {
    let mut text = String::from("user,arm,p_b,y\n");
    for at in 0..180 {
        text.push_str(&format!("{at},{},0.3333333333,{}\n", ["ctl", "b", "c"][at % 3], 9 + at / 3 % 3));
    }
    text
}

#[test]
fn two_of_three_arms_need_the_probabilities_of_both() {
    let folder = folder();
    let path = folder.path();
    write(path, "three.csv", &three_arms());
    let call = "three.csv --outcome y --control ctl --candidate b";
    for propensity in ["p_b", "b=p_b", "b=0.3333333333"] {
        let refused = row(path, &format!("{call} --method horvitz_thompson --propensity {propensity}"));
        assert_eq!(refused["note"], "ne:unknown_propensity", "{propensity}");
        assert!(refused["reason"].as_str().expect("one").contains("--propensity ctl=COLUMN,b=COLUMN"));
    }
    for propensity in ["ctl=0.3333333333,b=p_b", "b=p_b,ctl=p_b", "c=p_b,ctl=0.3333333333,b=0.3333333333"] {
        let found = document(path, &format!("{call} --method horvitz_thompson --propensity {propensity}"));
        close(&found["rows"][0]["estimate"], 0.0, 1e-12);
        assert_eq!(found["rows"][0]["estimand"], "direct(0.5)");
        assert!(codes(&found).is_empty());
    }
    let all = document(path, &format!("{call} --all --propensity p_b"));
    let rows = all["rows"].as_array().expect("rows");
    let weighted = rows.iter().find(|row| row["estimator"] == "hajek").expect("every method has a row");
    assert_eq!(weighted["note"], "ne:unknown_propensity");
    assert!(weighted["reason"].as_str().expect("one").starts_with("not run: "));
    for wrong in ["ctl=0.9,b=0.9", "d=0.3,b=0.3", "ctl=2,b=0.1", "ctl=p_c,b=p_b", "ctl=p_b,ctl=p_b"] {
        refused(path, &format!("{call} --method horvitz_thompson --propensity {wrong}"), 3, "--propensity");
    }
}

#[test]
fn the_sample_ratio_is_that_of_all_arms_against_what_was_expected() {
    let folder = folder();
    let path = folder.path();
    write(path, "three.csv", &three_arms());
    let call = "three.csv --outcome y --control ctl --candidate b --method difference_in_means --unit user";
    for expected in ["--expected 1:1:1", "--expected c=2,b=2,ctl=2", ""] {
        let found = document(path, &format!("{call} {expected}"));
        assert!(codes(&found).is_empty() && found["notes"].as_array().expect("notes").is_empty());
    }
    assert_eq!(codes(&document(path, &format!("{call} --expected 1:1:2"))), ["W-SRM"]);
    refused(path, &format!("{call} --expected 1:1"), 3, "each of the 3 arms ctl, b, c");
    refused(path, &format!("{call} --expected ctl=1,b=1,d=1"), 3, "no row with the arm \"d\"");
    let mut text = String::from("user,arm,y\n");
    for at in 0..750 {
        text.push_str(&format!("{at},{},{}\n", if at % 5 < 3 { "ctl" } else { "b" }, at % 7));
    }
    write(path, "two.csv", &text);
    let call = "two.csv --outcome y --control ctl --method difference_in_means";
    let found = document(path, call);
    assert!(codes(&found).is_empty());
    // (75²/375)·2 = 30 with one degree of freedom: 4.3e-8.
    let note = found["notes"][0].as_str().expect("a note");
    assert!(
        note.contains("450 rows got ctl, 300 got b: if 1:1 was meant, p = 4.32e-8; say --expected"),
        "{note}"
    );
    assert_eq!(codes(&document(path, &format!("{call} --expected 1:1"))), ["W-SRM"]);
    assert!(codes(&document(path, &format!("{call} --expected 3:2"))).is_empty());
}

#[test]
fn probabilities_that_vary_are_summed_for_the_sample_ratio() {
    let folder = folder();
    let path = folder.path();
    let file = |every: usize| {
        let mut text = String::from("arm,propensity,y\n");
        for at in 0..400 {
            let share = if at < 200 { 0.2 } else { 0.6 };
            let treated = if at < 200 { at % 5 == 0 } else { at % 5 < every };
            text.push_str(&format!("{},{share},{}\n", u8::from(treated), at % 7));
        }
        text
    };
    let call = "log.csv --outcome y --method hajek";
    write(path, "log.csv", &file(3));
    assert!(codes(&document(path, call)).is_empty());
    write(path, "log.csv", &file(1));
    assert_eq!(codes(&document(path, call)), ["W-SRM"]);
}

#[test]
fn a_covariate_that_is_the_arm_or_the_outcome_is_refused() {
    let folder = folder();
    let path = folder.path();
    let mut text = String::from("y,t,x,copy,before\n");
    for at in 0..20 {
        let y = f64::from(at % 7) / 4.0 + f64::from(at % 2);
        text.push_str(&format!("{y},{},{},{y},{}\n", at % 2, 5 + 3 * (at % 2), at % 3));
    }
    write(path, "log.csv", &text);
    let call = "log.csv --outcome y --treatment t --method";
    for method in ["cuped", "ols_adjusted"] {
        for column in ["x", "copy"] {
            let found = row(path, &format!("{call} {method} --covariates {column}"));
            assert_eq!(found["note"], format!("ne:no_covariate:{column}"), "{method}");
        }
        for column in ["t", "y"] {
            refused(path, &format!("{call} {method} --covariates {column}"), 3, "a column with one role");
        }
        assert!(row(path, &format!("{call} {method} --covariates before"))["estimate"].is_number());
    }
}

#[test]
fn what_would_be_ignored_is_refused_or_warned_of() {
    let folder = folder();
    let path = folder.path();
    let mut text = String::from("arm,y,tokens,pool,pair\n");
    for at in 0..40 {
        text.push_str(&format!("{},{},{},p{},{}\n", at % 2, at % 7, 1 + at % 5, at % 4, at / 2));
    }
    write(path, "log.csv", &text);
    let call = "log.csv --method difference_in_means";
    refused(
        path,
        &format!("{call} --outcome y_p50 --denominator tokens"),
        3,
        "a quantile with a denominator",
    );
    refused(path, &format!("{call} --outcome y --set inference=wild"), 2, "--option");
    assert!(codes(&document(path, &format!("{call} --outcome y"))).is_empty());
    for named in ["--cluster pool", "--block pool", "--strata pool", "--pairs pair"] {
        let found = document(path, &format!("{call} --outcome y {named}"));
        assert_eq!(codes(&found), ["W-UNIT"], "{named}");
        assert_eq!(found["rows"][0]["note"], "W-UNIT");
    }
    // A column that is recognised warns where each of its groups has one arm.
    write(path, "log.csv", &text.replace("pool", "cluster"));
    assert_eq!(codes(&document(path, &format!("{call} --outcome y"))), ["W-UNIT"]);
}

#[test]
fn a_copy_belongs_to_the_outcome_of_its_name() {
    let folder = folder();
    let path = folder.path();
    let mut text = String::from("arm,a,b,copy_b,mirror\n");
    for at in 0..12 {
        text.push_str(&format!("{},{},{},{},{}\n", at % 2, at, 100 + at, 90 + at % 5, 95 + at % 3));
    }
    write(path, "log.csv", &text);
    let call = "log.csv --method shadow_difference --control 0";
    for (words, answered) in [
        ("--outcome a --secondary b --shadow copy_b", [false, true]),
        ("--outcome a --secondary b --shadow b=mirror", [false, true]),
        ("--outcome a,b --shadow a=mirror,b=copy_b", [true, true]),
        ("--outcome a,b --shadow copy_b,a=mirror", [true, true]),
    ] {
        let found = document(path, &format!("{call} {words}"));
        for (at, answered) in answered.into_iter().enumerate() {
            let row = &found["rows"][at];
            assert_eq!(row["estimate"].is_number(), answered, "{words}: {row}");
            assert!(answered || row["note"] == "ne:missing_column:shadow");
        }
    }
    assert!(row(path, &format!("{call} --outcome b --shadow mirror"))["estimate"].is_number());
    for words in [
        "--outcome a --shadow copy_b",
        "--outcome a,b --shadow mirror",
        "--outcome a,b --shadow c=mirror",
        "--outcome b --shadow copy_b,b=mirror",
    ] {
        refused(path, &format!("{call} {words}"), 3, "--shadow OUTCOME=COLUMN");
    }
}

#[test]
fn rows_without_an_outcome_are_in_no_count() {
    let folder = folder();
    let path = folder.path();
    let mut text = String::from("unit,t,y\n");
    for at in 0..200 {
        let y = if at < 8 { (at % 3).to_string() } else { String::new() };
        text.push_str(&format!("{},{},{y}\n", at / 2, at / 2 % 2));
    }
    write(path, "log.csv", &text);
    let by_row = row(path, "log.csv --outcome y --treatment t --method difference_in_means");
    assert_eq!(
        (&by_row["n_treat"], &by_row["n_control"], &by_row["n_units"]),
        (&4.into(), &4.into(), &8.into())
    );
    assert_eq!(by_row["note"], "W-UNIT W-FEW");
    let by_unit = row(path, "log.csv --outcome y --treatment t --method user_clustered");
    assert_eq!(
        (&by_unit["n_treat"], &by_unit["n_clusters"], &by_unit["note"]),
        (&2.into(), &4.into(), &"W-FEW".into())
    );
}

#[test]
fn every_method_of_all_has_a_row_and_those_that_cannot_run_say_why() {
    let folder = folder();
    let path = folder.path();
    let mut text = String::from("arm,y\n");
    (0..40).for_each(|at| text.push_str(&format!("{},{}\n", at % 2, at % 7)));
    write(path, "log.csv", &text);
    let found = document(path, "log.csv --all --outcome y");
    let rows = found["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), contention::estimate::ESTIMATORS.len());
    let blocks = rows.iter().find(|row| row["estimator"] == "switchback_blocks").expect("a row");
    assert_eq!(blocks["reason"], "not run: the log has no column `block`: name it by --block");
    let page = String::from_utf8(run(path, "analyze log.csv --all --outcome y").stdout).expect("text");
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("switchback_regression: not run: the log has no column `block`: name it by --block."),
        "{page}"
    );
}

#[test]
fn an_interval_that_is_adjusted_excludes_zero_exactly_where_the_adjusted_p_value_is_small() {
    let folder = folder();
    let path = folder.path();
    let (mut draws, mut checked) = (Draws(3), [0, 0]);
    for _ in 0..20 {
        let mut text = String::from("arm,a,b,c\n");
        for at in 0..24 {
            let mut y = |shift: f64| draws.below(1000) as f64 / 250.0 + shift * f64::from(at % 2);
            text.push_str(&format!("{},{},{},{}\n", at % 2, y(1.2), y(1.0), y(0.3)));
        }
        write(path, "log.csv", &text);
        let found = document(path, "log.csv --method difference_in_means --outcome a,b,c");
        for row in found["rows"].as_array().expect("rows") {
            let number = |name: &str| row[name].as_f64().expect(name);
            let excludes = number("conf_low_adjusted") > 0.0 || number("conf_high_adjusted") < 0.0;
            assert_eq!(excludes, number("p_adjusted") < 0.05, "{row}");
            assert!(number("conf_low_adjusted") <= number("conf_low") + 1e-12);
            checked[usize::from(excludes)] += 1;
        }
    }
    assert!(checked[0] > 5 && checked[1] > 5, "{checked:?}");
    let alone = row(path, "log.csv --method difference_in_means --outcome a");
    assert!(alone["conf_low_adjusted"].is_null() && alone["conf_low"].is_number());
    let drawn = row(
        path,
        "log.csv --method cluster_regression --cluster b --outcome a,c --option inference=permutation",
    );
    assert!(drawn["conf_low_adjusted"].is_null(), "{drawn}");
}

#[test]
fn a_burn_in_takes_a_switchback_of_the_whole_fleet_and_one_of_its_clusters() {
    let folder = folder();
    let path = folder.path();
    let file = |of_the_fleet: bool| {
        let mut text = String::from("cluster,block,since_switch_s,arm,y\n");
        for block in 0..12 {
            for cluster in 0..2 {
                for at in 0..3 {
                    let treated = (block * 7 / 3 + if of_the_fleet { 0 } else { cluster }) % 2;
                    let y = block % 5 + at + 2 * treated;
                    text.push_str(&format!("{cluster},{block},{},{treated},{y}\n", 60 * at));
                }
            }
        }
        text
    };
    let call = "log.csv --outcome y --method switchback_burn_in";
    write(path, "log.csv", &file(true));
    let fleet = row(path, call);
    assert_eq!((&fleet["unit"], &fleet["n_clusters"]), (&"block".into(), &12.into()));
    write(path, "log.csv", &file(false));
    let cells = row(path, call);
    assert_eq!((&cells["unit"], &cells["n_clusters"]), (&"cluster and block".into(), &24.into()));
}
