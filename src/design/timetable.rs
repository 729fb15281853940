//! The measured time cut into blocks. A request belongs to the block in which it arrives; the last block may be cut short.

use super::{ArmId, BlockOfTime, FleetFacts};
use crate::units::{SimTime, Span};

/// Blocks of equal length from the end of the warm-up on.
#[derive(Clone, Debug)]
pub(super) struct Timetable {
    starts: Vec<SimTime>,
    block: Span,
    /// End of the last.
    end: SimTime,
}

impl Timetable {
    /// The measured time in blocks.
    pub(super) fn new(facts: &FleetFacts, block: Span) -> Self {
        let measured = facts.horizon.since(facts.warm_up).0;
        let starts = (0..measured.div_ceil(block.0)).map(|at| facts.warm_up + block * at).collect();
        Self { starts, block, end: facts.horizon }
    }

    /// How many blocks there are.
    pub(super) const fn len(&self) -> usize {
        self.starts.len()
    }

    /// When each begins.
    pub(super) fn starts(&self) -> &[SimTime] {
        &self.starts
    }

    /// The block at `now`; what comes after the measured time belongs to the last, what comes before to none.
    pub(super) fn at(&self, now: SimTime) -> Option<usize> {
        let first = *self.starts.first()?;
        (now >= first).then(|| ((now.since(first).0 / self.block.0) as usize).min(self.starts.len() - 1))
    }

    /// Since the start of the present block.
    pub(super) fn since_start(&self, now: SimTime) -> Option<Span> {
        self.at(now).map(|block| now.since(self.starts[block]))
    }

    /// The blocks with what each was given: its arm, and how long a washout has to go when it begins.
    pub(super) fn blocks(&self, of: impl Fn(usize) -> (ArmId, Span)) -> Vec<BlockOfTime> {
        let block = |(at, &start): (usize, &SimTime)| {
            let end = self.starts.get(at + 1).copied().unwrap_or(self.end);
            let (arm, washout) = of(at);
            BlockOfTime { start, end, arm, washout: washout.min(end.since(start)) }
        };
        self.starts.iter().enumerate().map(block).collect()
    }
}
