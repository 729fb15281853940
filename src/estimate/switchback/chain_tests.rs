//! The illustration chain of Hu and Wager (S4): what each estimator of the family finds on it.

use crate::estimate::fixture::estimator;
use crate::estimate::{Frame, NamedEstimator, Sample, Target};
use crate::rng::{Purpose, Streams};
use crate::stats::{Difference, Moments, normal_quantile};
use crate::verify::exact::hu_wager_chain::{
    Block, Chain, Fall, MARKET_STAYS, MARKETS, NOISE_VARIANCE, moved, reward, rise_probability,
};

const LENGTH: u32 = 60;
const BURN: u32 = 20;
const BLOCKS: u32 = 100;
const REPLICATIONS: u64 = 60;

/// A log of one row a second under a fair coin per block.
fn log(replication: u64) -> (Frame, Vec<f64>) {
    let streams = Streams::new(20, replication);
    let (coins, draws) = (streams.family(Purpose::Assignment), streams.family(Purpose::ChainStep));
    let (mut level, mut market, mut y) = (10, 2, Vec::new());
    let mut frame = Frame { units: BLOCKS as usize, ..Frame::default() };
    for step in 0..LENGTH * BLOCKS {
        let (block, since) = (step / LENGTH, step % LENGTH);
        let treated = coins.uniform(u64::from(block)) < 0.5;
        let mut draw = draws.stream(u64::from(step));
        if draw.uniform() >= MARKET_STAYS {
            market = 1 + draw.below(MARKETS);
        }
        level = moved(level, market, draw.uniform() < rise_probability(treated), Fall::ByMarket);
        y.push(reward(level, treated) + NOISE_VARIANCE.sqrt() * normal_quantile(draw.uniform()));
        frame.treated.push(treated);
        frame.unit.push(block);
        frame.block.push(block);
        frame.washout.push(since < BURN);
        frame.since_switch_s.push(f64::from(since));
        frame.time_s.push(f64::from(step));
        frame.propensity.push(0.5);
    }
    (frame, y)
}

/// What the estimators find, over the same logs.
fn found(estimators: &[NamedEstimator]) -> Vec<Vec<Difference>> {
    let mut found = vec![Vec::new(); estimators.len()];
    for replication in 0..REPLICATIONS {
        let (frame, y) = log(replication);
        let ones = vec![1.0; y.len()];
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        for (estimator, found) in estimators.iter().zip(&mut found) {
            let contrast = estimator.estimate(&sample).unwrap();
            let point = estimator.point(&sample).unwrap().effect;
            // Rows and blocks are summed in different orders.
            assert!((contrast.difference.effect - point).abs() < 1e-12 * point.abs());
            found.push(contrast.difference);
        }
    }
    found
}

/// The mean is the exact expectation within four of its standard errors, and the model's variance is that of the estimates
/// within four standard errors of a variance of this many, √(2/(R − 1)), and a tenth for the model's own error.
#[track_caller]
fn agrees(name: &str, exact: f64, found: &[Difference]) {
    let moments = Moments::of(&found.iter().map(|found| found.effect).collect::<Vec<_>>()).unwrap();
    let error = moments.variance_of_mean().sqrt();
    assert!((moments.mean - exact).abs() < 4.0 * error, "{name}: {} ± {error} is not {exact}", moments.mean);
    let model = found.iter().map(|found| found.std_error * found.std_error).sum::<f64>() / found.len() as f64;
    let tolerance = 0.1 + 4.0 * (2.0 / (found.len() as f64 - 1.0)).sqrt();
    assert!((model / moments.variance - 1.0).abs() < tolerance, "{name}: {model} for {}", moments.variance);
}

/// Expectation of the bias-corrected estimator in a long experiment: what early rows give behind a block of their own arm
/// by the law step by step, and what late rows give behind any.
fn exact_bias_corrected(chain: &Chain) -> f64 {
    let start = chain.start(LENGTH);
    let early = |arm: usize| {
        let arm = &chain.arms[arm];
        arm.mean_from(&arm.after(&start, LENGTH), Block { length: BURN, burn: 0 })
    };
    let share = f64::from(BURN) / f64::from(LENGTH);
    share * (early(1) - early(0))
        + (1.0 - share) * chain.difference_in_means(Block { length: LENGTH, burn: BURN })
}

#[test]
fn on_the_chain_of_hu_and_wager_each_estimator_finds_its_exact_expectation_and_its_own_variance() {
    let chain = Chain::illustration(Fall::ByMarket);
    let total = chain.total_effect();
    assert!((total - 25.658_586).abs() < 5e-7);
    let blocks = chain.difference_in_means(Block { length: LENGTH, burn: 0 });
    let burnt = chain.difference_in_means(Block { length: LENGTH, burn: BURN });
    let corrected = exact_bias_corrected(&chain);
    // Whole blocks miss 3.82 of 25.66 (S4); the correction beats the plain burn-in, which uses fewer rows.
    assert!((blocks - total + 3.815_525).abs() < 5e-7);
    assert!((corrected - total).abs() < (burnt - total).abs() && (burnt - total).abs() < 1.0);
    let estimators = [
        estimator("switchback_blocks", ""),
        estimator("switchback_burn_in", ""),
        estimator("switchback_burn_in", "burn_in = \"20 s\"\nvariance = \"jackknife\""),
        estimator("switchback_bias_corrected", "burn_in = \"20 s\""),
        estimator("switchback_bias_corrected", ""),
    ];
    let found = found(&estimators);
    agrees("whole blocks", blocks, &found[0]);
    agrees("burn-in", burnt, &found[1]);
    agrees("burn-in, jackknife", burnt, &found[2]);
    agrees("bias corrected", corrected, &found[3]);
    let labels: Vec<&str> = found.iter().map(|found| found[0].vcov).collect();
    assert_eq!(labels, ["welch", "welch", "jackknife", "jackknife-2", "jackknife-2"]);
    for (given, own) in found[3].iter().zip(&found[4]) {
        assert_eq!(given, own, "the design's washout is as long as the burn-in that was given");
    }
}

#[test]
fn hajek_over_windows_of_two_blocks_removes_most_of_the_carry_over_and_its_bound_is_no_smaller_than_the_spread()
 {
    let chain = Chain::illustration(Fall::ByMarket);
    let total = chain.total_effect();
    let blocks = chain.difference_in_means(Block { length: LENGTH, burn: 0 });
    let estimators = [
        estimator("switchback_hajek", "order = 1"),
        estimator("switchback_hajek", "order = 0"),
        estimator("switchback_horvitz_thompson", "order = 1\ncentred = true"),
        estimator("switchback_regression", ""),
    ];
    let found = found(&estimators);
    let moments: Vec<Moments> = found
        .iter()
        .map(|found| Moments::of(&found.iter().map(|found| found.effect).collect::<Vec<_>>()).unwrap())
        .collect();
    // Exact: a block behind one of its own arm, whole.
    let start = chain.start(LENGTH);
    let whole = Block { length: LENGTH, burn: 0 };
    let [control, treated] =
        [0, 1].map(|arm| chain.arms[arm].mean_from(&chain.arms[arm].after(&start, LENGTH), whole));
    let windows = treated - control;
    assert!((windows - total).abs() < 0.2 * (blocks - total).abs());
    for (at, exact) in [(0, windows), (1, blocks), (2, windows), (3, windows)] {
        let error = moments[at].variance_of_mean().sqrt();
        // Four standard errors, and two per cent for ratios of weights in a hundred blocks.
        assert!((moments[at].mean - exact).abs() < 4.0 * error + 0.02 * exact, "{at}: {moments:?} {exact}");
    }
    for (found, moments) in found.iter().zip(&moments).take(3) {
        let bound =
            found.iter().map(|found| found.std_error * found.std_error).sum::<f64>() / found.len() as f64;
        assert!(bound > 0.8 * moments.variance, "{bound} for {}", moments.variance);
    }
}
