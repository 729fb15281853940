//! A test that never sees the peak.

use crate::verify::exact::birth_death::{BirthDeath, expectation, stationary};
use crate::verify::exact::pollaczek_khinchine::mean_wait;
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "O4",
    claim: "an experiment off-peak shows less than a fifth of what faster service is worth over the whole \
            day",
    derivation: "M/M/1, mu 1 to 1.1, quasi-stationary: lambda 0.5 for 80 % of the time, 0.9 for 20 %. Effect \
                 on T at lambda is 1/(1.1 - lambda) - 1/(1 - lambda); the truth weights it by requests, 0.4 \
                 to 0.18. Second route to T: the birth-death chain and Little's law",
    source: "Kleinrock, Queueing Systems I (1975)",
    parts: &[Part { tier: 0, check: functions }],
};

/// Effect on the mean sojourn of raising mu from 1 to 1.1.
fn effect(lambda: f64) -> f64 {
    let sojourn = |mu: f64| mean_wait(lambda, 1.0 / mu, 2.0 / (mu * mu)) + 1.0 / mu;
    sojourn(1.1) - sojourn(1.0)
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let (off_peak, peak) = (effect(0.5), effect(0.9));
    let (off_peak_requests, peak_requests) = (0.8 * 0.5, 0.2 * 0.9);
    let truth = (off_peak_requests * off_peak + peak_requests * peak) / (off_peak_requests + peak_requests);
    let by_chain = |lambda: f64| {
        let number = |mu| expectation(&stationary(&BirthDeath::servers(1, 600, lambda, mu)), |n| n);
        (number(1.1) - number(1.0)) / lambda
    };
    vec![
        Check::function("effect off-peak", -0.333_333, off_peak),
        Check::within("effect off-peak by the chain", by_chain(0.5), off_peak, 1e-9),
        Check::function("effect at the peak", -5.0, peak),
        Check::within("effect at the peak by the chain", by_chain(0.9), peak, 1e-9),
        Check::function("effect over all requests", -1.781_609, truth),
        Check::within("% of it shown off-peak", 18.7, 100.0 * off_peak / truth, 5e-2),
    ]
}
