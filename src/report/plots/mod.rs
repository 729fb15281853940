//! Figures as SVG text. Lengths are whole pixels and ticks come from `libm`, so the same study gives the same bytes.

mod axis;
mod blocks;
mod canvas;
mod clusters;
mod coverage;
mod cumulative;
mod dumbbell;
mod each_cluster;
mod error_split;
mod forest;
mod histogram;
mod lanes;
mod latency;
mod legend;
mod log_axis;
mod palette;
mod sampling;
mod series;
mod stroke;
mod timeline;
mod token_cost;
mod trust_map;
mod value_curve;

pub use blocks::blocks;
pub use coverage::coverage;
pub use cumulative::cumulative;
pub use dumbbell::dumbbell;
pub use error_split::error_split;
pub use forest::forest;
pub use latency::latency;
pub use sampling::sampling;
pub use timeline::timeline;
pub use token_cost::token_cost;
pub use trust_map::trust_map;
pub use value_curve::value_curve;

pub(super) use clusters::{Clusters, QUANTITIES};
pub(super) use each_cluster::each_cluster;
pub(super) use latency::LATENCIES;
#[cfg(test)]
pub(super) use palette::LIGHT_PAPER_ONLY;
pub(super) use sampling::{Sample, samples};
pub(super) use series::{Panel, panels};
pub(super) use timeline::{Scales, both_worlds, timeline_to_scale};
pub(super) use value_curve::value_points;

use crate::readout::{Sweep, Verdict};
use crate::report::world_of_experiment;
use crate::scenario::Scenario;
use crate::study::Graded;

/// All figures of a study: file name and SVG.
#[must_use]
pub fn figures(graded: &Graded, verdicts: &[Verdict], scenario: &Scenario) -> Vec<(String, String)> {
    let mut figures: Vec<(String, String)> = Vec::new();
    let mut add = |kind: &str, of: &str, svg: String| figures.push((format!("{kind}-{of}"), svg));
    for verdict in verdicts {
        add("forest", &verdict.candidate, forest(verdict));
        add("sampling", &verdict.candidate, sampling(graded, verdict));
        add("coverage", &verdict.candidate, coverage(verdict));
        add("error-split", &verdict.candidate, error_split(verdict));
        if let Some(svg) = value_curve(graded, verdict, &scenario.curve_shares()) {
            add("value-curve", &verdict.candidate, svg);
        }
    }
    add("latency", "by-policy", latency(graded, scenario));
    add("token", "cost", token_cost(graded, scenario));
    for (design, candidate) in switching(graded) {
        add("blocks", &world_of_experiment(design, candidate), blocks(graded, design, candidate));
    }
    let scales = Scales::of(graded, scenario);
    for verdict in verdicts {
        add("both-worlds", &verdict.candidate, both_worlds(graded, &verdict.candidate, scenario, scales));
        if let Some(svg) = each_cluster(graded, &verdict.candidate, scenario) {
            add("each-cluster", &verdict.candidate, svg);
        }
    }
    for world in worlds(graded) {
        add("timeline", world, timeline_to_scale(graded, world, scenario, scales));
    }
    named_apart(figures.into_iter())
}

/// Figures with file names of their own, numbered where two would be alike.
fn named_apart(figures: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut named: Vec<(String, String)> = Vec::new();
    for (words, svg) in figures {
        let stem = file_stem(&words);
        let numbered = (2..).map(|number| format!("{stem}-{number}.svg"));
        let mut names = std::iter::once(format!("{stem}.svg")).chain(numbered);
        let name = names.find(|name| named.iter().all(|(other, _)| other != name));
        named.extend(name.map(|name| (name, svg)));
    }
    named
}

/// The trust maps of a sweep: file name and SVG.
#[must_use]
pub fn trust_maps(sweep: &Sweep) -> Vec<(String, String)> {
    let candidates = sweep.candidates();
    let maps = candidates.iter().flat_map(|candidate| sweep.maps(candidate));
    let named = maps.map(|map| (format!("trust-map-{}", map.title), trust_map(&map)));
    named_apart(named)
}

/// Experiments with blocks of time: design and candidate, in order of appearance.
pub(super) fn switching(graded: &Graded) -> Vec<(&str, &str)> {
    let mut experiments: Vec<(&str, &str)> =
        graded.blocks.iter().map(|block| (block.design.as_str(), block.candidate.as_str())).collect();
    experiments.dedup();
    experiments
}

/// Worlds with a timeline, in order of appearance.
fn worlds(graded: &Graded) -> Vec<&str> {
    let mut worlds: Vec<&str> = Vec::new();
    for row in &graded.timeline {
        if !worlds.contains(&row.world.as_str()) {
            worlds.push(&row.world);
        }
    }
    worlds
}

/// A name that every file system takes: lower-case letters, digits, `_` and `-`, at most 80 of them.
fn file_stem(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    let pieces: Vec<String> = name
        .split(|c| safe(c) == '-')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.chars().map(safe).collect())
        .collect();
    pieces.join("-").chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::readout::verdicts;
    use crate::study::tables::{EventRow, TimelineRow};
    use crate::units::Span;

    fn drawn(candidate: &str) -> Vec<(String, String)> {
        let (scenario, graded) = fixture::study(candidate);
        figures(&graded, &verdicts(&graded, scenario.study.primary), &scenario)
    }

    #[test]
    fn every_figure_has_a_file_name_of_its_own_that_any_system_takes() {
        let figures = drawn("../../<script>");
        assert_eq!(figures.len(), 4 + 2 + 1 + 1 + 2 + fixture::DESIGNS.len());
        for (at, (name, _)) in figures.iter().enumerate() {
            let stem = name.strip_suffix(".svg").unwrap();
            assert!(stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{name}");
            assert!(figures[..at].iter().all(|(other, _)| other != name), "{name}");
        }
    }

    #[test]
    fn hostile_names_are_escaped_and_no_figure_holds_nan() {
        for (name, svg) in drawn("<script>alert(1)</script>\u{1b}") {
            assert!(!svg.contains("<script"), "{name}");
            assert!(!svg.contains("NaN") && !svg.contains('\u{1b}'), "{name}");
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        }
    }

    #[test]
    fn the_same_study_gives_the_same_bytes() {
        assert_eq!(drawn("p2c"), drawn("p2c"));
    }

    #[test]
    fn a_fleet_of_five_clusters_has_a_figure_of_each() {
        let named = |clusters| {
            let (scenario, graded) = fixture::study_of_clusters("p2c", clusters);
            let figures = figures(&graded, &verdicts(&graded, scenario.study.primary), &scenario);
            figures.iter().filter(|(name, _)| name == "each-cluster-p2c.svg").count()
        };
        assert_eq!((named(4), named(5)), (0, 1));
    }

    #[test]
    fn a_study_without_estimates_or_timeline_still_draws() {
        let (scenario, mut graded) = fixture::study("p2c");
        graded.performance.clear();
        graded.timeline.clear();
        graded.events.clear();
        graded.distributions.clear();
        graded.token_mean.clear();
        let figures = figures(&graded, &verdicts(&graded, scenario.study.primary), &scenario);
        assert_eq!(figures.len(), 8);
        assert!(timeline(&graded, "all:nobody", &scenario).contains("No timeline"));
    }

    #[test]
    fn a_long_study_stays_small() {
        let (mut scenario, mut graded) = fixture::study("p2c");
        let (rows, events) = (graded.timeline.clone(), graded.events.clone());
        (graded.timeline, graded.events) = (Vec::new(), Vec::new());
        // Four clusters in a hundred hours of ups and downs.
        for at in 0..200 {
            let later = |start_s: f64| start_s + f64::from(at) * 1800.0;
            for names in [["east", "west"], ["north", "south"]] {
                let name = |cluster: &str| names[usize::from(cluster == "west")].to_owned();
                graded.timeline.extend(rows.iter().cloned().map(|row| TimelineRow {
                    start_s: later(row.start_s),
                    cluster: name(&row.cluster),
                    queue: row.queue + at * 37 % 101,
                    ..row
                }));
                graded.events.extend(events.iter().cloned().map(|event| EventRow {
                    start_s: later(event.start_s),
                    cluster: name(&event.cluster),
                    ..event
                }));
            }
        }
        scenario.study.duration = Span::whole_seconds(200 * 1800);
        for (name, svg) in figures(&graded, &verdicts(&graded, scenario.study.primary), &scenario) {
            assert!(svg.len() < 60_000, "{name}: {} bytes", svg.len());
        }
    }
}
