//! Reads the fleet: `[engine.NAME]`, `[[cluster]]` and `[network]`.

use crate::settings::{Document, Node, Section, Value};
use crate::units::{RegionId, Span};
use crate::world::replica::{EngineSpec, StepCosts};
use crate::world::{Cluster, Layout};

const ENGINES: &str = include_str!("../world/replica/engines.toml");

fn presets() -> Vec<(String, Node)> {
    match Document::preset("engine", ENGINES) {
        Ok(Document { root: Node { value: Value::Table(entries), .. } }) => entries,
        _ => Vec::new(),
    }
}

/// Engine presets: name and source.
#[must_use]
pub fn engine_presets() -> Vec<(String, String)> {
    let source = |node: &Node| match &node.value {
        Value::Table(entries) => {
            entries.iter().find(|(key, _)| key == "source").map(|(_, node)| match &node.value {
                Value::Text(text) => text.clone(),
                other => other.describe(),
            })
        }
        _ => None,
    };
    presets().iter().map(|(name, node)| (name.clone(), source(node).unwrap_or_default())).collect()
}

/// Regions, classes, tiers and policies are numbered by a byte.
const MOST: usize = 255;

/// Read the fleet. Clusters that could not be read are left out; the reader then holds the problems.
#[must_use]
pub fn read(root: &Section<'_>) -> Layout {
    let engines = read_engines(&root.table("engine"));
    let mut regions: Vec<String> = Vec::new();
    let mut clusters: Vec<Cluster> = Vec::new();
    for section in root.tables("cluster") {
        if let Some(cluster) = read_cluster(&section, &engines, &mut regions) {
            if clusters.iter().any(|other| other.name == cluster.name) {
                section.problem(
                    "name",
                    format!("a second cluster \"{}\"", cluster.name),
                    "a name of its own",
                );
            }
            clusters.push(cluster);
        }
    }
    if clusters.is_empty() && !root.has("cluster") {
        root.problem("cluster", "no cluster", "at least one [[cluster]]");
    }
    let users = root.table("users");
    if let Some(Node { value: Value::Table(entries), .. }) = users.raw("regions") {
        for (name, _) in entries {
            region_id(&mut regions, name);
        }
    }
    if regions.is_empty() {
        regions.push("all".to_owned());
    }
    if regions.len() > MOST {
        root.problem("cluster", format!("{} regions", regions.len()), format!("at most {MOST}"));
        regions.truncate(MOST);
    }
    if clusters.len() > usize::from(u16::MAX) {
        root.problem("cluster", format!("{} clusters", clusters.len()), format!("at most {}", u16::MAX));
    }
    let delays = read_network(&root.table("network"), &regions);
    Layout::new(clusters, regions, delays)
}

fn region_id(regions: &mut Vec<String>, name: &str) -> RegionId {
    let at = regions.iter().position(|known| known == name).unwrap_or_else(|| {
        regions.push(name.to_owned());
        regions.len() - 1
    });
    RegionId(at.min(MOST - 1) as u8)
}

/// The engines that the scenario defines itself, each over the preset it names.
fn read_engines(section: &Section<'_>) -> Vec<(String, EngineSpec)> {
    let presets = presets();
    section
        .named_tables()
        .into_iter()
        .filter_map(|(name, own)| {
            let beneath = if own.has("preset") { Some(preset_of(&own, "preset", &presets)?) } else { None };
            let own = match beneath {
                Some(node) => own.over(node),
                None => own,
            };
            Some((name.clone(), read_engine(&name, &own)))
        })
        .collect()
}

fn preset_of(section: &Section<'_>, key: &str, presets: &[(String, Node)]) -> Option<Node> {
    let names: Vec<&str> = presets.iter().map(|(name, _)| name.as_str()).collect();
    let at = section.name_among(key, &names)?;
    Some(presets[at].1.clone())
}

fn read_engine(name: &str, section: &Section<'_>) -> EngineSpec {
    // The upper ends keep the longest request's work within the range of simulated time.
    let milliseconds = |key: &str, most: f64| section.number(key, None, 0.0..=most);
    let costs = StepCosts::from_milliseconds(
        section.number("c0_ms", None, 1e-6..=1e3),
        milliseconds("c_prefill_ms_per_token", 10.0),
        milliseconds("c_attention_ms_per_token2", 1e-3),
        milliseconds("c_decode_ms_per_sequence", 100.0),
        milliseconds("c_kv_ms_per_token", 2e-3),
    );
    let queue_capacity = section.integer("queue_capacity", Some(0), 0..=1_000_000_000) as u32;
    let engine = EngineSpec {
        name: name.to_owned(),
        costs,
        kv_blocks: section.integer("kv_blocks", None, 1..=100_000_000) as u32,
        queue_capacity: (queue_capacity > 0).then_some(queue_capacity),
        gpus: section.integer("gpus", Some(1), 1..=1_024) as u32,
        dollars_per_gpu_hour: section.dollars_per_hour("price", Some(2.0)),
    };
    section.text("source", Some("the scenario"));
    section.finish();
    engine
}

fn read_cluster(
    section: &Section<'_>,
    engines: &[(String, EngineSpec)],
    regions: &mut Vec<String>,
) -> Option<Cluster> {
    let name = section.text("name", None);
    let region = region_id(regions, &section.text("region", Some("all")));
    let replicas = section.integer("replicas", None, 1..=65_536) as u32;
    let engine = read_engine_name(section, engines);
    let attributes = section.table("attributes").named_texts();
    section.finish();
    Some(Cluster { name, region, replicas, engine: engine?, attributes })
}

/// The engine that a cluster names: one of the scenario's own, or a preset as it is.
fn read_engine_name(section: &Section<'_>, engines: &[(String, EngineSpec)]) -> Option<EngineSpec> {
    let presets = presets();
    let own = engines.iter().map(|(name, _)| name.as_str());
    let names: Vec<&str> = own.chain(presets.iter().map(|(name, _)| name.as_str())).collect();
    let at = section.name_among("engine", &names)?;
    if let Some((_, engine)) = engines.get(at) {
        return Some(engine.clone());
    }
    let (name, node) = &presets[at - engines.len()];
    let reader = crate::settings::Reader::default();
    let engine = read_engine(name, &Section::root(&reader, node.clone()));
    debug_assert!(reader.problems().0.is_empty(), "engine preset {name}: {}", reader.problems());
    Some(engine)
}

fn read_network(section: &Section<'_>, regions: &[String]) -> Vec<Vec<Span>> {
    let within = section.duration("within_region", Some("0 s"));
    let between = section.duration("between_regions", Some("40 ms"));
    let mut delays = vec![vec![between; regions.len()]; regions.len()];
    for (region, row) in delays.iter_mut().enumerate() {
        row[region] = within;
    }
    let names: Vec<&str> = regions.iter().map(String::as_str).collect();
    for link in section.tables("link") {
        let ends = (link.name_among("from", &names), link.name_among("to", &names));
        let delay = link.duration("delay", None);
        if let (Some(from), Some(to)) = ends {
            delays[from][to] = delay;
            delays[to][from] = delay;
        }
        link.finish();
    }
    section.finish();
    delays
}
