//! Making room: who leaves when the next iteration's blocks are not free, or when somebody of a higher level waits
//! (docs/model.md, section 2, step 2).

use std::cmp::Reverse;

use super::FastReplica;
use crate::units::SimTime;
use crate::world::replica::ReplicaSink;
use crate::world::replica::sequence::Sequence;

impl FastReplica {
    /// Blocks that the next chunk of the request in mid-prefill lacks.
    #[inline]
    fn next_chunk_lacks(&self) -> u64 {
        let Some(mid) = self.mid_prefill else { return 0 };
        let rest = self.slots[mid.slot as usize].prefill - mid.cached;
        u64::from(mid.lacks(rest.min(self.batching.token_budget.saturating_sub(self.decode.count()))))
    }

    /// Evict the request in mid-prefill if the blocks of all its rest are not free. Whether it was evicted.
    pub(super) fn evict_unfinished(&mut self, now: SimTime, sink: &mut impl ReplicaSink) -> bool {
        let Some(mid) = self.mid_prefill else { return false };
        let lacking = mid.lacks(self.slots[mid.slot as usize].prefill - mid.cached);
        if lacking <= self.free_blocks {
            return false;
        }
        self.evict(mid.slot, now, sink);
        true
    }

    /// Evict until the blocks of the next decode step and of the next chunk are there. Whether anything was evicted.
    #[inline(always)]
    pub(super) fn evict_until_the_next_fits(&mut self, now: SimTime, sink: &mut impl ReplicaSink) -> bool {
        let short = self.next_is_short();
        if short {
            self.evict_while_short(now, sink);
        }
        short
    }

    /// Whether the blocks of the next decode step and of the next chunk are not all free.
    #[inline(always)]
    fn next_is_short(&self) -> bool {
        self.decode.block_demand(1) + self.next_chunk_lacks() > u64::from(self.free_blocks)
    }

    #[cold]
    fn evict_while_short(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        while self.next_is_short() {
            let Some(slot) = self.lowest_newest() else {
                unreachable!("a demand for blocks has a sequence that asks")
            };
            self.evict(slot, now, sink);
        }
    }

    /// Displace requests of a lower level than the head's until it can be admitted, beside the next decodes where they run in
    /// the same iteration.
    #[cold]
    pub(super) fn displace_for_the_head(
        &mut self,
        beside_decodes: bool,
        now: SimTime,
        sink: &mut impl ReplicaSink,
    ) {
        while let Some(level) = self.waiting.head().map(|head| head.job.request.priority) {
            let demand = if beside_decodes { self.decode.block_demand(1) as u32 } else { 0 };
            let fits = self.head_fits(self.free_blocks - demand).is_some();
            let victim = if fits { None } else { self.lowest_newest() };
            let Some(slot) = victim.filter(|&slot| self.level_of(slot) < level) else { return };
            let mut sequence = self.remove(slot);
            sequence.displacements += 1;
            sink.displaced(self.id, &sequence.job, now);
            self.waiting.rejoin(sequence);
        }
    }

    #[cold]
    fn evict(&mut self, slot: u16, now: SimTime, sink: &mut impl ReplicaSink) {
        let mut sequence = self.remove(slot);
        self.pressure.evicted(now);
        sequence.preemptions += 1;
        sink.preempted(self.id, &sequence.job, now);
        self.waiting.rejoin(sequence);
    }

    fn level_of(&self, slot: u16) -> u8 {
        self.slots[slot as usize].sequence.job.request.priority
    }

    /// The last admitted of the running requests of the lowest level.
    fn lowest_newest(&self) -> Option<u16> {
        let running = self.decode.slots().chain(self.mid_prefill.map(|mid| mid.slot));
        running.max_by_key(|&slot| {
            let running = &self.slots[slot as usize];
            (Reverse(running.sequence.job.request.priority), running.admission)
        })
    }

    /// Take a running request off its seat with what it has emitted; its blocks are freed.
    fn remove(&mut self, slot: u16) -> Sequence {
        if let Some(mid) = self.mid_prefill.filter(|mid| mid.slot == slot) {
            self.mid_prefill = None;
            let running = &mut self.slots[slot as usize];
            running.sequence.gpu_ps += self.costs.chunk(0, u64::from(mid.cached));
            self.free_blocks += mid.held;
        } else {
            self.decode.forget_end(slot);
            self.stop_decoding(slot);
        }
        self.free_slots.push(slot);
        self.slots[slot as usize].sequence
    }
}
