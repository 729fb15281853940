//! The replica engine that is written to be read: one iteration at a time, every sum taken anew from the
//! requests that run (docs/model.md, section 2). It knows no shortcut and no other replica; the fast engine
//! must give the same bytes.

use std::collections::VecDeque;

use super::pressure::KvPressure;
use super::{BLOCK_TOKENS, StepCosts, blocks_for};
use super::{Batching, BatchingKind, EngineSpec, Job, Replica, ReplicaSink, Service};
use crate::units::{ReplicaId, SimTime, Span};

/// What a request keeps when it is evicted.
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
    /// First in, first out; evicted requests rejoin at the head.
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
        Self { job, admitted, first_token, emitted_tokens: 0, preemptions: 0, gpu: Span::ZERO }
    }

    /// L = p + g.
    fn prefill_tokens(&self) -> u32 {
        self.job.request.prompt_tokens + self.emitted_tokens
    }

    fn emit_token(&mut self, now: SimTime) {
        self.first_token = self.first_token.min(now);
        self.emitted_tokens += 1;
    }

    fn is_finished(&self) -> bool {
        self.emitted_tokens == self.job.request.output_tokens
    }

    fn service(&self, now: SimTime) -> Service {
        let Self { admitted, first_token, preemptions, gpu, .. } = *self;
        Service { admitted, first_token, finished: now, preemptions, gpu }
    }
}

impl Running {
    /// Its prefill is complete.
    fn decodes(&self) -> bool {
        self.resident_tokens >= self.prefill_tokens
    }

    /// Blocks that its next decode asks for.
    fn decode_need(&self) -> u32 {
        u32::from(self.decodes() && self.resident_tokens.is_multiple_of(BLOCK_TOKENS))
    }

    /// Prefill as much of the rest as `tokens` allow; returns how much that is.
    fn prefill_up_to(&mut self, tokens: u32) -> u32 {
        let chunk_tokens = tokens.min(self.prefill_tokens - self.resident_tokens);
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

    /// Step 2: evict the newest until the survivors' decodes fit. Says whether anything was evicted.
    fn preempt(&mut self, now: SimTime, sink: &mut impl ReplicaSink) -> bool {
        let mut evicted = false;
        while self.decode_need() > self.kv_blocks_free {
            let Some(newest) = self.running.pop() else { break };
            self.evict(newest, now, sink);
            evicted = true;
        }
        evicted
    }

    fn decode_need(&self) -> u32 {
        self.running.iter().map(Running::decode_need).sum()
    }

    fn evict(&mut self, victim: Running, now: SimTime, sink: &mut impl ReplicaSink) {
        self.kv_blocks_free += victim.kv_blocks;
        let mut progress = victim.progress;
        progress.preemptions += 1;
        sink.preempted(self.id, &progress.job, now);
        self.pressure.evicted(now);
        self.waiting.push_front(progress);
    }

    /// Step 3, chunked: decodes first, prompts in chunks within what they leave of the budget.
    fn form_chunked(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        let evicted = self.preempt(now, sink);
        let mut budget_left = self.batching.token_budget.saturating_sub(self.decode_all());
        budget_left -= self.continue_prefill(budget_left);
        while !evicted && budget_left > 0 && self.head_is_admissible() {
            budget_left -= self.admit_head(budget_left, now, sink);
        }
    }

    /// Step 3, prefill-first: whole prompts if there are any; else decodes by themselves.
    fn form_prefill_first(&mut self, now: SimTime, sink: &mut impl ReplicaSink) {
        let mut prompt_tokens = self.continue_prefill(u32::MAX);
        while self.head_is_admissible() && self.head_stays_within_budget(prompt_tokens) {
            prompt_tokens += self.admit_head(u32::MAX, now, sink);
        }
        if prompt_tokens == 0 {
            self.preempt(now, sink);
            self.decode_all();
        }
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

    /// The request in mid-prefill, if any, goes on; returns the tokens it takes.
    fn continue_prefill(&mut self, tokens: u32) -> u32 {
        let mid_prefill = self.running.iter_mut().find(|request| !request.decodes());
        mid_prefill.map_or(0, |request| request.prefill_up_to(tokens))
    }

    /// A seat is free, and the head's whole prompt fits into the free blocks with the watermark to spare.
    fn head_is_admissible(&self) -> bool {
        let Some(head) = self.waiting.front() else { return false };
        let need = blocks_for(head.prefill_tokens()) + self.watermark_blocks();
        self.running() < self.batching.max_num_seqs && need <= self.kv_blocks_free
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
        progress.admitted = progress.admitted.min(now);
        let prefill_tokens = progress.prefill_tokens();
        let kv_blocks = blocks_for(prefill_tokens);
        let mut request =
            Running { progress, prefill_tokens, resident_tokens: 0, kv_blocks, step: Step::Stall };
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
        self.waiting.push_back(Progress::new(job));
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

    fn kv_blocks_used(&self, _now: SimTime) -> u32 {
        self.running.iter().map(|request| request.kv_blocks).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{ArmId, ClassId, ClusterId, RegionId, TierId, UserId};
    use crate::workload::Request;
    use crate::world::replica::Episode;

    const C0: u64 = 1_000_003;
    const COSTS: StepCosts = StepCosts {
        iteration: C0,
        prefill_token: 1_000,
        half_attention: 3,
        decode_sequence: 20_000,
        kv_token: 7,
    };
    /// A request alone: 100 prompt tokens, then two decodes with 100 and 101 resident tokens.
    const ALONE: [u64; 3] = [C0 + 100_000 + 3 * 10_000, C0 + 20_000 + 700, C0 + 20_000 + 707];

    #[derive(Default)]
    struct Log {
        finished: Vec<(u64, Service)>,
        overflowed: Vec<u64>,
        preempted: Vec<(u64, u64)>,
        episodes: Vec<Episode>,
    }

    impl ReplicaSink for Log {
        fn finished(&mut self, _: ReplicaId, job: &Job, service: &Service) {
            self.finished.push((job.request.index, *service));
        }
        fn overflowed(&mut self, _: ReplicaId, job: &Job, _: SimTime) {
            self.overflowed.push(job.request.index);
        }
        fn preempted(&mut self, _: ReplicaId, job: &Job, now: SimTime) {
            self.preempted.push((job.request.index, now.0));
        }
        fn kv_exhausted(&mut self, _: ReplicaId, episode: Episode) {
            self.episodes.push(episode);
        }
    }

    impl Log {
        fn of(&self, index: u64) -> Service {
            self.finished.iter().find(|(finished, _)| *finished == index).unwrap().1
        }
    }

    fn chunked(token_budget: u32) -> Batching {
        Batching { kind: BatchingKind::Chunked, token_budget, max_num_seqs: 8, watermark: 0.0 }
    }

    fn prefill_first(token_budget: u32) -> Batching {
        Batching { kind: BatchingKind::PrefillFirst, ..chunked(token_budget) }
    }

    fn replica(kv_blocks: u32, queue_capacity: Option<u32>, batching: Batching) -> ReferenceReplica {
        let name = "test".to_owned();
        let (costs, gpus, dollars_per_gpu_hour) = (COSTS, 1, 1.0);
        let engine = EngineSpec { name, costs, kv_blocks, queue_capacity, gpus, dollars_per_gpu_hour };
        ReferenceReplica::new(ReplicaId(0), &engine, batching)
    }

    fn job(index: u64, arrival: u64, prompt_tokens: u32, output_tokens: u32) -> Job {
        let request = Request {
            index,
            arrival: SimTime(arrival),
            user: UserId(0),
            ordinal: index as u32,
            prompt_tokens,
            output_tokens,
            class: ClassId(0),
            tier: TierId(0),
            region: RegionId(0),
        };
        Job { request, network: Span::ZERO, home: ClusterId(0), cluster: ClusterId(0), arm: ArmId(0) }
    }

    /// Requests (arrival, prompt tokens, output tokens), numbered in this order, until the replica is idle.
    fn serve(mut replica: ReferenceReplica, requests: &[(u64, u32, u32)]) -> Log {
        let mut log = Log::default();
        for (index, &(arrival, prompt_tokens, output_tokens)) in requests.iter().enumerate() {
            while replica.next_boundary() < SimTime(arrival) {
                replica.run_boundary(&mut log);
            }
            replica.arrive(
                SimTime(arrival),
                job(index as u64, arrival, prompt_tokens, output_tokens),
                &mut log,
            );
        }
        while replica.next_boundary() < SimTime::NEVER {
            replica.run_boundary(&mut log);
        }
        assert_eq!((replica.running(), replica.waiting(), replica.kv_blocks_used(SimTime::NEVER)), (0, 0, 0));
        log
    }

    #[test]
    fn a_request_alone_pays_for_all_its_iterations() {
        let log = serve(replica(10, None, chunked(512)), &[(5, 100, 3)]);
        let (admitted, first_token, finished) = (SimTime(5), SimTime(1_130_008), SimTime(3_171_421));
        let service = Service { admitted, first_token, finished, preemptions: 0, gpu: Span(3_171_416) };
        assert_eq!(log.finished, [(0, service)]);
        assert_eq!(ALONE.iter().sum::<u64>(), 3_171_416);
    }

    #[test]
    fn a_request_of_one_output_token_never_decodes() {
        let service = serve(replica(7, None, chunked(512)), &[(0, 100, 1)]).of(0);
        assert_eq!((service.first_token, service.finished), (SimTime(ALONE[0]), SimTime(ALONE[0])));
    }

    #[test]
    fn chunks_of_a_prompt_cost_the_same_attention_as_the_whole() {
        let service = serve(replica(7, None, chunked(32)), &[(0, 100, 1)]).of(0);
        assert_eq!(service.finished, SimTime(4 * C0 + 100_000 + 3 * 100 * 100));
        assert_eq!(service.gpu, Span(service.finished.0));
    }

    #[test]
    fn an_arrival_on_a_boundary_joins_it_and_shares_the_constant() {
        let log = serve(replica(10, None, chunked(512)), &[(0, 100, 3), (ALONE[0], 10, 1)]);
        let (old, new) = (log.of(0), log.of(1));
        // C0 is odd: each of the two is told half of it, rounded down.
        assert_eq!((new.admitted, new.gpu), (SimTime(ALONE[0]), Span(10_000 + 300 + 500_001)));
        assert_eq!(new.finished, SimTime(ALONE[0] + C0 + 20_700 + 10_300));
        assert_eq!(old.finished, SimTime(ALONE.iter().sum::<u64>() + 10_300));
        assert_eq!(old.gpu, Span(ALONE[0] + 20_700 + 500_001 + ALONE[2]));
    }

    #[test]
    fn an_arrival_a_picosecond_later_joins_the_next_boundary() {
        let log = serve(replica(10, None, chunked(512)), &[(0, 100, 3), (ALONE[0] + 1, 10, 1)]);
        assert_eq!(log.of(1).admitted, SimTime(ALONE[0] + ALONE[1]));
    }

    #[test]
    fn decodes_leave_the_rest_of_the_budget_to_chunks() {
        // After the boundary the budget is 100: one decode, 99 prompt tokens; then one decode and the last 21.
        let log = serve(replica(20, None, chunked(100)), &[(0, 100, 3), (ALONE[0], 120, 1)]);
        let constants_and_decodes: u64 = ALONE.iter().sum();
        assert_eq!(log.of(1).finished, SimTime(constants_and_decodes + 120_000 + 3 * 120 * 120));
        assert_eq!(log.of(0).finished, log.of(1).finished);
        assert_eq!(log.finished[0].0, 0, "the decode is reported before the completed prefill");
    }

    #[test]
    fn the_newest_is_evicted_and_prefills_what_it_had_emitted() {
        // Four blocks. The old one (2 blocks, 32 tokens) asks for a third; the new one gives both of its blocks.
        // The third request would fit into the block left over, but the evicted one stands before it.
        let log = serve(replica(4, None, chunked(512)), &[(0, 32, 3), (0, 31, 3), (1, 1, 1)]);
        let first = C0 + 63_000 + 3 * (32 * 32 + 31 * 31);
        let old_finished = first + (C0 + 20_000 + 32 * 7) + (C0 + 20_000 + 33 * 7);
        let rejoined = old_finished + C0 + 33_000 + 3 * (32 * 32 + 1);
        let finished = rejoined + C0 + 20_000 + 32 * 7;
        assert_eq!((first, old_finished, rejoined, finished), (1_068_958, 3_109_419, 4_145_497, 5_165_724));

        assert_eq!(log.preempted, [(1, first)]);
        let (start, end) = (SimTime(first), SimTime(old_finished));
        assert_eq!(log.episodes, [Episode { start, end, touched: 1 }]);
        assert_eq!(log.of(0).finished, SimTime(old_finished));
        assert_eq!((log.of(2).admitted, log.of(2).finished), (SimTime(old_finished), SimTime(rejoined)));
        let work = (31_000 + 3 * 31 * 31) + (32_000 + 3 * 32 * 32) + (20_000 + 32 * 7);
        let gpu = Span(work + 500_001 + 500_001 + C0);
        let (admitted, first_token, finished) = (SimTime::ZERO, SimTime(first), SimTime(finished));
        assert_eq!(log.of(1), Service { admitted, first_token, finished, preemptions: 1, gpu });
    }

    #[test]
    fn a_mid_prefill_is_evicted_with_all_its_blocks_and_loses_its_tokens() {
        // Five blocks: the old one decodes on 16 tokens within 2; the new one reserves 3 for 40 tokens in chunks of 1.
        let log = serve(replica(5, None, chunked(2)), &[(0, 16, 20), (0, 40, 1)]);
        let evicted = log.preempted[0].1;
        assert_eq!((log.preempted.len(), log.episodes[0].start.0), (1, evicted));
        // 8 iterations prefill the old one; it needs a third block when it holds 32 tokens, 16 decodes later.
        let old_alone: u64 =
            8 * C0 + 16_000 + 3 * 16 * 16 + (16..32).map(|r| C0 + 20_000 + 7 * r).sum::<u64>();
        assert_eq!(evicted, old_alone + 16_000 + 3 * 16 * 16);
        assert_eq!(log.of(1).admitted, SimTime(8 * C0 + 16_000 + 3 * 16 * 16));
        let (old, new) = (log.of(0).finished, log.of(1).finished);
        assert_eq!(old, SimTime(evicted) + Span((32..35).map(|r| C0 + 20_000 + 7 * r).sum()));
        assert_eq!(new, old + Span(20 * C0 + 40_000 + 3 * 40 * 40));
    }

    #[test]
    fn the_watermark_is_waived_when_nothing_runs() {
        let batching = Batching { watermark: 0.5, ..chunked(512) };
        let log = serve(replica(10, None, batching), &[(0, 96, 2), (0, 16, 1)]);
        assert_eq!(log.of(0).admitted, SimTime::ZERO);
        assert_eq!(log.of(1).admitted, log.of(0).finished);
    }

    #[test]
    fn no_more_run_than_there_are_seats() {
        let batching = Batching { max_num_seqs: 1, ..chunked(512) };
        let log = serve(replica(10, None, batching), &[(0, 100, 3), (0, 10, 1)]);
        assert_eq!(log.of(1).admitted, log.of(0).finished);
    }

    #[test]
    fn prefill_first_stalls_decodes_and_does_not_charge_them() {
        let log = serve(replica(10, None, prefill_first(512)), &[(0, 100, 3), (ALONE[0], 10, 1)]);
        assert_eq!(log.of(1).finished, SimTime(ALONE[0] + C0 + 10_300));
        assert_eq!(log.of(1).gpu, Span(C0 + 10_300));
        assert_eq!(log.of(0).finished, SimTime(ALONE.iter().sum::<u64>() + C0 + 10_300));
        assert_eq!(log.of(0).gpu, Span(ALONE.iter().sum()));
    }

    #[test]
    fn the_first_prompt_of_a_prefill_iteration_may_exceed_the_budget_alone() {
        let log =
            serve(replica(10, None, prefill_first(50)), &[(0, 100, 1), (0, 10, 1), (0, 40, 1), (0, 1, 1)]);
        let admitted = [0, 1, 2, 3].map(|index| log.of(index).admitted.0);
        let second = ALONE[0] + C0 + 50_000 + 3 * (10 * 10 + 40 * 40);
        assert_eq!(admitted, [0, ALONE[0], ALONE[0], second]);
    }

    #[test]
    fn a_flip_to_prefill_first_finishes_the_open_prefill_at_the_next_boundary() {
        let (mut replica, mut log) = (replica(10, None, chunked(32)), Log::default());
        replica.arrive(SimTime::ZERO, job(0, 0, 100, 1), &mut log);
        replica.run_boundary(&mut log);
        let in_flight = replica.next_boundary();
        replica.set_batching(SimTime(1), prefill_first(32));
        assert_eq!((replica.next_boundary(), replica.kv_blocks_used(SimTime(1))), (in_flight, 7));
        let finished = serve(replica, &[]);
        assert_eq!(finished.of(0).finished, SimTime(2 * C0 + 100_000 + 3 * 100 * 100));
    }

    #[test]
    fn a_request_that_finds_the_queue_full_is_dropped() {
        // Requests 0 and 1 arrive together: the queue holds 0 until the boundary of that instant has run.
        let requests = [(0, 100, 1), (0, 10, 1), (1, 10, 1), (2, 10, 1)];
        let log = serve(replica(10, Some(1), chunked(512)), &requests);
        assert_eq!(log.overflowed, [1, 3]);
        assert_eq!(log.of(2).admitted, SimTime(ALONE[0]));
    }
}
