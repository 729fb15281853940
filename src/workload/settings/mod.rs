//! Reads `[workload]` and `[users]`: presets beneath, the user's keys on top.

mod law;
mod replay;
mod users;

use std::sync::Arc;

pub use law::LENGTH_LAWS;
pub use replay::span_of;

use self::law::read_law;
use self::replay::read_replay;
use self::users::read_users;
use super::class::{Class, ClassTerms};
use super::clock::{Drift, Pace};
use super::lengths::LengthTable;
use super::profile::{Named, PROFILES, Profile};
use super::{Gaps, Rate, Workload};
use crate::settings::{Document, Node, Section, Value};

const PRESETS: &str = include_str!("../presets.toml");

/// Opens a file that a scenario names; the core itself touches no files.
pub type Loader<'a> = &'a dyn Fn(&str) -> std::io::Result<Vec<u8>>;

fn presets() -> Value {
    Document::preset("workload", PRESETS).map_or(Value::Table(Vec::new()), |document| document.root.value)
}

fn preset(name: &str) -> Option<Node> {
    match presets() {
        Value::Table(entries) => entries.into_iter().find(|(known, _)| known == name).map(|(_, node)| node),
        _ => None,
    }
}

fn entry(node: &Node, key: &str) -> Option<Node> {
    match &node.value {
        Value::Table(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node.clone()),
        _ => None,
    }
}

fn without(node: Node, key: &str) -> Node {
    match node.value {
        Value::Table(mut entries) => {
            entries.retain(|(name, _)| name != key);
            Node { value: Value::Table(entries), place: node.place }
        }
        value => Node { value, place: node.place },
    }
}

/// The preset that a section's `preset` key names.
fn named_preset(section: &Section<'_>) -> Option<Node> {
    let names: Vec<(&'static str, usize)> =
        PRESET_NAMES.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    if !section.has("preset") {
        return None;
    }
    section.choice("preset", None, &names).and_then(|at| preset(PRESET_NAMES[at]))
}

/// The presets in `presets.toml`, in its order.
pub const PRESET_NAMES: [&str; 5] =
    ["chat_short", "chat_long", "code_completion", "reasoning", "hypothesis_tpl"];

/// Read the workload. `None` when it cannot be built; the reader then holds the problems.
#[must_use]
pub fn read(
    workload: Section<'_>,
    users: &Section<'_>,
    regions: &[String],
    weights: &[f64],
    load: Loader<'_>,
) -> Option<Workload> {
    let beneath = named_preset(&workload);
    // What an unknown preset leaves out is no second mistake.
    let has_unknown_preset = workload.has("preset") && beneath.is_none();
    let class_preset = beneath.as_ref().and_then(|node| entry(node, "class"));
    let workload = match beneath {
        Some(node) => workload.over(without(node, "class")),
        None => workload,
    };
    let population = read_users(users, regions, weights);
    let classes = if has_unknown_preset {
        workload.ignore(&["class"]);
        Vec::new()
    } else {
        read_classes(&workload, class_preset)
    };
    let trace_given = workload.has("trace");
    let rate = if workload.has("rate_per_user") {
        if workload.has("rate") {
            workload.problem("rate", "both `rate` and `rate_per_user`", "one of them");
        }
        Rate::PerUser(workload.rate("rate_per_user", None))
    } else if trace_given {
        // A trace brings its own arrivals; the scenario's rate stays for the runs without it.
        workload.ignore(&["rate"]);
        Rate::Total(1.0)
    } else {
        Rate::Total(workload.rate("rate", None))
    };
    let gaps = read_gaps(&workload.table("arrivals"));
    let pace = read_pace(&workload);
    let trace =
        trace_given.then(|| read_replay(&workload.table("trace"), &classes, &population, regions, load));
    workload.finish();
    let trace = match trace {
        Some(None) => return None,
        Some(trace) => trace,
        None => None,
    };
    (!classes.is_empty()).then_some(Workload { rate, gaps, pace, classes, users: population, trace })
}

fn read_gaps(section: &Section<'_>) -> Gaps {
    let gamma = section.choice("kind", Some("poisson"), &[("poisson", false), ("gamma", true)]);
    let gaps = if gamma == Some(true) {
        Gaps::Gamma { coefficient_of_variation: section.number("cv", None, 0.01..=100.0) }
    } else {
        // Left over where `kind` alone was overridden.
        section.ignore(&["cv"]);
        Gaps::Exponential
    };
    section.finish();
    gaps
}

fn read_pace(section: &Section<'_>) -> Pace {
    let named = section.choice("profile", Some("flat"), PROFILES).unwrap_or(Named::Flat);
    let profile = if section.has("hourly") {
        let hours = section.numbers("hourly", "24 hourly factors");
        match <[f64; 24]>::try_from(hours) {
            Ok(hours) if hours.iter().all(|&factor| factor > 0.0) => Profile::new(hours, 1.0),
            _ => {
                section.problem("hourly", "another list", "24 hourly factors above 0");
                named.profile()
            }
        }
    } else {
        named.profile()
    };
    let start = section.duration("start_of_day", Some("0 s"));
    Pace { profile, drift: read_drift(&section.table("drift")), start_of_day_s: start.seconds() }
}

fn read_drift(section: &Section<'_>) -> Drift {
    let drift = Drift {
        sd: section.number("sd", Some(0.0), 0.0..=3.0),
        time_constant: section.positive_duration("time_constant", Some("100 min")),
    };
    section.finish();
    drift
}

fn read_classes(workload: &Section<'_>, preset: Option<Node>) -> Vec<Class> {
    let several = workload.is_list("class");
    if !several {
        if preset.is_none() && !workload.has("class") {
            workload.problem(
                "preset",
                "no preset and no class",
                "a preset, a [workload.class] or [[workload.class]]",
            );
            return Vec::new();
        }
        let only = workload.table("class");
        let section = match preset {
            Some(node) => only.over(node),
            None => only,
        };
        return read_class(&section, "all").map(|class| Class { share: 1.0, ..class }).into_iter().collect();
    }
    let sections = workload.tables("class");
    let mut classes: Vec<Class> = sections
        .into_iter()
        .enumerate()
        .filter_map(|(at, section)| {
            let named = named_preset(&section);
            if section.has("preset") && named.is_none() {
                return None;
            }
            let beneath = named.and_then(|node| entry(&node, "class")).or_else(|| preset.clone());
            let section = match beneath {
                Some(node) => section.over(node),
                None => section,
            };
            read_class(&section, &format!("class{at}"))
        })
        .collect();
    check_names(workload, "class", classes.iter().map(|class| class.name.as_str()));
    let total: f64 = classes.iter().map(|class| class.share).sum();
    for class in &mut classes {
        class.share /= total;
    }
    classes
}

fn read_class(section: &Section<'_>, default_name: &str) -> Option<Class> {
    let name = section.text("name", Some(default_name));
    let share = section.positive("share", Some(1.0));
    let context_tokens = section.integer("context_tokens", Some(131_072), 2..=4_000_000) as u32;
    let lengths = section
        .choice("lengths", Some("fitted"), &[("fitted", "fitted"), ("tpl", "tpl")])
        .unwrap_or("fitted");
    // A preset carries both forms; only the chosen one is read, and the user's own keys lie on top of it.
    let preset_form = |key: &str| section.raw(lengths).and_then(|node| entry(node, key));
    let law = |key: &str| {
        let own = section.table(key);
        match preset_form(key) {
            Some(node) => own.over(node),
            None => own,
        }
    };
    let prompt = read_law(&law("prompt"), context_tokens);
    let output = read_law(&law("output"), context_tokens);
    section.ignore(&["fitted", "tpl"]);
    let slo = section.table("slo");
    let terms = ClassTerms {
        slo_ttft: slo.positive_duration("ttft", Some("2 s")),
        slo_tpot: slo.positive_duration("tpot", Some("200 ms")),
        patience: section.positive_duration("patience", Some("60 s")),
        timeout: section.duration("timeout", Some("0 s")),
    };
    slo.finish();
    let length_drift = read_drift(&section.table("length_drift"));
    let longest = output.as_ref().map_or(context_tokens, LengthTable::max);
    let max_output_tokens =
        section.integer("max_output_tokens", Some(u64::from(longest)), 1..=4_000_000) as u32;
    section.finish();
    Some(Class {
        name,
        share,
        prompt: Arc::new(prompt?),
        output: Arc::new(output?),
        length_drift,
        context_tokens,
        max_output_tokens,
        terms,
    })
}

/// Names must differ, and there can be at most 255 of a kind.
fn check_names<'a>(section: &Section<'_>, key: &str, names: impl Iterator<Item = &'a str>) {
    let mut known: Vec<&str> = Vec::new();
    for name in names {
        if known.contains(&name) {
            section.problem(key, format!("a second {key} \"{name}\""), "names that differ");
        }
        known.push(name);
    }
    if known.len() > 255 {
        section.problem(key, format!("{} of them", known.len()), "at most 255");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_presets_is_that_of_the_file() {
        let Value::Table(entries) = presets() else { panic!("the presets are a table") };
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, PRESET_NAMES);
    }
}
