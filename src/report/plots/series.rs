//! The timeline of one world as a few panels of few points.

use crate::design::Unit;
use crate::report::world_of_experiment;
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::study::tables::{EventRow, TimelineRow};

/// More clusters than this are summed into one panel.
pub(super) const MOST_PANELS: usize = 4;

/// More points than this, over the panels of a world, are thinned.
const MOST_POINTS: usize = 600;

/// One cluster, or all of them summed.
pub(in crate::report) struct Panel<'a> {
    /// The cluster's name, or that it is all of them.
    pub title: String,
    /// One point a window, or the largest values of several.
    pub points: Vec<Point>,
    /// Its events.
    pub events: Vec<&'a EventRow>,
    /// Stretches of the candidate in seconds, where all hardware belongs to one arm at a time.
    pub bands: Vec<(f64, f64)>,
}

/// Levels at the end of a window, counts within it.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Point {
    /// Start of the window, in seconds.
    pub start_s: f64,
    /// End of the window, in seconds.
    pub end_s: f64,
    /// Share of the KV blocks in use.
    pub kv_share: f64,
    /// Waiting requests.
    pub queue: f64,
    /// Running requests.
    pub running: f64,
    /// Requests that arrived.
    pub arrivals: f64,
    /// Evictions.
    pub preemptions: f64,
    /// Requests turned away.
    pub rejections: f64,
    /// Share of the arrivals that the candidate decided; `None` when nobody came.
    pub arm_share: Option<f64>,
}

/// Whether stretches of a world belong to one arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Shading {
    /// Both arms share every stretch.
    Mixed,
    /// All hardware, or a cluster, belongs to one arm at a time.
    ByStretch,
}

impl Shading {
    /// Of the design that made a world.
    pub fn of(world: &str, scenario: &Scenario) -> Self {
        let made_it = |unit: Unit| {
            scenario.designs.iter().any(|design| {
                let names =
                    scenario.policies.iter().map(|policy| world_of_experiment(&design.name, &policy.name));
                design.design.unit() == unit && names.into_iter().any(|name| name == world)
            })
        };
        let apart = [Unit::Block, Unit::Cluster, Unit::ClusterBlock];
        if apart.into_iter().any(made_it) { Self::ByStretch } else { Self::Mixed }
    }
}

/// The panels of a world: one a cluster, or one for all where there are many.
pub(in crate::report) fn panels<'a>(graded: &'a Graded, world: &str, scenario: &Scenario) -> Vec<Panel<'a>> {
    let rows: Vec<&TimelineRow> = graded.timeline.iter().filter(|row| row.world == world).collect();
    let events: Vec<&EventRow> = graded.events.iter().filter(|event| event.world == world).collect();
    let mut clusters: Vec<&str> = Vec::new();
    for row in &rows {
        if !clusters.contains(&row.cluster.as_str()) {
            clusters.push(&row.cluster);
        }
    }
    let end = scenario.horizon().since(crate::units::SimTime::ZERO).seconds();
    let length = scenario.record.window.seconds();
    if clusters.len() > MOST_PANELS {
        let title = format!("{} clusters together", clusters.len());
        let bands = block_bands(graded, world, "");
        return vec![Panel {
            title,
            points: points(rows.into_iter(), (length, end), MOST_POINTS / 2),
            events,
            bands,
        }];
    }
    let shading = Shading::of(world, scenario);
    let most = MOST_POINTS / clusters.len().max(2);
    let panel = |cluster: &&str| {
        let points = points(rows.iter().copied().filter(|row| row.cluster == *cluster), (length, end), most);
        let bands = match block_bands(graded, world, cluster) {
            bands if bands.is_empty() && shading == Shading::ByStretch => candidate_stretches(&points),
            bands => bands,
        };
        let events = events.iter().copied().filter(|event| event.cluster == *cluster).collect();
        Panel { title: (*cluster).to_owned(), points, events, bands }
    };
    clusters.iter().map(panel).collect()
}

/// The candidate's blocks of a world, at a cluster or of the whole fleet, neighbours joined.
fn block_bands(graded: &Graded, world: &str, cluster: &str) -> Vec<(f64, f64)> {
    let mut bands: Vec<(f64, f64)> = Vec::new();
    for block in &graded.blocks {
        let is_here = block.cluster.is_empty() || block.cluster == cluster;
        if !is_here
            || block.arm != block.candidate
            || world_of_experiment(&block.design, &block.candidate) != world
        {
            continue;
        }
        match bands.last_mut() {
            Some(band) if band.1 == block.start_s => band.1 = block.end_s,
            _ => bands.push((block.start_s, block.end_s)),
        }
    }
    bands
}

/// One point a window, clusters summed, thinned to at most so many.
pub(super) fn points<'a>(
    rows: impl Iterator<Item = &'a TimelineRow>,
    (length, end): (f64, f64),
    most: usize,
) -> Vec<Point> {
    let mut rows: Vec<&TimelineRow> = rows.collect();
    rows.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    let windows = rows.chunk_by(|a, b| a.start_s == b.start_s);
    let points: Vec<Point> =
        windows.map(|window| Window::of(window).point(window[0].start_s, length, end)).collect();
    thin(&points, most)
}

/// The sums of one window over clusters.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    kv_used: u64,
    kv_capacity: u64,
    queue: u64,
    running: u64,
    arrivals: u64,
    preemptions: u64,
    rejections: u64,
    candidate_arrivals: f64,
}

impl Window {
    fn of(rows: &[&TimelineRow]) -> Self {
        rows.iter().fold(Self::default(), |mut sums, row| {
            sums.add(row);
            sums
        })
    }

    fn add(&mut self, row: &TimelineRow) {
        self.kv_used += u64::from(row.kv_used);
        self.kv_capacity += row.kv_capacity;
        self.queue += u64::from(row.queue);
        self.running += u64::from(row.running);
        self.arrivals += u64::from(row.arrivals);
        self.preemptions += u64::from(row.preemptions);
        self.rejections += u64::from(row.rejections);
        self.candidate_arrivals += row.arm_share * f64::from(row.arrivals);
    }

    fn point(&self, start_s: f64, length: f64, end: f64) -> Point {
        Point {
            start_s,
            end_s: (start_s + length).min(end.max(start_s)),
            kv_share: self.kv_used as f64 / self.kv_capacity.max(1) as f64,
            queue: self.queue as f64,
            running: self.running as f64,
            arrivals: self.arrivals as f64,
            preemptions: self.preemptions as f64,
            rejections: self.rejections as f64,
            arm_share: (self.arrivals > 0).then(|| self.candidate_arrivals / self.arrivals as f64),
        }
    }
}

/// At most so many points: each the largest levels of its stretch, since peaks are what a reader looks for.
pub(super) fn thin(points: &[Point], most: usize) -> Vec<Point> {
    let stretch = points.len().div_ceil(most).max(1);
    points.chunks(stretch).filter_map(|chunk| chunk.iter().copied().reduce(merge)).collect()
}

/// Two neighbouring points as one.
pub(in crate::report) fn merge(a: Point, b: Point) -> Point {
    let arrivals = a.arrivals + b.arrivals;
    let decided = |point: Point| point.arm_share.unwrap_or(0.0) * point.arrivals;
    Point {
        start_s: a.start_s,
        end_s: b.end_s,
        kv_share: a.kv_share.max(b.kv_share),
        queue: a.queue.max(b.queue),
        running: a.running.max(b.running),
        arrivals,
        preemptions: a.preemptions + b.preemptions,
        rejections: a.rejections + b.rejections,
        arm_share: (arrivals > 0.0).then(|| (decided(a) + decided(b)) / arrivals),
    }
}

/// Stretches in which the candidate decided most arrivals, in seconds; a window without arrivals continues what was before
/// it.
fn candidate_stretches(points: &[Point]) -> Vec<(f64, f64)> {
    let mut stretches: Vec<(f64, f64)> = Vec::new();
    let mut candidate = false;
    for point in points {
        let continues = candidate;
        candidate = point.arm_share.map_or(candidate, |share| share > 0.5);
        match stretches.last_mut() {
            Some(stretch) if candidate && continues => stretch.1 = point.end_s,
            _ if candidate => stretches.push((point.start_s, point.end_s)),
            _ => {}
        }
    }
    stretches
}

impl Panel<'_> {
    /// At most `count` equal stretches for a table.
    pub fn coarse(&self, count: usize) -> Vec<Point> {
        thin(&self.points, count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn blocks_of_a_switchback_are_found_and_shared_worlds_are_not_shaded() {
        let (scenario, graded) = fixture::study("p2c");
        assert_eq!(Shading::of("switchback/p2c", &scenario), Shading::ByStretch);
        assert_eq!(Shading::of("request/p2c", &scenario), Shading::Mixed);
        let of = |graded: &Graded, world: &str| panels(graded, world, &scenario)[0].bands.clone();
        let bands = of(&graded, "switchback/p2c");
        assert_eq!(bands, [(300.0, 600.0), (900.0, 1200.0), (1500.0, 1800.0)]);
        // What was assigned is what the arrivals met.
        let without_blocks = Graded { blocks: Vec::new(), ..graded.clone() };
        assert_eq!(of(&without_blocks, "switchback/p2c"), bands);
        assert_eq!((of(&graded, "request/p2c"), of(&graded, "all:p2c")), (vec![], vec![]));
    }

    #[test]
    fn many_clusters_are_summed_and_long_lines_are_thinned_to_their_peaks() {
        let (scenario, graded) = fixture::study("p2c");
        let row = graded.timeline[0].clone();
        let mut many = Graded::default();
        for cluster in 0..5 {
            for window in 0..2000 {
                let mut row = row.clone();
                row.cluster = format!("c{cluster}");
                row.start_s = f64::from(window) * 10.0;
                row.queue = u32::from(window == 777);
                many.timeline.push(row);
            }
        }
        let panels = panels(&many, &row.world, &scenario);
        assert_eq!(panels.len(), 1);
        assert!(panels[0].points.len() <= MOST_POINTS);
        assert_eq!(panels[0].points.iter().map(|point| point.queue).fold(0.0, f64::max), 5.0);
    }
}
