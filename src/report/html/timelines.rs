//! The timelines of a candidate's section: both truth worlds over each other, the first experiment and a switchback.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use crate::design::Unit;
use crate::readout::Verdict;
use crate::record::BoundaryKind;
use crate::report::numbers::{plain, short, words};
use crate::report::plots::{
    Clusters, Panel, QUANTITIES, Scales, both_worlds, each_cluster, panels, timeline_to_scale,
};
use crate::report::{world_of_experiment, world_of_policy};
use crate::scenario::Scenario;
use crate::study::Graded;

/// Rows of the table beside a timeline, over all its panels.
const STRETCHES: usize = 24;

pub(super) fn section(verdict: &Verdict, scenario: &Scenario, graded: &Graded) -> Markup {
    let scales = Scales::of(graded, scenario);
    html! {
        (truth_worlds(&verdict.candidate, scenario, graded, scales))
        (clusters(&verdict.candidate, scenario, graded))
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

/// Where the clusters are too many for panels of their own: a row each.
fn clusters(candidate: &str, scenario: &Scenario, graded: &Graded) -> Markup {
    let control = scenario.policies.first().map_or("", |policy| policy.name.as_str());
    let (Some(svg), Some(clusters)) =
        (each_cluster(graded, candidate, scenario), Clusters::of(graded, candidate, scenario))
    else {
        return html! {};
    };
    let caption = format!(
        "Each cluster where everybody is on {control} (pale, wide) and where everybody is on {candidate} (dark, thin); the \
         same requests reach both. Clusters with the most waiting requests come first. All panels of a column have one scale. \
         Marks beneath the first panel of a row are boundary events of any kind in that cluster; the upper are {control}'s. A \
         long study shows the largest values of each stretch. {}",
        clusters.left_out().unwrap_or_default()
    );
    let label = format!("Each cluster of all on {control} and all on {candidate}");
    figure(&svg, &label, caption.trim_end(), &cluster_levels(&clusters, [control, candidate]))
}

fn cluster_levels(clusters: &Clusters<'_>, policies: [&str; 2]) -> Markup {
    let mut names = header(&["cluster", "all on"]);
    names.extend(
        QUANTITIES.iter().flat_map(|quantity| ["mean", "most"].map(|of| format!("{}, {of}", quantity.name))),
    );
    names.push("events".to_owned());
    let mut rows = Vec::new();
    for cluster in &clusters.shown {
        for (policy, course) in policies.iter().zip(&cluster.courses) {
            let mut row = vec![cluster.name.to_owned(), (*policy).to_owned()];
            for (level, quantity) in course.levels.iter().zip(&QUANTITIES) {
                row.extend([short(level.mean), format!("{:.*}", quantity.decimals, level.largest)]);
            }
            row.push(course.measured_events.to_string());
            rows.push(row);
        }
    }
    table(
        "Levels at the ends of windows and boundary events that began, after the warm-up",
        &names,
        &rows,
        &[],
    )
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

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn each_cluster_is_told_in_both_worlds_where_a_fleet_has_many() {
        let (scenario, graded) = fixture::study_of_clusters("<b>p2c", 18);
        let page = clusters("<b>p2c", &scenario, &graded).into_string();
        assert_eq!(page.matches("<th scope=\"row\">").count(), 2 * 16);
        assert_eq!(page.matches("2 clusters with fewer waiting requests are not shown.").count(), 2);
        for text in ["cluster-17", "KV share, mean", "queue, most", "&lt;b&gt;p2c"] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("<b>") && !page.contains("NaN"));
    }

    #[test]
    fn few_clusters_have_panels_of_their_own_already() {
        let (scenario, graded) = fixture::study_of_clusters("p2c", 4);
        assert!(clusters("p2c", &scenario, &graded).into_string().is_empty());
    }
}
