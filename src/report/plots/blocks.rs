//! The blocks of time of a design that switches: which arm decides when, what the analysis may leave out, and what happened at
//! the boundary of capacity.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, SMALL, TEXT, draw, fit, width_of};
use super::forest::{WIDTH, heading};
use super::lanes;
use super::palette::{BLUE, FAINT_INK, PAPER, SKY};
use crate::record::BoundaryKind;
use crate::report::world_of_experiment;
use crate::study::Graded;
use crate::study::tables::{BlockRow, EventRow};

const LEFT: i32 = 136;
const RIGHT: i32 = WIDTH - 16;
const TOP: i32 = 66;
const BAND: i32 = 36;
/// The washouts, at the foot of a band.
const STRIP: i32 = 9;
const LANE: i32 = 16;
const GAP: i32 = 14;
const BOTTOM: i32 = 46;

/// More blocks of a band than this are not drawn, so that each can be seen.
const MOST_BLOCKS: usize = 48;
/// More clusters than this are not drawn.
const MOST_BANDS: usize = 4;
/// Distance of the lines that hatch the candidate's blocks.
const HATCH: usize = 8;

/// The control's blocks are pale: colour and opacity.
const CONTROL: (RGBColor, f64) = (SKY, 0.25);
const WASHOUT: RGBColor = FAINT_INK;

/// The first blocks of one cluster, or of the whole fleet.
struct Band<'a> {
    cluster: &'a str,
    blocks: Vec<&'a BlockRow>,
    events: Vec<&'a EventRow>,
}

/// Bands of blocks of one experiment of the first replication, with the boundary events beneath each.
#[must_use]
pub fn blocks(graded: &Graded, design: &str, candidate: &str) -> String {
    let all: Vec<&BlockRow> =
        graded.blocks.iter().filter(|block| block.design == design && block.candidate == candidate).collect();
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        let text = fit(&format!("No block of {design} was recorded."), TEXT, WIDTH - 24);
        return draw(WIDTH, 40, |canvas| canvas.text(&text, (12, 20), Lettering::new(TEXT)));
    };
    let of_clusters: Vec<&[&BlockRow]> = all.chunk_by(|a, b| a.cluster == b.cluster).collect();
    let shown = of_clusters[0].len().min(MOST_BLOCKS);
    let end_s = of_clusters[0][shown - 1].end_s;
    let world = world_of_experiment(design, candidate);
    let bands: Vec<Band<'_>> = of_clusters
        .iter()
        .take(MOST_BANDS)
        .map(|blocks| {
            let cluster = blocks[0].cluster.as_str();
            let is_here = |event: &&EventRow| {
                event.world == world
                    && event.start_s < end_s
                    && (cluster.is_empty() || event.cluster == cluster)
            };
            let blocks = blocks.iter().copied().take(shown).collect();
            Band { cluster, blocks, events: graded.events.iter().filter(is_here).collect() }
        })
        .collect();
    let picture = Picture {
        time: Axis::new((first.start_s / 60.0, end_s / 60.0), (LEFT, RIGHT)),
        kinds: lanes::kinds_of(bands.iter().flat_map(|band| band.events.iter().copied())),
        candidate,
    };
    let mut left_out = Vec::new();
    if last.end_s > end_s {
        left_out.push(format!("the first {shown} of {} blocks", of_clusters[0].len()));
    }
    if of_clusters.len() > MOST_BANDS {
        left_out.push(format!("the first {MOST_BANDS} of {} clusters", of_clusters.len()));
    }
    let note = if left_out.is_empty() { String::new() } else { format!("Shown: {}.", left_out.join(", ")) };
    let bottom = TOP + bands.len() as i32 * picture.band_height() - GAP;
    let height = bottom + if note.is_empty() { BOTTOM } else { BOTTOM + 18 };
    draw(WIDTH, height, |canvas| {
        heading(canvas, &format!("{world}: who decides when, first replication"))?;
        picture.legend(canvas, &all)?;
        for (at, band) in bands.iter().enumerate() {
            picture.band(canvas, band, TOP + at as i32 * picture.band_height())?;
        }
        picture.foot(canvas, bottom, &note)
    })
}

struct Picture<'a> {
    time: Axis,
    kinds: Vec<BoundaryKind>,
    candidate: &'a str,
}

impl Picture<'_> {
    fn band_height(&self) -> i32 {
        BAND + 4 + self.kinds.len() as i32 * LANE + GAP
    }

    fn legend(&self, canvas: &Canvas<'_>, all: &[&BlockRow]) -> Drawn {
        const Y: i32 = 40;
        let control = all.iter().find(|block| block.arm != self.candidate);
        let mut x = 12;
        let mut entry = |name: &str, swatch: &dyn Fn((i32, i32), (i32, i32)) -> Drawn| {
            swatch((x, Y - 7), (x + 26, Y + 7))?;
            let name = fit(name, SMALL, 160);
            canvas.text(&name, (x + 32, Y), Lettering::new(SMALL))?;
            x += 54 + width_of(&name, SMALL);
            Ok(())
        };
        entry(self.candidate, &|from, to| candidate_block(canvas, from, to))?;
        if let Some(control) = control {
            entry(&control.arm, &|from, to| canvas.bar(from, to, CONTROL.0, CONTROL.1))?;
        }
        if all.iter().any(|block| block.washout_s > 0.0) {
            entry("washout", &|from, to| canvas.bar(from, to, WASHOUT, 1.0))?;
        }
        Ok(())
    }

    fn band(&self, canvas: &Canvas<'_>, band: &Band<'_>, top: i32) -> Drawn {
        let name = if band.cluster.is_empty() { "whole fleet" } else { band.cluster };
        let label = Lettering::new(SMALL).anchor(Anchor::End);
        canvas.text(&fit(name, SMALL, LEFT - 20), (LEFT - 12, top + BAND / 2), label)?;
        let (from, to) = self.time.ends();
        canvas.bar((from, top), (to, top + BAND), CONTROL.0, CONTROL.1)?;
        let minute = |seconds: f64| self.time.at(seconds / 60.0);
        let (mut edges, mut washouts) = (vec![(from, top)], Vec::new());
        for block in &band.blocks {
            let (from, to) = (minute(block.start_s), minute(block.end_s));
            if block.arm == self.candidate {
                candidate_block(canvas, (from, top), (to, top + BAND))?;
            }
            if block.washout_s > 0.0 {
                washouts.push((from, minute(block.start_s + block.washout_s)));
            }
            edges.extend([(to, top), (to, top + BAND), (to, top)]);
        }
        canvas.bars(&washouts, (top + BAND - STRIP, top + BAND), WASHOUT)?;
        edges.extend([(to, top + BAND), (from, top + BAND), (from, top)]);
        canvas.line(&edges, FAINT_INK, 1)?;
        for block in &band.blocks {
            let (from, to) = (minute(block.start_s), minute(block.end_s));
            if width_of(&block.arm, SMALL) + 12 <= to - from {
                let (x, y) = ((from + to) / 2, top + (BAND - STRIP) / 2);
                let half = width_of(&block.arm, SMALL) / 2 + 3;
                canvas.bar((x - half, y - 8), (x + half, y + 8), PAPER, 0.9)?;
                canvas.text(&block.arm, (x, y), Lettering::new(SMALL).anchor(Anchor::Middle))?;
            }
        }
        for (at, kind) in self.kinds.iter().enumerate() {
            let y = top + BAND + 4 + at as i32 * LANE + LANE / 2;
            lanes::label(canvas, *kind, LEFT, y)?;
            lanes::lane(canvas, &self.time, band.events.iter().copied(), *kind, (y, 3))?;
        }
        Ok(())
    }

    fn foot(&self, canvas: &Canvas<'_>, bottom: i32, note: &str) -> Drawn {
        for (x, label) in self.time.ticks(8) {
            canvas.line(&[(x, bottom), (x, bottom + 4)], FAINT_INK, 1)?;
            canvas.text(&label, (x, bottom + 14), Lettering::new(SMALL).anchor(Anchor::Middle))?;
        }
        let faint = Lettering::new(SMALL).colour(FAINT_INK);
        canvas.text("minutes", ((LEFT + RIGHT) / 2, bottom + 32), faint.anchor(Anchor::Middle))?;
        canvas.text(note, (12, bottom + 50), faint)
    }
}

/// Darker and hatched: one line from edge to edge.
fn candidate_block(canvas: &Canvas<'_>, from: (i32, i32), to: (i32, i32)) -> Drawn {
    canvas.bar(from, to, BLUE, 0.45)?;
    let edges = (from.0..to.0).step_by(HATCH).map(|x| (x, (x + HATCH as i32).min(to.0))).enumerate();
    let hatch = edges.flat_map(|(at, (near, far))| {
        let (low, high) = if at % 2 == 0 { (to.1, from.1) } else { (from.1, to.1) };
        [(near, low), (far, high)]
    });
    canvas.line(&hatch.collect::<Vec<_>>(), PAPER, 1)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture;
    use super::*;

    #[test]
    fn every_block_and_washout_is_drawn_and_named() {
        let (_, graded) = fixture::study("p2c");
        let svg = blocks(&graded, "switchback", "p2c");
        // Of five blocks three are the candidate's; the legend names each arm once.
        assert_eq!(svg.matches("\np2c\n").count(), 4, "{svg}");
        assert_eq!(svg.matches("\nrandom\n").count(), 3);
        assert!(
            svg.contains("\nwashout\n") && svg.contains("\nkv exhaustion\n") && svg.contains("whole fleet")
        );
        assert!(blocks(&graded, "request", "p2c").contains("No block of request"));
    }

    #[test]
    fn a_long_study_shows_its_first_blocks_and_stays_small() {
        let (_, mut graded) = fixture::study("p2c");
        let (block, event) = (graded.blocks[0].clone(), graded.events[0].clone());
        graded.blocks.clear();
        for cluster in 0..6 {
            for at in 0..2000 {
                let (start_s, cluster) = (300.0 * f64::from(at), format!("c{cluster}"));
                let arm = if at % 2 == 0 { "p2c" } else { "random" }.to_owned();
                graded.blocks.push(BlockRow {
                    start_s,
                    end_s: start_s + 300.0,
                    cluster: cluster.clone(),
                    arm,
                    ..block.clone()
                });
                let world = "switchback/p2c".to_owned();
                graded.events.push(EventRow { world, cluster, start_s: start_s + 100.0, ..event.clone() });
            }
        }
        let svg = blocks(&graded, "switchback", "p2c");
        assert!(svg.contains("the first 48 of 2000 blocks, the first 4 of 6 clusters"));
        assert!(svg.len() < 60_000, "{} bytes", svg.len());
    }
}
