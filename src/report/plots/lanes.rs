//! Boundary events over time: one lane a kind, a bar for each stretch, markers where few stretches begin.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Marker, SMALL};
use super::palette::{GRID, KINDS};
use crate::record::BoundaryKind;
use crate::report::numbers::words;
use crate::study::tables::EventRow;

/// Stretches closer than this many pixels are drawn as one.
const APART: i32 = 6;
/// Where more stretches than this begin, the marker stands at the lane's name only.
const MOST_MARKERS: usize = 12;

/// The kinds of which there is any event.
pub(super) fn kinds_of<'a>(events: impl Iterator<Item = &'a EventRow> + Clone) -> Vec<BoundaryKind> {
    let is_seen = |kind: &BoundaryKind| events.clone().any(|event| event.kind == kind.name());
    BoundaryKind::ALL.into_iter().filter(is_seen).collect()
}

/// The name of a kind and its marker, to the left of its lanes.
pub(super) fn label(canvas: &Canvas<'_>, kind: BoundaryKind, left: i32, y: i32) -> Drawn {
    let at = kind as usize;
    canvas.text(&words(kind.name()), (left - 22, y), Lettering::new(SMALL).anchor(Anchor::End))?;
    canvas.marker(Marker::KINDS[at % Marker::KINDS.len()], (left - 12, y), 4, KINDS[at % KINDS.len()])
}

/// The events of one kind along `time`, an axis of minutes. Events of nearly the same pixels are drawn once, and all bars as
/// one shape, so that a long study stays small.
pub(super) fn lane<'a>(
    canvas: &Canvas<'_>,
    time: &Axis,
    events: impl Iterator<Item = &'a EventRow>,
    kind: BoundaryKind,
    (y, half_height): (i32, i32),
) -> Drawn {
    let at = kind as usize;
    let (colour, marker) = (KINDS[at % KINDS.len()], Marker::KINDS[at % Marker::KINDS.len()]);
    canvas.line(&[(time.ends().0, y), (time.ends().1, y)], GRID, 1)?;
    let stretches = stretches(time, events.filter(|event| event.kind == kind.name()), APART);
    canvas.bars(&stretches, (y - half_height, y + half_height), colour)?;
    let marked = if stretches.len() > MOST_MARKERS { &[][..] } else { &stretches[..] };
    marked.iter().try_for_each(|(from, _)| canvas.marker(marker, (*from, y), half_height + 1, colour))
}

/// Where along `time`, an axis of minutes, there is any of the events, in pixels; those at most `apart` pixels from each
/// other are one stretch.
pub(super) fn stretches<'a>(
    time: &Axis,
    events: impl Iterator<Item = &'a EventRow>,
    apart: i32,
) -> Vec<(i32, i32)> {
    let mut spans: Vec<(i32, i32)> = events
        .filter(|event| time.overlaps(event.start_s / 60.0, (event.start_s + event.duration_s) / 60.0))
        .map(|event| (time.at(event.start_s / 60.0), time.at((event.start_s + event.duration_s) / 60.0)))
        .collect();
    spans.sort_unstable();
    let mut stretches: Vec<(i32, i32)> = Vec::new();
    for (from, to) in spans {
        match stretches.last_mut() {
            Some(last) if from <= last.1 + apart => last.1 = last.1.max(to),
            _ => stretches.push((from, to)),
        }
    }
    stretches.iter_mut().for_each(|stretch| stretch.1 = stretch.1.max(stretch.0 + 1));
    stretches
}
