//! Enough room for everyone.

use crate::record::Window;
use crate::verify::exact::power_law::HEAVY_TAIL;
use crate::verify::exact::quadrature::simpson;
use crate::verify::ideal::{EXPONENTIAL, Ideal, POWER_LAW, UNLIMITED};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "Q7",
    claim: "with room for everyone the number in flight is Poisson, and forgets as slowly as its requests \
            are long",
    derivation: "N ~ Poisson(a), a = lambda E S, and Cov(N_0, N_t) = lambda int_t^inf P(S > u) du = a(1 - \
                 G(t)), G the law of the residual size. Exponential sizes of mean 1: 1 - G = e^-t. Second \
                 route to 1 - G: the integral added up numerically",
    source: "Takacs, Introduction to the Theory of Queues (1962); Eick, Massey and Whitt 1993",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let sizes = HEAVY_TAIL.with_mean_one();
    let mut checks = Vec::new();
    for (t, beyond) in [
        (1.0, 0.471_791),
        (2.0, 0.359_201),
        (5.0, 0.233_466),
        (10.0, 0.154_262),
        (20.0, 0.088_481),
        (50.0, 0.024_921),
    ] {
        let closed = sizes.residual_tail(t);
        let integrand = |y: f64| libm::exp(y) * sizes.tail(libm::exp(y));
        let added = simpson(libm::log(t), libm::log(sizes.high), 1000, integrand);
        checks.push(Check::function(format!("1 - G({t})"), beyond, closed));
        checks.push(Check::within(format!("1 - G({t}) added up"), closed, added, 1e-9));
    }
    checks.push(Check::within("exponential sizes at 10", 4.5e-5, libm::exp(-10.0), 5e-7));
    checks
}

/// Requests in flight on average.
const IN_FLIGHT: f64 = 20.0;

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (law, size) in [("exponential", EXPONENTIAL), ("power-law", POWER_LAW)] {
        let queue = Ideal {
            rate: IN_FLIGHT,
            size,
            control: UNLIMITED,
            seconds: 2_000,
            warm_up: 400,
            window: 1.0,
            ..Ideal::default()
        };
        let in_flight = |window: &Window| f64::from(window.queue + window.running);
        let windows = bench.windows(&queue.scenario(), &[]);
        let timelines: Vec<Vec<f64>> =
            windows.iter().map(|line| line.iter().map(in_flight).collect()).collect();
        let beyond = |t: f64| match law {
            "exponential" => libm::exp(-t),
            _ => HEAVY_TAIL.with_mean_one().residual_tail(t),
        };
        let mean: Vec<f64> = timelines.iter().map(|line| average(line.iter().copied())).collect();
        checks.push(Check::simulated(format!("E N, {law}"), IN_FLIGHT, &mean, 0.03));
        for lag in [0_usize, 1, 10] {
            let covariance: Vec<f64> = timelines
                .iter()
                .map(|line| {
                    let pairs = line.iter().zip(&line[lag..]);
                    // The mean is known, so nothing is lost to estimating it.
                    average(pairs.map(|(now, later)| (now - IN_FLIGHT) * (later - IN_FLIGHT)))
                })
                .collect();
            let exact = IN_FLIGHT * beyond(lag as f64);
            checks.push(Check::absolute(format!("Cov(N(0), N({lag})), {law}"), exact, &covariance, 2.5));
        }
    }
    checks
}

fn average(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}
