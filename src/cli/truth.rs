//! `contention truth`: only the truth worlds, and every true effect.

use std::sync::atomic::AtomicBool;

use clap::Args;
use serde_json::json;

use super::run::{interruptible, study};
use super::{Failure, Global, input, print, print_json};
use crate::readout::verdict::{short, signed};

/// Options of `truth`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name.
    #[arg(default_value = "quickstart")]
    scenario: String,
}

/// Run the truth worlds and print every true effect.
pub fn truth(options: &Options, global: &Global) -> Result<(), Failure> {
    let mut input = input::load(&options.scenario, global)?;
    input::warn(&input.scenario, global);
    input.scenario.designs.clear();
    let stop: &'static AtomicBool = interruptible();
    let Ok(graded) = study(&input.scenario, global, stop)? else {
        return Err(Failure::Interrupted("interrupted; nothing was written".to_owned()));
    };
    if global.json {
        let rows: Vec<_> = graded
            .truth
            .iter()
            .map(|truth| {
                json!({
                    "candidate": truth.candidate,
                    "metric": truth.metric.name,
                    "unit": truth.metric.unit,
                    "value_control": truth.value_control,
                    "value_candidate": truth.value_candidate,
                    "effect": truth.effect.value,
                    "paired_se": truth.effect.mcse,
                })
            })
            .collect();
        return print_json(&json!({ "scenario": input.scenario.name, "truth": rows }));
    }
    let mut text = String::new();
    for candidate in &input.scenario.policies[1..] {
        text.push_str(&format!(
            "{} against {} ({} replications)\n  {:<30} {:>10} {:>10} {:>20}\n",
            candidate.name,
            input.scenario.policies[0].name,
            input.scenario.study.replications,
            "metric",
            "control",
            "candidate",
            "effect ± SE"
        ));
        for truth in graded.truth.iter().filter(|truth| truth.candidate == candidate.name) {
            let effect = format!("{} ± {}", signed(truth.effect.value), short(truth.effect.mcse));
            text.push_str(&format!(
                "  {:<30} {:>10} {:>10} {effect:>20} {}\n",
                truth.metric.name,
                short(truth.value_control),
                short(truth.value_candidate),
                truth.metric.unit
            ));
        }
    }
    print(&text)
}
