//! Timelines: KV memory in use, running and waiting requests, the arm, and the boundary events beneath them; of one world, or
//! of both worlds of one policy over each other.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, SMALL, TEXT, draw, fit};
use super::forest::{WIDTH, heading};
use super::lanes;
use super::legend::{Swatch, legend};
use super::palette::{BLUE, FAINT_INK, GREEN, GRID, INK, ORANGE, PURPLE, SKY, WARM_UP};
use super::series::{Panel, Point, Shading, panels};
use super::stroke::Stroke;
use crate::record::BoundaryKind;
use crate::report::numbers::words;
use crate::report::world_of_policy;
use crate::scenario::Scenario;
use crate::study::Graded;

const LEFT: i32 = 136;
const RIGHT: i32 = WIDTH - 16;
const TOP: i32 = 62;
const TITLE: i32 = 20;
const GAP: i32 = 12;
const LANE: i32 = 16;
const PANEL_GAP: i32 = 16;
const BOTTOM: i32 = 58;

/// The axes of counts are at least this long, so that their ticks are whole requests.
pub(super) const LEAST_COUNT: f64 = 4.0;

/// Two worlds over each other: the control's pale and wide, the candidate's dark and thin. No dashes: a peak could fall between
/// them.
pub(super) const CONTROL: Stroke = Stroke::whole(SKY, 4);
pub(super) const CANDIDATE: Stroke = Stroke::whole(INK, 1);

/// A level over time: its name, height in pixels, colour and value.
type Level = (&'static str, i32, Stroke, fn(&Point) -> Option<f64>);

const LEVELS: [Level; 3] = [
    ("KV share", 56, Stroke::whole(BLUE, 1), |point| Some(point.kv_share)),
    ("batch", 44, Stroke::whole(GREEN, 1), |point| Some(point.running)),
    ("queue", 44, Stroke::whole(ORANGE, 1), |point| Some(point.queue)),
];

/// Where arms are mixed at all times.
const ARM_SHARE: Level = ("arm share", 26, Stroke::whole(PURPLE, 1), |point| point.arm_share);

/// The longest queue and the largest batch of any world, so that all timelines of a study compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Scales {
    queue: f64,
    batch: f64,
}

impl Scales {
    /// Of all worlds with a timeline.
    pub fn of(graded: &Graded, scenario: &Scenario) -> Self {
        let mut scales = Self { queue: LEAST_COUNT, batch: LEAST_COUNT };
        for world in super::worlds(graded) {
            for point in panels(graded, world, scenario).iter().flat_map(|panel| &panel.points) {
                scales.queue = scales.queue.max(point.queue);
                scales.batch = scales.batch.max(point.running);
            }
        }
        scales
    }
}

/// KV use, batch, queue and boundary events of a world over time (first replication), clusters apart or, where there are
/// more than four, together.
#[must_use]
pub fn timeline(graded: &Graded, world: &str, scenario: &Scenario) -> String {
    timeline_to_scale(graded, world, scenario, Scales::of(graded, scenario))
}

/// As [`timeline`], where the scales of all worlds are known.
pub(in crate::report) fn timeline_to_scale(
    graded: &Graded,
    world: &str,
    scenario: &Scenario,
    scales: Scales,
) -> String {
    let courses = [(world, None, panels(graded, world, scenario))];
    let title = format!("{world}: KV memory, batch, queue and boundary events, first replication");
    let is_experiment = !scenario.policies.iter().any(|policy| world_of_policy(&policy.name) == world);
    let is_mixed = is_experiment && Shading::of(world, scenario) == Shading::Mixed;
    Picture::of(&courses, scenario, scales, is_mixed).draw(&title, &courses)
}

/// The same of the world where everybody gets the control, and over it that of the candidate.
pub(in crate::report) fn both_worlds(
    graded: &Graded,
    candidate: &str,
    scenario: &Scenario,
    scales: Scales,
) -> String {
    let control = scenario.policies.first().map_or("", |policy| policy.name.as_str());
    let of = |policy: &str| panels(graded, &world_of_policy(policy), scenario);
    let courses = [(control, Some(CONTROL), of(control)), (candidate, Some(CANDIDATE), of(candidate))];
    let title = format!("All on {control}, and all on {candidate}, first replication");
    Picture::of(&courses, scenario, scales, false).draw(&title, &courses)
}

/// A world's name, its line where several are drawn, and its panels.
type Course<'a> = (&'a str, Option<Stroke>, Vec<Panel<'a>>);

/// What all panels of a figure share.
struct Picture {
    time: Axis,
    scales: Scales,
    levels: Vec<Level>,
    warm_up_min: f64,
    kinds: Vec<BoundaryKind>,
    /// Height of the lanes of a kind.
    lane: i32,
}

impl Picture {
    fn of(courses: &[Course<'_>], scenario: &Scenario, scales: Scales, is_mixed: bool) -> Self {
        let minutes = scenario.horizon().since(crate::units::SimTime::ZERO).seconds() / 60.0;
        let all = courses.iter().flat_map(|(_, _, panels)| panels);
        Self {
            time: Axis::new((0.0, minutes), (LEFT, RIGHT)),
            scales,
            levels: LEVELS.into_iter().chain(is_mixed.then_some(ARM_SHARE)).collect(),
            warm_up_min: scenario.study.warm_up.seconds() / 60.0,
            kinds: lanes::kinds_of(all.flat_map(|panel| panel.events.iter().copied())),
            lane: if courses.len() > 1 { LANE + 6 } else { LANE },
        }
    }

    fn levels_height(&self) -> i32 {
        self.levels.iter().map(|level| level.1 + GAP).sum()
    }

    fn panel_height(&self) -> i32 {
        TITLE + self.levels_height() + self.kinds.len() as i32 * self.lane + PANEL_GAP
    }

    fn draw(&self, title: &str, courses: &[Course<'_>]) -> String {
        let count = courses.iter().map(|(_, _, panels)| panels.len()).min().unwrap_or(0);
        if count == 0 {
            let names: Vec<&str> = courses.iter().map(|course| course.0).collect();
            let text = fit(&format!("No timeline was recorded for {}.", names.join(", ")), TEXT, WIDTH - 24);
            return draw(WIDTH, 40, |canvas| canvas.text(&text, (12, 20), Lettering::new(TEXT)));
        }
        draw(WIDTH, TOP + count as i32 * self.panel_height() + BOTTOM, |canvas| {
            heading(canvas, title)?;
            let has_bands =
                courses.iter().flat_map(|(_, _, panels)| panels).any(|panel| !panel.bands.is_empty());
            self.legend(canvas, courses, has_bands)?;
            for at in 0..count {
                self.panel(canvas, courses, at, TOP + at as i32 * self.panel_height())?;
            }
            self.foot(canvas, TOP + count as i32 * self.panel_height() - PANEL_GAP)
        })
    }

    fn legend(&self, canvas: &Canvas<'_>, courses: &[Course<'_>], has_bands: bool) -> Drawn {
        let lanes = |at: usize| if at == 0 { "upper" } else { "lower" };
        let worlds = courses.iter().enumerate().filter_map(|(at, (name, stroke, _))| {
            Some((format!("{name} ({} lanes)", lanes(at)), Swatch::Line((*stroke)?)))
        });
        let mut entries: Vec<(String, Swatch)> = worlds.collect();
        if self.warm_up_min > 0.0 {
            entries.push(("warm-up".to_owned(), Swatch::Area(WARM_UP, 1.0)));
        }
        if has_bands {
            entries.push(("candidate decides".to_owned(), Swatch::Area(SKY, 0.3)));
        }
        legend(canvas, &entries)
    }

    fn panel(&self, canvas: &Canvas<'_>, courses: &[Course<'_>], at: usize, top: i32) -> Drawn {
        let lanes_top = top + TITLE + self.levels_height();
        let bottom = lanes_top + self.kinds.len() as i32 * self.lane;
        let title = fit(&courses[0].2[at].title, TEXT, RIGHT - LEFT);
        canvas.text(&title, (LEFT, top + 9), Lettering::new(TEXT))?;
        let bands: Vec<(f64, f64)> =
            courses.iter().flat_map(|(_, _, panels)| panels[at].bands.iter().copied()).collect();
        self.background(canvas, &bands, (top + TITLE, bottom))?;
        let mut level_top = top + TITLE;
        for level in &self.levels {
            self.level(canvas, courses, at, *level, level_top)?;
            level_top += level.1 + GAP;
        }
        for (number, kind) in self.kinds.iter().enumerate() {
            let middle = lanes_top + number as i32 * self.lane + self.lane / 2;
            lanes::label(canvas, *kind, LEFT, middle)?;
            for (course, (_, _, panels)) in courses.iter().enumerate() {
                let y = if courses.len() > 1 { middle + [-5, 5][course % 2] } else { middle };
                lanes::lane(canvas, &self.time, panels[at].events.iter().copied(), *kind, (y, 3))?;
            }
        }
        Ok(())
    }

    fn level(
        &self,
        canvas: &Canvas<'_>,
        courses: &[Course<'_>],
        at: usize,
        (name, height, own, value): Level,
        top: i32,
    ) -> Drawn {
        let most = match name {
            "batch" => self.scales.batch,
            "queue" => self.scales.queue,
            _ => 1.0,
        };
        let axis = Axis::new((0.0, most), (top + height, top));
        self.side(canvas, &axis, name, (top, height))?;
        for (_, stroke, panels) in courses {
            let points = &panels[at].points;
            let points = points.iter().filter_map(|point| Some((point.end_s, value(point)?)));
            let pixels: Vec<(i32, i32)> =
                points.map(|(end_s, value)| (self.time.at(end_s / 60.0), axis.at(value))).collect();
            stroke.unwrap_or(own).draw(canvas, &pixels)?;
        }
        Ok(())
    }

    fn background(&self, canvas: &Canvas<'_>, bands: &[(f64, f64)], (top, bottom): (i32, i32)) -> Drawn {
        if self.warm_up_min > 0.0 {
            canvas.bar((LEFT, top), (self.time.at(self.warm_up_min), bottom), WARM_UP, 1.0)?;
        }
        for (from, to) in bands {
            canvas.bar((self.time.at(from / 60.0), top), (self.time.at(to / 60.0), bottom), SKY, 0.3)?;
        }
        for (x, _) in self.time.ticks(8) {
            canvas.line(&[(x, top), (x, bottom)], GRID, 1)?;
        }
        Ok(())
    }

    /// Name, ends and base line of a vertical axis.
    fn side(&self, canvas: &Canvas<'_>, axis: &Axis, name: &str, (top, height): (i32, i32)) -> Drawn {
        canvas.text(name, (12, top + height / 2), Lettering::new(SMALL))?;
        let label = Lettering::new(SMALL).colour(FAINT_INK).anchor(Anchor::End);
        for (y, text) in axis.ticks(2) {
            canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 1)?;
            canvas.text(&text, (LEFT - 6, y), label)?;
        }
        canvas.line(&[(LEFT, top + height), (RIGHT, top + height)], FAINT_INK, 1)
    }

    /// The axis of time, and what was not seen.
    fn foot(&self, canvas: &Canvas<'_>, bottom: i32) -> Drawn {
        for (x, label) in self.time.ticks(8) {
            canvas.text(&label, (x, bottom + 12), Lettering::new(SMALL).anchor(Anchor::Middle))?;
        }
        let faint = Lettering::new(SMALL).colour(FAINT_INK);
        canvas.text("minutes", ((LEFT + RIGHT) / 2, bottom + 28), faint.anchor(Anchor::Middle))?;
        let unseen: Vec<String> = BoundaryKind::ALL
            .iter()
            .filter(|kind| !self.kinds.contains(kind))
            .map(|kind| words(kind.name()))
            .collect();
        if unseen.is_empty() {
            return Ok(());
        }
        let text = format!("Not seen here: {}.", unseen.join(", "));
        canvas.text(&fit(&text, SMALL, WIDTH - 24), (12, bottom + 48), faint)
    }
}
