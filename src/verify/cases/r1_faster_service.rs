//! A faster model in a first-come-first-served queue.

use super::ramp::simulated_ramp;
use super::ramp::{Marginal, bias, marginal};
use crate::study::externality::Externality;
use crate::verify::exact::marginal::ArmMeans;
use crate::verify::exact::marginal::total_effect;
use crate::verify::exact::pollaczek_khinchine::{mean_wait, mean_wait_from_departures};
use crate::verify::ideal::{Ideal, ONE_SERVER, by_request, request_design, seconds};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R1",
    claim: "a request-level experiment on faster service sees nothing of the shorter queue, which both arms \
            share",
    derivation: "the mixed system is M/H2/1: m1 = p/mu1 + (1-p)/mu0, m2 = 2(p/mu1^2 + (1-p)/mu0^2), W_q(p) = \
                 lambda m2/(2(1 - lambda m1)) in both arms, T_z = W_q + 1/mu_z. Hence naive = 0 for waiting \
                 and 1/mu1 - 1/mu0 for sojourns at every p. Second route: the law of the number that a \
                 departure leaves behind, and Little's law",
    source: "derived here from Pollaczek-Khinchine",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const LAMBDA: f64 = 0.8;
const CONTROL_MU: f64 = 1.0;
const TREATED_MU: f64 = 1.25;

/// Mean service time at the treated share p.
fn mean_service(p: f64) -> f64 {
    p / TREATED_MU + (1.0 - p) / CONTROL_MU
}

/// Mean wait of either arm at the treated share p.
fn wait(p: f64) -> f64 {
    let second = 2.0 * (p / (TREATED_MU * TREATED_MU) + (1.0 - p) / (CONTROL_MU * CONTROL_MU));
    mean_wait(LAMBDA, mean_service(p), second)
}

fn waits(p: f64) -> ArmMeans {
    ArmMeans { share: p, treated: wait(p), control: wait(p) }
}

fn sojourns(p: f64) -> ArmMeans {
    ArmMeans { share: p, treated: wait(p) + 1.0 / TREATED_MU, control: wait(p) + 1.0 / CONTROL_MU }
}

/// P(more than m arrivals during a service): each comes before the service ends with probability
/// lambda/(lambda + mu).
fn more_arrivals(p: f64, m: f64) -> f64 {
    let during = |mu: f64| libm::pow(LAMBDA / (LAMBDA + mu), m + 1.0);
    p * during(TREATED_MU) + (1.0 - p) * during(CONTROL_MU)
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (p, exact) in [(0.0, 4.0), (0.25, 3.033_333), (0.5, 2.342_857), (0.75, 1.825), (1.0, 1.422_222)] {
        let second = mean_wait_from_departures(LAMBDA, mean_service(p), 300, |m| more_arrivals(p, m));
        checks.push(Check::function(format!("W_q({p})"), exact, wait(p)));
        checks.push(Check::within(format!("W_q({p}) by departures"), wait(p), second, 1e-9));
        checks.push(Check::function(format!("naive for sojourns at {p}"), -0.2, sojourns(p).contrast()));
    }
    checks.push(Check::function("naive for waiting", 0.0, waits(0.5).contrast()));
    checks.push(Check::function("GTE for waiting", -2.577_778, wait(1.0) - wait(0.0)));
    let rows = [
        Marginal { share: 0.1, mean: 4.550_370, direct: -0.2, slope: -4.178_052, indirect: -3.978_052 },
        Marginal { share: 0.5, mean: 3.242_857, direct: -0.2, slope: -2.567_347, indirect: -2.367_347 },
        Marginal { share: 0.9, mean: 2.392_093, direct: -0.2, slope: -1.768_415, indirect: -1.568_415 },
    ];
    checks.extend(marginal(&rows, -2.777_778, sojourns));
    checks.extend(bias(0.920_635, -1.657_143, 2.577_778, sojourns));
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let candidate = format!("{ONE_SERVER}\ndemand = {{ kind = \"shorter\", output_factor = 0.8 }}");
    let queue = Ideal {
        rate: LAMBDA,
        candidate: Some(&candidate),
        designs: &by_request(0.5),
        metrics: "\"queue_wait_ms_mean\", \"e2e_ms_mean\"",
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let mut checks = simulated_ramp(&study, "e2e_ms_mean", 1e-3, 0.5, sojourns, 0.03);
    let (wait, design) = ("queue_wait_ms_mean", request_design(0.5));
    let arms = study.arms(&design, wait);
    let treated: Vec<f64> = arms.iter().map(|arms| arms.treated / 1e3).collect();
    let control: Vec<f64> = arms.iter().map(|arms| arms.control / 1e3).collect();
    let exact = waits(0.5);
    checks.push(Check::simulated("W_q of the treated at 0.5", exact.treated, &treated, 0.03));
    checks.push(Check::simulated("W_q of controls at 0.5", exact.control, &control, 0.03));
    checks.push(Check::absolute("naive for waiting", 0.0, &seconds(study.estimate(&design, wait)), 0.03));
    checks.push(Check::simulated("GTE for waiting", total_effect(waits), &seconds(study.effect(wait)), 0.05));
    checks.extend(flipped(bench, &queue));
    checks
}

/// One request at a time under the other policy, all else the same: what it does to itself and to the others.
fn flipped(bench: &Bench<'_>, queue: &Ideal<'_>) -> Vec<Check> {
    // A flip is felt until its busy period ends, some hundred services at the longest: 3 % of these worlds.
    let short = Ideal { seconds: 3_000, warm_up: 200, replications: 200, ..*queue };
    let found = bench.flips(&short.scenario(), "e2e_ms_mean", 0.5, 20);
    let mean = |of: fn(&Externality) -> f64| -> Vec<f64> {
        let one = |flips: &Vec<Externality>| flips.iter().map(of).sum::<f64>() / flips.len() as f64 / 1e3;
        found.iter().map(one).collect()
    };
    vec![
        Check::simulated("what a request at 0.5 gains by its own flip", -0.2, &mean(|flip| flip.own), 0.1),
        Check::simulated("what all others gain by it", -2.367_347, &mean(|flip| flip.others), 0.3),
    ]
}
