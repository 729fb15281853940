//! Switchbacks of a queue that forgets slowly.

use crate::verify::exact::birth_death::{BirthDeath, expectation, stationary, value_steps};
use crate::verify::exact::switchback_chain::{Blocks, slowest_relaxation};
use crate::verify::exact::uniformisation::run;
use crate::verify::ideal::{Ideal, ONE_SERVER, switchback};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "S3",
    claim: "a busy queue forgets so slowly that a block of a hundred service times loses a quarter of the \
            effect, and alternation nearly half",
    derivation: "N of M/M/1/60, lambda 0.6 in control and 0.8 in treated blocks. A fair coin per block \
                 starts blocks from the fixed point nu = nu(P0 + P1)/2, P_w = e^(Q_w l) by uniformisation; a \
                 block's outcome is the time mean of N from nu. ABAB: nu = nu P1 P0. Bias-corrected: burn-in \
                 of blocks with the arm of their predecessor (from nu P_w), the rest of all. Second route: \
                 with Qh = -(N - m), the mean over a block is m + (nu h - nu P h)/l. Slowest rate lambda + \
                 mu - 2 sqrt(lambda mu) cos(pi/61)",
    source: "derived here; estimator of Hu and Wager, arXiv 2209.00197",
    parts: &[
        Part { tier: 0, check: functions },
        Part { tier: 1, check: simulated },
        Part { tier: 2, check: corrected },
    ],
};

const ROOM: u32 = 60;
const CONTROL_LAMBDA: f64 = 0.6;
const TREATED_LAMBDA: f64 = 0.8;

fn blocks(length: f64) -> Blocks {
    Blocks {
        control: BirthDeath::servers(1, ROOM, CONTROL_LAMBDA, 1.0),
        treated: BirthDeath::servers(1, ROOM, TREATED_LAMBDA, 1.0),
        length,
    }
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = stationary_checks();
    for (length, whole, kept, corrected, strict) in [
        (20.0, 0.983_127, 1.337_724, 1.520_856, 0.361_787),
        (50.0, 1.550_840, 1.976_894, 2.107_379, 0.901_571),
        (100.0, 1.936_559, 2.309_652, 2.370_989, 1.445_282),
        (200.0, 2.199_542, 2.455_376, 2.473_338, 1.907_098),
    ] {
        let blocks = blocks(length);
        let found = blocks.independent(length / 2.0);
        checks.push(Check::function(format!("DM, l {length}"), whole, found.difference_in_means));
        checks.push(Check::function(format!("after burn-in, l {length}"), kept, found.after_burn_in));
        checks.push(Check::function(format!("bias-corrected, l {length}"), corrected, found.bias_corrected));
        checks.push(Check::function(format!("DM of ABAB, l {length}"), strict, blocks.alternating()));
        let start = blocks.start();
        let by_values =
            mean_by_values(&blocks.treated, &start, length) - mean_by_values(&blocks.control, &start, length);
        checks.push(Check::within(
            format!("DM by Poisson's equation, l {length}"),
            by_values,
            found.difference_in_means,
            1e-9,
        ));
    }
    for (length, coin, strict) in [(100.0, -22.5, -42.2), (200.0, -12.0, -23.7)] {
        let blocks = blocks(length);
        let percent = |found: f64| 100.0 * (found / blocks.total_effect() - 1.0);
        let found = blocks.independent(length / 2.0).difference_in_means;
        checks.push(Check::within(format!("% bias of DM, l {length}"), coin, percent(found), 5e-2));
        checks.push(Check::within(
            format!("% bias of ABAB, l {length}"),
            strict,
            percent(blocks.alternating()),
            5e-2,
        ));
    }
    checks
}

fn stationary_checks() -> Vec<Check> {
    let mut checks = vec![Check::function("GTE", 2.499_925, blocks(20.0).total_effect())];
    for (lambda, mean, rate) in [(CONTROL_LAMBDA, 1.5, 0.052_861), (TREATED_LAMBDA, 3.999_925, 0.013_517)] {
        // L of M/M/1/K: rho/(1 - rho) - (K + 1) rho^(K+1)/(1 - rho^(K+1)).
        let full = libm::pow(lambda, f64::from(ROOM + 1));
        let closed = lambda / (1.0 - lambda) - f64::from(ROOM + 1) * full / (1.0 - full);
        let law = stationary(&BirthDeath::servers(1, ROOM, lambda, 1.0));
        let found = expectation(&law, |n| n);
        checks.push(Check::function(format!("stationary mean at {lambda}"), mean, closed));
        checks.push(Check::within(format!("by the chain at {lambda}"), closed, found, 1e-12));
        checks.push(Check::function(
            format!("slowest rate at {lambda}"),
            rate,
            slowest_relaxation(lambda, 1.0, ROOM),
        ));
    }
    checks
}

/// Mean of N over a block that starts from `start`, by the relative values of the states.
fn mean_by_values(chain: &BirthDeath, start: &[f64], length: f64) -> f64 {
    let law = stationary(chain);
    let mut value = 0.0;
    let mut values = vec![value];
    for step in value_steps(chain, |n| n) {
        value += step;
        values.push(value);
    }
    let dot = |law: &[f64], values: &[f64]| {
        law.iter().zip(values).map(|(weight, value)| weight * value).sum::<f64>()
    };
    let mean = expectation(&law, |n| n);
    mean + (dot(start, &values) - dot(&run(chain, start, length).end, &values)) / length
}

/// The policy under which this share of the potential arrivals comes.
fn policy(join: f64) -> String {
    format!(
        "{ONE_SERVER}\nadmission = {{ kind = \"concurrency_cap\", max_outstanding = {ROOM} }}\n\
         demand = {{ kind = \"balk\", probability = {join} }}"
    )
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    const BLOCK: f64 = 50.0;
    let (control, candidate) = (policy(CONTROL_LAMBDA / TREATED_LAMBDA), policy(1.0));
    let designs = [
        switchback("coin", "random", BLOCK, 0.0),
        switchback("burn-in", "random", BLOCK, BLOCK / 2.0),
        switchback("abab", "alternating", BLOCK, 0.0),
    ];
    let queue = Ideal {
        rate: TREATED_LAMBDA,
        control: &control,
        candidate: Some(&candidate),
        designs: &designs.concat(),
        metrics: "\"requests_outstanding_mean\"",
        seconds: 100_000,
        warm_up: 2_000,
        window: BLOCK / 2.0,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let metric = "requests_outstanding_mean";
    let blocks = blocks(BLOCK);
    let exact = blocks.independent(BLOCK / 2.0);
    let check = |what: &str, exact: f64, design: &str| {
        Check::simulated(what, exact, &study.estimate(design, metric), 0.08)
    };
    vec![
        Check::simulated("GTE", blocks.total_effect(), &study.effect(metric), 0.05),
        check("DM, blocks of 50", exact.difference_in_means, "coin"),
        check("after burn-in of 25", exact.after_burn_in, "burn-in"),
        check("DM of ABAB", blocks.alternating(), "abab"),
    ]
}

/// Blocks of a hundred service times by the registered estimators, from the windows of one world.
fn corrected(bench: &Bench<'_>) -> Vec<Check> {
    const BLOCK: f64 = 100.0;
    let (control, candidate) = (policy(CONTROL_LAMBDA / TREATED_LAMBDA), policy(1.0));
    let estimator =
        |kind: &str| format!("[[estimator]]\nkind = \"{kind}\"\nmetrics = [\"requests_outstanding_mean\"]\n");
    let designs = [
        switchback("coin", "random", BLOCK, BLOCK / 2.0),
        estimator("switchback_burn_in"),
        estimator("switchback_bias_corrected"),
    ]
    .concat();
    let queue = Ideal {
        rate: TREATED_LAMBDA,
        control: &control,
        candidate: Some(&candidate),
        designs: &designs,
        metrics: "\"requests_outstanding_mean\"",
        seconds: 400_000,
        warm_up: 2_000,
        window: BLOCK / 2.0,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let exact = blocks(BLOCK).independent(BLOCK / 2.0);
    let check = |what: &str, exact: f64, estimator: &str| {
        let found = study.found("coin", estimator, "requests_outstanding_mean");
        Check::simulated(format!("{what}, blocks of 100"), exact, &found, 0.04)
    };
    vec![
        check("whole blocks", exact.difference_in_means, "switchback_blocks"),
        check("washout of 50", exact.after_burn_in, "switchback_washout"),
        check("burn-in of 50", exact.after_burn_in, "switchback_burn_in"),
        check("bias-corrected", exact.bias_corrected, "switchback_bias_corrected"),
    ]
}
