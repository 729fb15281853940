//! Reads `[workload]` and `[users]`: presets beneath, the user's keys on top.

use std::sync::Arc;

use super::class::Class;
use super::clock::{Drift, Pace};
use super::lengths::{Atom, Beyond, LengthLaw, LengthTable, LognormalComponent, QuantilePoint, Shape};
use super::population::{Activity, Population, Tier};
use super::profile::{Named, PROFILES, Profile};
use super::replay::{Replay, RowIdentity};
use super::trace::{TraceFormat, TraceRow, read_trace};
use super::{Rate, Workload};
use crate::record::quantity::ClassTerms;
use crate::settings::{Document, Node, Section, Value};
use crate::units::{ClassId, RegionId, Span, TierId, UserId};

const PRESETS: &str = include_str!("presets.toml");

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
    let class_preset = beneath.as_ref().and_then(|node| entry(node, "class"));
    let workload = match beneath {
        Some(node) => workload.over(without(node, "class")),
        None => workload,
    };
    let population = read_users(users, regions, weights);
    let classes = read_classes(&workload, class_preset);
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
    let pace = read_pace(&workload);
    let trace =
        trace_given.then(|| read_replay(&workload.table("trace"), &classes, &population, regions, load));
    workload.finish();
    let trace = match trace {
        Some(None) => return None,
        Some(trace) => trace,
        None => None,
    };
    (!classes.is_empty()).then_some(Workload { rate, pace, classes, users: population, trace })
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
    let several = workload.raw("class").is_some_and(|node| matches!(node.value, Value::List(_)));
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
            let beneath =
                named_preset(&section).and_then(|node| entry(&node, "class")).or_else(|| preset.clone());
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
    };
    slo.finish();
    let length_drift = read_drift(&section.table("length_drift"));
    section.finish();
    Some(Class {
        name,
        share,
        prompt: Arc::new(prompt?),
        output: Arc::new(output?),
        length_drift,
        context_tokens,
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

/// Names of the length laws.
pub const LENGTH_LAWS: &[(&str, &str)] = &[
    ("fixed", "fixed"),
    ("uniform", "uniform"),
    ("exponential", "exponential"),
    ("lognormal", "lognormal"),
    ("lognormal_mixture", "lognormal_mixture"),
    ("tpl", "tpl"),
    ("spliced", "spliced"),
    ("empirical", "empirical"),
];

fn read_law(section: &Section<'_>, context_tokens: u32) -> Option<LengthTable> {
    let tokens = |key: &str, default: Option<u64>| section.integer(key, default, 1..=4_000_000) as u32;
    let triples = |key: &str, allowed: &str| section.number_lists(key, allowed);
    let kind = section.choice("kind", None, LENGTH_LAWS)?;
    let mut longest = context_tokens;
    let shape = match kind {
        "fixed" => Shape::Fixed { tokens: tokens("tokens", None) },
        "uniform" => Shape::Uniform { low: tokens("low", None), high: tokens("high", None) },
        "exponential" => Shape::Exponential { mean: section.positive("mean", None) },
        "lognormal" => Shape::Lognormal {
            mu: section.number("mu", None, -100.0..=100.0),
            sigma: section.positive("sigma", None),
        },
        "lognormal_mixture" => {
            let components = triples("components", "a list of [weight, mu, sigma]");
            if components.iter().any(|c| c.len() != 3) {
                section.problem("components", "a component that is not three numbers", "[weight, mu, sigma]");
                return None;
            }
            let of = |c: &Vec<f64>| LognormalComponent { weight: c[0], mu: c[1], sigma: c[2] };
            Shape::LognormalMixture { components: components.iter().map(of).collect() }
        }
        "tpl" => {
            let cut = section.positive("cut", None);
            longest = longest.min(cut as u32);
            let xmin = section.positive("xmin", None);
            Shape::TruncatedPowerLaw { xmin, alpha: section.number("alpha", None, -20.0..=20.0), cut }
        }
        "spliced" => {
            let cut = section.positive("cut", None);
            longest = longest.min(cut as u32);
            Shape::Spliced {
                body_weight: section.number("body_weight", None, 0.0..=1.0),
                mu: section.number("mu", None, -100.0..=100.0),
                sigma: section.positive("sigma", None),
                xmin: section.positive("xmin", None),
                alpha: section.number("alpha", None, -20.0..=20.0),
                cut,
            }
        }
        _ => {
            let points = triples("quantiles", "a list of [probability, tokens]");
            if points.iter().any(|point| point.len() != 2) {
                section.problem("quantiles", "a point that is not two numbers", "[probability, tokens]");
                return None;
            }
            let of = |point: &Vec<f64>| QuantilePoint { q: point[0], value: point[1] };
            Shape::Empirical { quantiles: points.iter().map(of).collect() }
        }
    };
    let beyond =
        section.choice("beyond", Some("truncate"), &[("clip", Beyond::Clip), ("truncate", Beyond::Truncate)]);
    let atoms =
        if section.has("atoms") { triples("atoms", "a list of [low, high, weight]") } else { Vec::new() };
    section.ignore(&["atoms"]);
    if atoms.iter().any(|atom| atom.len() != 3) {
        section.problem("atoms", "an atom that is not three numbers", "[low, high, weight]");
        return None;
    }
    let law = LengthLaw {
        shape,
        min: tokens("min", Some(1)),
        max: tokens("max", Some(u64::from(longest))),
        beyond: beyond?,
        atoms: atoms.iter().map(|a| Atom { low: a[0] as u32, high: a[1] as u32, weight: a[2] }).collect(),
    };
    section.finish();
    match LengthTable::new(&law) {
        Ok(table) => Some(table),
        Err(problem) => {
            let key = problem.field.split('[').next().unwrap_or("kind").to_owned();
            section.problem(&key, problem.found, problem.allowed);
            None
        }
    }
}

fn read_users(section: &Section<'_>, regions: &[String], weights: &[f64]) -> Population {
    let count = section.integer("count", Some(1_000), 1..=u64::from(MOST_USERS)) as u32;
    let activity = section.table("activity");
    let kinds: &[(&str, u8)] = &[("equal", 0), ("lognormal", 1), ("zipf", 2)];
    let activity_law = match activity.choice("kind", Some("lognormal"), kinds) {
        Some(1) => Activity::Lognormal(activity.number("sigma", Some(1.3), 0.0..=5.0)),
        Some(2) => Activity::Zipf(activity.number("exponent", Some(1.1), 0.0..=5.0)),
        _ => Activity::Equal,
    };
    activity.finish();
    let length_spread = section.number("length_spread", Some(0.0), 0.0..=3.0);
    let mut tiers: Vec<Tier> = section
        .tables("tier")
        .iter()
        .map(|tier| {
            let read = Tier {
                name: tier.text("name", None),
                share: tier.positive("share", None),
                activity: tier.positive("activity", Some(1.0)),
            };
            tier.finish();
            read
        })
        .collect();
    if tiers.is_empty() {
        tiers.push(Tier { name: "all".to_owned(), share: 1.0, activity: 1.0 });
    }
    check_names(section, "tier", tiers.iter().map(|tier| tier.name.as_str()));
    let total: f64 = tiers.iter().map(|tier| tier.share).sum();
    for tier in &mut tiers {
        tier.share /= total;
    }
    let shares = read_region_shares(section, regions, weights);
    section.finish();
    Population {
        count,
        activity: activity_law,
        length_spread,
        tiers,
        regions: shares,
        region_names: regions.to_vec(),
    }
}

/// Where users sit: as given in `[users.regions]`, else in proportion to the regions' replicas.
fn read_region_shares(section: &Section<'_>, regions: &[String], weights: &[f64]) -> Vec<f64> {
    let given = section.has("regions");
    let table = section.table("regions");
    let shares: Vec<f64> = regions
        .iter()
        .zip(weights)
        .map(|(region, &weight)| {
            table.number(region, Some(if given { 0.0 } else { weight }), 0.0..=f64::INFINITY)
        })
        .collect();
    table.finish();
    let total: f64 = shares.iter().sum();
    if total <= 0.0 {
        section.problem("regions", "no users anywhere", "a share above 0 for at least one region");
        return vec![1.0 / regions.len().max(1) as f64; regions.len()];
    }
    shares.iter().map(|share| share / total).collect()
}

fn read_replay(
    section: &Section<'_>,
    classes: &[Class],
    users: &Population,
    regions: &[String],
    load: Loader<'_>,
) -> Option<Replay> {
    let path = section.text("path", Some(""));
    let formats: Vec<(&'static str, TraceFormat)> =
        TraceFormat::all().iter().map(|format| (format.name(), *format)).collect();
    let given = if section.has("format") { section.choice("format", None, &formats) } else { None };
    let rate_scale = section.positive("rate_scale", Some(1.0));
    let prompt_scale = section.positive("prompt_scale", Some(1.0));
    let output_scale = section.positive("output_scale", Some(1.0));
    let spread = section.duration("spread", Some("0 s"));
    section.ignore(&["format"]);
    section.finish();
    if path.is_empty() {
        section.problem("path", "no trace file", "a file: --set workload.trace.path=FILE");
        return None;
    }
    let bytes = match load(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            section.problem("path", format!("\"{path}\" ({error})"), "a trace file that can be read");
            return None;
        }
    };
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let detected = given.or_else(|| TraceFormat::detect(&String::from_utf8_lossy(first)));
    let Some(format) = detected else {
        let names: Vec<&str> = formats.iter().map(|(name, _)| *name).collect();
        section.problem(
            "format",
            "a file that is none of the known formats",
            format!("one of {}", names.join(", ")),
        );
        return None;
    };
    let rows = match read_trace(format, bytes.as_slice()) {
        Ok(rows) => rows,
        Err(problems) => {
            for problem in problems {
                let column = problem.column.map_or_else(String::new, |column| format!(", column {column}"));
                let found = format!("{} in {path}:{}{column}", problem.found, problem.line);
                section.problem("path", found, problem.allowed);
            }
            return None;
        }
    };
    let identities = identify(section, &rows, classes, users, regions)?;
    Some(Replay {
        rows: Arc::new(rows),
        identities: Arc::new(identities),
        rate_scale,
        prompt_scale,
        output_scale,
        spread,
    })
}

/// Users are numbered densely: their accounts are tables by number.
const MOST_USERS: u32 = 10_000_000;

/// Names of classes, tiers and regions in a trace's rows, as numbers of this scenario.
fn identify(
    section: &Section<'_>,
    rows: &[TraceRow],
    classes: &[Class],
    users: &Population,
    regions: &[String],
) -> Option<Vec<Option<RowIdentity>>> {
    let find = |known: Vec<&str>, name: &str| known.iter().position(|other| *other == name);
    let mut unknown: Vec<String> = Vec::new();
    let identities = rows
        .iter()
        .map(|row| {
            let identity = row.identity.as_ref()?;
            if identity.user >= MOST_USERS && unknown.is_empty() {
                unknown.push(format!("user {}", identity.user));
            }
            let class = find(classes.iter().map(|class| class.name.as_str()).collect(), &identity.class);
            let tier = find(users.tiers.iter().map(|tier| tier.name.as_str()).collect(), &identity.tier);
            let region = find(regions.iter().map(String::as_str).collect(), &identity.region);
            for (what, at, name) in [
                ("class", class, &identity.class),
                ("tier", tier, &identity.tier),
                ("region", region, &identity.region),
            ] {
                let text = format!("{what} \"{name}\"");
                if at.is_none() && !unknown.contains(&text) {
                    unknown.push(text);
                }
            }
            Some(RowIdentity {
                user: UserId(identity.user),
                ordinal: identity.ordinal,
                class: ClassId(class? as u8),
                tier: TierId(tier? as u8),
                region: RegionId(region? as u8),
            })
        })
        .collect();
    if unknown.is_empty() {
        return Some(identities);
    }
    let allowed = format!("classes, tiers and regions of this scenario, and user numbers below {MOST_USERS}");
    section.problem("path", format!("a trace with {}", unknown.join(", ")), allowed);
    None
}

/// The end of a trace: its last stamp, spread and scaled.
#[must_use]
pub fn span_of(replay: &Replay) -> Span {
    let last = replay.rows.last().map_or(0, |row| row.arrival_ps) + replay.spread.0;
    Span((last as f64 / replay.rate_scale) as u64 + 1)
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
