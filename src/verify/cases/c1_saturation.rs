//! Pools at different treated shares.

use crate::estimate::Arms;
use crate::verify::exact::marginal::{ArmMeans, slope, total_effect};
use crate::verify::exact::quadrature::simpson;
use crate::verify::exact::sharing;
use crate::verify::ideal::{Ideal, SHARING, UNLIMITED, by_request, request_design, seconds};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "C1",
    claim: "pools at two treated shares separate the effect on the treated from that on their neighbours, \
            and a line through them misses a little",
    derivation: "pools of R2: arm z at share p has T_z(p) = E X_z/(1 - rho_p). Direct(p) = T_1(p) - T_0(p), \
                 indirect = T_0(.75) - T_0(.25), total = T_1(.75) - T_0(.25) = direct(.75) + indirect, \
                 overall = V(.75) - V(.25). The line through the pool means at .25 and .75, taken to 0 and \
                 1, gives twice the overall effect; the lines through the arms give the same. Second route \
                 to overall: the integral of V' between the shares",
    source: "derived here; estimands of Hudgens and Halloran, JASA 2008",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const LOW: f64 = 0.25;
const HIGH: f64 = 0.75;

/// Mean sojourns in a pool at the treated share p.
fn pool(p: f64) -> ArmMeans {
    sharing::sojourns(0.8, 0.8, 1.0, p)
}

/// The line through (low share, `low`) and (high share, `high`), at `p`.
fn line(low: f64, high: f64, p: f64) -> f64 {
    low + (high - low) * (p - LOW) / (HIGH - LOW)
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (p, mean) in [(0.0, 5.0), (0.25, 3.958_333), (0.5, 3.214_286), (0.75, 2.656_25), (1.0, 2.222_222)] {
        checks.push(Check::function(format!("pool mean at {p}"), mean, pool(p).mean()));
    }
    let (low, high) = (pool(LOW), pool(HIGH));
    let (indirect, total) = (high.control - low.control, high.treated - low.control);
    let overall = high.mean() - low.mean();
    let by_pools = line(low.mean(), high.mean(), 1.0) - line(low.mean(), high.mean(), 0.0);
    let (treated, control) = (line(low.treated, high.treated, 1.0), line(low.control, high.control, 0.0));
    let effect = total_effect(pool);
    checks.extend([
        Check::function("treated at 0.25", 3.333_333, low.treated),
        Check::function("treated at 0.75", 2.5, high.treated),
        Check::function("controls at 0.25", 4.166_667, low.control),
        Check::function("controls at 0.75", 3.125, high.control),
        Check::function("direct at 0.75", -0.625, high.contrast()),
        Check::function("direct at 0.25", -0.833_333, low.contrast()),
        Check::function("indirect", -1.041_667, indirect),
        Check::function("total", -1.666_667, total),
        Check::within("total = direct + indirect", total, high.contrast() + indirect, 1e-12),
        Check::function("overall", -1.302_083, overall),
        Check::within(
            "overall by the integral of V'",
            overall,
            simpson(LOW, HIGH, 50, |p| slope(pool, p)),
            1e-8,
        ),
        Check::function("GTE", -2.777_778, effect),
        Check::function("line through pools", -2.604_167, by_pools),
        Check::function("line of the treated at 1", 2.083_333, treated),
        Check::function("line of controls at 0", 4.687_5, control),
        Check::within("lines through arms", by_pools, treated - control, 1e-12),
        Check::within("% error of the line", -6.3, 100.0 * (by_pools / effect - 1.0), 5e-2),
    ]);
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let candidate = format!("{UNLIMITED}\ndemand = {{ kind = \"shorter\", output_factor = 0.8 }}");
    let pools = Ideal {
        engine: SHARING,
        control: UNLIMITED,
        candidate: Some(&candidate),
        designs: &[LOW, HIGH].map(by_request).concat(),
        metrics: "\"e2e_ms_mean\"",
        ..Ideal::default()
    };
    let study = bench.study(&pools.scenario(), &[]);
    let arms = |share| study.arms(&request_design(share), "e2e_ms_mean");
    // One pool at each share; by replication, what contrasts of pools show.
    let pairs: Vec<(Arms, Arms)> = arms(LOW).into_iter().zip(arms(HIGH)).collect();
    let of = |contrast: fn(&Arms, &Arms) -> f64| -> Vec<f64> {
        pairs.iter().map(|(low, high)| contrast(low, high) / 1e3).collect()
    };
    let mean = |arms: &Arms, share: f64| share * arms.treated + (1.0 - share) * arms.control;
    let overall: Vec<f64> =
        pairs.iter().map(|(low, high)| (mean(high, HIGH) - mean(low, LOW)) / 1e3).collect();
    let (low, high) = (pool(LOW), pool(HIGH));
    let direct = of(|_, high| high.treated - high.control);
    let indirect = of(|low, high| high.control - low.control);
    let total = of(|low, high| high.treated - low.control);
    let mut checks = vec![
        Check::simulated("direct at 0.75", high.contrast(), &direct, 0.15),
        Check::simulated("indirect", high.control - low.control, &indirect, 0.06),
        Check::simulated("total", high.treated - low.control, &total, 0.06),
        Check::simulated("overall", high.mean() - low.mean(), &overall, 0.06),
    ];
    checks.push(by_design(bench));
    checks
}

/// Eight pools whose shares the design draws, half of them at each.
fn by_design(bench: &Bench<'_>) -> Check {
    let pool = |number: u32| {
        format!(
            "[[cluster]]\nname = \"pool{number}\"\nregion = \"r{number}\"\nreplicas = 1\nengine = \"{SHARING}\"\n"
        )
    };
    let pools: String = (0..8).map(pool).collect();
    let scenario = Ideal {
        rate: 8.0 * 0.8,
        engine: SHARING,
        control: UNLIMITED,
        candidate: Some(&format!("{UNLIMITED}\ndemand = {{ kind = \"shorter\", output_factor = 0.8 }}")),
        designs: "[[design]]\nkind = \"saturation\"\nshares = [0.25, 0.75]\n",
        metrics: "\"e2e_ms_mean\"",
        seconds: 20_000,
        ..Ideal::default()
    }
    .scenario()
    .replace(&format!("[[cluster]]\nname = \"one\"\nreplicas = 1\nengine = \"{SHARING}\"\n"), &pools)
    // One user in each region would send everything from one of them.
    .replace("count = 1\n", "count = 20000\n");
    let study = bench.study(&scenario, &[]);
    let found = seconds(study.found("saturation", "saturation_regression", "e2e_ms_mean"));
    let (low, high) = (self::pool(LOW), self::pool(HIGH));
    let exact = line(low.mean(), high.mean(), 1.0) - line(low.mean(), high.mean(), 0.0);
    Check::simulated("saturation design and its regression (-6.3 %)", exact, &found, 0.1)
}
