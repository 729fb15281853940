//! Blocks of time for the whole fleet: the measured time is cut into blocks, and each block gets one arm. A request
//! belongs to the block in which it arrives; the first `washout` after each instant at which the arm may change is marked, so
//! that an analysis can leave it out.

use super::orders::{ORDERS, Order, Sequence};
use super::timetable::Timetable;
use super::{
    ArmId, Assignment, BlockOfTime, BlockPlan, CONTROL, Design, FleetFacts, Structure, Unit, arm_of,
    read_share,
};
use crate::policy::Spec;
use crate::rng::Family;
use crate::settings::Section;
use crate::units::{ClusterId, SimTime, Span};
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "switchback",
    about: "the whole fleet switches in blocks of time; `order` random, complete, balanced within hours, paired, alternating, \
            or minimax for a carry-over of `carry_over_blocks`",
    build: |section| {
        let (block, washout) = read_block(section);
        let order = section.choice("order", Some("balanced"), ORDERS).unwrap_or(Order::Balanced);
        let share = read_share(section);
        if order.halves() && share != 0.5 {
            section.problem("share", share.to_string(), "0.5: half of the time is treated in this order");
        }
        let carry_over = match order {
            Order::Minimax => section.integer("carry_over_blocks", Some(1), 1..=10_000) as u32,
            _ => 0,
        };
        Box::new(Switchback { block, washout, order, share, carry_over })
    },
};

/// The settings `block` and `washout`.
pub(super) fn read_block(section: &Section<'_>) -> (Span, Span) {
    let block = section.positive_duration("block", Some("5 min"));
    let washout = section.duration("washout", Some("0 s"));
    if washout >= block {
        section.problem("washout", "a washout as long as the block", "a duration shorter than the block");
    }
    (block, washout)
}

/// Note a block of which too few or too many fit into the measured time.
pub(super) fn check_block(block: Span, facts: &FleetFacts, section: &Section<'_>) {
    let measured = facts.horizon.since(facts.warm_up);
    if measured.0 < block.0 * 4 {
        let allowed = "blocks of which at least 4 fit into the measured time";
        section.problem("block", format!("{} blocks", measured.0 / block.0), allowed);
    }
    if measured.0 / block.0.max(1) > MOST_BLOCKS {
        let allowed = format!("blocks of which at most {MOST_BLOCKS} fit into the measured time");
        section.problem("block", format!("{} blocks", measured.0 / block.0.max(1)), allowed);
    }
}

const MOST_BLOCKS: u64 = 1_000_000;

struct Switchback {
    block: Span,
    washout: Span,
    order: Order,
    share: f64,
    /// In blocks.
    carry_over: u32,
}

impl Design for Switchback {
    fn unit(&self) -> Unit {
        Unit::Block
    }

    fn block_plan(&self) -> Option<BlockPlan> {
        let block = self.block * u64::from(self.carry_over.max(1));
        Some(BlockPlan { block, washout: self.washout, order: self.order, share: self.share })
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        check_block(self.block, facts, section);
        let measured = facts.horizon.since(facts.warm_up).0;
        let count = measured.div_ceil(self.block.0);
        match self.order {
            Order::Paired if count % 2 == 1 => {
                section.problem(
                    "block",
                    format!("{count} blocks"),
                    "an even number of blocks: they are paired",
                );
            }
            Order::Minimax => {
                let chunk = self.block.0 * u64::from(self.carry_over);
                if !measured.is_multiple_of(chunk) || measured / chunk < 4 {
                    let found = format!(
                        "{:.2} times {} blocks of carry-over",
                        measured as f64 / chunk as f64,
                        self.carry_over
                    );
                    let allowed = "a measured time of a whole number, 4 or more, of times the carry-over";
                    section.problem("carry_over_blocks", found, allowed);
                }
            }
            _ => {}
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        let times = Timetable::new(facts, self.block);
        let sequence = Sequence::draw((self.order, self.share, self.carry_over), draws, facts, &times);
        Box::new(Blocks { times, sequence, washout: self.washout })
    }
}

#[derive(Clone)]
struct Blocks {
    times: Timetable,
    sequence: Sequence,
    washout: Span,
}

impl Blocks {
    fn arm_at(&self, now: SimTime) -> ArmId {
        self.times.at(now).map_or(CONTROL, |block| arm_of(self.sequence.treated[block]))
    }

    /// Since the coin of the present block's unit.
    fn since_coin(&self, now: SimTime) -> Option<Span> {
        let unit = self.sequence.unit[self.times.at(now)?];
        let first = self.sequence.unit.partition_point(|&other| other < unit);
        Some(now.since(self.times.starts()[first]))
    }
}

impl Assignment for Blocks {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }

    fn unit(&self) -> Unit {
        Unit::Block
    }

    fn arm(&mut self, request: &Request, _: ClusterId) -> ArmId {
        self.arm_at(request.arrival)
    }

    fn cluster_arm(&self, _: ClusterId, now: SimTime) -> ArmId {
        self.arm_at(now)
    }

    fn flips(&self) -> &[SimTime] {
        self.times.starts()
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        self.times.at(request.arrival).map(|block| self.sequence.unit[block])
    }

    fn unit_of_hardware(&self, _: ClusterId, now: SimTime) -> Option<(u32, ArmId)> {
        self.times.at(now).map(|block| (self.sequence.unit[block], arm_of(self.sequence.treated[block])))
    }

    fn in_washout(&self, now: SimTime) -> bool {
        self.since_coin(now).is_some_and(|since| since < self.washout)
    }

    fn structure(&self) -> Structure {
        self.sequence.structure.clone()
    }

    fn propensity(&self, request: &Request, _: ClusterId) -> f64 {
        self.times.at(request.arrival).map_or(0.0, |block| self.sequence.propensity[block])
    }

    fn block(&self, _: ClusterId, now: SimTime) -> Option<u32> {
        self.times.at(now).map(|block| block as u32)
    }

    fn blocks(&self, _: ClusterId) -> Vec<BlockOfTime> {
        self.times.blocks(|block| {
            let since = self.since_coin(self.times.starts()[block]).unwrap_or_default();
            (arm_of(self.sequence.treated[block]), Span(self.washout.0.saturating_sub(since.0)))
        })
    }

    fn since_switch(&self, _: ClusterId, now: SimTime) -> Option<Span> {
        self.since_coin(now)
    }

    fn treated_units(&self) -> Option<Vec<bool>> {
        let mut units = vec![false; self.sequence.unit.last().map_or(0, |&last| last as usize + 1)];
        for (&unit, &treated) in self.sequence.unit.iter().zip(&self.sequence.treated) {
            units[unit as usize] = treated;
        }
        Some(units)
    }
}
