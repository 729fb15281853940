//! Each cluster of a large fleet by itself: small panels of KV memory, batch and queue over time, both truth worlds over each
//! other.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, SMALL, TEXT, draw, two_lines};
use super::clusters::{Cluster, Clusters, QUANTITIES, Quantity};
use super::forest::{WIDTH, heading};
use super::lanes::stretches;
use super::legend::{Swatch, legend};
use super::palette::{FAINT_INK, GRID, WARM_UP};
use super::series::{Point, thin};
use super::stroke::Stroke;
use super::timeline::{CANDIDATE, CONTROL};
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::units::SimTime;

const LEFT: i32 = 120;
const COLUMN: i32 = 180;
const COLUMN_GAP: i32 = 22;
const TOP: i32 = 84;
const PANEL: i32 = 38;
/// The marks of events beneath a row, a lane for each world.
const MARKS: i32 = 12;
/// The least width of a mark.
const MARK: i32 = 3;
const ROW: i32 = PANEL + MARKS + 8;
const BOTTOM: i32 = 36;
/// The line that tells what was left out.
const LEFT_OUT: i32 = 20;

/// A figure has fewer bytes than this; its points and marks are made coarser until it has.
const MOST_BYTES: usize = 60_000;

/// Points a line, at most and at least.
const POINTS: (usize, usize) = (180, 8);

/// The line of a world and the middle of its marks beneath a row.
const WORLDS: [(Stroke, i32); 2] = [(CONTROL, 4), (CANDIDATE, 9)];

/// Every cluster where everybody gets the control, and over it where everybody gets the candidate; `None` for a fleet of few
/// clusters, whose timelines show them apart.
pub(in crate::report) fn each_cluster(
    graded: &Graded,
    candidate: &str,
    scenario: &Scenario,
) -> Option<String> {
    let control = scenario.policies.first()?.name.as_str();
    let clusters = Clusters::of(graded, candidate, scenario)?;
    let minutes = scenario.horizon().since(SimTime::ZERO).seconds() / 60.0;
    let warm_up_min = scenario.study.warm_up.seconds() / 60.0;
    let mut grid = Grid { clusters, minutes, warm_up_min, points: POINTS.0 };
    loop {
        let svg = grid.draw(control, candidate);
        if svg.len() < MOST_BYTES || grid.points <= POINTS.1 {
            return Some(svg);
        }
        grid.points = (grid.points * 7 / 8).max(POINTS.1);
    }
}

/// A row a cluster, a column a quantity.
struct Grid<'a> {
    clusters: Clusters<'a>,
    minutes: f64,
    warm_up_min: f64,
    /// Points a line.
    points: usize,
}

impl Grid<'_> {
    fn draw(&self, control: &str, candidate: &str) -> String {
        let bottom = TOP + self.clusters.shown.len() as i32 * ROW;
        let left_out = self.clusters.left_out();
        let height = bottom + BOTTOM + if left_out.is_some() { LEFT_OUT } else { 0 };
        draw(WIDTH, height, |canvas| {
            heading(
                canvas,
                &format!("Each cluster: all on {control}, and all on {candidate}, first replication"),
            )?;
            let mut entries = vec![
                (format!("{control} (upper marks)"), Swatch::Line(CONTROL)),
                (format!("{candidate} (lower marks)"), Swatch::Line(CANDIDATE)),
            ];
            if self.warm_up_min > 0.0 {
                entries.push(("warm-up".to_owned(), Swatch::Area(WARM_UP, 1.0)));
            }
            legend(canvas, &entries)?;
            for at in 0..QUANTITIES.len() {
                self.frame(canvas, at, bottom)?;
            }
            for (row, cluster) in self.clusters.shown.iter().enumerate() {
                self.row(canvas, cluster, TOP + row as i32 * ROW)?;
            }
            for at in 0..QUANTITIES.len() {
                self.column(canvas, at)?;
            }
            let faint = Lettering::new(SMALL).colour(FAINT_INK);
            let middle = self.time(1).at_share(0.5);
            canvas.text("minutes", (middle, bottom + 24), faint.anchor(Anchor::Middle))?;
            left_out.map_or(Ok(()), |text| canvas.text(&text, (12, bottom + 44), faint))
        })
    }

    /// The axis of minutes of a column.
    fn time(&self, column: usize) -> Axis {
        let left = LEFT + column as i32 * (COLUMN + COLUMN_GAP);
        Axis::new((0.0, self.minutes), (left, left + COLUMN))
    }

    /// The end of a quantity's axis in all panels.
    fn most(&self, quantity: &Quantity) -> f64 {
        let courses = self.clusters.shown.iter().flat_map(|cluster| &cluster.courses);
        courses.flat_map(|course| &course.points).map(quantity.value).fold(quantity.least, f64::max)
    }

    /// What a column is: its scale at the top, its time at the foot.
    fn frame(&self, canvas: &Canvas<'_>, at: usize, bottom: i32) -> Drawn {
        let time = self.time(at);
        let (left, right) = time.ends();
        canvas.text(QUANTITIES[at].name, (left, TOP - 16), Lettering::new(TEXT))?;
        let scale = format!("panels from 0 to {:.0}", self.most(&QUANTITIES[at]));
        let faint = Lettering::new(SMALL).colour(FAINT_INK);
        canvas.text(&scale, (right, TOP - 16), faint.anchor(Anchor::End))?;
        if self.warm_up_min > 0.0 {
            canvas.bar((left, TOP), (time.at(self.warm_up_min), bottom), WARM_UP, 1.0)?;
        }
        for (x, label) in time.ticks(4) {
            canvas.line(&[(x, TOP), (x, bottom)], GRID, 1)?;
            canvas.text(&label, (x, bottom + 10), Lettering::new(SMALL).anchor(Anchor::Middle))?;
        }
        Ok(())
    }

    /// One quantity of all clusters in both worlds.
    fn column(&self, canvas: &Canvas<'_>, at: usize) -> Drawn {
        let (time, most) = (self.time(at), self.most(&QUANTITIES[at]));
        for (row, cluster) in self.clusters.shown.iter().enumerate() {
            let top = TOP + row as i32 * ROW;
            let axis = Axis::new((0.0, most), (top + PANEL, top));
            for (course, (stroke, _)) in cluster.courses.iter().zip(WORLDS) {
                let points = thin(&course.points, self.points);
                let pixel =
                    |point: &Point| (time.at(point.end_s / 60.0), axis.at((QUANTITIES[at].value)(point)));
                stroke.draw(canvas, &bends(&points.iter().map(pixel).collect::<Vec<_>>()))?;
            }
        }
        Ok(())
    }

    /// The name of a cluster, the lines its panels stand on, and beneath the first panel the marks of its events.
    fn row(&self, canvas: &Canvas<'_>, cluster: &Cluster<'_>, top: i32) -> Drawn {
        name(canvas, cluster.name, top + PANEL / 2)?;
        let (foot, right) = (top + PANEL, self.time(QUANTITIES.len() - 1).ends().1);
        canvas.line(&[(LEFT, top), (right, top)], GRID, 1)?;
        canvas.line(&[(LEFT, foot), (right, foot)], FAINT_INK, 1)?;
        let apart = (COLUMN / self.points as i32).max(MARK);
        for (course, (stroke, middle)) in cluster.courses.iter().zip(WORLDS) {
            let mut marks = stretches(&self.time(0), course.events.iter().copied(), apart);
            marks.iter_mut().for_each(|(from, to)| *to = (*to).max(*from + MARK));
            canvas.bars(&marks, (foot + middle - 2, foot + middle + 2), stroke.colour)?;
        }
        Ok(())
    }
}

/// A line without the points in the middle of its level parts.
fn bends(points: &[(i32, i32)]) -> Vec<(i32, i32)> {
    let is_level = |at: usize| (at - 1..=at + 1).all(|near| points[near].1 == points[at].1);
    let is_kept = |at: &usize| *at == 0 || *at + 1 == points.len() || !is_level(*at);
    (0..points.len()).filter(is_kept).map(|at| points[at]).collect()
}

/// The name of a row, on two lines where it is long.
fn name(canvas: &Canvas<'_>, name: &str, y: i32) -> Drawn {
    let (room, end) = (LEFT - 20, LEFT - 10);
    let style = Lettering::new(SMALL + 1).anchor(Anchor::End);
    match two_lines(name, SMALL + 1, room) {
        (line, None) => canvas.text(&line, (end, y), style),
        (first, Some(second)) => {
            canvas.text(&first, (end, y - 7), style)?;
            canvas.text(&second, (end, y + 7), style)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;
    use crate::study::tables::{EventRow, TimelineRow};
    use crate::units::Span;

    fn drawn(candidate: &str, clusters: u32) -> Option<String> {
        let (scenario, graded) = fixture::study_of_clusters(candidate, clusters);
        each_cluster(&graded, candidate, &scenario)
    }

    #[test]
    fn fleets_whose_timelines_show_clusters_apart_need_no_figure_of_each() {
        assert!(drawn("p2c", 4).is_none() && drawn("p2c", 0).is_none());
        assert!(drawn("p2c", 5).is_some());
    }

    #[test]
    fn every_cluster_is_named_and_those_beyond_sixteen_are_counted() {
        let svg = drawn("p2c", 16).unwrap();
        for at in 0..16 {
            assert!(svg.contains(&format!("cluster-{at}\n")), "cluster-{at}");
        }
        assert!(!svg.contains("not shown"));
        let svg = drawn("p2c", 17).unwrap();
        assert!(!svg.contains("cluster-0\n") && svg.contains("cluster-16\n"));
        assert!(svg.contains("1 cluster with fewer waiting requests is not shown."));
        assert!(drawn("p2c", 40).unwrap().contains("24 clusters with fewer waiting requests are not shown."));
    }

    #[test]
    fn both_worlds_have_a_line_in_every_panel_and_marks_where_there_are_events() {
        let (scenario, mut graded) = fixture::study_of_clusters("p2c", 5);
        let lines = |svg: &str, colour: &str| svg.matches(&format!("fill=\"none\" {colour}")).count();
        let marks = |svg: &str| svg.matches("<polygon").count();
        let svg = each_cluster(&graded, "p2c", &scenario).unwrap();
        // One more of each in the legend.
        for colour in ["opacity=\"1\" stroke=\"#56B4E9\"", "opacity=\"1\" stroke=\"#222222\""] {
            assert_eq!(lines(&svg, colour), 5 * 3 + 1, "{colour}");
        }
        assert_eq!(marks(&svg), 2 * 5);
        graded.events.retain(|event| event.world == "all:p2c" && event.cluster == "cluster-3");
        assert_eq!(marks(&each_cluster(&graded, "p2c", &scenario).unwrap()), 1);
    }

    #[test]
    fn level_parts_of_a_line_need_their_ends_only() {
        let line = [(0, 5), (1, 5), (2, 5), (3, 9), (4, 9), (5, 9)];
        assert_eq!(bends(&line), [(0, 5), (2, 5), (3, 9), (5, 9)]);
        assert!(bends(&[]).is_empty() && bends(&line[..1]).len() == 1);
    }

    #[test]
    fn a_peak_of_one_window_is_on_the_scale() {
        let (scenario, mut graded) = fixture::study_of_clusters("p2c", 5);
        graded.timeline[77].queue = 12_345;
        assert!(each_cluster(&graded, "p2c", &scenario).unwrap().contains("panels from 0 to 12345"));
    }

    #[test]
    fn hostile_names_are_escaped_and_there_is_no_nan() {
        let (scenario, mut graded) = fixture::study_of_clusters("<script>alert(1)</script>\u{1b}", 6);
        for row in &mut graded.timeline {
            row.cluster = format!("<script>\u{1b}{}", row.cluster);
            row.kv_capacity = 0;
        }
        let svg = each_cluster(&graded, "<script>alert(1)</script>\u{1b}", &scenario).unwrap();
        assert!(!svg.contains("<script") && !svg.contains('\u{1b}') && !svg.contains("NaN"));
        assert!(svg.contains("&lt;script&gt;") && svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn the_same_study_gives_the_same_bytes() {
        assert_eq!(drawn("p2c", 20), drawn("p2c", 20));
    }

    #[test]
    fn a_hundred_hours_of_sixteen_clusters_stay_small_and_keep_their_peaks() {
        let (mut scenario, mut graded) = fixture::study_of_clusters("p2c", 16);
        let (rows, events) = (std::mem::take(&mut graded.timeline), std::mem::take(&mut graded.events));
        for at in 0..200 {
            let later = |start_s: f64| start_s + f64::from(at) * 1800.0;
            graded.timeline.extend(rows.iter().filter(|row| row.world.starts_with("all:")).cloned().map(
                |row| TimelineRow {
                    start_s: later(row.start_s),
                    queue: row.queue + at * 37 % 101,
                    running: row.running + at * 41 % 103,
                    ..row
                },
            ));
            // Events in every other two hours, so that marks do not become one.
            let events = events.iter().filter(|_| at % 8 < 4).cloned();
            graded.events.extend(events.map(|event| EventRow { start_s: later(event.start_s), ..event }));
        }
        scenario.study.duration = Span::whole_seconds(200 * 1800);
        let svg = each_cluster(&graded, "p2c", &scenario).unwrap();
        assert!(svg.len() < MOST_BYTES, "{} bytes", svg.len());
        let truths = graded.timeline.iter().filter(|row| row.world.starts_with("all:"));
        let longest = truths.map(|row| row.queue).max().unwrap();
        assert!(svg.contains(&format!("panels from 0 to {longest}\n")), "{longest}");
    }
}
