//! M/M/4 with room for ten.

use crate::verify::exact::birth_death::{BirthDeath, expectation, stationary};
use crate::verify::exact::erlang::erlang_b;
use crate::verify::ideal::{Ideal, seconds};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "Q3",
    claim: "a cap on the number in the system turns away what it should, and shortens the wait of the rest \
            accordingly",
    derivation: "pi(n) ~ prod_{i<=n} a/min(i,4) for n <= 10; P(block) = pi(10); W_q = L_q/(lambda(1 - \
                 P(block))) by Little's law. Second route to the blocking: Erlang B for four servers, then \
                 one waiting place at a time by B <- (a/4)B/(1 + (a/4)B)",
    source: "Kleinrock, Queueing Systems I (1975)",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const SERVERS: u32 = 4;
const ROOM: u32 = 10;
const LOAD: f64 = 3.2;

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let law = stationary(&BirthDeath::servers(SERVERS, ROOM, LOAD, 1.0));
    let blocked = law.last().copied().unwrap_or(0.0);
    let queue = expectation(&law, |n| (n - f64::from(SERVERS)).max(0.0));
    let per_server = LOAD / f64::from(SERVERS);
    let extended =
        (SERVERS..ROOM).fold(erlang_b(SERVERS, LOAD), |b, _| per_server * b / (1.0 + per_server * b));
    vec![
        Check::function("P(block)", 0.035_741, blocked),
        Check::within("P(block) by extending Erlang B", extended, blocked, 1e-12),
        Check::function("L", 4.239_839, expectation(&law, |n| n)),
        Check::function("W_q of the admitted", 0.374_059, queue / (LOAD * (1.0 - blocked))),
    ]
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let control = "scheduler = { kind = \"chunked\", max_num_seqs = 4 }\n\
                   admission = { kind = \"concurrency_cap\", max_outstanding = 10 }";
    let metrics = "\"rejected_share\", \"queue_wait_ms_mean\", \"requests_outstanding_mean\"";
    let queue = Ideal { rate: LOAD, control, metrics, seconds: 20_000, warm_up: 1_000, ..Ideal::default() };
    let study = bench.study(&queue.scenario(), &[]);
    vec![
        Check::simulated("P(block)", 0.035_741, &study.control("rejected_share"), 0.04),
        Check::simulated(
            "L, average over time",
            4.239_839,
            &study.control("requests_outstanding_mean"),
            0.02,
        ),
        Check::simulated(
            "W_q of the admitted",
            0.374_059,
            &seconds(study.control("queue_wait_ms_mean")),
            0.03,
        ),
    ]
}
