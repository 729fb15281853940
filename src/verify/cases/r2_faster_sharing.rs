//! A faster model on a shared replica.

use super::ramp::simulated_ramp;
use super::ramp::{Marginal, bias, marginal};
use crate::verify::exact::marginal::{ArmMeans, total_effect};
use crate::verify::exact::sharing::{self, TwoClasses};
use crate::verify::ideal::{Ideal, POWER_LAW, SHARING, UNLIMITED, by_request, request_design};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R2",
    claim: "under equal sharing a request-level experiment sees a quarter of the effect on sojourns and \
            nothing of that on slowdown",
    derivation: "rho_p = lambda(p E X1 + (1-p) E X0), T_z = E X_z/(1 - rho_p) for any laws of sizes; \
                 slowdown T/x is 1/(1 - rho_p) in both arms. Second route: exponential sizes, the \
                 product-form law of both numbers, which balances every state, and Little's law",
    source: "derived here from Q6",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const LAMBDA: f64 = 0.8;
const TREATED_SIZE: f64 = 0.8;
const CONTROL_SIZE: f64 = 1.0;

fn sojourns(p: f64) -> ArmMeans {
    sharing::sojourns(LAMBDA, TREATED_SIZE, CONTROL_SIZE, p)
}

fn slowdowns(p: f64) -> ArmMeans {
    let sojourns = sojourns(p);
    ArmMeans { share: p, treated: sojourns.treated / TREATED_SIZE, control: sojourns.control / CONTROL_SIZE }
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let half = sojourns(0.5);
    // P(N > 150) = 0.72^151 is below the last digit of every sum.
    let classes = TwoClasses {
        arrivals: [LAMBDA / 2.0; 2],
        sizes: [TREATED_SIZE, CONTROL_SIZE],
        rates: vec![1.0; 150],
    };
    let law = classes.product_form();
    let [treated, control] = classes.sojourns(&law);
    let mut checks = vec![
        Check::function("T of the treated at 0.5", 2.857_143, half.treated),
        Check::function("T of controls at 0.5", 3.571_429, half.control),
        Check::within("flows out of and into every state", 0.0, classes.imbalance(&law), 1e-14),
        Check::within("T of the treated by the product form", half.treated, treated, 1e-9),
        Check::within("T of controls by the product form", half.control, control, 1e-9),
        Check::within("naive for slowdown", 0.0, slowdowns(0.5).contrast(), 1e-12),
        Check::function("GTE for slowdown", -2.222_222, total_effect(slowdowns)),
    ];
    let rows = [
        Marginal { share: 0.1, mean: 4.537_037, direct: -0.925_926, slope: -4.286_694, indirect: -3.360_768 },
        Marginal { share: 0.5, mean: 3.214_286, direct: -0.714_286, slope: -2.551_020, indirect: -1.836_735 },
        Marginal { share: 0.9, mean: 2.383_721, direct: -0.581_395, slope: -1.690_103, indirect: -1.108_707 },
    ];
    checks.extend(marginal(&rows, -2.777_778, sojourns));
    checks.extend(bias(0.634_921, -1.428_571, 2.063_492, sojourns));
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let candidate = format!("{UNLIMITED}\ndemand = {{ kind = \"shorter\", output_factor = {TREATED_SIZE} }}");
    let queue = Ideal {
        rate: LAMBDA,
        size: POWER_LAW,
        engine: SHARING,
        control: UNLIMITED,
        candidate: Some(&candidate),
        designs: &by_request(0.5),
        metrics: "\"e2e_ms_mean\", \"tpot_ms_mean\"",
        seconds: 60_000,
        warm_up: 6_000,
        replications: 140,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let mut checks = simulated_ramp(&study, "e2e_ms_mean", 1e-3, 0.5, sojourns, 0.06);
    // A token alone takes 0.1 ms: the time between tokens in that unit is the slowdown T/x.
    let slowdown = |values: Vec<f64>| values.into_iter().map(|tpot| tpot / 0.1).collect::<Vec<f64>>();
    let naive = slowdown(study.estimate(&request_design(0.5), "tpot_ms_mean"));
    checks.push(Check::absolute("naive for slowdown", 0.0, &naive, 0.03));
    let effect = slowdown(study.effect("tpot_ms_mean"));
    checks.push(Check::simulated("GTE for slowdown", total_effect(slowdowns), &effect, 0.06));
    checks
}
