//! M/G/1 with heavy-tailed sizes.

use crate::verify::exact::pollaczek_khinchine::mean_wait;
use crate::verify::exact::power_law::HEAVY_TAIL;
use crate::verify::exact::quadrature::simpson;
use crate::verify::ideal::{Ideal, POWER_LAW, seconds};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "Q4",
    claim: "heavy-tailed sizes lengthen the mean wait six times over, by their second moment alone",
    derivation: "Pollaczek-Khinchine: W_q/E X = rho(1 + scv)/(2(1 - rho)). Second route: the wait is a \
                 geometric sum of residual sizes, so W_q = rho/(1 - rho) * int_0^inf P(residual > t) dt",
    source: "Pollaczek 1930; Khinchine 1932; Kleinrock, Queueing Systems I (1975)",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 2, check: simulated }],
};

const LOAD: f64 = 0.7;

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let sizes = HEAVY_TAIL.with_mean_one();
    let wait = mean_wait(LOAD, 1.0, sizes.moment(2));
    let (mean, second) = (HEAVY_TAIL.moment(1), HEAVY_TAIL.moment(2));
    // In the logarithm of x, where a power law is smooth.
    let moment = |power: f64| {
        let integrand = |y: f64| power * libm::exp(power * y) * HEAVY_TAIL.tail(libm::exp(y));
        let (low, high) = (libm::log(HEAVY_TAIL.low), libm::log(HEAVY_TAIL.high));
        libm::pow(HEAVY_TAIL.low, power) + simpson(low, high, 1000, integrand)
    };
    let beyond = |y: f64| libm::exp(y) * sizes.residual_tail(libm::exp(y));
    // Below its shortest value a size is 1 - t/E X, in full, ahead.
    let residual = sizes.low - sizes.low * sizes.low / 2.0
        + simpson(libm::log(sizes.low), libm::log(sizes.high), 1000, beyond);
    vec![
        Check::function("E X", 68.469_643, mean),
        Check::function("E X by integrating its tail", mean, moment(1.0)),
        Check::function("E X^2", 56_108.292_005, second),
        Check::function("E X^2 by integrating its tail", second, moment(2.0)),
        Check::function("squared coefficient of variation", 10.968_257, second / (mean * mean) - 1.0),
        Check::function("W_q/E X", 13.962_967, wait),
        Check::function("W_q/E X by residual sizes", wait, LOAD / (1.0 - LOAD) * residual),
        Check::function("W_q/E X with exponential sizes", 2.333_333, mean_wait(LOAD, 1.0, 2.0)),
    ]
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let queue = Ideal {
        rate: LOAD,
        size: POWER_LAW,
        metrics: "\"queue_wait_ms_mean\"",
        seconds: 400_000,
        warm_up: 10_000,
        replications: 120,
        ..Ideal::default()
    };
    let waits = seconds(bench.study(&queue.scenario(), &[]).control("queue_wait_ms_mean"));
    let exact = mean_wait(LOAD, 1.0, HEAVY_TAIL.with_mean_one().moment(2));
    vec![Check::simulated("W_q/E X", exact, &waits, 0.03)]
}
