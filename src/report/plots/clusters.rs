//! Each cluster of a large fleet in both truth worlds: its levels over time, what they come to, and its boundary events.

use super::series::{MOST_PANELS, Point, points, thin};
use super::timeline::LEAST_COUNT;
use crate::report::world_of_policy;
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::study::tables::{EventRow, TimelineRow};
use crate::units::SimTime;

/// More clusters than this are not shown.
const MOST_CLUSTERS: usize = 16;

/// More points than this are thinned: a few for each pixel of a small panel, so that a figure can choose.
const MOST_POINTS: usize = 720;

/// What is told of a cluster.
pub(in crate::report) struct Quantity {
    pub name: &'static str,
    /// The least end of its axis.
    pub least: f64,
    /// Of a single value; counts are whole.
    pub decimals: usize,
    /// At the end of a window.
    pub value: fn(&Point) -> f64,
}

pub(in crate::report) const QUANTITIES: [Quantity; 3] = [
    Quantity { name: "KV share", least: 1.0, decimals: 2, value: |point| point.kv_share },
    Quantity { name: "batch", least: LEAST_COUNT, decimals: 0, value: |point| point.running },
    Quantity { name: "queue", least: LEAST_COUNT, decimals: 0, value: |point| point.queue },
];

/// The clusters with the most waiting requests over both truth worlds, most first.
pub(in crate::report) struct Clusters<'a> {
    pub shown: Vec<Cluster<'a>>,
    /// How many clusters were left out.
    pub not_shown: usize,
}

/// A cluster in both truth worlds.
pub(in crate::report) struct Cluster<'a> {
    pub name: &'a str,
    /// In the control's world, and in the candidate's.
    pub courses: [Course<'a>; 2],
}

/// A cluster in one world.
pub(in crate::report) struct Course<'a> {
    /// One point a window, or the largest values of several.
    pub points: Vec<Point>,
    /// Its events.
    pub events: Vec<&'a EventRow>,
    /// What each of [`QUANTITIES`] comes to after the warm-up.
    pub levels: [Level; 3],
    /// Events that began after the warm-up.
    pub measured_events: usize,
}

/// A quantity over windows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::report) struct Level {
    pub mean: f64,
    pub largest: f64,
}

impl<'a> Clusters<'a> {
    /// Of a fleet of so many clusters that its timelines show them together, else `None`.
    pub fn of(graded: &'a Graded, candidate: &str, scenario: &Scenario) -> Option<Self> {
        let control = scenario.policies.first()?;
        let worlds = [control.name.as_str(), candidate].map(world_of_policy);
        let mut names = by_waiting(graded, &worlds);
        if names.len() <= MOST_PANELS {
            return None;
        }
        let not_shown = names.len().saturating_sub(MOST_CLUSTERS);
        names.truncate(MOST_CLUSTERS);
        let cluster = |name: &'a str| Cluster {
            name,
            courses: worlds.each_ref().map(|world| Course::of(graded, world, name, scenario)),
        };
        Some(Self { shown: names.into_iter().map(cluster).collect(), not_shown })
    }

    /// What was left out, in words.
    pub fn left_out(&self) -> Option<String> {
        match self.not_shown {
            0 => None,
            1 => Some("1 cluster with fewer waiting requests is not shown.".to_owned()),
            count => Some(format!("{count} clusters with fewer waiting requests are not shown.")),
        }
    }
}

/// The clusters of two worlds, those with the most waiting requests first, else in order of appearance.
fn by_waiting<'a>(graded: &'a Graded, worlds: &[String; 2]) -> Vec<&'a str> {
    let mut waiting: Vec<(&str, u64)> = Vec::new();
    for row in graded.timeline.iter().filter(|row| worlds.contains(&row.world)) {
        match waiting.iter_mut().find(|(name, _)| *name == row.cluster) {
            Some((_, requests)) => *requests += u64::from(row.queue),
            None => waiting.push((&row.cluster, u64::from(row.queue))),
        }
    }
    waiting.sort_by_key(|(_, requests)| std::cmp::Reverse(*requests));
    waiting.into_iter().map(|(name, _)| name).collect()
}

impl<'a> Course<'a> {
    fn of(graded: &'a Graded, world: &str, cluster: &str, scenario: &Scenario) -> Self {
        let is_here = |row: &&TimelineRow| row.world == world && row.cluster == cluster;
        let end = scenario.horizon().since(SimTime::ZERO).seconds();
        let length = scenario.record.window.seconds();
        let windows = points(graded.timeline.iter().filter(is_here), (length, end), usize::MAX);
        let warm_up_s = scenario.study.warm_up.seconds();
        let measured = || windows.iter().filter(|window| window.start_s >= warm_up_s);
        let events: Vec<&EventRow> =
            graded.events.iter().filter(|event| event.world == world && event.cluster == cluster).collect();
        Self {
            levels: QUANTITIES.map(|quantity| Level::of(measured().map(quantity.value))),
            measured_events: events.iter().filter(|event| event.start_s >= warm_up_s).count(),
            points: thin(&windows, MOST_POINTS),
            events,
        }
    }
}

impl Level {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let count = values.clone().count().max(1);
        Self { mean: values.clone().sum::<f64>() / count as f64, largest: values.fold(0.0, f64::max) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn a_cluster_with_more_waiting_requests_comes_first_and_the_rest_are_counted() {
        let (scenario, mut graded) = fixture::study_of_clusters("p2c", 19);
        graded.timeline.iter_mut().for_each(|row| row.queue = u32::from(row.cluster == "cluster-18"));
        let clusters = Clusters::of(&graded, "p2c", &scenario).unwrap();
        let names: Vec<&str> = clusters.shown.iter().map(|cluster| cluster.name).collect();
        assert_eq!(
            (names.len(), names[0], names[1], names[15]),
            (16, "cluster-18", "cluster-0", "cluster-14")
        );
        assert_eq!(clusters.not_shown, 3);
    }

    #[test]
    fn levels_and_events_of_the_warm_up_are_not_counted() {
        let (scenario, mut graded) = fixture::study_of_clusters("p2c", 5);
        let warm_up_s = scenario.study.warm_up.seconds();
        for row in &mut graded.timeline {
            row.queue = if row.start_s < warm_up_s { 100 } else { u32::from(row.start_s == warm_up_s) };
        }
        graded.events.iter_mut().for_each(|event| event.start_s = warm_up_s - 1.0);
        let clusters = Clusters::of(&graded, "p2c", &scenario).unwrap();
        let [control, _] = &clusters.shown[0].courses;
        assert_eq!(control.levels[2], Level { mean: 1.0 / 150.0, largest: 1.0 });
        assert_eq!((control.measured_events, control.points[0].queue), (0, 100.0));
        assert!(!control.events.is_empty());
    }
}
