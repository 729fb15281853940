//! Switchbacks with heavy-tailed lengths.

use crate::verify::exact::power_law::{BoundedPareto, HEAVY_TAIL};
use crate::verify::exact::quadrature::simpson;
use crate::verify::exact::switchback::independent;
use crate::verify::ideal::{Ideal, POWER_LAW, UNLIMITED, switchback};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "S2",
    claim: "with heavy-tailed lengths half a block of burn-in leaves carry-over that exponential lengths \
            would not have",
    derivation: "M/G/infinity whose arrival rate is the treatment, fair coin per block: E[DM]/D = (1/l) \
                 int_0^l G(t) dt, G the law of the residual length; with burn-in the average over [b, l]. In \
                 closed form int_0^t (1 - G) = (E min(X,t)^2/2 + t(E X - E min(X,t)))/E X; second route: \
                 adding up. Exponential lengths: S1",
    source: "derived here; residual lengths as in Q7",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

/// E[DM]/D when the blocks' averages start `burn` mean lengths after a switch.
fn found(sizes: BoundedPareto, length: f64, burn: f64) -> f64 {
    1.0 - (sizes.residual_tail_integral(length) - sizes.residual_tail_integral(burn)) / (length - burn)
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let sizes = HEAVY_TAIL.with_mean_one();
    let mut checks = Vec::new();
    for (length, whole, whole_exponential, kept, kept_exponential) in [
        (5.0, 0.617_750, 0.801_348, 0.726_609, 0.969_861),
        (10.0, 0.714_762, 0.900_005, 0.811_773, 0.998_661),
        (20.0, 0.799_149, 0.950_000, 0.883_536, 0.999_995),
        (50.0, 0.889_996, 0.980_000, 0.956_460, 1.000_000),
    ] {
        let burn = length / 2.0;
        let at_log = |y: f64| libm::exp(y) * (1.0 - sizes.residual_tail(libm::exp(y)));
        let added = simpson(libm::log(burn), libm::log(length), 100, at_log) / (length - burn);
        checks.push(Check::function(format!("DM, l {length}"), whole, found(sizes, length, 0.0)));
        checks.push(Check::function(format!("after burn-in, l {length}"), kept, found(sizes, length, burn)));
        checks.push(Check::within(
            format!("after burn-in, l {length}, added up"),
            added,
            found(sizes, length, burn),
            1e-9,
        ));
        checks.push(Check::function(
            format!("DM, exponential, l {length}"),
            whole_exponential,
            independent(length, 0.0),
        ));
        let exponential = independent(length, burn);
        checks.push(Check::function(
            format!("after burn-in, exponential, l {length}"),
            kept_exponential,
            exponential,
        ));
    }
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    const BLOCK: f64 = 10.0;
    let policy = |join: f64| format!("{UNLIMITED}\ndemand = {{ kind = \"balk\", probability = {join} }}");
    let (control, candidate) = (policy(1.0 / 3.0), policy(1.0));
    let designs =
        [switchback("coin", "random", BLOCK, 0.0), switchback("burn-in", "random", BLOCK, BLOCK / 2.0)];
    let queue = Ideal {
        rate: 30.0,
        size: POWER_LAW,
        control: &control,
        candidate: Some(&candidate),
        designs: &format!(
            "{}[[estimator]]\nkind = \"switchback_burn_in\"\ndesigns = [\"burn-in\"]\nmetrics = [\"requests_outstanding_mean\"]\n",
            designs.concat()
        ),
        metrics: "\"requests_outstanding_mean\"",
        seconds: 6_000,
        warm_up: 200,
        window: BLOCK / 2.0,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let share = |design: &str| -> Vec<f64> {
        study.estimate(design, "requests_outstanding_mean").iter().map(|estimate| estimate / 20.0).collect()
    };
    let sizes = HEAVY_TAIL.with_mean_one();
    let burnt: Vec<f64> = study
        .found("burn-in", "switchback_burn_in", "requests_outstanding_mean")
        .iter()
        .map(|estimate| estimate / 20.0)
        .collect();
    vec![
        Check::simulated("switchback_burn_in (-18.8 %)", found(sizes, BLOCK, BLOCK / 2.0), &burnt, 0.04),
        Check::simulated("DM/D, blocks of 10", found(sizes, BLOCK, 0.0), &share("coin"), 0.04),
        Check::simulated("after burn-in of 5", found(sizes, BLOCK, BLOCK / 2.0), &share("burn-in"), 0.04),
    ]
}
