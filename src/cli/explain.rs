//! `contention explain`: a scenario resolved, with every default and the load it implies.

use clap::Args;
use serde_json::json;

use super::{Failure, Global, input, print, print_json};
use crate::scenario::LoadEstimate;

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name.
    scenario: String,
}

/// Print a scenario resolved.
pub fn explain(options: &Options, global: &Global) -> Result<(), Failure> {
    let input = input::load(&options.scenario, global)?;
    let scenario = &input.scenario;
    let load = LoadEstimate::of(scenario);
    if global.json {
        let clusters: Vec<_> = load
            .clusters
            .iter()
            .map(|cluster| {
                json!({
                    "cluster": cluster.cluster,
                    "requests_per_s": cluster.requests_per_s,
                    "batch_limit": cluster.batch_limit,
                    "bound_by": cluster.bound_by,
                    "utilisation": cluster.utilisation,
                    "kv_share": cluster.kv_share,
                })
            })
            .collect();
        return print_json(&json!({
            "scenario": scenario.name,
            "resolved": scenario.resolved,
            "requests_per_s": load.requests_per_s,
            "prompt_tokens_mean": load.prompt_tokens,
            "output_tokens_mean": load.output_tokens,
            "clusters": clusters,
            "warnings": scenario.warnings.iter().map(|w| json!({"code": w.code, "text": w.text})).collect::<Vec<_>>(),
        }));
    }
    input::warn(scenario, global);
    let mut text = format!("# {}\n", scenario.question);
    text.push_str(&format!(
        "#\n# Offered load (estimate): {:.2} requests/s, {:.0} prompt and {:.0} output tokens a request in the mean\n",
        load.requests_per_s, load.prompt_tokens, load.output_tokens
    ));
    for cluster in &load.clusters {
        text.push_str(&format!(
            "# cluster {:<12} {:>8.2} requests/s, utilisation {:.2}, batch up to {:.0} ({}), KV in use {:.0} %\n",
            cluster.cluster,
            cluster.requests_per_s,
            cluster.utilisation,
            cluster.batch_limit,
            cluster.bound_by,
            100.0 * cluster.kv_share
        ));
    }
    for candidate in &scenario.policies[1..] {
        let axes: Vec<&str> =
            candidate.differing_axes(&scenario.policies[0]).iter().map(|axis| axis.name()).collect();
        let axes = if axes.is_empty() { "nothing: an A/A comparison".to_owned() } else { axes.join(", ") };
        text.push_str(&format!(
            "# candidate {} differs from the control {} on: {axes}\n",
            candidate.name, scenario.policies[0].name
        ));
    }
    text.push('\n');
    text.push_str(&scenario.resolved);
    print(&text)
}
