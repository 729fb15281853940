//! A policy that looks at the state.

use crate::verify::exact::birth_death::{BirthDeath, expectation, stationary};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "O1",
    claim: "treating when the queue is short makes a treatment without any effect look excellent",
    derivation: "M/M/1, lambda 0.8, mu 1, P(N = n) = 0.2 * 0.8^n seen by arrivals; treated with probability \
                 e(N) = 0.9 below 3, 0.1 from 3 on, without any effect. E[N | T] = sum pi e n/sum pi e, E[N \
                 | C] likewise; in closed form with P(N < 3) = 1 - rho^3 and E[N; N < 3] = L - rho^3(L + 3). \
                 Weighted by 1/e and 1/(1 - e) both are L",
    source: "derived here; Rosenbaum and Rubin 1983 for the weights",
    parts: &[Part { tier: 0, check: functions }],
};

const LAMBDA: f64 = 0.8;
const SHORT: f64 = 3.0;

/// Probability of treatment given the number found.
fn propensity(n: f64) -> f64 {
    if n < SHORT { 0.9 } else { 0.1 }
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let law = stationary(&BirthDeath::servers(1, 600, LAMBDA, 1.0));
    let share = expectation(&law, propensity);
    let treated = expectation(&law, |n| propensity(n) * n) / share;
    let control = expectation(&law, |n| (1.0 - propensity(n)) * n) / (1.0 - share);

    let (number, long) = (LAMBDA / (1.0 - LAMBDA), libm::pow(LAMBDA, SHORT));
    let closed_share = 0.9 * (1.0 - long) + 0.1 * long;
    let short_part = number - long * (number + SHORT);
    let closed = (0.9 * short_part + 0.1 * (number - short_part)) / closed_share;

    vec![
        Check::function("P(T)", 0.490_400, share),
        Check::within("P(T) in closed form", closed_share, share, 1e-12),
        Check::function("E[N | T]", 1.494_290, treated),
        Check::within("E[N | T] in closed form", closed, treated, 1e-12),
        Check::function("E[N | C]", 6.411_303, control),
        Check::function("naive", -4.917_013, treated - control),
        Check::within("total probability", number, share * treated + (1.0 - share) * control, 1e-12),
    ]
}
