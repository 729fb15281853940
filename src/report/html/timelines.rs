//! The timelines of a candidate's section: both truth worlds over each other, the first experiment and a switchback.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use crate::design::Unit;
use crate::readout::Verdict;
use crate::record::BoundaryKind;
use crate::report::numbers::{plain, short, words};
use crate::report::plots::{Panel, Scales, both_worlds, panels, timeline_to_scale};
use crate::report::{world_of_experiment, world_of_policy};
use crate::scenario::Scenario;
use crate::study::Graded;

/// Rows of the table beside a timeline, over all its panels.
const STRETCHES: usize = 24;

pub(super) fn section(verdict: &Verdict, scenario: &Scenario, graded: &Graded) -> Markup {
    let scales = Scales::of(graded, scenario);
    html! {
        (truth_worlds(&verdict.candidate, scenario, graded, scales))
        @for world in experiments(verdict, scenario) { (world_figure(&world, scenario, graded, scales)) }
    }
}

/// The first design, and the first that switches the fleet.
fn experiments(verdict: &Verdict, scenario: &Scenario) -> Vec<String> {
    let switchback = scenario.designs.iter().find(|design| design.design.unit() == Unit::Block);
    let designs = scenario.designs.first().into_iter().chain(switchback);
    let mut worlds: Vec<String> =
        designs.map(|design| world_of_experiment(&design.name, &verdict.candidate)).collect();
    worlds.dedup();
    worlds
}

/// What the lines of all timelines are.
const LINES: &str = "share of KV blocks in use, running and waiting requests at the end of each window, with the boundary \
                     events beneath; a long study shows the largest values of each stretch. All timelines have the same \
                     scales.";

fn truth_worlds(candidate: &str, scenario: &Scenario, graded: &Graded, scales: Scales) -> Markup {
    let control = scenario.policies.first().map_or("", |policy| policy.name.as_str());
    let caption = format!(
        "Everybody on {control} (pale, wide) and everybody on {candidate} (dark, thin), the same requests: {LINES} Of each \
         two lanes of events the upper is {control}'s."
    );
    let twins =
        [control, candidate].map(|policy| (policy, panels(graded, &world_of_policy(policy), scenario)));
    let twin = html! {
        @for (policy, panels) in &twins {
            h4 { "All on " (plain(policy)) }
            (levels(panels)) (events(panels))
        }
    };
    let svg = both_worlds(graded, candidate, scenario, scales);
    figure(&svg, &format!("Timelines of all on {control} and all on {candidate}"), &caption, &twin)
}

fn world_figure(world: &str, scenario: &Scenario, graded: &Graded, scales: Scales) -> Markup {
    let panels = panels(graded, world, scenario);
    let caption = format!(
        "{world}: {LINES} Where one arm has all hardware at a time, the candidate's stretches are shaded; where arms are \
         mixed, the candidate's share of arrivals is drawn."
    );
    let twin = html! { (levels(&panels)) (events(&panels)) };
    let svg = timeline_to_scale(graded, world, scenario, scales);
    figure(&svg, &format!("Timeline of {world}"), &caption, &twin)
}

fn levels(panels: &[Panel<'_>]) -> Markup {
    let names = [
        "cluster",
        "from min",
        "to min",
        "KV share, most",
        "batch, most",
        "queue, most",
        "candidate's share",
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
                    format!("{:.0}", point.running),
                    format!("{:.0}", point.queue),
                    point.arm_share.map_or_else(|| "-".to_owned(), |share| format!("{share:.2}")),
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
