//! The replica engine that is written to be read: one iteration at a time, every sum taken anew from the
//! requests that run (docs/model.md, section 2). It knows no shortcut and no other replica; the fast engine
//! must give the same bytes.

use std::collections::VecDeque;

use super::pressure::KvPressure;
use super::{BLOCK_TOKENS, StepCosts, blocks_for, reservation};
use super::{Batching, BatchingKind, EngineSpec, Job, Replica, ReplicaSink, Reserve, Service};
use crate::units::{ReplicaId, SimTime, Span};

/// What a request keeps when it is evicted or displaced.
#[derive(Clone, Copy, Debug)]
struct Progress {
    job: Job,
    /// First admission; [`SimTime::NEVER`] before it.
    admitted: SimTime,
    /// First emission; [`SimTime::NEVER`] before it.
    first_token: SimTime,
    /// Output tokens emitted so far (g).
    emitted_tokens: u32,
    preemptions: u32,
    displacements: u32,
    gpu: Span,
}

/// What a running request does in the iteration in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// No part in it.
    Stall,
    /// Prefill this many tokens, at least one.
    Chunk(u32),
    /// Write one resident token and emit one.
    Decode,
}

/// A request that is admitted and not finished.
#[derive(Clone, Copy, Debug)]
struct Running {
    progress: Progress,
    /// Tokens to prefill since the latest admission (L = p + g).
    prefill_tokens: u32,
    /// Tokens in the cache at the start of the iteration in flight: r when decoding, k in mid-prefill.
    resident_tokens: u32,
    /// The rule of its latest admission.
    reserve: Reserve,
    /// Blocks held, those of the iteration in flight included.
    kv_blocks: u32,
    step: Step,
}

/// A replica that runs one iteration at a time.
pub struct ReferenceReplica {
    id: ReplicaId,
    costs: StepCosts,
    kv_blocks: u32,
    queue_capacity: Option<u32>,
    batching: Batching,
    /// By priority level, higher first, and first in, first out within a level.
    waiting: VecDeque<Progress>,
    /// In admission order. Prefills end in that order too, so all that decode stand before a mid-prefill.
    running: Vec<Running>,
    kv_blocks_free: u32,
    pressure: KvPressure,
    /// End of the iteration in flight; [`SimTime::NEVER`] when idle.
    boundary: SimTime,
}

impl Progress {
    fn new(job: Job) -> Self {
        let (admitted, first_token) = (SimTime::NEVER, SimTime::NEVER);
        Self {
            job,
            admitted,
            first_token,
            emitted_tokens: 0,
            preemptions: 0,
            displacements: 0,
            gpu: Span::ZERO,
        }
    }

    /// L = p + g.
    fn prefill_tokens(&self) -> u32 {
        self.job.request.prompt_tokens + self.emitted_tokens
    }

    /// What it holds at most: its prompt and the longest answer.
    fn longest_tokens(&self) -> u32 {
        self.job.request.prompt_tokens + self.job.request.max_output_tokens
    }

    fn emit_token(&mut self, now: SimTime) {
        self.first_token = self.first_token.min(now);
        self.emitted_tokens += 1;
    }

    fn is_finished(&self) -> bool {
        self.emitted_tokens == self.job.request.output_tokens
    }

    fn service(&self, now: SimTime) -> Service {
        let Self { admitted, first_token, preemptions, displacements, gpu, .. } = *self;
        Service { admitted, first_token, finished: now, preemptions, displacements, gpu }
    }
}

impl Running {
    /// Its prefill is complete.
    fn decodes(&self) -> bool {
        self.resident_tokens >= self.prefill_tokens
    }

    /// Blocks that its next decode asks for; none if its admission reserved for the longest answer.
    fn decode_need(&self) -> u32 {
        match self.reserve {
            Reserve::WholePrompt | Reserve::FirstChunk => {
                u32::from(self.decodes() && self.resident_tokens.is_multiple_of(BLOCK_TOKENS))
            }
            Reserve::NoEvict => 0,
        }
    }

    /// Blocks that it lacks for as much of its rest as `tokens` allow; none if its admission reserved for the
    /// whole prompt.
    fn chunk_need(&self, tokens: u32) -> u32 {
        match self.reserve {
            Reserve::FirstChunk => {
                blocks_for(self.resident_tokens + self.chunk_tokens(tokens)).saturating_sub(self.kv_blocks)
            }
            Reserve::WholePrompt | Reserve::NoEvict => 0,
        }
    }

    /// As much of the rest as `tokens` allow.
    fn chunk_tokens(&self, tokens: u32) -> u32 {
        tokens.min(self.prefill_tokens - self.resident_tokens)
    }

    /// Prefill as much of the rest as `tokens` allow; returns how much that is.
    fn prefill_up_to(&mut self, tokens: u32) -> u32 {
        let chunk_tokens = self.chunk_tokens(tokens);
        self.step = if chunk_tokens == 0 { Step::Stall } else { Step::Chunk(chunk_tokens) };
        chunk_tokens
    }

    /// Its own work in the iteration, in picoseconds.
    fn work(&self, costs: &StepCosts) -> u64 {
        match self.step {
            Step::Stall => 0,
            Step::Chunk(tokens) => costs.chunk(self.resident_tokens.into(), tokens.into()),
            Step::Decode => costs.decode(self.resident_tokens.into(), 1),
        }
    }

    /// The iteration is over: its tokens are in the cache, and the output token it wrote appears.
    fn complete_step(&mut self, now: SimTime) {
        let written_tokens = match self.step {
            Step::Stall => return,
            Step::Chunk(tokens) => tokens,
            Step::Decode => 1,
        };
        self.step = Step::Stall;
        self.resident_tokens += written_tokens;
        if self.decodes() {
            self.progress.emit_token(now);
        }
    }
}

impl ReferenceReplica {
    /// Step 1: emissions and finishes. In admission order, hence decodes before completed prefills.
    fn end_iteration(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        for mut request in std::mem::take(&mut self.running) {
            request.complete_step(now);
            if request.progress.is_finished() {
                self.kv_blocks_free += request.kv_blocks;
                sink.finished(self.id, &request.progress.job, &request.progress.service(now));
            } else {
                self.running.push(request);
            }
        }
    }

    /// Step 2, preemption: evict until what the survivors do next fits. Says whether anything was evicted.
    fn preempt(&mut self, now: SimTime, sink: &mut impl ReplicaSink) -> bool {
        let mut evicted = false;
        while self.decode_need() + self.next_chunk_need() > self.kv_blocks_free {
            let Some(victim) = self.victim() else { break };
            self.evict(victim, now, sink);
            evicted = true;
        }
        evicted
    }

    fn decode_need(&self) -> u32 {
        self.running.iter().map(Running::decode_need).sum()
    }

    /// Blocks that the request in mid-prefill, if any, asks for with what the decodes leave of the budget.
    fn next_chunk_need(&self) -> u32 {
        let sequences = self.running.iter().filter(|request| request.decodes()).count() as u32;
        let budget_left = self.batching.token_budget.saturating_sub(sequences);
        self.mid_prefill().map_or(0, |place| self.running[place].chunk_need(budget_left))
    }

    /// The place of the request in mid-prefill: there is one at most.
    fn mid_prefill(&self) -> Option<usize> {
        self.running.iter().position(|request| !request.decodes())
    }

    /// Step 2 under prefill-first: a prefill that chunks began is evicted, whatever its level, if the blocks for
    /// all its rest are not free. Says whether it was.
    fn evict_unaffordable_prefill(&mut self, now: SimTime, sink: &mut impl ReplicaSink) -> bool {
        let unaffordable = self
            .mid_prefill()
            .filter(|&place| self.running[place].chunk_need(u32::MAX) > self.kv_blocks_free);
        if let Some(place) = unaffordable {
            self.evict(place, now, sink);
        }
        unaffordable.is_some()
    }

    /// The place of the last admitted among the running of the lowest level.
    fn victim(&self) -> Option<usize> {
        (0..self.running.len()).rev().min_by_key(|&place| self.running[place].progress.job.request.priority)
    }

    fn evict(&mut self, victim: usize, now: SimTime, sink: &mut impl ReplicaSink) {
        let mut progress = self.stop(victim);
        progress.preemptions += 1;
        sink.preempted(self.id, &progress.job, now);
        self.pressure.evicted(now);
        self.rejoin(progress);
    }

    /// Step 2, displacement: requests of lower levels leave until the head of the queue has room.
    fn displace(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        while self.batching.preempt_for_priority && !self.head_has_room(self.decode_need_beside_prefill()) {
            let Some(victim) = self.victim_below_head() else { break };
            let mut progress = self.stop(victim);
            progress.displacements += 1;
            sink.displaced(self.id, &progress.job, now);
            self.rejoin(progress);
        }
    }

    /// Blocks that decodes will take in an iteration that admits: under prefill-first they stall. Those of the
    /// chunk of a request in mid-prefill do not count here, only where the head is admitted.
    fn decode_need_beside_prefill(&self) -> u32 {
        match self.batching.kind {
            BatchingKind::Chunked => self.decode_need(),
            BatchingKind::PrefillFirst => 0,
        }
    }

    /// Whoever has to leave for the head: nobody if there is no head, or no running request of a lower level.
    fn victim_below_head(&self) -> Option<usize> {
        let head = self.waiting.front()?;
        self.victim()
            .filter(|&victim| self.running[victim].progress.job.request.priority < head.job.request.priority)
    }

    /// It runs no more: its blocks are free, the tokens in them lost. The others keep their order.
    fn stop(&mut self, victim: usize) -> Progress {
        let stopped = self.running.remove(victim);
        self.kv_blocks_free += stopped.kv_blocks;
        stopped.progress
    }

    /// Wait again, at the head of its level.
    fn rejoin(&mut self, progress: Progress) {
        let level = progress.job.request.priority;
        let place = self.waiting.partition_point(|waiting| waiting.job.request.priority > level);
        self.waiting.insert(place, progress);
    }

    /// Wait for the first time, at the tail of its level.
    fn join(&mut self, job: Job) {
        let place =
            self.waiting.partition_point(|waiting| waiting.job.request.priority >= job.request.priority);
        self.waiting.insert(place, Progress::new(job));
    }

    /// Step 3, chunked: decodes first, prompts in chunks within what they leave of the budget.
    fn form_chunked(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        let evicted = self.preempt(now, sink);
        if !evicted {
            self.displace(now, sink);
        }
        let mut budget_left = self.batching.token_budget.saturating_sub(self.decode_all());
        budget_left -= self.continue_prefill(budget_left);
        while !evicted && budget_left > 0 && self.head_is_admissible() {
            budget_left -= self.admit_head(budget_left, now, sink);
        }
    }

    /// Step 3, prefill-first: whole prompts if there are any; else decodes by themselves.
    fn form_prefill_first(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        let evicted = self.evict_unaffordable_prefill(now, sink);
        if evicted || self.prefill_whole_prompts(now, sink) == 0 {
            self.preempt(now, sink);
            self.decode_all();
        }
    }

    /// All the rest of the request in mid-prefill, then whole prompts of the queue; returns how many tokens.
    fn prefill_whole_prompts(&mut self, now: SimTime, sink: &mut impl ReplicaSink) -> u32 {
        self.displace(now, sink);
        let mut prompt_tokens = self.continue_prefill(u32::MAX);
        while self.head_is_admissible() && self.head_stays_within_budget(prompt_tokens) {
            prompt_tokens += self.admit_head(u32::MAX, now, sink);
        }
        prompt_tokens
    }

    /// Every decoding sequence takes part, and its block if it needs one; returns how many they are.
    fn decode_all(&mut self) -> u32 {
        let mut sequences = 0;
        for request in self.running.iter_mut().filter(|request| request.decodes()) {
            let need = request.decode_need();
            request.kv_blocks += need;
            self.kv_blocks_free -= need;
            request.step = Step::Decode;
            sequences += 1;
        }
        sequences
    }

    /// The request in mid-prefill, if any, goes on, and takes the blocks it lacks; returns its tokens.
    fn continue_prefill(&mut self, tokens: u32) -> u32 {
        let Some(place) = self.mid_prefill() else { return 0 };
        let request = &mut self.running[place];
        let need = request.chunk_need(tokens);
        request.kv_blocks += need;
        self.kv_blocks_free -= need;
        request.prefill_up_to(tokens)
    }

    /// The head has room, the decodes and the chunk that take part having taken their blocks.
    fn head_is_admissible(&self) -> bool {
        self.head_has_room(0)
    }

    /// A seat is free, and the head's reservation fits beside `decode_blocks` with the watermark to spare.
    fn head_has_room(&self, decode_blocks: u32) -> bool {
        let Some(head) = self.waiting.front() else { return false };
        let need = self.reservation_for(head) + self.watermark_blocks() + decode_blocks;
        self.running() < self.batching.max_num_seqs && need <= self.kv_blocks_free
    }

    /// Blocks that its admission reserves under the present rule.
    fn reservation_for(&self, waiting: &Progress) -> u32 {
        reservation(&self.batching, waiting.prefill_tokens(), waiting.longest_tokens(), self.kv_blocks)
    }

    /// W, waived when nothing runs: otherwise a long prompt might wait for ever.
    fn watermark_blocks(&self) -> u32 {
        if self.running.is_empty() { 0 } else { self.batching.watermark_blocks(self.kv_blocks) }
    }

    /// The head's prompt keeps the iteration within the budget, or is its first.
    fn head_stays_within_budget(&self, prompt_tokens: u32) -> bool {
        let head_tokens = self.waiting.front().map_or(0, Progress::prefill_tokens);
        prompt_tokens == 0 || prompt_tokens.saturating_add(head_tokens) <= self.batching.token_budget
    }

    /// Admit the head of the queue with at most `tokens` tokens of its prompt; returns how many it takes.
    fn admit_head(&mut self, tokens: u32, now: SimTime, sink: &mut impl ReplicaSink) -> u32 {
        let Some(mut progress) = self.waiting.pop_front() else { return 0 };
        let (kv_blocks, reserve) = (self.reservation_for(&progress), self.batching.reserve);
        progress.admitted = progress.admitted.min(now);
        let (prefill_tokens, resident_tokens, step) = (progress.prefill_tokens(), 0, Step::Stall);
        let mut request = Running { progress, prefill_tokens, resident_tokens, reserve, kv_blocks, step };
        let chunk_tokens = request.prefill_up_to(tokens);
        self.kv_blocks_free -= kv_blocks;
        self.running.push(request);
        self.pressure.admitted(self.id, now, sink);
        chunk_tokens
    }

    /// Step 4: the iteration runs for c0 and everybody's own work; each is told its part of the cost.
    fn start_iteration(&mut self, now: SimTime) {
        let taking_part = self.running.iter().filter(|request| request.step != Step::Stall).count() as u64;
        if taking_part == 0 {
            self.boundary = SimTime::NEVER;
            return;
        }
        let mut iteration = Span(self.costs.iteration);
        for request in self.running.iter_mut().filter(|request| request.step != Step::Stall) {
            let work = Span(request.work(&self.costs));
            iteration = iteration + work;
            request.progress.gpu = request.progress.gpu + work + Span(self.costs.iteration / taking_part);
        }
        self.boundary = now + iteration;
    }

    fn check_laws(&self, now: SimTime) {
        let (id, free, capacity) = (self.id, self.kv_blocks_free, self.kv_blocks);
        let used = self.kv_blocks_used(now);
        debug_assert!(
            free + used == capacity,
            "KV-1: {free} free + {used} used != {capacity} on {id:?} at {now}"
        );
        for Progress { job, emitted_tokens, .. } in self.running.iter().map(|request| &request.progress) {
            let (output, request) = (job.request.output_tokens, job.request.index);
            debug_assert!(
                *emitted_tokens < output,
                "LIFE-1: request {request} runs with {emitted_tokens} of {output} tokens on {id:?} at {now}"
            );
        }
        let (waiting, running) = (self.waiting(), self.running());
        debug_assert!(
            self.boundary < SimTime::NEVER || (waiting == 0 && running == 0),
            "WORK-1: idle while {waiting} wait and {running} run on {id:?} at {now}"
        );
    }
}

impl Replica for ReferenceReplica {
    fn new(id: ReplicaId, engine: &EngineSpec, batching: Batching) -> Self {
        Self {
            id,
            costs: engine.costs,
            kv_blocks: engine.kv_blocks,
            queue_capacity: engine.queue_capacity,
            batching,
            waiting: VecDeque::new(),
            running: Vec::new(),
            kv_blocks_free: engine.kv_blocks,
            pressure: KvPressure::default(),
            boundary: SimTime::NEVER,
        }
    }

    fn arrive(&mut self, now: SimTime, job: Job, sink: &mut impl ReplicaSink) {
        debug_assert!(
            now <= self.boundary,
            "CAUSE-1: an arrival at {now} after a boundary due on {:?}",
            self.id
        );
        if self.queue_capacity.is_some_and(|capacity| self.waiting() >= capacity) {
            sink.overflowed(self.id, &job, now);
            return;
        }
        self.join(job);
        self.boundary = if self.boundary == SimTime::NEVER { now } else { self.boundary };
    }

    fn next_boundary(&self) -> SimTime {
        self.boundary
    }

    fn run_boundary(&mut self, sink: &mut impl ReplicaSink) {
        let now = self.boundary;
        self.end_iteration(now, sink);
        match self.batching.kind {
            BatchingKind::Chunked => self.form_chunked(now, sink),
            BatchingKind::PrefillFirst => self.form_prefill_first(now, sink),
        }
        self.start_iteration(now);
        self.check_laws(now);
    }

    fn set_batching(&mut self, now: SimTime, batching: Batching) {
        debug_assert!(now <= self.boundary, "CAUSE-1: a flip at {now} after a boundary due on {:?}", self.id);
        self.batching = batching;
    }

    fn waiting(&self) -> u32 {
        self.waiting.len() as u32
    }

    fn running(&self) -> u32 {
        self.running.len() as u32
    }

    fn has_room(&self, now: SimTime, prompt_tokens: u32, max_output_tokens: u32) -> bool {
        let longest_tokens = prompt_tokens + max_output_tokens;
        let newcomer = reservation(&self.batching, prompt_tokens, longest_tokens, self.kv_blocks);
        let waiting: u64 = self.waiting.iter().map(|waiting| u64::from(self.reservation_for(waiting))).sum();
        u64::from(newcomer) + waiting + u64::from(self.kv_blocks_used(now)) <= u64::from(self.kv_blocks)
    }

    fn kv_blocks_used(&self, _now: SimTime) -> u32 {
        self.running.iter().map(|request| request.kv_blocks).sum()
    }
}

#[cfg(test)]
mod tests;
