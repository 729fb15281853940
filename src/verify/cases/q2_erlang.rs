//! Erlang B and C.

use crate::verify::exact::erlang::{erlang_b, erlang_c, mmc_wait};
use crate::verify::ideal::{Ideal, seconds};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "Q2",
    claim: "c servers lose calls by Erlang's B formula without a queue, and make them wait by his C formula with one",
    derivation: "B(k) = a·B(k-1)/(k + a·B(k-1)) from B(0) = 1; C = cB/(c - a(1-B)); W_q = C/(c·mu - lambda)",
    source: "Erlang 1917; Kleinrock, Queueing Systems I (1975)",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (c, a, b, wait_probability, wait) in [
        (10, 8.0, 0.121_661, 0.409_180, 0.204_590),
        (4, 3.2, 0.228_145, 0.596_432, 0.745_541),
        (100, 90.0, 0.026_957, 0.216_940, 0.021_694),
        (5, 4.0, 0.199_067, 0.554_113, 0.554_113),
    ] {
        checks.push(Check::function(format!("B({c}, {a})"), b, erlang_b(c, a)));
        checks.push(Check::function(format!("C({c}, {a})"), wait_probability, erlang_c(c, a)));
        checks.push(Check::function(format!("W_q({c}, {a})"), wait, mmc_wait(c, a, 1.0)));
    }
    checks
}

/// c servers of unit rate, offered `load` erlang.
fn servers(servers: u32, load: f64, admission: &str, metrics: &str) -> String {
    let control = format!("scheduler = {{ kind = \"chunked\", max_num_seqs = {servers} }}\n{admission}");
    Ideal { rate: load, control: &control, metrics, seconds: 16_000, warm_up: 1_000, ..Ideal::default() }
        .scenario()
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let cap = "admission = { kind = \"concurrency_cap\", max_outstanding = 10 }";
    let lost = bench.study(&servers(10, 8.0, cap, "\"rejected_share\""), &[]);
    let mut checks =
        vec![Check::simulated("B(10, 8)", erlang_b(10, 8.0), &lost.control("rejected_share"), 0.02)];
    for (c, load, teeth) in [(10, 8.0, 0.06), (4, 3.2, 0.06)] {
        let waiting = bench.study(&servers(c, load, "", "\"queue_wait_ms_mean\""), &[]);
        let waits = seconds(waiting.control("queue_wait_ms_mean"));
        checks.push(Check::simulated(format!("W_q({c}, {load})"), mmc_wait(c, load, 1.0), &waits, teeth));
    }
    checks
}
