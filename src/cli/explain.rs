//! `contention explain`: a scenario resolved, with every default and the load it implies; or what a code means.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::codes::{self, Code};
use super::{Failure, Global, input, print, print_json};
use crate::readout::verdict::grouped;
use crate::report::terminal::{WIDEST, paragraph};
use crate::scenario::{LoadEstimate, Scenario};

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, a shipped scenario by name, or a code such as W-FEW, ne:zero_variance or exit-3.
    #[arg(value_name = "SCENARIO|CODE")]
    what: String,
}

impl Options {
    /// Whether it explains a scenario or a code.
    pub fn call(&self) -> &'static str {
        let what = self.what.as_str();
        let is_scenario = Path::new(what).exists() || input::SHIPPED.iter().any(|(name, _)| *name == what);
        if is_scenario || codes::named(what).is_none() { "explain" } else { "explain CODE" }
    }
}

/// Print a scenario resolved, or what a code means. A file wins over a code of its name.
pub fn explain(options: &Options, global: &Global) -> Result<(), Failure> {
    let what = options.what.as_str();
    if Path::new(what).exists() || input::SHIPPED.iter().any(|(name, _)| *name == what) {
        return explain_scenario(what, global);
    }
    match codes::named(what) {
        Some(code) => explain_code(code, global),
        None => {
            let hint = codes::nearest(what, input::SHIPPED.iter().map(|(name, _)| *name));
            Err(Failure::Usage(format!(
                "{what}: no such file, shipped scenario or code{hint}; `contention list scenarios` and \
                 `contention list codes` have all"
            )))
        }
    }
}

fn explain_code(code: &Code, global: &Global) -> Result<(), Failure> {
    let Code { code, seen, means, advice, example } = code;
    if global.json {
        return print_json(
            &json!({ "code": code, "seen": seen, "means": means, "advice": advice, "example": example }),
        );
    }
    let mut text = format!("{code}\n");
    for (heading, body) in
        [("What was seen", seen), ("What it means", means), ("What to try", advice), ("Example", example)]
    {
        text.push_str(&format!("\n{heading}\n"));
        let mut wrapped = String::new();
        paragraph(&mut wrapped, body, WIDEST - 2);
        wrapped.lines().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    print(&text)
}

/// How many worlds a replication simulates, and why.
pub(super) fn worlds(scenario: &Scenario) -> String {
    let shares = scenario.curve_shares();
    let of_shares = if shares.is_empty() {
        String::new()
    } else {
        let shares: Vec<String> = shares.iter().map(f64::to_string).collect();
        format!(", those at the shares {} of the candidate among them", shares.join(", "))
    };
    let count = scenario.worlds();
    let plural = if count == 1 { "" } else { "s" };
    format!("Each replication simulates {count} world{plural}{of_shares}")
}

fn explain_scenario(name: &str, global: &Global) -> Result<(), Failure> {
    let input = input::load(name, global)?;
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
            "rate_note": load.rate_note(),
            "worlds": scenario.worlds(),
            "curve_shares": scenario.curve_shares(),
            "warnings": input::warnings(scenario, input::Use::Simulated)
                .map(|w| json!({"code": w.code, "text": w.text}))
                .collect::<Vec<_>>(),
        }));
    }
    input::warn(scenario, input::Use::Simulated, global);
    let mut text = format!("# {}\n", scenario.question);
    text.push_str(&format!(
        "#\n# Offered load (estimate): {:.2} requests/s, {} prompt and {} output tokens a request in the mean\n",
        load.requests_per_s,
        grouped(&format!("{:.0}", load.prompt_tokens)),
        grouped(&format!("{:.0}", load.output_tokens))
    ));
    if let Some(note) = load.rate_note() {
        text.push_str(&format!("# {note}\n"));
    }
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
    text.push_str(&format!("# {}\n\n", worlds(scenario)));
    text.push_str(&scenario.resolved);
    print(&text)
}
