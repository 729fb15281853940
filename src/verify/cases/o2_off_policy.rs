//! Off-policy values when the policy moves the state.

use super::r7_balking::{CONTROL_JOIN, QUEUE, TREATED_JOIN};
use crate::verify::exact::birth_death::stationary;
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "O2",
    claim: "reweighting a log request by request keeps the queue of the logging policy, so the new policy \
            looks better than it is",
    derivation: "R7 logged under a0 = 0.5. Inverse propensities, self-normalised or doubly robust, all tend \
                 to sum_s pi_A(s) r_B(s) = a1 sum pi_A g, but the truth is a1 sum pi_B g. For N found on \
                 arrival they keep E_A N; the truth is E_B N. Second route to the truth: what joins is \
                 served, V = (mu/Lambda)(1 - pi(0))",
    source: "derived here from R7",
    parts: &[Part { tier: 0, check: functions }],
};

/// Joined share of the potential arrivals by the rate of service.
fn served(a: f64) -> f64 {
    let law = stationary(&QUEUE.chain(a));
    QUEUE.mu / QUEUE.potential * (1.0 - law[0])
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let target = TREATED_JOIN * QUEUE.mean_readiness(CONTROL_JOIN);
    let truth = TREATED_JOIN * QUEUE.mean_readiness(TREATED_JOIN);
    let logged = CONTROL_JOIN * QUEUE.mean_readiness(CONTROL_JOIN);
    let percent = |found: f64, truth: f64| 100.0 * (found / truth - 1.0);
    vec![
        Check::function("off-policy target", 0.769_841, target),
        Check::function("V of B", 0.631_727, truth),
        Check::within("V of B by service", served(TREATED_JOIN), truth, 1e-12),
        Check::function("V of A", 0.427_689, logged),
        Check::within("V of A by service", served(CONTROL_JOIN), logged, 1e-12),
        Check::within("% error of the value", 21.9, percent(target, truth), 5e-2),
        Check::function("lift found", 0.342_152, target - logged),
        Check::function("lift", 0.204_038, truth - logged),
        Check::within("% error of the lift", 67.7, percent(target - logged, truth - logged), 5e-2),
        Check::function("N on arrival found", 1.052_323, QUEUE.mean_number(CONTROL_JOIN)),
        Check::function("N under B", 2.630_788, QUEUE.mean_number(TREATED_JOIN)),
    ]
}
