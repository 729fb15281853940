//! What must hold in any world, whatever its queues.

use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "M",
    claim: "two names for one policy differ in nothing, a world in slow motion is the same world, and the parts of an error \
            sum to it",
    derivation: "A/A: worlds of one replication meet the same draws, so two policies with equal rules give equal worlds and \
                 every true effect is exactly 0, while an experiment still errs by the luck of its assignment, with mean 0. \
                 Slow motion: all times doubled (gaps, step times, delays, staleness) leave probabilities unchanged and \
                 double every latency, up to a picosecond a step. Parts: estimate - truth = sampling + spillover + dilution \
                 in every replication, to rounding",
    source: "derived here",
    parts: &[Part { tier: 1, check: identities }],
};

/// A small fleet with everything that a real one has: memory pressure, two policies' routers, stale signals, delays.
fn fleet(slow: f64, candidate: &str) -> String {
    format!(
        "name = \"fleet\"\ncontrol = \"control\"\n\
         [workload]\nrate = \"{rate}/s\"\n\
         [workload.class]\nprompt = {{ kind = \"lognormal\", mu = 5.5, sigma = 0.8, max = 3000 }}\n\
         output = {{ kind = \"tpl\", xmin = 60, alpha = 2.3, cut = 1500 }}\n\
         slo = {{ ttft = \"{ttft} ms\", tpot = \"{tpot} ms\" }}\npatience = \"{patience} s\"\n\
         [users]\ncount = 100\n\
         [engine.small]\nc0_ms = {c0}\nc_prefill_ms_per_token = {prefill}\nc_attention_ms_per_token2 = 0\n\
         c_decode_ms_per_sequence = {decode}\nc_kv_ms_per_token = {kv}\nkv_blocks = 420\n\
         [network]\nwithin_region = \"{delay} ms\"\n\
         [[cluster]]\nname = \"east\"\nreplicas = 4\nengine = \"small\"\n\
         [policy.control]\nrouter = {{ kind = \"random\" }}\n[policy.candidate]\n{candidate}\n\
         [[design]]\nkind = \"request\"\n\
         [study]\nreplications = 80\nduration = \"{duration} s\"\nwarm_up = \"{warm_up} s\"\n\
         metrics = [\"ttft_ms_mean\", \"e2e_ms_mean\", \"goodput_share\", \"preemptions_per_request\"]\n\
         [record]\nwindow = \"{window} s\"\n",
        rate = 9.0 / slow,
        ttft = 2_000.0 * slow,
        tpot = 60.0 * slow,
        patience = 30.0 * slow,
        c0 = 6.0 * slow,
        prefill = 0.06 * slow,
        decode = 0.05 * slow,
        kv = 0.000_05 * slow,
        delay = 2.0 * slow,
        duration = 300.0 * slow,
        warm_up = 60.0 * slow,
        window = 10.0 * slow,
    )
}

fn identities(bench: &Bench<'_>) -> Vec<Check> {
    const RANDOM: &str = "router = { kind = \"random\" }";
    const LOOKING: &str = "router = { kind = \"least_kv\", staleness = \"0 s\" }";
    let same = bench.study(&fleet(1.0, RANDOM), &[]);
    let mut checks: Vec<Check> = ["ttft_ms_mean", "e2e_ms_mean", "goodput_share", "preemptions_per_request"]
        .map(|metric| {
            let largest = same.effect(metric).iter().fold(0.0, |most: f64, effect| most.max(effect.abs()));
            Check::within(format!("A/A: effect on {metric}"), 0.0, largest, 0.0)
        })
        .into();
    let luck = same.estimate("request", "e2e_ms_mean");
    checks.push(Check::absolute("A/A: mean estimate, ms", 0.0, &luck, 30.0));
    // The same seed for both speeds: the text of the fleet differs, so its seed is set here.
    let seed = ["study.seed=77"];
    let (fast, slow) = (bench.seeded(&fleet(1.0, LOOKING), &seed), bench.seeded(&fleet(2.0, LOOKING), &seed));
    for (metric, factor) in [("ttft_ms_mean", 2.0), ("e2e_ms_mean", 2.0), ("goodput_share", 1.0)] {
        let ratio = |at: usize| slow.candidate(metric)[at] / fast.candidate(metric)[at];
        checks.push(Check::within(format!("slow motion: {metric}"), factor, ratio(0), 1e-8));
    }
    let parts = fast.parts("request", "e2e_ms_mean");
    let apart = |part: &crate::study::tables::Decomposition| {
        part.error - part.sampling_part - part.spillover_on_control - part.dilution_on_treated
    };
    let largest = parts.iter().map(apart).fold(0.0, |most: f64, apart| most.max(apart.abs()));
    checks.push(Check::within("error less its parts, ms", 0.0, largest, 1e-8));
    checks
}
