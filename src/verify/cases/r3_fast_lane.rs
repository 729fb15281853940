//! A fast lane for the treated.

use super::ramp::bias;
use crate::verify::exact::marginal::{ArmMeans, slope, total_effect};
use crate::verify::exact::pollaczek_khinchine::mean_wait;
use crate::verify::exact::priority::{Server, head_of_line, preemptive_resume};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R3",
    claim: "a fast lane looks like a large gain to a request-level experiment although it only moves waiting \
            from one arm to the other",
    derivation: "W0 = lambda E S^2/2; W_hi = W0/(1 - p rho), W_lo = W0/((1 - p rho)(1 - rho)). The same law \
                 of service in both arms makes p W_hi + (1-p) W_lo = W0/(1 - rho) at every p: V' = 0, GTE = \
                 0, AIE = -ADE. With interruption the treated see an M/M/1 of their own, T_hi = 1/(mu - p \
                 lambda), and the mean sojourn over both arms stays 1/(mu - lambda)",
    source: "Cobham 1954; Kleinrock, Queueing Systems II (1976); the statement on GTE is derived here",
    parts: &[Part { tier: 0, check: functions }],
};

/// M/M/1 at a load of 0.8.
const SERVER: Server = Server { lambda: 0.8, mean: 1.0, second_moment: 2.0 };

/// Mean waits where nobody is interrupted.
fn waits(p: f64) -> ArmMeans {
    head_of_line(SERVER, p)
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let fifo = mean_wait(SERVER.lambda, SERVER.mean, SERVER.second_moment);
    let mut checks = Vec::new();
    for (p, high, low, naive, sojourn_high, sojourn_low) in [
        (0.1, 0.869_565, 4.347_826, -3.478_261, 1.086_957, 5.434_783),
        (0.5, 1.333_333, 6.666_667, -5.333_333, 1.666_667, 8.333_333),
        (0.9, 2.857_143, 14.285_714, -11.428_571, 3.571_429, 17.857_143),
    ] {
        let (waits, sojourns) = (waits(p), preemptive_resume(SERVER, p));
        checks.push(Check::function(format!("W_hi at {p}"), high, waits.treated));
        checks.push(Check::function(format!("W_lo at {p}"), low, waits.control));
        checks.push(Check::function(format!("naive at {p}"), naive, waits.contrast()));
        checks.push(Check::within(format!("conservation at {p}"), fifo, waits.mean(), 1e-12));
        checks.push(Check::function(format!("preemptive T_hi at {p}"), sojourn_high, sojourns.treated));
        checks.push(Check::function(format!("preemptive T_lo at {p}"), sojourn_low, sojourns.control));
        let alone = 1.0 / (1.0 - p * SERVER.lambda);
        checks.push(Check::within(
            format!("T_hi of an M/M/1 of its own at {p}"),
            alone,
            sojourns.treated,
            1e-12,
        ));
        checks.push(Check::within(
            format!("preemptive conservation at {p}"),
            fifo + 1.0,
            sojourns.mean(),
            1e-12,
        ));
        checks.push(Check::within(format!("V'({p})"), 0.0, slope(self::waits, p), 1e-9));
    }
    checks.push(Check::within("GTE", 0.0, total_effect(waits), 1e-12));
    checks.extend(bias(-2.666_667, 2.666_667, -5.333_333, waits));
    checks
}
