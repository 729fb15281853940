//! What a block of a switchback tells.

use crate::record::Window;
use crate::verify::exact::quadrature::simpson;
use crate::verify::exact::serial_correlation::{adjacent_block_covariance, block_mean_variance};
use crate::verify::ideal::{Ideal, UNLIMITED};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "I3",
    claim: "requests of one block share its state, so the request-level formula understates a block mean's \
            variance eighteenfold",
    derivation: "N of M/M/infinity has Cov(N_0, N_t) = a e^-t, so over a block of x service times Var(mean) \
                 = (2/x^2) int_0^x (x - u) a e^-u du = (2a/x^2)(x - 1 + e^-x) and adjacent blocks have \
                 covariance a((1 - e^-x)/x)^2. Second routes: the integral added up; Var over 2x is the mean \
                 of variance and covariance",
    source: "derived here from Q7",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const LOAD: f64 = 10.0;

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (x, variance) in [(1.0, 7.357_589), (5.0, 3.205_390), (10.0, 1.800_009)] {
        let found = block_mean_variance(LOAD, x);
        let added = simpson(0.0, x, 500, |u| 2.0 / (x * x) * (x - u) * LOAD * libm::exp(-u));
        let from_double = 2.0 * block_mean_variance(LOAD, 2.0 * x) - found;
        let covariance = adjacent_block_covariance(LOAD, x);
        checks.push(Check::function(format!("Var(block mean), x {x}"), variance, found));
        checks.push(Check::within(format!("Var(block mean), x {x}, added up"), added, found, 1e-9));
        checks.push(Check::within(
            format!("covariance of neighbours, x {x}"),
            from_double,
            covariance,
            1e-12,
        ));
    }
    let at_ten = block_mean_variance(LOAD, 10.0);
    // Hundred arrivals to a block, each with the variance of N.
    let independent = LOAD / (LOAD * 10.0);
    checks.push(Check::function("request-level formula", 0.1, independent));
    checks.push(Check::within("how much too small", 18.0, at_ten / independent, 0.5));
    let correlation = adjacent_block_covariance(LOAD, 10.0) / at_ten;
    checks.push(Check::function("correlation of neighbours", 0.055_550, correlation));
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let queue = Ideal {
        rate: LOAD,
        control: UNLIMITED,
        seconds: 20_000,
        warm_up: 50,
        window: 10.0,
        ..Ideal::default()
    };
    let windows = bench.windows(&queue.scenario(), &[]);
    let mean = |window: &Window| window.outstanding_ps as f64 / 1e13;
    let apart: Vec<Vec<f64>> =
        windows.iter().map(|line| line.iter().map(|window| mean(window) - LOAD).collect()).collect();
    // The mean is known: squares and products about it are unbiased.
    let variance: Vec<f64> =
        apart.iter().map(|line| line.iter().map(|d| d * d).sum::<f64>() / line.len() as f64).collect();
    let covariance: Vec<f64> = apart
        .iter()
        .map(|line| line.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / (line.len() - 1) as f64)
        .collect();
    vec![
        Check::simulated("Var(block mean), x 10", block_mean_variance(LOAD, 10.0), &variance, 0.03),
        Check::simulated("covariance of neighbours", adjacent_block_covariance(LOAD, 10.0), &covariance, 0.3),
    ]
}
