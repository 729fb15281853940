//! The decoding sequences of one replica, held so that whole runs of decode steps cost nothing a sequence.
//!
//! A sequence with r resident tokens after n decode steps of the replica has the fixed base r − n. It needs a KV
//! block in the step at counter n exactly when r = base + n is a multiple of 16; so sixteen counters of bases
//! modulo 16 tell the block demand of any number of steps.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a sequence keeps while it decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Resident tokens minus the replica's decode counter, modulo 2⁶⁴.
    pub base: u64,
}

/// The decoding sequences of one replica.
#[derive(Clone, Debug, Default)]
pub struct DecodeSet {
    /// Decode steps that the replica has executed (n).
    steps: u64,
    /// Decoding sequences (d).
    count: u32,
    /// Those of them that ask for blocks as they grow.
    growing: u32,
    /// Their resident tokens together (KV).
    resident: u64,
    /// How many of the growing have a base of r modulo 16.
    phases: [u32; 16],
    /// When they end: decode counter << 16 | slot, earliest first.
    ends: BinaryHeap<Reverse<u64>>,
}

impl DecodeSet {
    /// Decoding sequences (d).
    #[inline]
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Resident tokens of all decoding sequences (KV).
    #[inline]
    #[must_use]
    pub const fn resident(&self) -> u64 {
        self.resident
    }

    /// Resident tokens of the sequence at `place`.
    #[inline]
    #[must_use]
    pub const fn resident_at(&self, place: Place) -> u64 {
        place.base.wrapping_add(self.steps)
    }

    /// The sequence in `slot` starts to decode with `resident` tokens and ends after `remaining` ≥ 1 steps; `grows` tells
    /// whether it asks for blocks on the way.
    #[inline]
    pub fn join(&mut self, slot: u16, resident: u64, remaining: u64, grows: bool) -> Place {
        let place = Place { base: resident.wrapping_sub(self.steps) };
        self.phases[(place.base & 15) as usize] += u32::from(grows);
        self.growing += u32::from(grows);
        self.count += 1;
        self.resident += resident;
        self.ends.push(Reverse((self.steps + remaining) << 16 | u64::from(slot)));
        place
    }

    /// A sequence that is no longer in the queue of ends leaves; `grows` as when it joined.
    #[inline]
    pub fn leave(&mut self, place: Place, grows: bool) {
        self.phases[(place.base & 15) as usize] -= u32::from(grows);
        self.growing -= u32::from(grows);
        self.count -= 1;
        self.resident -= self.resident_at(place);
    }

    /// Take the sequence in `slot` out of the queue of ends, because it is evicted.
    pub fn forget_end(&mut self, slot: u16) {
        self.ends.retain(|Reverse(key)| *key as u16 != slot);
    }

    /// Slots of all decoding sequences, in no order.
    pub fn slots(&self) -> impl Iterator<Item = u16> + '_ {
        self.ends.iter().map(|Reverse(key)| *key as u16)
    }

    /// Steps until the next sequence ends.
    #[inline]
    #[must_use]
    pub fn steps_to_next_end(&self) -> u64 {
        self.ends.peek().map_or(u64::MAX, |Reverse(key)| (key >> 16) - self.steps)
    }

    /// The slot of a sequence that has ended, earliest end first, then lowest slot.
    #[inline]
    pub fn pop_ended(&mut self) -> Option<u16> {
        match self.ends.peek() {
            Some(Reverse(key)) if key >> 16 <= self.steps => {
                let slot = *key as u16;
                self.ends.pop();
                Some(slot)
            }
            _ => None,
        }
    }

    /// All sequences decode `steps` times.
    #[inline]
    pub fn advance(&mut self, steps: u64) {
        self.steps += steps;
        self.resident += steps * u64::from(self.count);
    }

    /// Sequences that need a block in the `ahead`-th step from now.
    #[inline]
    const fn needing(&self, ahead: u64) -> u32 {
        self.phases[(self.steps.wrapping_add(ahead).wrapping_neg() & 15) as usize]
    }

    /// KV blocks that the next `steps` steps need: ⌊k/16⌋ for each that grows, and the phases of the rest.
    #[inline]
    #[must_use]
    pub fn block_demand(&self, steps: u64) -> u64 {
        let mut demand = u64::from(self.growing) * (steps / 16);
        for ahead in 0..steps % 16 {
            demand += u64::from(self.needing(ahead));
        }
        demand
    }

    /// The largest number of steps, at most `wanted`, whose block demand `free` covers.
    #[inline]
    #[must_use]
    pub fn affordable(&self, free: u32, wanted: u64) -> u64 {
        let (free, count) = (u64::from(free), u64::from(self.growing));
        if (wanted / 16 + 1) * count <= free {
            return wanted;
        }
        let (mut steps, mut rest) = ((free / count) * 16, free % count);
        while steps < wanted {
            let need = u64::from(self.needing(steps));
            if need > rest {
                break;
            }
            rest -= need;
            steps += 1;
        }
        steps.min(wanted)
    }

    /// Law KV-2: the phases count every growing sequence once, the ends every sequence. For checks in debug runs.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.phases.iter().sum::<u32>() == self.growing && self.ends.len() == self.count as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn demand_and_affordable_steps_are_those_of_stepping_each_sequence() {
        for case in 0..2_000 {
            let mut stream = Streams::new(3, 0).stream(Purpose::Routing, case);
            let mut set = DecodeSet::default();
            set.advance(u64::from(stream.below(40)));
            let count = 1 + stream.below(9);
            let residents: Vec<u64> = (0..count).map(|_| 1 + u64::from(stream.below(100))).collect();
            for (slot, &resident) in residents.iter().enumerate() {
                set.join(slot as u16, resident, 10_000, true);
            }
            let needed = |steps: u64| -> u64 {
                (0..steps).map(|j| residents.iter().filter(|&&r| (r + j) % 16 == 0).count() as u64).sum()
            };
            let steps = u64::from(stream.below(70));
            assert_eq!(set.block_demand(steps), needed(steps), "case {case}");
            let free = stream.below(30);
            let by_stepping =
                (0..=90).take_while(|&k| needed(k) <= u64::from(free)).last().expect("zero steps");
            assert_eq!(set.affordable(free, 90), by_stepping, "case {case}");
        }
    }
}
