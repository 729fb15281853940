//! `contention list`: everything that a scenario can name.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::codes::CODES;
use super::{Failure, Global, input, print, print_json};
use crate::design::DESIGNS;
use crate::estimate::ESTIMATORS;
use crate::policy::admission::ADMISSIONS;
use crate::policy::demand::DEMANDS;
use crate::policy::limiter::LIMITERS;
use crate::policy::priority::PRIORITIES;
use crate::policy::router::ROUTERS;
use crate::policy::scheduler::SCHEDULERS;
use crate::record::{BoundaryKind, METRICS};
use crate::scenario::fleet::engine_presets;
use crate::verify::CASES;
use crate::workload::profile::PROFILES;
use crate::workload::settings::{LENGTH_LAWS, PRESET_NAMES};

/// Options of `list`.
#[derive(Debug, Args)]
pub struct Options {
    /// What to list; everything when left out.
    what: Option<What>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Shipped scenarios.
    Scenarios,
    /// Routers, admission rules, limiters, demand and priority rules, schedulers.
    Policies,
    /// Assignment mechanisms.
    Designs,
    /// Estimators.
    Estimators,
    /// Metrics.
    Metrics,
    /// Engine, workload, profile and length presets.
    Presets,
    /// Known answers that `contention verify` tries.
    Cases,
    /// Codes of warnings, of rows without a number and of exits; `contention explain CODE` has more.
    Codes,
}

/// A heading and its entries: name and sentence.
type Group = (&'static str, Vec<(String, String)>);

/// List what a scenario can name.
pub fn list(options: &Options, global: &Global) -> Result<(), Failure> {
    let all = [
        What::Scenarios,
        What::Policies,
        What::Designs,
        What::Estimators,
        What::Metrics,
        What::Presets,
        What::Cases,
        What::Codes,
    ];
    let wanted = all.into_iter().filter(|what| options.what.is_none_or(|chosen| chosen == *what));
    let groups: Vec<Group> = wanted.flat_map(groups).collect();
    if global.json {
        let groups: serde_json::Map<String, serde_json::Value> = groups
            .into_iter()
            .map(|(heading, entries)| {
                let entries: Vec<_> =
                    entries.into_iter().map(|(name, about)| json!({"name": name, "about": about})).collect();
                (heading.to_owned(), json!(entries))
            })
            .collect();
        return print_json(&serde_json::Value::Object(groups));
    }
    let mut text = String::new();
    for (heading, entries) in groups {
        text.push_str(&format!("{heading}\n"));
        for (name, about) in entries {
            text.push_str(&format!("  {name:<30} {about}\n"));
        }
        text.push('\n');
    }
    print(&text)
}

fn groups(what: What) -> Vec<Group> {
    macro_rules! specs {
        ($heading:expr, $specs:expr) => {
            ($heading, $specs.iter().map(|spec| (spec.name.to_owned(), spec.about.to_owned())).collect())
        };
    }
    match what {
        What::Scenarios => {
            let entries =
                input::SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), question(text))).collect();
            vec![("scenarios", entries)]
        }
        What::Policies => vec![
            specs!("router", ROUTERS),
            specs!("admission", ADMISSIONS),
            specs!("limiter", LIMITERS),
            specs!("demand", DEMANDS),
            specs!("priority", PRIORITIES),
            specs!("scheduler", SCHEDULERS),
        ],
        What::Cases => {
            let entries = CASES.iter().map(|case| (case.id.to_owned(), case.claim.to_owned())).collect();
            vec![("known answers", entries)]
        }
        What::Codes => {
            let entries = CODES.iter().map(|code| (code.code.to_owned(), code.seen.to_owned())).collect();
            vec![("code", entries)]
        }
        What::Designs => vec![specs!("design", DESIGNS)],
        What::Estimators => vec![specs!("estimator", ESTIMATORS)],
        What::Metrics => {
            let about = |metric: &crate::record::Metric| {
                let direction = if metric.higher_is_better { "higher is better" } else { "lower is better" };
                format!(
                    "{} [{}, {direction}, over {}, {} level]",
                    metric.about,
                    metric.unit,
                    metric.denominator,
                    metric.level()
                )
            };
            let metrics = METRICS.iter().map(|metric| (metric.name.to_owned(), about(metric))).collect();
            let kinds =
                BoundaryKind::ALL.iter().map(|kind| (kind.name().to_owned(), String::new())).collect();
            vec![("metric", metrics), ("boundary event", kinds)]
        }
        What::Presets => {
            let named =
                |names: Vec<&str>| names.into_iter().map(|name| (name.to_owned(), String::new())).collect();
            vec![
                ("workload preset", named(PRESET_NAMES.to_vec())),
                ("daily profile", named(PROFILES.iter().map(|(name, _)| *name).collect())),
                ("length law", named(LENGTH_LAWS.iter().map(|(name, _)| *name).collect())),
                ("engine preset", engine_presets()),
            ]
        }
    }
}

/// The question in a scenario's text.
fn question(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("question = \""));
    line.and_then(|rest| rest.strip_suffix('"')).unwrap_or("").to_owned()
}
