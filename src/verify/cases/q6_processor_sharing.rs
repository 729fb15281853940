//! Processor sharing.

use crate::verify::exact::sharing::{TwoClasses, sojourns};
use crate::verify::ideal::{CONSTANT, Ideal, POWER_LAW, SHARING, UNLIMITED};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "Q6",
    claim: "a server shared equally among all present slows every request down by the same factor, whatever \
            the law of sizes",
    derivation: "E[T | size x] = x/(1 - rho) and P(N = n) = (1 - rho) rho^n for every law of sizes with load \
                 rho. Second route: two classes of exponential sizes of unlike means (a hyper-exponential \
                 law) have a product-form law that balances every state, and Little's law gives their \
                 sojourns",
    source: "Kleinrock, Queueing Systems II (1976); Kelly, Reversibility and Stochastic Networks (1979)",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const LOAD: f64 = 0.8;

fn functions(_: &Bench<'_>) -> Vec<Check> {
    // P(N > 200) = 0.8^201 is below the last digit of every sum.
    let mixture = TwoClasses { arrivals: [0.4, 0.4], sizes: [0.5, 1.5], rates: vec![1.0; 200] };
    let law = mixture.product_form();
    let [short, long] = mixture.sojourns(&law);
    vec![
        Check::function("T/x", 5.0, sojourns(LOAD, 1.0, 1.0, 0.0).control),
        Check::within("flows out of and into every state", 0.0, mixture.imbalance(&law), 1e-14),
        Check::within("T/x of short ones", 5.0, short / 0.5, 1e-9),
        Check::within("T/x of long ones", 5.0, long / 1.5, 1e-9),
        Check::within("P(N = 0)", 0.2, TwoClasses::number_law(&law, 0), 1e-12),
        Check::within("P(N = 3)", 0.2 * LOAD * LOAD * LOAD, TwoClasses::number_law(&law, 3), 1e-12),
    ]
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (law, size) in [("constant", CONSTANT), ("power-law", POWER_LAW)] {
        let queue = Ideal {
            rate: LOAD,
            size,
            engine: SHARING,
            control: UNLIMITED,
            metrics: "\"tpot_ms_mean\", \"requests_outstanding_mean\"",
            seconds: 60_000,
            warm_up: 6_000,
            replications: 100,
            ..Ideal::default()
        };
        let study = bench.study(&queue.scenario(), &[]);
        // A token alone takes 0.1 ms: the time between tokens in that unit is the slowdown T/x.
        let slowdown: Vec<f64> = study.control("tpot_ms_mean").iter().map(|tpot| tpot / 0.1).collect();
        checks.push(Check::simulated(format!("T/x, {law} sizes"), 5.0, &slowdown, 0.04));
        let present = study.control("requests_outstanding_mean");
        checks.push(Check::simulated(format!("L, {law} sizes"), 4.0, &present, 0.05));
    }
    checks
}
