//! An independent recomputation: random logs of every hostile kind, analysed by the program and by formulas that were written from
//! the documentation alone. Every number must agree, and every refusal must be true.
//!
//! A failing draw prints its file and a line that replays it: `RECOMPUTED=17 cargo test --test it recomputed::…` draws file 17
//! alone and prints it.

mod formulas;

use std::path::Path;

use serde_json::Value;

use crate::command_line::{contention, folder, json};
use formulas::{Answer, Expected, Row, Unit};

/// Relative tolerance: two orders of sums, and two routes to the same quantile.
const TOLERANCE: f64 = 1e-8;

/// Draws that depend on a seed and a file's number only (SplitMix64).
struct Draws(u64);

impl Draws {
    fn of(seed: u64, file: u64) -> Self {
        let mut draws =
            Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ file.wrapping_mul(0xd1b5_4a32_d192_ed03));
        draws.next();
        draws
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn chance(&mut self, share: f64) -> bool {
        self.uniform() < share
    }

    /// About normal: the sum of four uniform draws.
    fn noise(&mut self) -> f64 {
        (0..4).map(|_| self.uniform() - 0.5).sum::<f64>() * 1.7
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for at in (1..values.len()).rev() {
            values.swap(at, self.below(at + 1));
        }
    }
}

/// A column and its cells.
type Column = (String, Vec<String>);

fn column<T: ToString>(name: &str, cells: impl IntoIterator<Item = T>) -> Column {
    (name.to_owned(), cells.into_iter().map(|cell| cell.to_string()).collect())
}

fn missing(cell: Option<f64>) -> String {
    cell.map_or_else(String::new, |value| value.to_string())
}

/// One test's comparisons: what disagreed is collected, so that one run shows all kinds of it.
struct Comparison {
    test: &'static str,
    file: u64,
    folder: tempfile::TempDir,
    text: String,
    wrong: Vec<String>,
    compared: usize,
    answered: usize,
}

impl Comparison {
    fn new(test: &'static str) -> Self {
        let (file, text, wrong) = (0, String::new(), Vec::new());
        Self { test, file, folder: folder(), text, wrong, compared: 0, answered: 0 }
    }

    /// The files to draw: all, or the one of a replay.
    fn files(count: u64) -> std::ops::Range<u64> {
        match std::env::var("RECOMPUTED").ok().and_then(|file| file.parse().ok()) {
            Some(file) => file..file + 1,
            None => 0..count,
        }
    }

    fn write(&mut self, file: u64, columns: &[Column]) {
        self.file = file;
        let rows = columns.first().map_or(0, |column| column.1.len());
        let line = |at: Option<usize>| {
            let cells: Vec<&str> =
                columns.iter().map(|(name, cells)| at.map_or(name.as_str(), |at| &cells[at])).collect();
            cells.join(",") + "\n"
        };
        self.text = line(None) + &(0..rows).map(|at| line(Some(at))).collect::<String>();
        std::fs::write(self.folder.path().join("log.csv"), &self.text).expect("writable");
        if std::env::var("RECOMPUTED").is_ok() {
            eprintln!("{}", self.text);
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `analyze log.csv WORDS --json`.
    fn analyze(&self, words: &str) -> Value {
        let call = format!("analyze log.csv {words} --json --quiet");
        json(&contention(self.path(), &call.split_whitespace().collect::<Vec<_>>()))
    }

    fn check(&mut self, document: &Value, estimator: &str, metric: &str, expected: &Expected) {
        let rows = document["rows"].as_array().expect("rows");
        let found = rows.iter().find(|row| row["estimator"] == estimator && row["metric"] == metric);
        self.compared += 1;
        self.answered += usize::from(expected.is_ok());
        let verdict = match found {
            Some(row) => compare(row, expected),
            None => Err("no such row".to_owned()),
        };
        if let Err(what) = verdict {
            self.wrong(&format!("{estimator} of {metric}: {what}"));
        }
    }

    fn wrong(&mut self, what: &str) {
        let (test, file) = (self.test, self.file);
        let replay = format!("RECOMPUTED={file} cargo test --test it recomputed::{test} -- --nocapture");
        self.wrong.push(format!("file {file}: {what}\n  replay: {replay}"));
    }

    fn finish(self, least_answered: usize) {
        eprintln!("{}: {} compared, {} answered", self.test, self.compared, self.answered);
        let (count, all) = (self.wrong.len(), self.compared);
        let mut shown: Vec<String> = self.wrong;
        // Three of a method are enough to see what it is.
        let mut seen: Vec<(String, usize)> = Vec::new();
        shown.retain(|what| {
            let kind = what.split_whitespace().nth(2).unwrap_or("").to_owned();
            match seen.iter_mut().find(|found| found.0 == kind) {
                Some(found) => {
                    found.1 += 1;
                    found.1 <= 3
                }
                None => {
                    seen.push((kind, 1));
                    true
                }
            }
        });
        assert!(count == 0, "{count} of {all} disagree; the first:\n{}", shown.join("\n"));
        let replayed = std::env::var("RECOMPUTED").is_ok();
        assert!(replayed || self.answered >= least_answered, "only {} have an answer", self.answered);
    }
}

/// What differs between a row and what is expected of it.
fn compare(row: &Value, expected: &Expected) -> Result<(), String> {
    let note = row["note"].as_str().unwrap_or("");
    let expected = match expected {
        Ok(answer) => answer,
        Err(codes) => {
            // No row at all has an outcome: neither arm is empty, nothing was recorded.
            let unrecorded = row["n_treat"] == 0 && row["n_control"] == 0 && note == "ne:unobserved_state";
            let named = codes.split('|').any(|code| note.starts_with(code));
            let refused = row["estimate"].is_null() && (named || unrecorded);
            return if refused { Ok(()) } else { Err(format!("expected {codes}, found {note:?}, {row}")) };
        }
    };
    let Some(estimate) = row["estimate"].as_f64() else {
        return Err(format!("expected {expected:?}, found {note}"));
    };
    let scale = expected.std_error.unwrap_or(1.0);
    let mut wrong = Vec::new();
    let mut close = |name: &str, found: Option<f64>, wanted: Option<f64>, scale: f64| {
        let agree = match (found, wanted) {
            (Some(a), Some(b)) => (a - b).abs() <= TOLERANCE * scale.max(a.abs()).max(b.abs()),
            (None, None) => true,
            _ => false,
        };
        if !agree {
            wrong.push(format!("{name} {found:?}, expected {wanted:?}"));
        }
    };
    let number = |name: &str| row[name].as_f64();
    close("estimate", Some(estimate), Some(expected.estimate), scale);
    if expected.std_error.is_some() {
        close("std_error", number("std_error"), expected.std_error, 0.0);
    }
    if expected.df.is_some() {
        close("df", number("df"), expected.df, 0.0);
    }
    close("p_value", number("p_value"), Some(expected.p_value), 0.0);
    close("conf_low", number("conf_low"), expected.conf_low, scale);
    close("conf_high", number("conf_high"), expected.conf_high, scale);
    close("n_units", number("n_units"), Some(expected.n_units as f64), 0.0);
    if wrong.is_empty() { Ok(()) } else { Err(format!("{} (note {note:?})", wrong.join("; "))) }
}

/// A row of a drawn log before its outcome: unit, cluster, stratum, pair, arm, arm by a coin for each row, covariates, chance.
struct Place {
    user: usize,
    cluster: usize,
    stratum: usize,
    pair: usize,
    treated: bool,
    coin: bool,
    x: Vec<f64>,
    e: f64,
}

/// Clusters in strata and pairs, users in clusters, rows of users; arms are drawn for clusters, and again for rows.
fn places(draws: &mut Draws) -> Vec<Place> {
    let clusters = 2 * draws.between(2, 12);
    let strata = draws.between(1, 3);
    let most = draws.between(1, 4);
    let mut places = Vec::new();
    let mut users = 0;
    let mut first = false;
    for cluster in 0..clusters {
        first = if cluster % 2 == 0 { draws.chance(0.5) } else { !first };
        let stratum = cluster / 2 % strata;
        for _ in 0..draws.between(1, 3) {
            let base: Vec<f64> = (0..2).map(|_| draws.noise()).collect();
            for _ in 0..draws.between(1, most) {
                let x = base.iter().map(|x| x + 0.3 * draws.noise()).collect();
                let (coin, e) = (draws.chance(0.5), 0.1 + 0.8 * draws.uniform());
                places.push(Place {
                    user: users,
                    cluster,
                    stratum,
                    pair: cluster / 2,
                    treated: first,
                    coin,
                    x,
                    e,
                });
            }
            users += 1;
        }
    }
    places
}

/// Outcomes of rows, missing at random: rows, whole users, whole clusters, a whole stratum.
fn outcomes(draws: &mut Draws, places: &[Place]) -> Vec<Option<f64>> {
    let share = if draws.chance(0.2) { 0.0 } else { 0.9 * draws.uniform() };
    let (users, clusters) = (0.5 * draws.uniform(), 0.3 * draws.uniform());
    let kind = draws.below(4);
    let lost = |draws: &mut Draws, count: usize, share: f64| -> Vec<bool> {
        (0..count).map(|_| draws.chance(share)).collect()
    };
    let users = lost(draws, places.len(), if kind == 1 { users } else { 0.0 });
    let clusters = lost(draws, places.len(), if kind == 2 { clusters } else { 0.0 });
    let strata = lost(draws, 3, if kind == 3 { 0.4 } else { 0.0 });
    let levels: Vec<f64> = (0..places.len()).map(|_| draws.noise()).collect();
    places
        .iter()
        .map(|place| {
            let y =
                20.0 + 3.0 * draws.noise() + levels[place.user] + levels[place.cluster] + 2.0 * place.x[0]
                    - place.x[1]
                    + f64::from(u8::from(place.treated));
            let gone =
                draws.chance(share) || users[place.user] || clusters[place.cluster] || strata[place.stratum];
            (!gone).then_some(y)
        })
        .collect()
}

/// Totals of units over their rows with an outcome; a unit without any is not there.
fn totals(
    places: &[Place],
    y: &[Option<f64>],
    unit: fn(&Place) -> usize,
    stratum: fn(&Place) -> usize,
) -> Vec<Unit> {
    let mut units: Vec<(usize, Unit)> = Vec::new();
    for (place, y) in places.iter().zip(y) {
        let Some(y) = *y else { continue };
        match units.iter_mut().find(|found| found.0 == unit(place)) {
            Some((_, found)) => {
                found.y += y;
                found.x += 1.0;
            }
            None => {
                let new = Unit { y, x: 1.0, treated: place.treated, stratum: stratum(place) };
                units.push((unit(place), new));
            }
        }
    }
    units.into_iter().map(|unit| unit.1).collect()
}

fn arm_name(treated: bool) -> &'static str {
    if treated { "new" } else { "old" }
}

#[test]
fn missing_outcomes_are_in_no_number_of_any_method() {
    const EACH: usize = 10;
    let mut comparison = Comparison::new("missing_outcomes_are_in_no_number_of_any_method");
    for file in Comparison::files(100) {
        let mut draws = Draws::of(1, file);
        let places = places(&mut draws);
        let ys: Vec<Vec<Option<f64>>> = (0..EACH).map(|_| outcomes(&mut draws, &places)).collect();
        let mut columns = vec![
            column("a", places.iter().map(|place| arm_name(place.treated))),
            column("coin", places.iter().map(|place| arm_name(place.coin))),
            column("u", places.iter().map(|place| place.user)),
            column("g", places.iter().map(|place| place.cluster)),
            column("s", places.iter().map(|place| format!("stratum {}", place.stratum))),
            column("q", places.iter().map(|place| place.pair)),
            column("x1", places.iter().map(|place| place.x[0])),
            column("x2", places.iter().map(|place| place.x[1])),
            column("e", places.iter().map(|place| place.e)),
        ];
        let names: Vec<String> = (0..EACH).map(|at| format!("y{at}")).collect();
        columns.extend(names.iter().zip(&ys).map(|(name, y)| column(name, y.iter().map(|&y| missing(y)))));
        comparison.write(file, &columns);
        let base = format!("--control old --outcome {}", names.join(","));
        let rows_call = "--treatment a --covariates x1,x2 --propensity e --method";
        let rows =
            comparison.analyze(&format!("{base} {rows_call} difference_in_means,cuped,ols_adjusted,hajek"));
        let ancova = "ols_adjusted --option adjustment=ancova";
        let ancova = comparison.analyze(&format!("{base} {rows_call} {ancova}"));
        let users = comparison.analyze(&format!("{base} --treatment a --unit u --method user_clustered"));
        let coins =
            comparison.analyze(&format!("{base} --treatment coin --unit u --propensity e --method hajek"));
        let of_treated = comparison.analyze(&format!(
            "{base} --treatment coin --unit u --propensity e --method hajek,ipw_overlap --option target=treated"
        ));
        let clusters = format!("{base} --treatment a --cluster g --method cluster_means");
        let plain = comparison.analyze(&clusters);
        let strata = comparison.analyze(&format!("{clusters} --strata s"));
        let pairs = comparison.analyze(&format!("{clusters} --pairs q"));
        for (name, y) in names.iter().zip(&ys) {
            let metric = format!("{name}_mean");
            let present = |unit: fn(&Place, usize) -> usize, arm: fn(&Place) -> bool| -> Vec<Row> {
                let all = places.iter().zip(y).enumerate();
                all.filter_map(|(at, (place, y))| {
                    let (x, e, unit) = (place.x.clone(), place.e, unit(place, at));
                    Some(Row { y: (*y)?, treated: arm(place), x, e, unit })
                })
                .collect()
            };
            let own = present(|_, at| at, |place| place.treated);
            let values = |arm: bool| -> Vec<f64> {
                own.iter().filter(|row| row.treated == arm).map(|row| row.y).collect()
            };
            let welch = formulas::welch(&values(true), &values(false));
            comparison.check(&rows, "difference_in_means", &metric, &welch);
            comparison.check(&rows, "cuped", &metric, &formulas::cuped(&own));
            comparison.check(&rows, "ols_adjusted", &metric, &formulas::adjusted(&own, true));
            comparison.check(&ancova, "ols_adjusted", &metric, &formulas::adjusted(&own, false));
            comparison.check(&rows, "hajek", &metric, &formulas::hajek(&own));
            let mixed = present(|place, _| place.user, |place| place.coin);
            comparison.check(&coins, "hajek", &metric, &formulas::hajek(&mixed));
            comparison.check(&of_treated, "hajek", &metric, &formulas::hajek_of_treated(&mixed));
            comparison.check(&of_treated, "ipw_overlap", &metric, &formulas::overlap(&mixed));
            let by_user = totals(&places, y, |place| place.user, |_| 0);
            comparison.check(&users, "user_clustered", &metric, &formulas::ratios(&by_user));
            let by_stratum = totals(&places, y, |place| place.cluster, |place| place.stratum);
            comparison.check(&plain, "cluster_means", &metric, &formulas::ratios(&by_stratum));
            comparison.check(&strata, "cluster_means", &metric, &formulas::stratified(&by_stratum));
            let by_pair = totals(&places, y, |place| place.cluster, |place| place.pair);
            comparison.check(&pairs, "cluster_means", &metric, &formulas::paired(&by_pair));
        }
    }
    comparison.finish(5000);
}

fn codes(document: &Value) -> Vec<&str> {
    let warnings = document["warnings"].as_array().expect("warnings");
    warnings.iter().filter_map(|warning| warning["code"].as_str()).collect()
}

#[test]
fn two_of_many_arms_with_odd_names_are_weighed_by_their_conditional_chances() {
    let mut comparison =
        Comparison::new("two_of_many_arms_with_odd_names_are_weighed_by_their_conditional_chances");
    let mut alarms = [0, 0];
    for file in Comparison::files(1000) {
        let mut draws = Draws::of(2, file);
        let mut names = vec!["None", "NA", "nan", "-1", "0", "é", "null", "ctl", "07", "true"];
        draws.shuffle(&mut names);
        let arms = draws.between(2, 5);
        let names = &names[..arms];
        let n = draws.between(6, 240);
        let split: Vec<f64> = (0..arms).map(|_| draws.between(1, 3) as f64).collect();
        let all: f64 = split.iter().sum();
        let mut counts = vec![0usize; arms];
        let (mut own, mut cells) = (Vec::new(), vec![Vec::new(); 4]);
        for at in 0..n {
            // Chances vary by row around the split.
            let weights: Vec<f64> = split.iter().map(|share| share * (0.6 + 0.8 * draws.uniform())).collect();
            let total: f64 = weights.iter().sum();
            let mut left = draws.uniform() * total;
            let mut drawn = arms - 1;
            for (candidate, weight) in weights.iter().enumerate() {
                left -= weight;
                if left < 0.0 {
                    drawn = candidate;
                    break;
                }
            }
            counts[drawn] += 1;
            let y = (!draws.chance(0.15)).then(|| 10.0 + draws.noise() + drawn as f64);
            for (column, cell) in cells.iter_mut().zip([
                names[drawn].to_owned(),
                (weights[0] / total).to_string(),
                (weights[1] / total).to_string(),
                missing(y),
            ]) {
                column.push(cell);
            }
            if let Some(y) = y.filter(|_| drawn < 2) {
                let e = weights[1] / (weights[0] + weights[1]);
                own.push(Row { y, treated: drawn == 1, x: Vec::new(), e, unit: at });
            }
        }
        if counts.contains(&0) {
            // An arm that is not in the file cannot be named.
            continue;
        }
        let columns: Vec<Column> =
            ["a", "p_a", "p_b", "y"].iter().zip(cells).map(|(name, cells)| column(name, cells)).collect();
        comparison.write(file, &columns);
        // The expected split is the true one, or one far off; by place, or by name.
        let expected: Vec<usize> = split
            .iter()
            .map(|share| if draws.chance(0.8) { *share as usize } else { draws.between(1, 9) })
            .collect();
        let by_name = draws.chance(0.5);
        let written = if by_name {
            let named: Vec<String> =
                names.iter().zip(&expected).map(|(name, w)| format!("{name}={w}")).collect();
            named.join(",")
        } else {
            let mut others: Vec<usize> = (2..arms).collect();
            others.sort_by_key(|&at| names[at]);
            let order = [0, 1].into_iter().chain(others);
            order.map(|at| expected[at].to_string()).collect::<Vec<_>>().join(":")
        };
        let (control, candidate) = (names[0], names[1]);
        let document = comparison.analyze(&format!(
            "--outcome y --treatment a --control {control} --candidate {candidate} --expected={written} \
             --propensity={control}=p_a,{candidate}=p_b --method difference_in_means,hajek,horvitz_thompson,aipw,ipw_overlap"
        ));
        let values = |arm: bool| -> Vec<f64> {
            own.iter().filter(|row| row.treated == arm).map(|row| row.y).collect()
        };
        let welch = formulas::welch(&values(true), &values(false));
        comparison.check(&document, "difference_in_means", "y_mean", &welch);
        comparison.check(&document, "hajek", "y_mean", &formulas::hajek(&own));
        comparison.check(&document, "horvitz_thompson", "y_mean", &formulas::horvitz_thompson(&own));
        comparison.check(&document, "aipw", "y_mean", &formulas::aipw_of_means(&own));
        comparison.check(&document, "ipw_overlap", "y_mean", &formulas::overlap(&own));
        let whole: usize = expected.iter().sum();
        let wanted: Vec<f64> = expected.iter().map(|w| n as f64 * *w as f64 / whole as f64).collect();
        let p = if arms == 2 && wanted.iter().any(|e| *e < 10.0) {
            formulas::binomial_test(counts[0], n, wanted[0] / n as f64)
        } else {
            let terms = counts.iter().zip(&wanted);
            let statistic = terms.map(|(o, e)| (*o as f64 - e) * (*o as f64 - e) / e).sum();
            formulas::chi_squared_tail(statistic, arms - 1)
        };
        let alarm = codes(&document).contains(&"W-SRM");
        if arms > 2 && wanted.iter().any(|e| *e < 5.0) {
            // χ² has no theory for such cells, and there is no exact test: nothing is said, and that is said.
            let notes = document["notes"].to_string();
            if alarm || !notes.contains("the sample ratio is not checked") {
                comparison.wrong(&format!("W-SRM of too few expected: {alarm}, notes {notes}"));
            }
            continue;
        }
        alarms[usize::from(alarm)] += 1;
        if alarm != (p < 0.001) {
            comparison.wrong(&format!(
                "W-SRM of expected {written}: {alarm} where p is {p}, counts {counts:?}, split of {all}"
            ));
        }
    }
    eprintln!("sample-ratio alarms {}, none {}", alarms[1], alarms[0]);
    comparison.finish(2500);
}

/// How the block with a number is written: each spelling keeps the order of the numbers.
fn spelled(kind: usize, block: usize) -> String {
    match kind {
        0 => block.to_string(),
        1 => format!("{block:05}"),
        2 => (block as i64 - 1000).to_string(),
        3 => format!("{}.5", 7 * block),
        4 => (1_700_000_000 + 900 * block).to_string(),
        5 => format!("2024-03-{:02}T{:02}:00:00Z", 1 + block / 24, block % 24),
        6 => format!("2024-03-{:02} {:02}:30+02:00", 1 + block / 24, block % 24),
        _ => format!("{}e1", block),
    }
}

#[test]
fn labels_of_any_kind_and_rows_in_any_order_give_the_answer_of_numbers_in_order() {
    let mut comparison =
        Comparison::new("labels_of_any_kind_and_rows_in_any_order_give_the_answer_of_numbers_in_order");
    for file in Comparison::files(1000) {
        let mut draws = Draws::of(3, file);
        let blocks = draws.between(9, 40);
        let share = [0.5, 0.5, 0.5, 0.1][draws.below(4)];
        let most = draws.between(1, 4);
        let kind = draws.below(8);
        let mut rows: Vec<(usize, bool, Option<f64>)> = Vec::new();
        let mut units = Vec::new();
        for block in 0..blocks {
            let treated = draws.chance(share);
            let (mut y, mut x) = (0.0, 0.0);
            for at in 0..draws.between(1, most) {
                let value = 5.0 + 0.1 * block as f64 + draws.noise() + f64::from(u8::from(treated));
                // One row of a block has an outcome at least, so that no period is missing.
                let value = (at == 0 || !draws.chance(0.3)).then_some(value);
                y += value.unwrap_or(0.0);
                x += f64::from(u8::from(value.is_some()));
                rows.push((block, treated, value));
            }
            units.push(Unit { y, x, treated, stratum: 0 });
        }
        if !units.iter().any(|unit| unit.treated) || units.iter().all(|unit| unit.treated) {
            continue;
        }
        draws.shuffle(&mut rows);
        comparison.write(
            file,
            &[
                column("k", rows.iter().map(|row| spelled(kind, row.0))),
                column("a", rows.iter().map(|row| arm_name(row.1))),
                column("y", rows.iter().map(|row| missing(row.2))),
            ],
        );
        let call = "--outcome y --treatment a --control old --block k --method";
        let document =
            comparison.analyze(&format!("{call} switchback_regression,switchback_blocks,cluster_regression"));
        let regression = formulas::switchback_regression(&units);
        // A block that fits itself has a test of its own.
        if regression.as_ref().err() != Some(&"ne:lone_unit") {
            comparison.check(&document, "switchback_regression", "y_mean", &regression);
        }
        comparison.check(&document, "switchback_blocks", "y_mean", &formulas::ratios(&units));
        comparison.check(&document, "cluster_regression", "y_mean", &formulas::cr2(&units));
    }
    comparison.finish(2000);
}

#[test]
fn few_and_lone_clusters_are_tested_exactly_or_refused() {
    let mut comparison = Comparison::new("few_and_lone_clusters_are_tested_exactly_or_refused");
    for file in Comparison::files(1000) {
        let mut draws = Draws::of(4, file);
        let clusters = draws.between(2, 12);
        let strata = draws.between(1, 2);
        let treated = if draws.chance(0.25) { 1 } else { draws.between(1, clusters - 1) };
        let mut mask: Vec<bool> = (0..clusters).map(|at| at < treated).collect();
        draws.shuffle(&mut mask);
        let most = draws.between(1, 5);
        let mut rows: Vec<(usize, bool, usize, f64)> = Vec::new();
        let mut units = Vec::new();
        for (cluster, &treated) in mask.iter().enumerate() {
            let (level, stratum) = (draws.noise(), draws.below(strata));
            let count = draws.between(1, most);
            let mut total = 0.0;
            for _ in 0..count {
                let y = 8.0 + level + draws.noise() + 2.0 * f64::from(u8::from(treated));
                rows.push((cluster, treated, stratum, y));
                total += y;
            }
            units.push(Unit { y: total, x: count as f64, treated, stratum });
        }
        comparison.write(
            file,
            &[
                column("g", rows.iter().map(|row| row.0)),
                column("a", rows.iter().map(|row| arm_name(row.1))),
                column("s", rows.iter().map(|row| format!("s{}", row.2))),
                column("y", rows.iter().map(|row| row.3)),
            ],
        );
        let call = "--outcome y --treatment a --control old --cluster g --method";
        let document = comparison.analyze(&format!("{call} cluster_regression"));
        comparison.check(&document, "cluster_regression", "y_mean", &formulas::cr2(&units));
        let document = comparison.analyze(&format!("{call} cluster_means --strata s"));
        comparison.check(&document, "cluster_means", "y_mean", &formulas::stratified(&units));
        let inference = "cluster_regression --option inference=permutation";
        for (name, third) in [("cr1", false), ("cr3", true)] {
            let document =
                comparison.analyze(&format!("{call} cluster_regression --option inference={name}"));
            comparison.check(&document, "cluster_regression", "y_mean", &formulas::cr1_or_cr3(&units, third));
        }
        let whole: Vec<Unit> = units.iter().map(|unit| Unit { stratum: 0, ..unit.clone() }).collect();
        let document = comparison.analyze(&format!("{call} {inference}"));
        comparison.check(&document, "cluster_regression", "y_mean", &formulas::permutation(&whole));
        let stratified = formulas::assignments(&units);
        let document = comparison.analyze(&format!("{call} {inference} --strata s"));
        // With one assignment there is no test: a refusal is true, and so is a p-value of 1.
        let expected = if stratified.len() == 1 && document["rows"][0]["estimate"].is_null() {
            Err("ne:few_assignments|ne:empty_stratum|ne:empty_arm|ne:lone_unit|ne:n_too_small")
        } else {
            formulas::permutation(&units)
        };
        comparison.check(&document, "cluster_regression", "y_mean", &expected);
        if clusters > 8 {
            continue;
        }
        let document = comparison.analyze(&format!("{call} cluster_regression --option inference=wild"));
        let answer = formulas::cr2(&units).map(|answer| Answer {
            p_value: formulas::wild(&units, 0.0),
            df: None,
            conf_low: document["rows"][0]["conf_low"].as_f64(),
            conf_high: document["rows"][0]["conf_high"].as_f64(),
            ..answer
        });
        comparison.check(&document, "cluster_regression", "y_mean", &answer);
        let Ok(answer) = answer else { continue };
        // An end is a null value at which the test changes its mind; without one, no null value far away is rejected.
        let step = 1e-6 * answer.std_error.unwrap_or(1.0);
        for (end, away) in [(answer.conf_low, -1.0), (answer.conf_high, 1.0)] {
            let agrees = match end {
                Some(end) => {
                    formulas::wild(&units, end - away * step) > 0.05
                        && formulas::wild(&units, end + away * step) <= 0.05
                }
                None => formulas::wild(&units, answer.estimate + away * 1e7 * step * 100.0) > 0.05,
            };
            if !agrees {
                comparison.wrong(&format!("wild: {end:?} is no end of an interval of {answer:?}"));
            }
        }
    }
    comparison.finish(1500);
}

#[test]
fn ties_are_refused_exactly_where_quantiles_move_in_steps() {
    let mut comparison = Comparison::new("ties_are_refused_exactly_where_quantiles_move_in_steps");
    for file in Comparison::files(100) {
        let mut draws = Draws::of(5, file);
        let n = draws.between(6, 200);
        let mut treated: Vec<bool> = (0..n).map(|_| draws.chance(0.5)).collect();
        treated[..4].copy_from_slice(&[true, false, true, false]);
        let ys: Vec<Vec<f64>> = (0..10)
            .map(|_| {
                // Steps from coarse counts to hardly any ties, and constants.
                let grain = [1.0, 2.0, 5.0, 20.0, 100.0, 0.0][draws.below(6)];
                (0..n)
                    .map(|_| if grain == 0.0 { 3.0 } else { (grain * (3.0 + draws.noise())).round() / grain })
                    .collect()
            })
            .collect();
        let names: Vec<String> = (0..10).map(|at| format!("y{at}")).collect();
        let mut columns = vec![column("a", treated.iter().map(|&treated| arm_name(treated)))];
        columns.extend(names.iter().zip(&ys).map(|(name, y)| column(name, y)));
        comparison.write(file, &columns);
        let outcomes = names.join(",");
        let call = format!("--outcome {outcomes} --treatment a --control old --method difference_in_means");
        let means = comparison.analyze(&call);
        let quantiles = comparison.analyze(&format!("{call} --quantile 0.25,0.5,0.9"));
        for (name, y) in names.iter().zip(&ys) {
            let side = |arm: bool| -> Vec<f64> {
                y.iter().zip(&treated).filter(|(_, own)| **own == arm).map(|(y, _)| *y).collect()
            };
            let (one, zero) = (side(true), side(false));
            comparison.check(
                &means,
                "difference_in_means",
                &format!("{name}_mean"),
                &formulas::welch(&one, &zero),
            );
            for (p, label) in [(0.25, "p25"), (0.5, "p50"), (0.9, "p90")] {
                let ((q1, tied1), (q0, tied0)) = (formulas::quantile(&one, p), formulas::quantile(&zero, p));
                let metric = format!("{name}_{label}");
                let rows = quantiles["rows"].as_array().expect("rows");
                let found =
                    rows.iter().find(|row| row["metric"] == metric.as_str()).expect("a row of each quantile");
                let note = found["note"].as_str().unwrap_or("");
                let refused = note.starts_with("ne:tied_quantile");
                comparison.compared += 1;
                comparison.answered += usize::from(!refused);
                let constant = one.iter().chain(&zero).all(|y| *y == one[0]);
                if constant && found["estimate"].is_null() && note.starts_with("ne:zero_variance") {
                    continue;
                }
                let agrees = refused == (tied1 || tied0)
                    && (refused
                        || found["estimate"].as_f64().is_some_and(|found| (found - (q1 - q0)).abs() <= 1e-9));
                if !agrees {
                    let sizes = (one.len(), zero.len());
                    comparison.wrong(&format!(
                        "quantile {metric}: tied {tied1} {tied0}, difference {}, arms of {sizes:?}, found {note:?} {found}",
                        q1 - q0
                    ));
                }
            }
        }
    }
    comparison.finish(1000);
}

#[test]
fn the_median_of_counts_is_permuted_exactly() {
    let mut comparison = Comparison::new("the_median_of_counts_is_permuted_exactly");
    for file in Comparison::files(1000) {
        let mut draws = Draws::of(7, file);
        let clusters = draws.between(4, 9);
        let treated = draws.between(1, clusters - 1);
        let mut mask: Vec<bool> = (0..clusters).map(|at| at < treated).collect();
        draws.shuffle(&mut mask);
        let grain = [1.0, 2.0, 1000.0][draws.below(3)];
        let most = draws.between(1, 6);
        let outcomes: Vec<Vec<f64>> = mask
            .iter()
            .map(|&treated| {
                let level = draws.noise() + f64::from(u8::from(treated));
                let count = draws.between(1, most);
                (0..count).map(|_| (grain * (4.0 + level + draws.noise())).round() / grain).collect()
            })
            .collect();
        let units: Vec<Unit> = mask
            .iter()
            .zip(&outcomes)
            .map(|(&treated, rows)| Unit { y: rows.iter().sum(), x: rows.len() as f64, treated, stratum: 0 })
            .collect();
        let rows: Vec<(usize, f64)> =
            outcomes.iter().enumerate().flat_map(|(at, rows)| rows.iter().map(move |y| (at, *y))).collect();
        comparison.write(
            file,
            &[
                column("g", rows.iter().map(|row| row.0)),
                column("a", rows.iter().map(|row| arm_name(mask[row.0]))),
                column("y", rows.iter().map(|row| row.1)),
            ],
        );
        let document = comparison.analyze(
            "--outcome y --quantile 0.5 --treatment a --control old --cluster g --method cluster_regression \
             --option inference=permutation",
        );
        let expected = formulas::permutation_of_medians(&units, &outcomes);
        comparison.check(&document, "cluster_regression", "y_p50", &expected);
    }
    comparison.finish(800);
}

#[test]
fn units_coarser_than_rows_and_copies_of_rows() {
    const EACH: usize = 10;
    let mut comparison = Comparison::new("units_coarser_than_rows_and_copies_of_rows");
    for file in Comparison::files(100) {
        let mut draws = Draws::of(6, file);
        let n = draws.between(8, 60);
        let strata = draws.between(1, 4);
        let by_pairs = draws.chance(0.2);
        let mut rows: Vec<(usize, usize, bool, f64)> = Vec::new();
        for at in 0..n {
            let (stratum, treated) =
                if by_pairs { (at / 2, at % 2 == 0) } else { (draws.below(strata), draws.chance(0.5)) };
            rows.push((at / 3, stratum, treated, 0.1 + 0.8 * draws.uniform()));
        }
        rows[0].2 = true;
        rows[1].2 = false;
        draws.shuffle(&mut rows);
        let lost = if draws.chance(0.5) { 0.0 } else { 0.4 };
        let mut columns = vec![
            column("u", rows.iter().map(|row| row.0)),
            column("s", rows.iter().map(|row| format!("s{}", row.1))),
            column("a", rows.iter().map(|row| arm_name(row.2))),
            column("e", rows.iter().map(|row| row.3)),
        ];
        let mut outcomes = Vec::new();
        let (mut names, mut copies) = (Vec::new(), String::new());
        for at in 0..EACH {
            let pairs: Vec<(Option<f64>, Option<f64>)> = rows
                .iter()
                .map(|row| {
                    let level = 10.0 + draws.noise() + row.1 as f64;
                    let own = level + draws.noise() + f64::from(u8::from(row.2));
                    let copy = level + draws.noise() + f64::from(u8::from(!row.2));
                    ((!draws.chance(lost)).then_some(own), (!draws.chance(0.5 * lost)).then_some(copy))
                })
                .collect();
            columns.push(column(&format!("y{at}"), pairs.iter().map(|pair| missing(pair.0))));
            columns.push(column(&format!("c{at}"), pairs.iter().map(|pair| missing(pair.1))));
            names.push(format!("y{at}"));
            copies.push_str(&format!(" --shadow y{at}=c{at}"));
            outcomes.push(pairs);
        }
        comparison.write(file, &columns);
        let base = format!("--outcome {} --treatment a --control old", names.join(","));
        let strata = comparison.analyze(&format!("{base} --strata s --method post_stratified"));
        let chances = comparison.analyze(&format!("{base} --propensity e --method aipw"));
        let by_row = comparison.analyze(&format!("{base} {copies} --method shadow_difference"));
        let by_unit = comparison.analyze(&format!("{base} {copies} --unit u --method shadow_difference"));
        for (name, pairs) in names.iter().zip(&outcomes) {
            let metric = format!("{name}_mean");
            let own: Vec<Row> = rows
                .iter()
                .zip(pairs)
                .filter_map(|(row, pair)| {
                    Some(Row { y: pair.0?, treated: row.2, x: Vec::new(), e: row.3, unit: row.1 })
                })
                .collect();
            comparison.check(&strata, "post_stratified", &metric, &formulas::post_stratified(&own));
            comparison.check(&chances, "aipw", &metric, &formulas::aipw_of_means(&own));
            let differences = |unit: fn(usize, usize) -> usize| -> Vec<(usize, f64)> {
                let all = rows.iter().zip(pairs).enumerate();
                all.filter_map(|(at, (row, pair))| {
                    let (own, copy) = (pair.0?, pair.1?);
                    Some((unit(at, row.0), if row.2 { own - copy } else { copy - own }))
                })
                .collect()
            };
            let alone = formulas::shadow(&differences(|at, _| at));
            comparison.check(&by_row, "shadow_difference", &metric, &alone);
            let together = formulas::shadow(&differences(|_, unit| unit));
            comparison.check(&by_unit, "shadow_difference", &metric, &together);
        }
    }
    comparison.finish(2500);
}

/// Rule 1 of the documentation: "a cluster or row that fits itself is refused in regressions too". One treated block among many shows
/// no noise of its own, and its residual is zero.
#[test]
fn a_block_that_fits_itself_is_refused_by_the_switchback_regression() {
    let mut comparison = Comparison::new("a_block_that_fits_itself_is_refused_by_the_switchback_regression");
    for file in Comparison::files(20) {
        let mut draws = Draws::of(8, file);
        let blocks = draws.between(14, 20);
        let lone = draws.between(2, blocks - 3);
        let ys: Vec<f64> = (0..blocks).map(|_| 10.0 + draws.noise()).collect();
        let of = |(at, y): (usize, &f64)| Unit { y: *y, x: 1.0, treated: at == lone, stratum: 0 };
        let units: Vec<Unit> = ys.iter().enumerate().map(of).collect();
        comparison.write(
            file,
            &[
                column("k", 0..blocks),
                column("a", (0..blocks).map(|at| arm_name(at == lone))),
                column("y", &ys),
            ],
        );
        let call = "--outcome y --treatment a --control old --block k --method switchback_regression";
        let document = comparison.analyze(call);
        let expected = formulas::switchback_regression(&units);
        assert!(expected.is_err(), "the lone block has a leverage of one");
        comparison.check(&document, "switchback_regression", "y_mean", &expected);
    }
    comparison.finish(0);
}

/// Rule 1 of the documentation: a method with a cell of one unit "refuses and names the cell (`ne:lone_unit`)".
#[test]
fn an_arm_of_one_unit_is_named_by_every_method() {
    let mut comparison = Comparison::new("an_arm_of_one_unit_is_named_by_every_method");
    let mut draws = Draws::of(9, 0);
    let ys: Vec<f64> = (0..24).map(|_| 10.0 + draws.noise()).collect();
    let xs: Vec<f64> = (0..24).map(|_| draws.noise()).collect();
    comparison.write(
        0,
        &[
            column("a", (0..24).map(|at| arm_name(at == 3))),
            column("u", 0..24),
            column("e", vec![0.3; 24]),
            column("x", &xs),
            column("y", &ys),
        ],
    );
    for (estimator, named) in [
        ("difference_in_means", ""),
        ("user_clustered", "--unit u"),
        ("cluster_means", "--cluster u"),
        ("cluster_regression", "--cluster u"),
        ("switchback_blocks", "--block u"),
        ("hajek", "--propensity e"),
        ("horvitz_thompson", "--propensity e"),
        ("aipw", "--propensity e"),
        ("cuped", "--covariates x"),
    ] {
        let call = format!("--outcome y --treatment a --control old {named} --method {estimator}");
        let document = comparison.analyze(&call);
        comparison.check(&document, estimator, "y_mean", &Err("ne:lone_unit:the treated arm"));
    }
    comparison.finish(0);
}
