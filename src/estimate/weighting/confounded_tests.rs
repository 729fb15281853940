//! A log without any effect whose chances follow the state (O1), and logs with one.

use crate::estimate::fixture::estimator;
use crate::estimate::{Frame, NamedColumn, Sample, Target};
use crate::rng::{Purpose, Streams};
use crate::stats::Moments;

/// O1: M/M/1 at load .8; treated with probability .9 where fewer than three are found, else .1; the outcome is what was
/// found plus `effect` for the treated. Rows are independent here, drawn from the stationary law.
fn confounded(rows: u64, replication: u64, effect: f64) -> (Frame, Vec<f64>) {
    let draws = Streams::new(1, replication).family(Purpose::ChainStep);
    let (mut frame, mut y, mut found) = (Frame::default(), Vec::new(), Vec::new());
    for t in 0..rows {
        let mut draw = draws.stream(t);
        let number = libm::floor(libm::log(draw.uniform()) / libm::log(0.8));
        let e = if number < 3.0 { 0.9 } else { 0.1 };
        let treated = draw.uniform() < e;
        frame.treated.push(treated);
        frame.unit.push(t as u32);
        frame.propensity.push(e);
        found.push(number);
        y.push(number + if treated { effect } else { 0.0 });
    }
    frame.units = y.len();
    frame.state = vec![NamedColumn { name: "outstanding".to_owned(), values: found }];
    (frame, y)
}

/// Mean of the estimates with its standard error, and the mean of the model's variance over theirs.
fn over_logs(kind: &str, options: &str, effect: f64) -> (f64, f64, f64) {
    let estimator = estimator(kind, options);
    let found: Vec<(f64, f64)> = (0..60)
        .map(|replication| {
            let (frame, y) = confounded(4000, replication, effect);
            let ones = vec![1.0; y.len()];
            let found =
                estimator.estimate(&Sample::new(&frame, Target::Ratio, &y, &ones)).unwrap().difference;
            (found.effect, found.std_error * found.std_error)
        })
        .collect();
    let moments = Moments::of(&found.iter().map(|found| found.0).collect::<Vec<_>>()).unwrap();
    let model = found.iter().map(|found| found.1).sum::<f64>() / found.len() as f64;
    (moments.mean, moments.variance_of_mean().sqrt(), model / moments.variance)
}

#[test]
fn state_that_decides_the_arm_makes_an_effect_of_minus_five_out_of_nothing_and_true_weights_remove_it() {
    let (naive, error, _) = over_logs("difference_in_means", "", 0.0);
    // O1: E[N|T] 1.494290 less E[N|C] 6.411303; a ratio's bias of order 1/4000 besides.
    assert!((naive + 4.917_013).abs() < 4.0 * error + 0.005, "{naive} ± {error}");
    for (kind, options) in [
        ("horvitz_thompson", ""),
        ("horvitz_thompson", "centred = true"),
        ("hajek", ""),
        ("hajek", "target = \"treated\""),
        ("ipw_overlap", "least_ess = 0.1"),
    ] {
        let (mean, error, ratio) = over_logs(kind, options, 0.0);
        assert!(mean.abs() < 4.0 * error + 0.005 && error < 0.05, "{kind} {options}: {mean} ± {error}");
        // Four standard errors of a variance of sixty, √(2/59), and a tenth.
        assert!((ratio - 1.0).abs() < 0.1 + 4.0 * 0.184, "{kind} {options}: variance ratio {ratio}");
    }
}

#[test]
fn with_an_effect_of_two_all_find_it_and_a_linear_model_of_the_state_leaves_no_noise() {
    for (kind, options) in
        [("hajek", ""), ("ipw_overlap", ""), ("post_stratified", "by = \"outstanding\"\nbins = 6")]
    {
        let (mean, error, _) = over_logs(kind, options, 2.0);
        // Bins of six mix states of unlike chances in the tail only.
        assert!((mean - 2.0).abs() < 4.0 * error + 0.1, "{kind}: {mean} ± {error}");
    }
    let (frame, mut y) = confounded(4000, 0, 2.0);
    y.iter_mut().enumerate().for_each(|(t, y)| *y += if t % 2 == 0 { 1e-3 } else { -1e-3 });
    let ones = vec![1.0; y.len()];
    let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
    let found = estimator("aipw", "columns = \"outstanding\"").estimate(&sample).unwrap().difference;
    assert!((found.effect - 2.0).abs() < 1e-3 && found.std_error < 1e-3, "{found:?}");
}

#[test]
fn rows_of_one_unit_are_summed_before_they_are_squared() {
    // Every row twice under the same unit: the same effect and the same error.
    let (frame, y) = confounded(500, 3, 1.0);
    let twice = |values: &[f64]| values.iter().flat_map(|x| [*x, *x]).collect::<Vec<_>>();
    let doubled = Frame {
        treated: frame.treated.iter().flat_map(|x| [*x, *x]).collect(),
        unit: frame.unit.iter().flat_map(|x| [*x, *x]).collect(),
        propensity: twice(&frame.propensity),
        units: frame.units,
        ..Frame::default()
    };
    let (y2, ones) = (twice(&y), vec![1.0; 1000]);
    let once =
        estimator("hajek", "").estimate(&Sample::new(&frame, Target::Ratio, &y, &ones[..500])).unwrap();
    let both = estimator("hajek", "").estimate(&Sample::new(&doubled, Target::Ratio, &y2, &ones)).unwrap();
    let (once, both) = (once.difference, both.difference);
    assert!((once.effect - both.effect).abs() < 1e-12 && both.vcov == "influence" && both.n_units == 500);
    assert!((both.std_error / once.std_error - 1.0).abs() < 1e-12);
}
