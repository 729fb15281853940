//! What load a scenario implies, estimated before anything runs: offered load, utilisation, KV headroom.

use super::Scenario;
use crate::units::PS_PER_SECOND;
use crate::workload::{Class, Rate};
use crate::world::Cluster;
use crate::world::replica::BLOCK_TOKENS;

/// The load of one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterLoad {
    /// Name of the cluster.
    pub cluster: String,
    /// Offered requests a second, in the mean over the study.
    pub requests_per_s: f64,
    /// Requests that fit the batch at once: the smaller of the sequence cap and of memory at the mean footprint.
    pub batch_limit: f64,
    /// Which of the two binds.
    pub bound_by: &'static str,
    /// Offered work over what the replicas can do at the batch limit.
    pub utilisation: f64,
    /// Share of the KV cache that the requests in service hold on average, at most 1.
    pub kv_share: f64,
}

/// The load of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadEstimate {
    /// Offered requests a second of the whole fleet, in the mean over the study.
    pub requests_per_s: f64,
    /// How much of the rate on a weekday the daily profile leaves, in the mean over the study; 1 for a trace.
    pub profile_factor: f64,
    /// Mean prompt tokens.
    pub prompt_tokens: f64,
    /// Mean output tokens.
    pub output_tokens: f64,
    /// By cluster.
    pub clusters: Vec<ClusterLoad>,
}

impl LoadEstimate {
    /// Estimate the load under the control's scheduler, with mean lengths and the traffic at home.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let (prompt_tokens, output_tokens, mean_square_prompt) = mean_lengths(scenario);
        let requests_per_s = offered_rate(scenario);
        let max_num_seqs = f64::from(scenario.policies[0].batching.max_num_seqs);
        let layout = &scenario.layout;
        // Each region's users go to its nearest clusters in equal parts: the first of them is enough to find the share.
        let mut shares = vec![0.0; layout.clusters.len()];
        for (region, share) in scenario.workload.users.regions.iter().enumerate() {
            let near = layout.nearest(region);
            for cluster in near {
                shares[cluster.index()] += share / near.len() as f64;
            }
        }
        let clusters = layout
            .clusters
            .iter()
            .zip(shares)
            .map(|(cluster, share)| {
                let rate = requests_per_s * share;
                load_of(cluster, rate, prompt_tokens, output_tokens, mean_square_prompt, max_num_seqs)
            })
            .collect();
        let profile_factor = if scenario.workload.trace.is_some() { 1.0 } else { daily_factor(scenario) };
        Self { requests_per_s, profile_factor, prompt_tokens, output_tokens, clusters }
    }

    /// Why the offered rate is not the rate of the file, where it is not.
    #[must_use]
    pub fn rate_note(&self) -> Option<String> {
        let factor = self.profile_factor;
        ((factor - 1.0).abs() > 0.005).then(|| {
            format!(
                "That is {factor:.2} times the given rate: a rate is the mean of a weekday, and so much of it is left by \
                 workload.profile in the hours and weekends of this study"
            )
        })
    }
}

fn load_of(
    cluster: &Cluster,
    rate: f64,
    prompt: f64,
    output: f64,
    mean_square_prompt: f64,
    max_num_seqs: f64,
) -> ClusterLoad {
    let costs = &cluster.engine.costs;
    let seconds = |ps: u64| ps as f64 / PS_PER_SECOND as f64;
    let capacity_tokens = f64::from(cluster.engine.kv_blocks) * f64::from(BLOCK_TOKENS);
    let footprint = prompt + output / 2.0;
    let by_memory = (capacity_tokens / footprint).max(1.0);
    let batch_limit = by_memory.min(max_num_seqs);
    // Work of one request when the batch is full: its own, and its share of each iteration's constant.
    let prefill = seconds(costs.prefill_token) * prompt + seconds(costs.half_attention) * mean_square_prompt;
    let decode = output * (seconds(costs.decode_sequence) + seconds(costs.kv_token) * footprint);
    let own = prefill + decode;
    let work = own + output * seconds(costs.iteration) / batch_limit;
    let per_replica = rate / f64::from(cluster.replicas);
    // Mean requests in service n: n = λ·(o·t(n) + prefill) with an iteration time linear in n.
    let constant = per_replica * (output * seconds(costs.iteration) + prefill);
    let slope = per_replica * own;
    let in_service = if slope < 1.0 { constant / (1.0 - slope) } else { f64::INFINITY };
    ClusterLoad {
        cluster: cluster.name.clone(),
        requests_per_s: rate,
        batch_limit,
        bound_by: if by_memory < max_num_seqs { "kv memory" } else { "max_num_seqs" },
        utilisation: per_replica * work,
        kv_share: (in_service.min(batch_limit) * footprint / capacity_tokens).min(1.0),
    }
}

/// Offered requests a second: as given, or counted from the trace.
fn offered_rate(scenario: &Scenario) -> f64 {
    let workload = &scenario.workload;
    if let Some(replay) = &workload.trace {
        let span = crate::workload::settings::span_of(replay).seconds();
        return replay.rows.len() as f64 / span;
    }
    let hours = daily_factor(scenario);
    hours
        * match workload.rate {
            Rate::Total(rate) => rate,
            Rate::PerUser(rate) => {
                rate * f64::from(workload.users.count) * workload.users.expected_activity()
            }
        }
}

/// The daily profile's mean factor over the hours of the study.
fn daily_factor(scenario: &Scenario) -> f64 {
    const POINTS: u32 = 240;
    let (pace, seconds) = (&scenario.workload.pace, scenario.study.duration.seconds());
    let at = |point: u32| pace.start_of_day_s + seconds * (f64::from(point) + 0.5) / f64::from(POINTS);
    (0..POINTS).map(|point| pace.profile.factor(at(point))).sum::<f64>() / f64::from(POINTS)
}

/// Mean prompt and output tokens and the mean square of the prompt.
fn mean_lengths(scenario: &Scenario) -> (f64, f64, f64) {
    if let Some(replay) = &scenario.workload.trace {
        let n = replay.rows.len() as f64;
        let mean = |of: &dyn Fn(&crate::workload::trace::TraceRow) -> f64| {
            replay.rows.iter().map(of).sum::<f64>() / n
        };
        let prompt = mean(&|row| f64::from(row.prompt_tokens)) * replay.prompt_scale;
        let square = mean(&|row| f64::from(row.prompt_tokens) * f64::from(row.prompt_tokens));
        let output = mean(&|row| f64::from(row.output_tokens)) * replay.output_scale;
        return (prompt, output, square * replay.prompt_scale * replay.prompt_scale);
    }
    let mean = |of: &dyn Fn(&Class) -> f64| {
        scenario.workload.classes.iter().map(|class| class.share * of(class)).sum::<f64>()
    };
    let square = |class: &Class| {
        let cv = class.prompt.coefficient_of_variation();
        class.prompt.mean() * class.prompt.mean() * (1.0 + cv * cv)
    };
    (mean(&|class| class.prompt.mean()), mean(&|class| class.output.mean()), mean(&square))
}
