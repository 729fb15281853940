//! Smaller memory per request, where what does not fit is rejected.

use super::ramp::simulated_ramp;
use super::ramp::{Marginal, bias, marginal};
use crate::verify::exact::birth_death::expectation;
use crate::verify::exact::erlang::erlang_b;
use crate::verify::exact::kaufman_roberts::{Class, blocking, blocking_by_enumeration, occupancy};
use crate::verify::exact::marginal::ArmMeans;
use crate::verify::ideal::{Ideal, by_request};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R5",
    claim: "halving the memory of a request rescues the controls beside it, so an experiment sees less than \
            a third of the effect",
    derivation: "64 blocks, 20 erlang; a control holds 4 blocks, a treated request 2. Kaufman-Roberts: j \
                 q(j) = sum_k a_k b_k q(j - b_k), B_k = sum_{j > 64 - b_k} q(j). Second routes: at p = 0 and \
                 1 Erlang's B with 16 and 32 slots; in between the product form added up over all pairs of \
                 numbers",
    source: "Kaufman 1981; Roberts 1981; effects derived here",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const BLOCKS: usize = 64;
const LOAD: f64 = 20.0;

/// The treated and the controls.
fn classes(p: f64) -> [Class; 2] {
    [Class { blocks: 2, load: LOAD * p }, Class { blocks: 4, load: LOAD * (1.0 - p) }]
}

/// Rejected share of the arms.
fn rejected(p: f64) -> ArmMeans {
    let classes = classes(p);
    let law = occupancy(BLOCKS, &classes);
    let [treated, control] = classes.map(|class| blocking(&law, class.blocks));
    ArmMeans { share: p, treated, control }
}

/// Mean share of the blocks in use.
fn in_use(p: f64) -> f64 {
    expectation(&occupancy(BLOCKS, &classes(p)), |blocks| blocks) / BLOCKS as f64
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let (before, half, after) = (rejected(0.0), rejected(0.5), rejected(1.0));
    let [treated, control] = blocking_by_enumeration(BLOCKS, classes(0.5));
    let mut checks = vec![
        Check::function("B of controls at 0", 0.292_033, before.control),
        Check::within("B at 0 by Erlang", erlang_b(16, LOAD), before.control, 1e-12),
        Check::function("B of the treated at 1", 0.003_380, after.treated),
        Check::within("B at 1 by Erlang", erlang_b(32, LOAD), after.treated, 1e-12),
        Check::function("B of controls at 0.5", 0.163_840, half.control),
        Check::function("B of the treated at 0.5", 0.080_029, half.treated),
        Check::within("B of controls by enumeration", control, half.control, 1e-12),
        Check::within("B of the treated by enumeration", treated, half.treated, 1e-12),
        Check::function("spill-over on controls", -0.128_193, half.control - before.control),
    ];
    for (p, used) in [(0.0, 0.884_958), (0.5, 0.810_091), (1.0, 0.622_887)] {
        let arms = rejected(p);
        let carried = LOAD * (p * 2.0 * (1.0 - arms.treated) + (1.0 - p) * 4.0 * (1.0 - arms.control));
        checks.push(Check::function(format!("mean use at {p}"), used, in_use(p)));
        checks.push(Check::within(
            format!("mean use by Little's law at {p}"),
            carried / BLOCKS as f64,
            in_use(p),
            1e-12,
        ));
    }
    let rows = [
        Marginal { share: 0.1, mean: 0.264_660, direct: -0.130_055, slope: -0.357_198, indirect: -0.227_143 },
        Marginal { share: 0.5, mean: 0.121_935, direct: -0.083_811, slope: -0.341_759, indirect: -0.257_948 },
        Marginal { share: 0.9, mean: 0.014_044, direct: -0.016_930, slope: -0.149_072, indirect: -0.132_141 },
    ];
    checks.extend(marginal(&rows, -0.288_653, rejected));
    checks.extend(bias(0.076_649, -0.128_193, 0.204_842, rejected));
    checks
}

/// A block of the case is this many blocks of the engine, so that a request's answer rounds by nothing.
const SCALE: usize = 25_000;

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    // Prompts and the longest answer together hold 4 of the case's blocks; prompts a third as long leave 2.
    let policy = "scheduler = { kind = \"chunked\", token_budget = 1000000, max_num_seqs = 1000, reserve = \"no_evict\" }\n\
                  admission = { kind = \"kv_fit\" }";
    let candidate = format!("{policy}\ndemand = {{ kind = \"shorter\", prompt_factor = 0.33333333333 }}");
    let queue = Ideal {
        rate: LOAD,
        engine: "blocks",
        control: policy,
        candidate: Some(&candidate),
        designs: &by_request(0.5),
        metrics: "\"rejected_share\", \"kv_used_share\"",
        seconds: 2_500,
        warm_up: 50,
        window: 0.5,
        ..Ideal::default()
    };
    let engine = format!("[engine.blocks]\npreset = \"ideal-slots\"\nkv_blocks = {}\n", BLOCKS * SCALE);
    let prompt = "workload.class.prompt.tokens=1200000";
    let context = "workload.class.context_tokens=1700000";
    let study = bench.study(&(queue.scenario() + &engine), &[prompt, context]);
    let mut checks = simulated_ramp(&study, "rejected_share", 1.0, 0.5, rejected, 0.15);
    let used = study.control("kv_used_share");
    checks.push(Check::simulated("mean use of all controls", in_use(0.0), &used, 0.01));
    let used = study.candidate("kv_used_share");
    checks.push(Check::simulated("mean use of all treated", in_use(1.0), &used, 0.01));
    checks
}
