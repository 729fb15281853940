//! The timelines of a candidate's section: both truth worlds, the first experiment and a switchback.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use crate::design::Unit;
use crate::readout::Verdict;
use crate::record::BoundaryKind;
use crate::report::numbers::{short, words};
use crate::report::plots::{Panel, most_queued, panels, timeline_to_scale};
use crate::report::{world_of_experiment, world_of_policy};
use crate::scenario::Scenario;
use crate::study::Graded;

/// Rows of the table beside a timeline, over all its panels.
const STRETCHES: usize = 24;

pub(super) fn section(verdict: &Verdict, scenario: &Scenario, graded: &Graded) -> Markup {
    let most_queued = most_queued(graded, scenario);
    html! { @for world in worlds(verdict, scenario) { (world_figure(&world, scenario, graded, most_queued)) } }
}

/// The control's own world stands in the section of the first candidate only.
fn worlds(verdict: &Verdict, scenario: &Scenario) -> Vec<String> {
    let mut worlds: Vec<String> = match scenario.policies.as_slice() {
        [control, first, ..] if first.name == verdict.candidate => vec![world_of_policy(&control.name)],
        _ => Vec::new(),
    };
    worlds.push(world_of_policy(&verdict.candidate));
    let switchback = scenario.designs.iter().find(|design| design.design.unit() == Unit::Block);
    for design in scenario.designs.first().into_iter().chain(switchback) {
        let world = world_of_experiment(&design.name, &verdict.candidate);
        if !worlds.contains(&world) {
            worlds.push(world);
        }
    }
    worlds
}

fn world_figure(world: &str, scenario: &Scenario, graded: &Graded, most_queued: f64) -> Markup {
    let panels = panels(graded, world, scenario);
    let caption = format!(
        "{world}: share of KV blocks in use and waiting requests at the end of each window, with the boundary events \
         beneath; a long study shows the largest values of each stretch. Queues have one scale in all timelines."
    );
    let twin = html! { (levels(&panels)) (events(&panels)) };
    let svg = timeline_to_scale(graded, world, scenario, most_queued);
    figure(&svg, &format!("Timeline of {world}"), &caption, &twin)
}

fn levels(panels: &[Panel<'_>]) -> Markup {
    let names = [
        "cluster",
        "from min",
        "to min",
        "KV share, most",
        "queue, most",
        "arrivals",
        "evictions",
        "turned away",
    ];
    let stretches = STRETCHES / panels.len().max(1);
    let rows: Vec<Vec<String>> = panels
        .iter()
        .flat_map(|panel| {
            panel.coarse(stretches).into_iter().map(|point| {
                vec![
                    panel.title.clone(),
                    short(point.start_s / 60.0),
                    short(point.end_s / 60.0),
                    format!("{:.2}", point.kv_share),
                    format!("{:.0}", point.queue),
                    format!("{:.0}", point.arrivals),
                    format!("{:.0}", point.preemptions),
                    format!("{:.0}", point.rejections),
                ]
            })
        })
        .collect();
    table("Levels and counts by stretch of time", &header(&names), &rows, &[])
}

fn events(panels: &[Panel<'_>]) -> Markup {
    let names = ["kind", "cluster", "events", "first at min", "seconds", "requests touched"];
    let mut rows = Vec::new();
    for kind in BoundaryKind::ALL {
        for panel in panels {
            let events: Vec<_> = panel.events.iter().filter(|event| event.kind == kind.name()).collect();
            if events.is_empty() {
                continue;
            }
            let first = events.iter().map(|event| event.start_s).fold(f64::INFINITY, f64::min);
            rows.push(vec![
                words(kind.name()),
                panel.title.clone(),
                events.len().to_string(),
                short(first / 60.0),
                short(events.iter().map(|event| event.duration_s).sum()),
                events.iter().map(|event| u64::from(event.requests_touched)).sum::<u64>().to_string(),
            ]);
        }
    }
    html! {
        @if rows.is_empty() {
            p { "No boundary event in this world." }
        } @else {
            (table("Boundary events", &header(&names), &rows, &[1]))
        }
    }
}
