//! A treatment that raises demand, where what does not fit is lost.

use super::ramp::simulated_ramp;
use super::ramp::{Marginal, bias, marginal};
use crate::verify::exact::birth_death::{BirthDeath, stationary};
use crate::verify::exact::erlang::erlang_b;
use crate::verify::exact::marginal::{ArmMeans, total_effect};
use crate::verify::ideal::{Ideal, by_request, request_design};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R4",
    claim: "raising demand at a full system looks far better in an experiment than it is, because the \
            treated displace controls",
    derivation: "potential arrivals at rate Lambda join with probability a_z: served share of arm z is a_z(1 \
                 - B(c, Lambda a_p)), a_p = p a1 + (1-p) a0, with Erlang's B and any law of service. Second \
                 route to B: the top state of the birth-death chain",
    source: "derived here from Erlang 1917",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const SLOTS: u32 = 10;
const POTENTIAL: f64 = 12.0;
const CONTROL_JOIN: f64 = 0.5;
const TREATED_JOIN: f64 = 0.8;

/// Offered load in erlang at the treated share p.
fn offered(p: f64) -> f64 {
    POTENTIAL * (p * TREATED_JOIN + (1.0 - p) * CONTROL_JOIN)
}

/// Served share of the potential arrivals.
fn served(p: f64) -> ArmMeans {
    let fits = 1.0 - erlang_b(SLOTS, offered(p));
    ArmMeans { share: p, treated: TREATED_JOIN * fits, control: CONTROL_JOIN * fits }
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = vec![
        Check::function("V(0)", 0.478_429, served(0.0).mean()),
        Check::function("V(1)", 0.643_165, served(1.0).mean()),
    ];
    for (p, blocked) in [(0.0, 0.043_142), (1.0, 0.196_044)] {
        let chain = BirthDeath::servers(SLOTS, SLOTS, offered(p), 1.0);
        let full = stationary(&chain).last().copied().unwrap_or(0.0);
        checks.push(Check::function(format!("B at {p}"), blocked, erlang_b(SLOTS, offered(p))));
        checks.push(Check::within(
            format!("B at {p} by the chain"),
            erlang_b(SLOTS, offered(p)),
            full,
            1e-12,
        ));
    }
    let rows = [
        Marginal { share: 0.1, mean: 0.500_924, direct: 0.283_542, slope: 0.217_893, indirect: -0.065_649 },
        Marginal { share: 0.5, mean: 0.576_752, direct: 0.266_193, slope: 0.162_104, indirect: -0.104_090 },
        Marginal { share: 0.9, mean: 0.632_005, direct: 0.246_236, slope: 0.116_345, indirect: -0.129_891 },
    ];
    for (row, times) in rows.iter().zip([1.72, 1.62, 1.49]) {
        let ratio = served(row.share).contrast() / total_effect(served);
        checks.push(Check::within(format!("naive/GTE at {}", row.share), times, ratio, 5e-3));
    }
    checks.extend(marginal(&rows, 0.164_735, served));
    checks.extend(bias(0.066_684, -0.034_773, 0.101_458, served));
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let policy = |join: f64| {
        format!(
            "scheduler = {{ kind = \"chunked\", max_num_seqs = {SLOTS} }}\n\
             admission = {{ kind = \"concurrency_cap\", max_outstanding = {SLOTS} }}\n\
             demand = {{ kind = \"balk\", probability = {join} }}"
        )
    };
    let (control, candidate) = (policy(CONTROL_JOIN), policy(TREATED_JOIN));
    let queue = Ideal {
        rate: POTENTIAL,
        control: &control,
        candidate: Some(&candidate),
        designs: &[0.1, 0.5, 0.9].map(by_request).concat(),
        metrics: "\"served_share\"",
        seconds: 2_500,
        warm_up: 100,
        window: 100.0,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let mut checks = simulated_ramp(&study, "served_share", 1.0, 0.5, served, 0.02);
    for share in [0.1, 0.9] {
        let naive = study.estimate(&request_design(share), "served_share");
        checks.push(Check::simulated(format!("naive at {share}"), served(share).contrast(), &naive, 0.03));
    }
    checks
}
