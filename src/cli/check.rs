//! `contention check`: every problem at once, and what may mislead.

use clap::Args;
use serde_json::json;

use super::{Failure, Global, input, print, print_json};
use crate::settings::Problems;

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Options {
    /// Scenario files, or shipped scenarios by name.
    #[arg(required = true)]
    scenarios: Vec<String>,
}

/// Check scenarios.
pub fn check(options: &Options, global: &Global) -> Result<(), Failure> {
    let mut problems = Vec::new();
    let mut fine = Vec::new();
    for name in &options.scenarios {
        match input::load(name, global) {
            Ok(input) => fine.push(input),
            Err(Failure::Invalid(found)) => problems.extend(found.0),
            Err(other) => return Err(other),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Invalid(Problems(problems)));
    }
    if global.json {
        let reports: Vec<_> = fine
            .iter()
            .map(|input| {
                let warnings: Vec<_> =
                    input.scenario.warnings.iter().map(|w| json!({"code": w.code, "text": w.text})).collect();
                json!({
                    "scenario": input.name,
                    "ok": true,
                    "worlds": input.scenario.worlds(),
                    "warnings": warnings,
                })
            })
            .collect();
        return print_json(&json!(reports));
    }
    for input in &fine {
        input::warn(&input.scenario, input::Use::Graded, global);
        let scenario = &input.scenario;
        print(&format!(
            "{}: fine; {} policies, {} designs, {} clusters, {} replications of {} worlds\n",
            input.name,
            scenario.policies.len(),
            scenario.designs.len(),
            scenario.layout.clusters.len(),
            scenario.study.replications,
            scenario.worlds()
        ))?;
    }
    Ok(())
}
