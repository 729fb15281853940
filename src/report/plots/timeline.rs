//! The timeline of one world: KV memory in use, queues, and the boundary events beneath them.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL, TEXT, draw, fit, width_of};
use super::forest::{WIDTH, heading};
use super::palette::{BLUE, FAINT_INK, GRID, INK, KINDS, ORANGE, SKY, WARM_UP};
use super::series::{Panel, Shading, panels};
use crate::record::BoundaryKind;
use crate::report::numbers::words;
use crate::scenario::Scenario;
use crate::study::Graded;

const LEFT: i32 = 136;
const RIGHT: i32 = WIDTH - 16;
const TOP: i32 = 62;
const TITLE: i32 = 20;
const KV: i32 = 64;
const GAP: i32 = 16;
const QUEUE: i32 = 52;
const LANE: i32 = 16;
const PANEL_GAP: i32 = 16;
const BOTTOM: i32 = 58;

/// The axis of the queue is at least this long, so that its ticks are whole requests.
const LEAST_QUEUE: f64 = 4.0;

/// Events closer than this many pixels are drawn as one.
const APART: i32 = 2;
/// Markers of one lane stand this many pixels apart at least.
const MARKERS_APART: i32 = 9;

/// KV use, queue and boundary events of a world over time (first replication), clusters apart or, where there are more
/// than four, together.
#[must_use]
pub fn timeline(graded: &Graded, world: &str, scenario: &Scenario) -> String {
    timeline_to_scale(graded, world, scenario, most_queued(graded, scenario))
}

/// As [`timeline`], where the longest queue of all worlds is known.
pub(in crate::report) fn timeline_to_scale(
    graded: &Graded,
    world: &str,
    scenario: &Scenario,
    most_queued: f64,
) -> String {
    let panels = panels(graded, world, scenario);
    if panels.is_empty() {
        let text = fit(&format!("No timeline was recorded for {world}."), TEXT, WIDTH - 24);
        return draw(WIDTH, 40, |canvas| canvas.text(&text, (12, 20), Lettering::new(TEXT)));
    }
    let kinds: Vec<BoundaryKind> = BoundaryKind::ALL
        .into_iter()
        .filter(|kind| panels.iter().any(|panel| panel.events.iter().any(|event| event.kind == kind.name())))
        .collect();
    let picture = Picture {
        time: Axis::new(
            (0.0, scenario.horizon().since(crate::units::SimTime::ZERO).seconds() / 60.0),
            (LEFT, RIGHT),
        ),
        most_queued,
        shading: Shading::of(world, scenario),
        warm_up_min: scenario.study.warm_up.seconds() / 60.0,
        kinds,
    };
    let height = TOP + panels.len() as i32 * picture.panel_height() + BOTTOM;
    draw(WIDTH, height, |canvas| picture.paint(canvas, world, &panels))
}

/// The longest queue of any world, so that the queues of all figures of a study compare.
pub(in crate::report) fn most_queued(graded: &Graded, scenario: &Scenario) -> f64 {
    let in_world = |world: &str| {
        let panels = panels(graded, world, scenario);
        panels.iter().flat_map(|panel| panel.points.iter().map(|point| point.queue)).fold(0.0, f64::max)
    };
    super::worlds(graded).into_iter().map(in_world).fold(LEAST_QUEUE, f64::max)
}

/// What all panels of a figure share.
struct Picture {
    time: Axis,
    most_queued: f64,
    shading: Shading,
    warm_up_min: f64,
    kinds: Vec<BoundaryKind>,
}

impl Picture {
    fn panel_height(&self) -> i32 {
        TITLE + KV + GAP + QUEUE + 4 + self.kinds.len() as i32 * LANE + PANEL_GAP
    }

    fn paint(&self, canvas: &Canvas<'_>, world: &str, panels: &[Panel<'_>]) -> Drawn {
        heading(canvas, &format!("{world}: KV memory, queue and boundary events, first replication"))?;
        self.legend(canvas, 38)?;
        for (at, panel) in panels.iter().enumerate() {
            self.panel(canvas, panel, TOP + at as i32 * self.panel_height())?;
        }
        let bottom = TOP + panels.len() as i32 * self.panel_height() - PANEL_GAP;
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
        let text = format!("Not seen in this world: {}.", unseen.join(", "));
        canvas.text(&fit(&text, SMALL, WIDTH - 24), (12, bottom + 48), faint)
    }

    fn legend(&self, canvas: &Canvas<'_>, y: i32) -> Drawn {
        let mut x = 12;
        let mut entry = |name: &str, swatch: &dyn Fn(i32) -> Drawn| {
            swatch(x)?;
            canvas.text(name, (x + 24, y), Lettering::new(SMALL))?;
            x += 44 + width_of(name, SMALL);
            Ok(())
        };
        entry("KV blocks in use", &|x| canvas.line(&[(x, y), (x + 18, y)], BLUE, 2))?;
        entry("waiting requests", &|x| canvas.line(&[(x, y), (x + 18, y)], ORANGE, 2))?;
        if self.warm_up_min > 0.0 {
            entry("warm-up", &|x| canvas.bar((x, y - 6), (x + 18, y + 6), WARM_UP, 1.0))?;
        }
        if self.shading == Shading::ByStretch {
            entry("candidate decides", &|x| canvas.bar((x, y - 6), (x + 18, y + 6), SKY, 0.3))?;
        }
        Ok(())
    }

    fn panel(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, top: i32) -> Drawn {
        let kv_top = top + TITLE;
        let queue_top = kv_top + KV + GAP;
        let lanes_top = queue_top + QUEUE + 4;
        let bottom = lanes_top + self.kinds.len() as i32 * LANE;
        canvas.text(&fit(&panel.title, TEXT, RIGHT - LEFT), (LEFT, top + 9), Lettering::new(TEXT))?;
        self.background(canvas, panel, (kv_top, bottom))?;
        let share = Axis::new((0.0, 1.0), (kv_top + KV, kv_top));
        let queue = Axis::new((0.0, self.most_queued), (queue_top + QUEUE, queue_top));
        self.side(canvas, &share, "KV share", (kv_top, KV))?;
        self.side(canvas, &queue, "queue", (queue_top, QUEUE))?;
        let minutes = |seconds: f64| self.time.at(seconds / 60.0);
        let line = |of: &dyn Fn(&super::series::Point) -> i32| -> Vec<(i32, i32)> {
            panel.points.iter().map(|point| (minutes(point.end_s), of(point))).collect()
        };
        canvas.line(&line(&|point| share.at(point.kv_share)), BLUE, 1)?;
        canvas.line(&line(&|point| queue.at(point.queue)), ORANGE, 1)?;
        for (at, kind) in self.kinds.iter().enumerate() {
            self.lane(canvas, panel, *kind, lanes_top + at as i32 * LANE + LANE / 2)?;
        }
        Ok(())
    }

    fn background(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, (top, bottom): (i32, i32)) -> Drawn {
        if self.warm_up_min > 0.0 {
            canvas.bar((LEFT, top), (self.time.at(self.warm_up_min), bottom), WARM_UP, 1.0)?;
        }
        if self.shading == Shading::ByStretch {
            for (from, to) in panel.candidate_stretches() {
                canvas.bar((self.time.at(from / 60.0), top), (self.time.at(to / 60.0), bottom), SKY, 0.3)?;
            }
        }
        for (x, _) in self.time.ticks(8) {
            canvas.line(&[(x, top), (x, bottom)], GRID, 1)?;
        }
        Ok(())
    }

    /// Name, ends and base line of a vertical axis.
    fn side(&self, canvas: &Canvas<'_>, axis: &Axis, name: &str, (top, height): (i32, i32)) -> Drawn {
        canvas.text(name, (12, top + height / 2), Lettering::new(SMALL))?;
        for (y, label) in axis.ticks(2) {
            canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 1)?;
            canvas.text(
                &label,
                (LEFT - 6, y),
                Lettering::new(SMALL).colour(FAINT_INK).anchor(Anchor::End),
            )?;
        }
        canvas.line(&[(LEFT, top + height), (RIGHT, top + height)], FAINT_INK, 1)
    }

    /// One kind of event: a bar for each stretch, a marker where it begins; events of nearly the same pixels are drawn once.
    fn lane(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, kind: BoundaryKind, y: i32) -> Drawn {
        let at = kind as usize;
        let (colour, marker) = (KINDS[at % KINDS.len()], Marker::KINDS[at % Marker::KINDS.len()]);
        canvas.text(
            &words(kind.name()),
            (LEFT - 22, y),
            Lettering::new(SMALL).colour(INK).anchor(Anchor::End),
        )?;
        canvas.marker(marker, (LEFT - 12, y), 4, colour)?;
        canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 1)?;
        let mut stretches: Vec<(i32, i32)> = Vec::new();
        let mut events: Vec<(f64, f64)> = panel
            .events
            .iter()
            .filter(|event| event.kind == kind.name())
            .map(|event| (event.start_s, event.start_s + event.duration_s))
            .collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for (start, end) in events {
            let (from, to) = (self.time.at(start / 60.0), self.time.at(end / 60.0));
            match stretches.last_mut() {
                Some(last) if from <= last.1 + APART => last.1 = last.1.max(to),
                _ => stretches.push((from, to)),
            }
        }
        let mut last_marker = i32::MIN;
        for (from, to) in stretches {
            canvas.bar((from, y - 3), (to.max(from + 1), y + 3), colour, 1.0)?;
            if from >= last_marker.saturating_add(MARKERS_APART) {
                canvas.marker(marker, (from, y), 4, colour)?;
                last_marker = from;
            }
        }
        Ok(())
    }
}
