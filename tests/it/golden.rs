//! Golden numbers: what statsmodels, scipy, pyfixest, R and plain numpy say about the same data. The scripts
//! in `tests/golden` wrote the files; each case carries its tolerance and the reason for it.

use contention::rng::{Family, Purpose, Streams};
use contention::stats::{
    Adjustment, ClusterKind, Clusters, Column, Covariance, Difference, HcKind, LinearFit, Mechanism,
    Multiplicity, SmallSample, UnitTotals, WildBootstrap, WildNull, WildWeights, adjust_p_values,
    adjusted_difference, binomial_cdf, chi_squared_sf, clustered, clustered_test, cuped, f_sf,
    heteroskedastic, least_squares, maritz_jarrett, newey_west, order_statistic_interval, permutation_test,
    post_stratified_difference, quantile_in_place, ratio_difference,
};
use serde_json::Value;

/// A data set of a golden file, and its columns for y ~ 1 + t + x.
struct Data {
    y: Vec<f64>,
    t: Vec<f64>,
    x: Vec<f64>,
    w: Vec<f64>,
    ones: Vec<f64>,
    g: Vec<u32>,
}

impl Data {
    fn of(file: &Value, name: &str) -> Self {
        let set = file["data"].as_array().unwrap().iter().find(|d| d["name"] == name).expect("a data set");
        let y = numbers(&set["y"]);
        let g = set["g"].as_array().unwrap().iter().map(|g| g.as_u64().unwrap() as u32).collect();
        let ones = vec![1.0; y.len()];
        Self { y, t: numbers(&set["t"]), x: numbers(&set["x"]), w: numbers(&set["w"]), ones, g }
    }

    fn fit(&self, weighted: bool) -> LinearFit<'_> {
        let columns = [("intercept", &self.ones), ("t", &self.t), ("x", &self.x)]
            .map(|(name, values)| Column { name, values });
        least_squares(&self.y, &columns, weighted.then_some(&self.w)).unwrap()
    }

    fn clusters(&self) -> Clusters {
        Clusters::of(&self.g).unwrap()
    }
}

/// All numbers of a value, row by row; a single number is a list of one and null is NaN.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Null => vec![f64::NAN],
        _ => vec![value.as_f64().expect("a number")],
    }
}

#[track_caller]
fn compare(case: &Value, found: &[f64]) {
    let expected = numbers(&case["values"]);
    let tolerance = case["tolerance"].as_f64().unwrap();
    assert_eq!(found.len(), expected.len(), "{case}");
    // Entries of a matrix are as exact as its size, not as their own: covariances may nearly cancel.
    let scale =
        if case["values"][0].is_array() { expected.iter().fold(0.0_f64, |m, v| m.max(v.abs())) } else { 0.0 };
    for (found, expected) in found.iter().zip(&expected) {
        let close = (found - expected).abs() <= tolerance * expected.abs().max(scale) || found == expected;
        assert!(close || found.is_nan() && expected.is_nan(), "{found:e} is not {expected:e}: {case}");
    }
}

fn entries(covariance: &Covariance) -> Vec<f64> {
    (0..3).flat_map(|i| (0..3).map(move |j| (i, j))).map(|(i, j)| covariance.entry(i, j)).collect()
}

fn covariance(kind: &str, data: &Data, fit: &LinearFit<'_>) -> Covariance {
    let hc = [HcKind::Classical, HcKind::Hc0, HcKind::Hc1, HcKind::Hc2, HcKind::Hc3];
    if let Some(hc) = hc.into_iter().find(|hc| hc.vcov() == kind) {
        return heteroskedastic(fit, hc).unwrap();
    }
    let kinds = [
        ClusterKind::Cr0,
        ClusterKind::Cr1,
        ClusterKind::Cr1s,
        ClusterKind::Cr2,
        ClusterKind::Cr3,
        ClusterKind::Cr3j,
        ClusterKind::Cr3jm,
    ];
    let cr = kinds.into_iter().find(|cr| cr.vcov() == format!("{kind}-tG1")).expect("a known covariance");
    clustered(fit, &data.clusters(), cr).unwrap()
}

fn cases(text: &str) -> (Value, usize) {
    let file: Value = serde_json::from_str(text).unwrap();
    let count = file["cases"].as_array().unwrap().len();
    (file, count)
}

#[test]
fn linear_models_agree_with_statsmodels_pyfixest_and_club_sandwich() {
    let (file, count) = cases(include_str!("../golden/linear.json"));
    assert!(count > 100);
    for case in file["cases"].as_array().unwrap() {
        let data = Data::of(&file, case["data"].as_str().unwrap());
        let weighted = case["weighted"].as_bool().unwrap();
        if let Some(kind) = case["method"].as_str().unwrap().strip_prefix("own_") {
            compare_own_column(case, &data, weighted, kind);
            continue;
        }
        let fit = data.fit(weighted);
        let t = fit.unit_contrast(1);
        let method = case["method"].as_str().unwrap();
        if let Some(kind) = method.strip_prefix("se_t_") {
            compare(case, &[covariance(kind, &data, &fit).variance(&t).sqrt()]);
        } else if let Some(kind) = method.strip_prefix("joint_F_") {
            let both = [t, fit.unit_contrast(2)];
            let test = covariance(kind, &data, &fit).joint_test(&fit, &both).unwrap();
            compare(case, &[test.statistic, test.p_value]);
        } else {
            let cr2 =
                |j| clustered_test(&fit, &data.clusters(), ClusterKind::Cr2, &fit.unit_contrast(j)).unwrap();
            match method {
                "coefficients" => compare(case, fit.coefficients()),
                "cr2_t" => compare(case, &[cr2(1).df, cr2(1).p_value]),
                "satterthwaite_df" => compare(case, &[cr2(0).df, cr2(1).df, cr2(2).df]),
                "NW" => {
                    let small =
                        if case["adjusted"] == true { SmallSample::Adjusted } else { SmallSample::None };
                    let lag = case["lag"].as_u64().unwrap() as usize;
                    compare(case, &entries(&newey_west(&fit, lag, small).unwrap()));
                }
                kind => compare(case, &entries(&covariance(kind, &data, &fit))),
            }
        }
    }
}

/// A cluster with a column of its own, where the adjustment is a pseudo-inverse.
fn compare_own_column(case: &Value, data: &Data, weighted: bool, kind: &str) {
    let cluster = case["own"].as_u64().unwrap() as u32;
    let own: Vec<f64> = data.g.iter().map(|g| f64::from(u8::from(*g == cluster))).collect();
    let mut columns = vec![("intercept", &data.ones), ("t", &data.t)];
    if case["with_x"] == true {
        columns.push(("x", &data.x));
    }
    columns.push(("own", &own));
    let columns: Vec<Column<'_>> =
        columns.into_iter().map(|(name, values)| Column { name, values }).collect();
    let fit = least_squares(&data.y, &columns, weighted.then_some(&data.w)).unwrap();
    let t = fit.unit_contrast(1);
    if kind == "df" {
        compare(case, &[clustered_test(&fit, &data.clusters(), ClusterKind::Cr2, &t).unwrap().df]);
    } else {
        let found = covariance(kind, data, &fit);
        assert_eq!(found.saturated, 1);
        compare(case, &[found.variance(&t).sqrt()]);
    }
}

/// Draws are not needed where everything is enumerated, but the functions ask for a stream.
const STREAMS: Family = Streams::new(0, 0).family(Purpose::Resampling);

#[test]
fn few_clusters_agree_with_enumerations_by_brute_force() {
    let (file, count) = cases(include_str!("../golden/few_clusters.json"));
    assert!(count >= 19);
    for case in file["cases"].as_array().unwrap() {
        if case["method"] == "wild" {
            let data = Data::of(&file, case["data"].as_str().unwrap());
            let fit = data.fit(case["weighted"].as_bool().unwrap());
            let wild = WildBootstrap::of(&fit, &data.clusters(), &fit.unit_contrast(1)).unwrap();
            let null = if case["impose"] == true { WildNull::Imposed } else { WildNull::NotImposed };
            let value = case["null"].as_f64().unwrap();
            let test = wild.test(value, null, WildWeights::Rademacher, 0, STREAMS);
            compare(case, &[test.statistic, test.p_value]);
        } else {
            let outcome = numbers(&case["outcome"]);
            let treated: Vec<bool> =
                case["treated"].as_array().unwrap().iter().map(|t| t.as_bool().unwrap()).collect();
            let arm = treated.iter().filter(|t| **t).count();
            let mechanism = match case["mechanism"].as_str().unwrap() {
                "pairs" => Mechanism::pairs(treated.len() / 2),
                _ => Mechanism::complete(treated.len(), arm),
            };
            let difference = |treated: &[bool]| {
                let sum = |arm| -> f64 {
                    outcome.iter().zip(treated).filter(|(_, t)| **t == arm).map(|(y, _)| y).sum()
                };
                sum(true) / arm as f64 - sum(false) / (treated.len() - arm) as f64
            };
            let test = permutation_test(&treated, &mechanism, 1000, 0, STREAMS, difference).unwrap();
            compare(case, &[test.statistic, test.p_value, test.assignments as f64]);
        }
    }
}

/// An arm of `two_arms.json`.
struct Arm {
    y: Vec<f64>,
    x: Vec<f64>,
    stratum: Vec<u32>,
}

impl Arm {
    fn of(file: &Value, name: &str) -> Self {
        let arm = &file["arms"][name];
        let stratum = numbers(&arm["stratum"]).into_iter().map(|s| s as u32).collect();
        Self { y: numbers(&arm["y"]), x: numbers(&arm["x"]), stratum }
    }

    fn units(&self) -> Vec<UnitTotals> {
        self.y.iter().map(|&numerator| UnitTotals { numerator, denominator: 1.0 }).collect()
    }

    fn strata(&self) -> Vec<(u32, f64)> {
        self.stratum.iter().copied().zip(self.y.iter().copied()).collect()
    }
}

fn row(d: &Difference) -> [f64; 6] {
    [d.effect, d.std_error, d.df, d.p_value, d.conf_low, d.conf_high]
}

fn multiplicity(name: &str) -> Option<Multiplicity> {
    Some(match name {
        "bonferroni" => Multiplicity::Bonferroni,
        "holm" => Multiplicity::Holm,
        "hochberg" => Multiplicity::Hochberg,
        "bh" => Multiplicity::BenjaminiHochberg,
        "by" => Multiplicity::BenjaminiYekutieli,
        _ => return None,
    })
}

#[test]
fn two_arms_quantiles_families_and_tails_agree_with_scipy_and_statsmodels() {
    let (file, count) = cases(include_str!("../golden/two_arms.json"));
    assert!(count > 80);
    let (treated, control) = (Arm::of(&file, "treated"), Arm::of(&file, "control"));
    let y = [&treated.y[..], &control.y].concat();
    let x = [&treated.x[..], &control.x].concat();
    let arms: Vec<bool> = (0..y.len()).map(|unit| unit < treated.y.len()).collect();
    let before = Column { name: "before", values: &x };
    let adjusted = |columns: &[Column<'_>], how| adjusted_difference(&y, &arms, columns, how, None).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let number = |name: &str| case[name].as_f64().unwrap();
        let arm = || if case["arm"] == "treated" { treated.y.clone() } else { control.y.clone() };
        match case["method"].as_str().unwrap() {
            "welch" => compare(case, &row(&ratio_difference(&treated.units(), &control.units()).unwrap())),
            "cuped" => {
                let found = cuped(&y, &arms, &[before]).unwrap();
                let gains = [found.theta[0], found.variance_reduction];
                compare(case, &[&gains[..], &row(&found.difference)].concat());
            }
            method @ ("ancova" | "lin") => {
                let how = if method == "lin" { Adjustment::Lin } else { Adjustment::Ancova };
                let d = adjusted(&[before], how);
                compare(case, &[d.effect, d.std_error, d.p_value, d.conf_low, d.conf_high]);
            }
            "lin_two" => {
                let second = numbers(&case["second"]);
                let d = adjusted(&[before, Column { name: "second", values: &second }], Adjustment::Lin);
                compare(case, &[d.effect, d.std_error]);
            }
            "post_stratified" => {
                let d = post_stratified_difference(&treated.strata(), &control.strata()).unwrap();
                compare(case, &[d.effect, d.std_error]);
            }
            "quantile" => compare(case, &[quantile_in_place(&mut arm(), number("p")).unwrap()]),
            "maritz_jarrett" => compare(case, &[maritz_jarrett(&mut arm(), number("p")).unwrap()]),
            "order_statistics" => {
                let (low, high) = order_statistic_interval(&mut arm(), number("p"), 0.95);
                compare(case, &[low.unwrap_or(f64::NAN), high.unwrap_or(f64::NAN)]);
            }
            "chi_squared_sf" => compare(case, &[chi_squared_sf(number("at"), number("df"))]),
            "f_sf" => compare(case, &[f_sf(number("at"), number("d1"), number("d2"))]),
            "binomial_cdf" => {
                let whole = |name| number(name) as u64;
                compare(case, &[binomial_cdf(whole("k"), whole("n"), number("p"))]);
            }
            name => {
                let given: Vec<_> = numbers(&case["p_values"]).into_iter().map(Some).collect();
                let found = adjust_p_values(&given, multiplicity(name).expect("a known method"));
                compare(case, &found.into_iter().map(Option::unwrap).collect::<Vec<_>>());
            }
        }
    }
}
