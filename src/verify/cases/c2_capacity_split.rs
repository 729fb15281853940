//! Capacity cut in two halves, one for each arm.

use crate::verify::exact::birth_death::{BirthDeath, expectation, stationary};
use crate::verify::exact::erlang::{erlang_b, mmc_wait};
use crate::verify::ideal::{Ideal, seconds};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "C2",
    claim: "giving each arm half of the slots removes interference but measures the effect in a smaller \
            system, where it is larger",
    derivation: "W_q of M/M/10 at lambda 8, mu 1 to 1.25, against two M/M/5 at lambda 4: Erlang's C. Where \
                 calls are lost, B(10, 8) against B(5, 4). Second route: birth-death chains with room for \
                 600",
    source: "derived here from Erlang 1917",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

/// Mean wait in M/M/c by the stationary law and Little's law.
fn wait_by_chain(servers: u32, lambda: f64, mu: f64) -> f64 {
    let law = stationary(&BirthDeath::servers(servers, 600, lambda, mu));
    expectation(&law, |n| (n - f64::from(servers)).max(0.0)) / lambda
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (servers, lambda, mu, wait) in [
        (10, 8.0, 1.0, 0.204_590),
        (10, 8.0, 1.25, 0.031_563),
        (5, 4.0, 1.0, 0.554_113),
        (5, 4.0, 1.25, 0.128_247),
    ] {
        let found = mmc_wait(servers, lambda, mu);
        checks.push(Check::function(format!("W_q of M/M/{servers} at mu {mu}"), wait, found));
        checks.push(Check::within(
            format!("W_q of M/M/{servers} at mu {mu} by its chain"),
            wait_by_chain(servers, lambda, mu),
            found,
            1e-9,
        ));
    }
    let pooled = mmc_wait(10, 8.0, 1.25) - mmc_wait(10, 8.0, 1.0);
    let split = mmc_wait(5, 4.0, 1.25) - mmc_wait(5, 4.0, 1.0);
    checks.extend([
        Check::function("GTE", -0.173_027, pooled),
        Check::function("split estimate", -0.425_866, split),
        Check::within("split estimate/GTE", 2.461, split / pooled, 5e-4),
        Check::function("B(10, 8)", 0.121_661, erlang_b(10, 8.0)),
        Check::function("B(5, 4)", 0.199_067, erlang_b(5, 4.0)),
    ]);
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let effect = |servers: u32, lambda: f64| {
        let control = format!("scheduler = {{ kind = \"chunked\", max_num_seqs = {servers} }}");
        let candidate = format!("{control}\ndemand = {{ kind = \"shorter\", output_factor = 0.8 }}");
        let queue = Ideal {
            rate: lambda,
            control: &control,
            candidate: Some(&candidate),
            metrics: "\"queue_wait_ms_mean\"",
            seconds: 20_000,
            warm_up: 1_000,
            ..Ideal::default()
        };
        seconds(bench.study(&queue.scenario(), &[]).effect("queue_wait_ms_mean"))
    };
    let exact = |servers, lambda| mmc_wait(servers, lambda, 1.25) - mmc_wait(servers, lambda, 1.0);
    let mut checks = vec![
        Check::simulated("GTE with ten pooled", exact(10, 8.0), &effect(10, 8.0), 0.05),
        Check::simulated("effect with five and five", exact(5, 4.0), &effect(5, 4.0), 0.05),
    ];
    checks.extend(by_design(bench));
    checks
}

/// The design on a cluster of two replicas of five slots: each arm has one replica and, by its coins, a Poisson stream of its
/// own.
fn by_design(bench: &Bench<'_>) -> Vec<Check> {
    let control = "scheduler = { kind = \"chunked\", max_num_seqs = 5 }";
    let designs = "[[design]]\nkind = \"capacity_split\"\n\
                   [[estimator]]\nkind = \"capacity_split\"\nmetrics = [\"queue_wait_ms_mean\"]\n\
                   [[estimator]]\nkind = \"capacity_split\"\nmetrics = [\"queue_wait_ms_mean\"]\nname = \"erlang\"\ncorrection = \"erlang\"\n\
                   servers = 10\nload_control = 8.0\nload_treated = 6.4\n";
    let queue = Ideal {
        rate: 8.0,
        replicas: 2,
        control,
        candidate: Some(&format!("{control}\ndemand = {{ kind = \"shorter\", output_factor = 0.8 }}")),
        designs,
        metrics: "\"queue_wait_ms_mean\"",
        seconds: 20_000,
        warm_up: 1_000,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let found = |name: &str| seconds(study.found("capacity_split", name, "queue_wait_ms_mean"));
    vec![
        Check::simulated("split design: 2.46 times the GTE", -0.425_866, &found("capacity_split"), 0.06),
        Check::simulated("put back by Erlang's formula", -0.173_027, &found("erlang"), 0.08),
    ]
}
