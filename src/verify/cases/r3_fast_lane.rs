//! A fast lane for the treated.

use super::ramp::bias;
use crate::verify::exact::marginal::{ArmMeans, slope, total_effect};
use crate::verify::exact::pollaczek_khinchine::mean_wait;
use crate::verify::exact::priority::{Server, head_of_line, preemptive_resume};
use crate::verify::ideal::{Ideal, by_request, request_design};
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
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
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

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let shares = [0.1, 0.5, 0.9];
    let designs: String = shares.iter().map(|&share| by_request(share)).collect();
    let mut checks = Vec::new();
    for (preempts, metric, what) in
        [(false, "queue_wait_ms_mean", "W"), (true, "e2e_ms_mean", "preemptive T")]
    {
        let control = format!(
            "scheduler = {{ kind = \"chunked\", max_num_seqs = 1, preempt_for_priority = {preempts} }}"
        );
        let designs = format!(
            "{designs}[[estimator]]\nkind = \"hajek\"\nname = \"weighted\"\nmetrics = [\"{metric}\"]\n"
        );
        let candidate = format!("{control}\npriority = {{ kind = \"fixed\", level = 1 }}");
        let queue = Ideal {
            rate: SERVER.lambda,
            control: &control,
            candidate: Some(&candidate),
            designs: &designs,
            metrics: &format!("\"{metric}\""),
            seconds: 60_000,
            ..Ideal::default()
        };
        let study = bench.study(&queue.scenario(), &[]);
        // Everybody in the fast lane is nobody in it: the same world, to the last bit.
        checks.push(Check::absolute(format!("GTE on {what}"), 0.0, &study.effect(metric), 1e-9));
        for share in shares {
            let exact = if preempts { preemptive_resume(SERVER, share) } else { waits(share) };
            let arms = study.arms(&request_design(share), metric);
            let high: Vec<f64> = arms.iter().map(|arms| arms.treated / 1e3).collect();
            let low: Vec<f64> = arms.iter().map(|arms| arms.control / 1e3).collect();
            let naive: Vec<f64> = arms.iter().map(|arms| arms.effect() / 1e3).collect();
            let check = |name: &str, exact: f64, values: &[f64]| {
                Check::simulated(format!("{name} on {what} at {share}"), exact, values, 0.08)
            };
            checks.push(check("high", exact.treated, &high));
            checks.push(check("low", exact.control, &low));
            checks.push(check("naive", exact.contrast(), &naive));
            let weighted: Vec<f64> = study
                .found(&request_design(share), "weighted", metric)
                .into_iter()
                .map(|effect| effect / 1e3)
                .collect();
            checks.push(check("weighted (which repairs nothing)", exact.contrast(), &weighted));
        }
    }
    checks
}
