//! Golden numbers: what statsmodels, scipy, pyfixest, R and plain numpy say about the same data. The scripts
//! in `tests/golden` wrote the files; each case carries its tolerance and the reason for it.

use contention::stats::{
    ClusterKind, Clusters, Column, Covariance, HcKind, LinearFit, SmallSample, clustered, clustered_test,
    heteroskedastic, least_squares, newey_west,
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
        let fit = data.fit(case["weighted"].as_bool().unwrap());
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
