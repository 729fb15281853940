//! The fast replica engine: jumps exactly over every run of iterations whose batch does not change.
//!
//! Between finishes, evictions, prefill work and admissions a replica's iterations form a [`Segment`] in closed
//! form. While a segment runs the free blocks only shrink, so an arrival can be admitted earlier than planned only
//! if it becomes the head of the queue: then, and only then, the segment is cut (docs/model.md, section 2a).

mod room;

use super::decode_set::{DecodeSet, Place};
use super::pressure::KvPressure;
use super::segment::Segment;
use super::sequence::{Batch, MidPrefill, Running, Sequence};
use super::waiting::Waiting;
use super::{
    Batching, BatchingKind, EngineSpec, Job, Replica, ReplicaSink, Reserve, Service, StepCosts, reservation,
};
use crate::units::{ReplicaId, SimTime, Span};

/// What the open segment does besides passing time.
#[derive(Clone, Copy, Debug, Default)]
struct Work {
    /// Whether the decoding sequences step.
    decodes: bool,
    /// Tokens that the request in mid-prefill adds in each step without completing.
    chunk: u32,
    /// ⌊c0/B⌋ of each step.
    overhead_share: u64,
}

/// The fast replica engine.
#[derive(Clone, Debug)]
pub struct FastReplica {
    id: ReplicaId,
    costs: StepCosts,
    kv_blocks: u32,
    queue_capacity: usize,
    batching: Batching,
    watermark_blocks: u32,
    free_blocks: u32,
    waiting: Waiting,
    slots: Vec<Running>,
    free_slots: Vec<u16>,
    decode: DecodeSet,
    mid_prefill: Option<MidPrefill>,
    /// Slots whose prefill ends with the open segment.
    completing: Vec<u16>,
    /// The open segment; `None` when idle or woken at `next`.
    segment: Option<Segment>,
    work: Work,
    next: SimTime,
    /// Sum of the overhead shares of all decode steps.
    decode_overhead: u64,
    admissions: u64,
    pressure: KvPressure,
}

impl Replica for FastReplica {
    fn new(id: ReplicaId, engine: &EngineSpec, batching: Batching) -> Self {
        Self {
            id,
            costs: engine.costs,
            kv_blocks: engine.kv_blocks,
            queue_capacity: engine.queue_capacity.map_or(usize::MAX, |capacity| capacity as usize),
            batching,
            watermark_blocks: batching.watermark_blocks(engine.kv_blocks),
            free_blocks: engine.kv_blocks,
            waiting: Waiting::default(),
            slots: Vec::new(),
            free_slots: Vec::new(),
            decode: DecodeSet::default(),
            mid_prefill: None,
            completing: Vec::new(),
            segment: None,
            work: Work::default(),
            next: SimTime::NEVER,
            decode_overhead: 0,
            admissions: 0,
            pressure: KvPressure::default(),
        }
    }

    #[inline]
    fn arrive(&mut self, now: SimTime, job: Job, sink: &mut impl ReplicaSink) {
        if self.waiting.len() >= self.queue_capacity {
            sink.overflowed(self.id, &job, now);
            return;
        }
        let is_head = self.waiting.join(Sequence::new(job));
        match self.segment {
            None => self.next = now,
            Some(segment) if is_head && (self.is_pure_decode() || self.batching.preempt_for_priority) => {
                let boundary = segment.boundary_at_or_after(now);
                if boundary < segment.steps && self.may_start_after(boundary) {
                    self.cut(boundary);
                }
            }
            Some(_) => {}
        }
    }

    #[inline]
    fn next_boundary(&self) -> SimTime {
        self.next
    }

    fn run_boundary(&mut self, sink: &mut impl ReplicaSink) {
        let now = self.next;
        if let Some(segment) = self.segment.take() {
            self.complete(segment.steps, now, sink);
        }
        self.work.chunk = 0;
        match self.batching.kind {
            BatchingKind::Chunked => self.form_chunked(now, sink),
            BatchingKind::PrefillFirst => self.form_prefill_first(now, sink),
        }
        self.check_laws(now);
    }

    fn set_batching(&mut self, now: SimTime, batching: Batching) {
        self.batching = batching;
        self.watermark_blocks = batching.watermark_blocks(self.kv_blocks);
        if let Some(segment) = self.segment {
            let boundary = segment.boundary_at_or_after(now);
            if boundary < segment.steps {
                self.cut(boundary);
            }
        }
    }

    #[inline]
    fn waiting(&self) -> u32 {
        self.waiting.len() as u32
    }

    #[inline]
    fn running(&self) -> u32 {
        self.decode.count() + u32::from(self.mid_prefill.is_some()) + self.completing.len() as u32
    }

    fn has_room(&self, now: SimTime, prompt_tokens: u32, max_output_tokens: u32) -> bool {
        let longest = prompt_tokens.saturating_add(max_output_tokens);
        let need = reservation(&self.batching, prompt_tokens, longest, self.kv_blocks);
        let waiting: u64 = self.waiting.iter().map(|sequence| u64::from(self.need_of(sequence))).sum();
        u64::from(self.kv_blocks_used(now)) + waiting + u64::from(need) <= u64::from(self.kv_blocks)
    }

    fn kv_blocks_used(&self, now: SimTime) -> u32 {
        let resident = self.kv_blocks - self.free_blocks;
        match self.segment {
            Some(segment) if self.work.decodes => {
                resident + self.decode.block_demand(segment.boundary_at_or_after(now)) as u32
            }
            _ => resident,
        }
    }
}

impl FastReplica {
    /// Whether the open segment only decodes.
    const fn is_pure_decode(&self) -> bool {
        self.work.decodes && self.work.chunk == 0 && self.completing.is_empty()
    }

    /// Blocks that a waiting request will reserve.
    #[inline]
    fn need_of(&self, sequence: &Sequence) -> u32 {
        reservation(&self.batching, sequence.prefill_tokens(), sequence.longest_tokens(), self.kv_blocks)
    }

    /// Whether the head of the queue could start at the boundary after `steps` steps of the open run: be admitted, or take the
    /// place of another. An early stop changes no result, so displacement need not be certain.
    #[inline(always)]
    fn may_start_after(&self, steps: u64) -> bool {
        self.batching.preempt_for_priority || self.is_admissible_after(steps)
    }

    /// Whether the head of the queue could be admitted at the boundary after `steps` steps of the open decode run.
    #[inline(always)]
    fn is_admissible_after(&self, steps: u64) -> bool {
        let Some(head) = self.waiting.head() else { return false };
        let decoding = self.decode.count();
        let (has_budget, demand) = match self.batching.kind {
            BatchingKind::Chunked => {
                (decoding < self.batching.token_budget, self.decode.block_demand(steps + 1))
            }
            BatchingKind::PrefillFirst => (true, self.decode.block_demand(steps)),
        };
        let need = u64::from(self.need_of(head)) + u64::from(self.watermark_blocks);
        has_budget && decoding < self.batching.max_num_seqs && need + demand <= u64::from(self.free_blocks)
    }

    fn cut(&mut self, steps: u64) {
        if let Some(segment) = &mut self.segment {
            segment.steps = steps;
            self.next = segment.end();
        }
    }

    /// The open segment's `steps` steps are done at `now`.
    #[inline]
    fn complete(&mut self, steps: u64, now: SimTime, sink: &mut impl ReplicaSink) {
        if self.work.decodes {
            self.free_blocks -= self.decode.block_demand(steps) as u32;
            self.decode.advance(steps);
            self.decode_overhead += self.work.overhead_share * steps;
            while let Some(slot) = self.decode.pop_ended() {
                self.finish_decode(slot, now, sink);
            }
        }
        if let Some(mid) = &mut self.mid_prefill {
            mid.cached += self.work.chunk * steps as u32;
            if self.work.chunk > 0 {
                self.slots[mid.slot as usize].sequence.gpu_ps += self.work.overhead_share * steps;
            }
        }
        for at in 0..self.completing.len() {
            self.complete_prefill(self.completing[at], now, sink);
        }
        self.completing.clear();
    }

    fn finish_decode(&mut self, slot: u16, now: SimTime, sink: &mut impl ReplicaSink) {
        self.stop_decoding(slot);
        let running = &mut self.slots[slot as usize];
        running.sequence.emitted = running.sequence.job.request.output_tokens;
        self.finish(slot, now, sink);
    }

    /// Take a sequence out of the decode set: its blocks are freed and its decode work is booked.
    #[inline(always)]
    fn stop_decoding(&mut self, slot: u16) {
        let running = &mut self.slots[slot as usize];
        let resident = self.decode.resident_at(running.place);
        self.decode.leave(running.place, running.grows());
        self.free_blocks += running.blocks(resident as u32);
        let steps = resident - u64::from(running.prefill);
        running.sequence.emitted += steps as u32;
        running.sequence.gpu_ps += self.costs.decode(u64::from(running.prefill), steps)
            + (self.decode_overhead - running.overhead_at_join);
    }

    #[inline]
    fn complete_prefill(&mut self, slot: u16, now: SimTime, sink: &mut impl ReplicaSink) {
        let running = &mut self.slots[slot as usize];
        let sequence = &mut running.sequence;
        sequence.gpu_ps += self.costs.chunk(0, u64::from(running.prefill)) + self.work.overhead_share;
        sequence.emitted += 1;
        if sequence.first_token == SimTime::NEVER {
            sequence.first_token = now;
        }
        let remaining = sequence.remaining();
        if remaining == 0 {
            self.free_blocks += running.blocks(running.prefill);
            self.finish(slot, now, sink);
        } else {
            running.overhead_at_join = self.decode_overhead;
            let (prefill, remaining) = (u64::from(running.prefill), u64::from(remaining));
            running.place = self.decode.join(slot, prefill, remaining, running.grows());
        }
    }

    fn finish(&mut self, slot: u16, now: SimTime, sink: &mut impl ReplicaSink) {
        let sequence = &self.slots[slot as usize].sequence;
        let service = Service {
            admitted: sequence.admitted,
            first_token: sequence.first_token,
            finished: now,
            preemptions: sequence.preemptions,
            displacements: sequence.displacements,
            gpu: Span(sequence.gpu_ps),
        };
        sink.finished(self.id, &sequence.job, &service);
        self.free_slots.push(slot);
    }

    fn form_chunked(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        let evicted = self.evict_until_the_next_fits(now, sink);
        if self.batching.preempt_for_priority && !evicted {
            self.displace_for_the_head(true, now, sink);
        }
        let mut batch = Batch::default();
        let mut budget = self.batching.token_budget.saturating_sub(self.decode.count());
        if let Some(mut mid) = self.mid_prefill {
            let rest = self.slots[mid.slot as usize].prefill - mid.cached;
            let chunk = rest.min(budget);
            let lacking = mid.lacks(chunk);
            self.free_blocks -= lacking;
            mid.held += lacking;
            self.mid_prefill = Some(mid);
            if chunk == rest {
                self.mid_prefill = None;
                self.completing.push(mid.slot);
            } else if chunk > 0 {
                self.run_chunks(now, mid, chunk, evicted);
                return;
            }
            batch.add(mid.cached, chunk);
            budget -= chunk;
        }
        if !evicted && !self.waiting.is_empty() && self.mid_prefill.is_none() {
            let demand = self.decode.block_demand(1) as u32;
            while budget > 0 {
                let Some(held) = self.head_fits(self.free_blocks - demand) else { break };
                let slot = self.admit(held, now, sink);
                let prefill = self.slots[slot as usize].prefill;
                let chunk = prefill.min(budget);
                batch.add(0, chunk);
                budget -= chunk;
                if chunk < prefill {
                    if batch.chunks == 1 {
                        self.run_chunks(now, MidPrefill { slot, cached: 0, held }, chunk, false);
                        return;
                    }
                    self.mid_prefill = Some(MidPrefill { slot, cached: 0, held });
                    self.work.chunk = chunk;
                } else {
                    self.completing.push(slot);
                }
            }
        }
        self.start(now, &batch, true, evicted);
    }

    fn form_prefill_first(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        let evicted = self.evict_unfinished(now, sink);
        if self.batching.preempt_for_priority && !evicted {
            self.displace_for_the_head(false, now, sink);
        }
        let mut batch = Batch::default();
        if let Some(mid) = self.mid_prefill.take() {
            self.free_blocks -= mid.lacks(self.slots[mid.slot as usize].prefill - mid.cached);
            batch.add(mid.cached, self.slots[mid.slot as usize].prefill - mid.cached);
            self.completing.push(mid.slot);
        }
        while let Some(head) = self.waiting.head().filter(|_| !evicted) {
            let fits = batch.tokens == 0
                || batch.tokens + u64::from(head.prefill_tokens()) <= u64::from(self.batching.token_budget);
            let need = if fits { self.head_fits(self.free_blocks) } else { None };
            let Some(need) = need else { break };
            let slot = self.admit(need, now, sink);
            batch.add(0, self.slots[slot as usize].prefill);
            self.completing.push(slot);
        }
        if batch.chunks > 0 {
            self.start(now, &batch, false, false);
        } else {
            let evicted = self.evict_until_the_next_fits(now, sink) || evicted;
            self.start(now, &batch, true, evicted);
        }
    }

    /// The blocks that the head of the queue reserves, if it may be admitted into `available` blocks.
    #[inline(always)]
    fn head_fits(&self, available: u32) -> Option<u32> {
        let head = self.waiting.head()?;
        let running = self.running();
        let kept = if running == 0 { 0 } else { self.watermark_blocks };
        let need = self.need_of(head);
        (running < self.batching.max_num_seqs && need + kept <= available).then_some(need)
    }

    /// Admit the head of the queue, which reserves `need` blocks, into a slot.
    #[inline(always)]
    fn admit(&mut self, need: u32, now: SimTime, sink: &mut impl ReplicaSink) -> u16 {
        let Some(mut sequence) = self.waiting.pop() else { unreachable!("the head fits") };
        self.pressure.admitted(self.id, now, sink);
        if sequence.admitted == SimTime::NEVER {
            sequence.admitted = now;
        }
        let prefill = sequence.prefill_tokens();
        let reserved = if self.batching.reserve == Reserve::NoEvict { need } else { 0 };
        self.free_blocks -= need;
        self.admissions += 1;
        let running = Running {
            sequence,
            admission: self.admissions,
            prefill,
            reserved,
            place: Place { base: 0 },
            overhead_at_join: 0,
        };
        match self.free_slots.pop() {
            Some(slot) => {
                self.slots[slot as usize] = running;
                slot
            }
            None => {
                self.slots.push(running);
                (self.slots.len() - 1) as u16
            }
        }
    }

    /// Run as many equal chunks of a long prompt as nothing else interrupts; the last, shorter one is left over.
    fn run_chunks(&mut self, now: SimTime, mid: MidPrefill, chunk: u32, evicted: bool) {
        self.mid_prefill = Some(mid);
        let rest = self.slots[mid.slot as usize].prefill - mid.cached;
        let decoding = u64::from(self.decode.count());
        // After an eviction, while somebody waits who may displace, and where each chunk asks for blocks of its own, the next
        // boundary must be looked at.
        let watched = evicted
            || (self.batching.preempt_for_priority && !self.waiting.is_empty())
            || mid.lacks(rest) > 0;
        let mut steps = if watched { 1 } else { u64::from((rest - 1) / chunk) };
        if decoding > 0 {
            steps = self.decode.affordable(self.free_blocks, steps.min(self.decode.steps_to_next_end()));
        }
        let tokens = u64::from(chunk);
        self.work =
            Work { decodes: decoding > 0, chunk, overhead_share: self.costs.iteration / (decoding + 1) };
        self.open(Segment {
            start: now,
            steps,
            first: self.decode_step() + self.costs.chunk(u64::from(mid.cached), tokens),
            growth: 2 * self.costs.half_attention * tokens * tokens + self.costs.kv_token * decoding,
        });
    }

    /// Start the iteration `batch`, or a run of pure decodes when the batch has no prefill, or go idle.
    #[inline]
    fn start(&mut self, now: SimTime, batch: &Batch, decodes: bool, evicted: bool) {
        let decoding = if decodes { u64::from(self.decode.count()) } else { 0 };
        let sequences = decoding + batch.chunks;
        if sequences == 0 {
            self.work = Work::default();
            self.next = SimTime::NEVER;
            return;
        }
        let steps = if batch.chunks > 0 || evicted || self.mid_prefill.is_some() {
            1
        } else {
            self.decode.affordable(self.free_blocks, self.decode.steps_to_next_end())
        };
        let chunk = if self.mid_prefill.is_some() { self.work.chunk } else { 0 };
        self.work = Work { decodes: decoding > 0, chunk, overhead_share: self.costs.iteration / sequences };
        let decode_work = if decodes { self.decode_step() } else { self.costs.iteration };
        self.open(Segment {
            start: now,
            steps,
            first: decode_work
                + self.costs.prefill_token * batch.tokens
                + self.costs.half_attention * batch.attention,
            growth: self.costs.kv_token * decoding,
        });
    }

    /// An iteration that only decodes: c0 + `c_decode`·d + `c_kv`·KV.
    #[inline]
    const fn decode_step(&self) -> u64 {
        self.costs.iteration
            + self.costs.decode_sequence * self.decode.count() as u64
            + self.costs.kv_token * self.decode.resident()
    }

    #[inline]
    fn open(&mut self, segment: Segment) {
        self.next = segment.end();
        self.segment = Some(segment);
    }

    /// Laws of the replica, checked at every boundary of a debug run.
    fn check_laws(&self, now: SimTime) {
        debug_assert!(
            self.decode.is_consistent(),
            "KV-2: phases, ends and count differ on {:?} at {now}",
            self.id
        );
        debug_assert!(
            self.segment.is_some() || self.waiting.is_empty(),
            "WORK-1: {:?} is idle at {now} while {} requests wait",
            self.id,
            self.waiting.len()
        );
        #[cfg(debug_assertions)]
        {
            let decoding = self.decode.slots().map(|slot| {
                let running = &self.slots[slot as usize];
                let resident = self.decode.resident_at(running.place) as u32;
                running.blocks(resident)
            });
            let completing = self.completing.iter().map(|&slot| {
                let running = &self.slots[slot as usize];
                running.blocks(running.prefill)
            });
            let mid = self.mid_prefill.map(|mid| mid.held);
            let used: u32 = decoding.chain(completing).chain(mid).sum();
            assert!(
                self.free_blocks + used == self.kv_blocks,
                "KV-1: {} free + {used} used != {} blocks on {:?} at {now}",
                self.free_blocks,
                self.kv_blocks,
                self.id
            );
        }
    }
}
