//! A study made up by hand for tests and pictures: four designs that behave as in the literature.

use super::Provenance;
use crate::estimate::{Arms, Estimand};
use crate::record::{METRICS, Metric};
use crate::scenario::{Scenario, resolve};
use crate::settings::Document;
use crate::stats::{BucketCounts, Measure, NotEstimable, Replicate, difference_from, performance};
use crate::study::Graded;
use crate::study::distribution::merge;
use crate::study::score::Truth;
use crate::study::tables::{
    BlockRow, BoundaryRow, CurveRow, Decomposition, Distributed, Distribution, EstimateRow, EventRow,
    PerformanceRow, TimelineRow, TokenMeanRow, TruthRow,
};

/// Replications of the made-up study.
pub(super) const REPLICATIONS: u32 = 6;

/// Its designs with an estimator each.
pub(super) const DESIGNS: [(&str, &str); 4] = [
    ("request", "difference_in_means"),
    ("user", "user_clustered"),
    ("cluster", "cluster_means"),
    ("switchback", "switchback_washout"),
];

/// Share of the truth that each design finds, and its noise as a share of the truth.
const FOUND: [(f64, f64); 4] = [(0.15, 0.1), (0.3, 0.15), (1.3, 1.2), (0.97, 0.2)];

const KINDS: [&str; 5] = ["kv_exhaustion", "preemption_storm", "queue_overflow", "failover", "slo_breach"];
const WINDOWS: u32 = 180;

/// A scenario in which `candidate` is compared with `random`, and its graded study.
pub(super) fn study(candidate: &str) -> (Scenario, Graded) {
    let scenario = scenario(candidate);
    let mut graded = Graded::default();
    for metric in &METRICS[..4] {
        truth(&mut graded, candidate, metric);
        for (design, (found, noise)) in DESIGNS.into_iter().zip(FOUND) {
            estimates(&mut graded, candidate, design, metric, (found, noise));
        }
    }
    let worlds: Vec<(String, String)> = ["random", candidate]
        .map(|policy| (String::new(), format!("all:{policy}")))
        .into_iter()
        .chain(DESIGNS.map(|(design, _)| (candidate.to_owned(), design.to_owned())))
        .collect();
    for (at, (of, design)) in worlds.iter().enumerate() {
        boundary(&mut graded, of, design, at as u32);
        let world = if of.is_empty() { design.clone() } else { format!("{design}/{of}") };
        timeline(&mut graded, &world, at as u32);
    }
    for (at, policy) in ["random", candidate].into_iter().enumerate() {
        distributions(&mut graded, policy, at as u64);
    }
    graded.token_mean = (1..200).map(|at| at * at).map(token_mean).collect();
    graded.blocks = (0..5).map(|at| block(candidate, at)).collect();
    (scenario, graded)
}

/// The same study of so many clusters, each with the timeline and events of one and a queue of its own; their names are those
/// of `cluster-0` and so on.
pub(super) fn study_of_clusters(candidate: &str, count: u32) -> (Scenario, Graded) {
    let (scenario, mut graded) = study(candidate);
    let (rows, events) = (std::mem::take(&mut graded.timeline), std::mem::take(&mut graded.events));
    for at in 0..count {
        let of_one = rows.iter().filter(|row| row.cluster == "east").cloned();
        graded.timeline.extend(of_one.map(|row| TimelineRow {
            cluster: format!("cluster-{at}"),
            queue: row.queue + at * 37 % 101,
            ..row
        }));
        let of_one = events.iter().filter(|event| event.cluster == "east").cloned();
        graded.events.extend(of_one.map(|event| EventRow { cluster: format!("cluster-{at}"), ..event }));
    }
    (scenario, graded)
}

/// Shares of the made-up curve.
pub(super) const SHARES: [f64; 3] = [0.25, 0.5, 0.75];

/// Where the made-up study comes from.
pub(super) fn provenance() -> Provenance {
    Provenance {
        version: "0.1.0".to_owned(),
        command: "contention run made-up.toml --seed 1".to_owned(),
        scenario_hash: "0123abcd".to_owned(),
        seed: 1,
        replications: REPLICATIONS,
    }
}

/// The same study with a policy-value curve: half of the effect reaches the controls.
pub(super) fn study_with_curve(candidate: &str) -> (Scenario, Graded) {
    let (mut scenario, mut graded) = study(candidate);
    scenario.study.curve = SHARES.to_vec();
    for row in &graded.truth_rows {
        for share in SHARES {
            let value_control = row.value_control + 0.5 * share * row.effect();
            let value_treated = value_control + 0.5 * row.effect();
            graded.curve.push(CurveRow {
                candidate: candidate.to_owned(),
                share,
                metric: row.metric,
                replication: row.replication,
                value: Some((1.0 - share) * value_control + share * value_treated),
                value_treated: Some(value_treated),
                value_control: Some(value_control),
            });
        }
    }
    (scenario, graded)
}

/// The same study with its estimates and truths repeated `times` times, as of further replications.
pub(super) fn repeat(graded: &mut Graded, times: u32) {
    let (estimates, truths) = (graded.estimates.clone(), graded.truth_rows.clone());
    for round in 1..times {
        let later = round * REPLICATIONS;
        graded.estimates.extend(estimates.iter().cloned().map(|mut row| {
            row.replication += later;
            row
        }));
        graded.truth_rows.extend(truths.iter().cloned().map(|mut row| {
            row.replication += later;
            row
        }));
    }
}

/// Latencies over three octaves, and tokens with a heavy tail.
fn distributions(graded: &mut Graded, policy: &str, number: u64) {
    let mut add = |quantity, values: &mut dyn Iterator<Item = u64>| {
        let mut counts = BucketCounts::default();
        values.for_each(|value| counts.add(value));
        let world = format!("all:{policy}");
        merge(&mut graded.distributions, vec![Distribution { world, quantity, counts }]);
    };
    for (quantity, scale) in
        [(Distributed::Ttft, 400), (Distributed::Tpot, 40), (Distributed::EndToEnd, 9000)]
    {
        add(quantity, &mut (0..1000).map(|at| (at + 140) * scale / (1 + number)));
    }
    add(Distributed::Tokens, &mut (1..1000).map(|at| 200 + 1_000_000 / at));
}

fn token_mean(requests: u64) -> TokenMeanRow {
    let largest_tokens = 400 + requests / 7 * 40;
    TokenMeanRow { requests, mean_tokens: 380.0 + libm::sqrt(requests as f64), largest_tokens }
}

/// Blocks of five minutes after the warm-up, in turns.
fn block(candidate: &str, number: u32) -> BlockRow {
    let start_s = 300.0 * f64::from(number + 1);
    BlockRow {
        candidate: candidate.to_owned(),
        design: "switchback".to_owned(),
        cluster: String::new(),
        start_s,
        end_s: start_s + 300.0,
        arm: if number.is_multiple_of(2) { candidate } else { "random" }.to_owned(),
        washout_s: 60.0,
    }
}

fn scenario(candidate: &str) -> Scenario {
    let candidate = toml::Value::String(candidate.to_owned());
    let designs: String = DESIGNS.map(|(design, _)| format!("[[design]]\nkind = \"{design}\"\n")).concat();
    let text = format!(
        "name = \"made-up\"\nquestion = \"Is <p2c> better than random & cheaper?\"\ncontrol = \"random\"\n\
         [workload]\npreset = \"chat_short\"\nrate = \"20/s\"\n[users]\ncount = 50\n\
         [[cluster]]\nname = \"east\"\nregion = \"e\"\nreplicas = 4\nengine = \"llama-3-8b-a100-tp1\"\n\
         [[cluster]]\nname = \"west\"\nregion = \"w\"\nreplicas = 4\nengine = \"llama-3-8b-a100-tp1\"\n\
         [[cluster]]\nname = \"north\"\nregion = \"e\"\nreplicas = 4\nengine = \"llama-3-8b-a100-tp1\"\n\
         [[cluster]]\nname = \"south\"\nregion = \"w\"\nreplicas = 4\nengine = \"llama-3-8b-a100-tp1\"\n\
         [policy.random]\nrouter = {{ kind = \"random\" }}\n\
         [policy.{candidate}]\nrouter = {{ kind = \"power_of_k\" }}\n\
         [study]\nreplications = {REPLICATIONS}\nduration = \"30 min\"\nwarm_up = \"5 min\"\n{designs}"
    );
    let document = Document::parse("made-up.toml", &text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let no_files = |_: &str| -> std::io::Result<Vec<u8>> { Err(std::io::ErrorKind::NotFound.into()) };
    resolve(document, &no_files).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Deviations that sum to zero and have a variance near one.
fn luck(replication: u32) -> f64 {
    [-1.3, 0.2, 0.9, -0.4, 1.4, -0.8][replication as usize % 6]
}

fn effect_of(metric: &Metric) -> f64 {
    if metric.higher_is_better { 0.05 } else { -120.0 }
}

fn truth(graded: &mut Graded, candidate: &str, metric: &'static Metric) {
    let mut effects = Vec::new();
    for replication in 0..REPLICATIONS {
        let effect = effect_of(metric) * (1.0 + 0.04 * luck(replication));
        effects.push(effect);
        graded.truth_rows.push(TruthRow {
            segment: "all".to_owned(),
            candidate: candidate.to_owned(),
            metric: metric.name,
            replication,
            value_control: 640.0,
            value_candidate: 640.0 + effect,
        });
    }
    let effect = Measure::mean(&effects).unwrap();
    let value_candidate = 640.0 + effect.value;
    graded.truth.push(Truth {
        segment: "all".to_owned(),
        candidate: candidate.to_owned(),
        metric,
        value_control: 640.0,
        value_candidate,
        effect,
        n_replications: REPLICATIONS as usize,
    });
}

fn estimates(
    graded: &mut Graded,
    candidate: &str,
    (design, estimator): (&str, &'static str),
    metric: &'static Metric,
    (found, noise): (f64, f64),
) {
    let truth = effect_of(metric);
    let missing = design == "user" && metric.name != METRICS[0].name;
    let (mut replicates, mut parts) = (Vec::new(), Vec::new());
    for replication in 0..REPLICATIONS {
        let paired_truth = truth * (1.0 + 0.04 * luck(replication));
        let estimate = truth * (found + noise * luck(replication));
        let difference = difference_from(estimate, (truth * noise).abs(), 30.0, 40, "welch").unwrap();
        let error = estimate - paired_truth;
        let sampling_part = truth * noise * luck(replication) * 0.9;
        let spillover_on_control = 0.8 * (error - sampling_part);
        let dilution_on_treated = error - sampling_part - spillover_on_control;
        let decomposition = Decomposition { error, sampling_part, spillover_on_control, dilution_on_treated };
        parts.push(decomposition);
        replicates.push(Replicate {
            estimate,
            std_error: difference.std_error,
            conf_low: difference.conf_low,
            conf_high: difference.conf_high,
            p_value: difference.p_value,
            paired_truth,
        });
        graded.estimates.push(EstimateRow {
            segment: "all".to_owned(),
            null: None,
            candidate: candidate.to_owned(),
            design: design.to_owned(),
            estimator: estimator.to_owned(),
            metric: metric.name,
            replication,
            estimand: Estimand::Gte,
            paired_truth: Some(paired_truth),
            result: if missing { Err(NotEstimable::TooFewUnits) } else { Ok(difference) },
            arms: (!missing).then_some(Arms { treated: difference.effect, control: 0.0 }),
            decomposition: (!missing).then_some(decomposition),
        });
    }
    let of = graded.truth_of(candidate, metric.name).unwrap().effect;
    let mean = |of: fn(&Decomposition) -> f64| parts.iter().map(of).sum::<f64>() / parts.len() as f64;
    let mean_decomposition = Decomposition {
        error: mean(|part| part.error),
        sampling_part: mean(|part| part.sampling_part),
        spillover_on_control: mean(|part| part.spillover_on_control),
        dilution_on_treated: mean(|part| part.dilution_on_treated),
    };
    graded.performance.push(PerformanceRow {
        segment: "all".to_owned(),
        estimand: Estimand::Gte,
        null: None,
        candidate: candidate.to_owned(),
        design: design.to_owned(),
        estimator: estimator.to_owned(),
        metric: metric.name,
        n_asked: REPLICATIONS as usize,
        n_answered: if missing { 0 } else { replicates.len() },
        result: if missing {
            Err(NotEstimable::TooFewUnits)
        } else {
            performance(&replicates, 0, of.value, of.mcse, metric.higher_is_better)
        },
        mean_decomposition: (!missing).then_some(mean_decomposition),
    });
}

fn boundary(graded: &mut Graded, candidate: &str, design: &str, world: u32) {
    for replication in 0..REPLICATIONS {
        for (at, kind) in KINDS.into_iter().enumerate() {
            for cluster in ["east", "west"] {
                let count = if kind == "failover" {
                    0
                } else {
                    u64::from((replication + world * 3) % 7) * (at as u64 + 1)
                };
                graded.boundary.push(BoundaryRow {
                    candidate: candidate.to_owned(),
                    design: design.to_owned(),
                    cluster: cluster.to_owned(),
                    kind,
                    replication,
                    count,
                    count_per_hour: count as f64 / 0.4166,
                    seconds: count as f64 * 1.5,
                    requests_touched: count * 4,
                });
            }
        }
    }
}

fn timeline(graded: &mut Graded, world: &str, number: u32) {
    for cluster in ["east", "west"] {
        for window in 0..WINDOWS {
            let wave = libm::sin(f64::from(window + 20 * number) / 14.0);
            let load = 0.65 + 0.3 * wave + if cluster == "west" { 0.05 } else { 0.0 };
            let treated = world.starts_with("switchback") && (window / 30) % 2 == 1;
            graded.timeline.push(TimelineRow {
                world: world.to_owned(),
                cluster: cluster.to_owned(),
                start_s: f64::from(window) * 10.0,
                arrivals: 100 + window % 7,
                queue: (load * 60.0 * f64::from(u32::from(load > 0.85))) as u32,
                running: 64,
                kv_used: (load.clamp(0.0, 1.0) * 116_824.0) as u32,
                kv_capacity: 116_824,
                preemptions: u32::from(load > 0.9),
                rejections: 0,
                arm_share: if world.starts_with("switchback") { f64::from(u8::from(treated)) } else { 0.5 },
            });
            if load > 0.9 && window % 4 == 0 {
                for kind in ["kv_exhaustion", "slo_breach"] {
                    graded.events.push(EventRow {
                        world: world.to_owned(),
                        cluster: cluster.to_owned(),
                        replica: Some(window % 4),
                        kind,
                        cause: "decode_growth",
                        start_s: f64::from(window) * 10.0 + 3.0,
                        duration_s: 4.5,
                        requests_touched: 5,
                    });
                }
            }
        }
    }
}
