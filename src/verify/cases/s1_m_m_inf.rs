//! Switchbacks with one relaxation rate.

use crate::verify::exact::switchback::{
    alternating, block_means, complete, contrast_of_path, independent, paired,
};
use crate::verify::ideal::{Ideal, UNLIMITED, switchback};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "S1",
    claim: "carry-over shrinks a switchback's estimate by what one block leaves to the next, and the more so \
            the more arms alternate",
    derivation: "x = block length in relaxation times, g = (1 - e^-x)/x, with burn-in g_b = (e^-b - e^-x)/(x \
                 - b). E[DM]/D: fair coin per block 1 - g_b; strict ABAB 1 - 2 g_b/(1 + e^-x), without \
                 burn-in 1 - (2/x) tanh(x/2); AB or BA by coin 1 - g(1 + (1 - e^-x)/2); half of K blocks at \
                 random 1 - gF, F = 1 + (K - (1 - e^-xK)/(1 - e^-x))/(K(K - 1)). Second route: the path of \
                 the state through every assignment of a design, averaged",
    source: "derived here; holds for any state with one exponential relaxation",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

/// x, fair coin, ABAB, fair coin with half a block of burn-in, ABAB with it.
const PRINTED: [(f64, f64, f64, f64, f64); 5] = [
    (1.0, 0.367_879, 0.075_766, 0.522_698, 0.302_128),
    (2.0, 0.567_668, 0.238_406, 0.767_456, 0.590_352),
    (5.0, 0.801_348, 0.605_354, 0.969_861, 0.940_126),
    (10.0, 0.900_005, 0.800_018, 0.998_661, 0.997_323),
    (20.0, 0.950_000, 0.900_000, 0.999_995, 0.999_991),
];

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (x, coin, strict, coin_kept, strict_kept) in PRINTED {
        let burn = x / 2.0;
        checks.push(Check::function(format!("fair coin, x {x}"), coin, independent(x, 0.0)));
        checks.push(Check::function(format!("ABAB, x {x}"), strict, alternating(x, 0.0)));
        checks.push(Check::function(
            format!("fair coin after burn-in, x {x}"),
            coin_kept,
            independent(x, burn),
        ));
        checks.push(Check::function(format!("ABAB after burn-in, x {x}"), strict_kept, alternating(x, burn)));
        for burn in [0.0, burn] {
            let (coin, strict) = (coin_by_paths(x, burn), strict_by_path(x, burn));
            checks.push(Check::within(
                format!("fair coin by paths, x {x}, b {burn}"),
                coin,
                independent(x, burn),
                1e-12,
            ));
            checks.push(Check::within(
                format!("ABAB by its path, x {x}, b {burn}"),
                strict,
                alternating(x, burn),
                1e-12,
            ));
        }
        let by_tanh = 1.0 - 2.0 / x * libm::tanh(x / 2.0);
        checks.push(Check::within(format!("ABAB by tanh, x {x}"), by_tanh, alternating(x, 0.0), 1e-12));
    }
    for (x, printed) in [(1.0, 0.168_091), (5.0, 0.702_691), (10.0, 0.850_009)] {
        checks.push(Check::function(format!("pairs, x {x}"), printed, paired(x)));
        checks.push(Check::within(format!("pairs by paths, x {x}"), paired_by_paths(x), paired(x), 1e-12));
    }
    for (x, printed) in [(1.0, 0.295_428), (5.0, 0.776_540)] {
        checks.push(Check::function(format!("4 of 8 blocks, x {x}"), printed, complete(x, 8)));
        for blocks in [4, 8, 12] {
            let found = complete_by_paths(x, blocks);
            checks.push(Check::within(
                format!("half of {blocks} blocks by paths, x {x}"),
                found,
                complete(x, blocks),
                1e-12,
            ));
        }
    }
    checks
}

/// The arms of blocks 0, 1, …: bit k of `code`.
fn arms(code: u32, blocks: u32) -> Vec<bool> {
    (0..blocks).map(|k| code >> k & 1 == 1).collect()
}

/// A treated block less a control block behind the same past, over every past of six coins.
fn coin_by_paths(x: f64, burn: f64) -> f64 {
    const PAST: u32 = 6;
    let last = |code: u32, treated: bool| {
        let mut path = arms(code, PAST);
        path.push(treated);
        last_block(&path, x, burn)
    };
    let total: f64 = (0..1 << PAST).map(|code| last(code, true) - last(code, false)).sum();
    total / f64::from(1 << PAST)
}

/// Mean of the last block of a path that starts half-way.
fn last_block(path: &[bool], x: f64, burn: f64) -> f64 {
    block_means(path, 0.5, x, burn).last().copied().unwrap_or(f64::NAN)
}

/// The last pair of a path that alternates long enough to repeat itself.
fn strict_by_path(x: f64, burn: f64) -> f64 {
    let path: Vec<bool> = (0..200).map(|k| k % 2 == 1).collect();
    let means = block_means(&path, 0.5, x, burn);
    means[199] - means[198]
}

/// Difference in means of four pairs, over every assignment of them.
fn paired_by_paths(x: f64) -> f64 {
    const PAIRS: u32 = 4;
    let one = |code: u32| {
        let path: Vec<bool> =
            arms(code, PAIRS).into_iter().flat_map(|treated_first| [treated_first, !treated_first]).collect();
        contrast_of_path(&path, 0.5, x).unwrap_or(f64::NAN)
    };
    (0..1 << PAIRS).map(one).sum::<f64>() / f64::from(1 << PAIRS)
}

/// Every choice of half of the blocks.
fn complete_by_paths(x: f64, blocks: u32) -> f64 {
    let choices = (0_u32..1 << blocks).filter(|code| code.count_ones() == blocks / 2);
    let found: Vec<f64> = choices.filter_map(|code| contrast_of_path(&arms(code, blocks), 0.3, x)).collect();
    found.iter().sum::<f64>() / found.len() as f64
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    const BLOCK: f64 = 5.0;
    let policy = |join: f64| format!("{UNLIMITED}\ndemand = {{ kind = \"balk\", probability = {join} }}");
    let (control, candidate) = (policy(8.0 / 12.0), policy(1.0));
    let designs = [
        switchback("coin", "random", BLOCK, 0.0),
        switchback("coin after burn-in", "random", BLOCK, BLOCK / 2.0),
        switchback("abab", "alternating", BLOCK, 0.0),
        switchback("abab after burn-in", "alternating", BLOCK, BLOCK / 2.0),
    ];
    let queue = Ideal {
        rate: 12.0,
        control: &control,
        candidate: Some(&candidate),
        designs: &designs.concat(),
        metrics: "\"requests_outstanding_mean\"",
        seconds: 5_000,
        warm_up: 50,
        window: BLOCK / 2.0,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let found = |design: &str| -> Vec<f64> {
        study.estimate(design, "requests_outstanding_mean").iter().map(|estimate| estimate / 4.0).collect()
    };
    let burn = BLOCK / 2.0;
    vec![
        Check::simulated("GTE", 4.0, &study.effect("requests_outstanding_mean"), 0.01),
        Check::simulated("DM/D, fair coin", independent(BLOCK, 0.0), &found("coin"), 0.03),
        Check::simulated("after burn-in", independent(BLOCK, burn), &found("coin after burn-in"), 0.03),
        Check::simulated("DM/D, ABAB", alternating(BLOCK, 0.0), &found("abab"), 0.03),
        Check::simulated("after burn-in", alternating(BLOCK, burn), &found("abab after burn-in"), 0.03),
    ]
}
