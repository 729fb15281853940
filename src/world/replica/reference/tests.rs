//! Worlds small enough to be worked out by hand, to the picosecond.

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
    displaced: Vec<(u64, u64)>,
    episodes: Vec<Episode>,
    iterations: u32,
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
    fn displaced(&mut self, _: ReplicaId, job: &Job, now: SimTime) {
        self.displaced.push((job.request.index, now.0));
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
    Batching {
        kind: BatchingKind::Chunked,
        token_budget,
        max_num_seqs: 8,
        watermark: 0.0,
        reserve: Reserve::WholePrompt,
        preempt_for_priority: false,
    }
}

fn displacing(batching: Batching) -> Batching {
    Batching { preempt_for_priority: true, ..batching }
}

fn no_evict(batching: Batching) -> Batching {
    Batching { reserve: Reserve::NoEvict, ..batching }
}

fn first_chunk(batching: Batching) -> Batching {
    Batching { reserve: Reserve::FirstChunk, ..batching }
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
    let (arrival, ordinal, max_output_tokens, priority) = (SimTime(arrival), index as u32, output_tokens, 0);
    let request = Request {
        index,
        arrival,
        user: UserId(0),
        ordinal,
        prompt_tokens,
        output_tokens,
        max_output_tokens,
        class: ClassId(0),
        tier: TierId(0),
        region: RegionId(0),
        priority,
    };
    Job { request, network: Span::ZERO, home: ClusterId(0), cluster: ClusterId(0), arm: ArmId(0) }
}

/// A request (arrival, prompt tokens, output tokens) of this level.
fn of_level(priority: u8, index: u64, (arrival, prompt_tokens, output_tokens): (u64, u32, u32)) -> Job {
    let job = job(index, arrival, prompt_tokens, output_tokens);
    Job { request: Request { priority, ..job.request }, ..job }
}

/// The same request of a client that allows an answer of this many tokens.
fn declaring(max_output_tokens: u32, job: Job) -> Job {
    Job { request: Request { max_output_tokens, ..job.request }, ..job }
}

/// Requests (arrival, prompt tokens, output tokens), numbered in this order, until the replica is idle.
fn serve(replica: ReferenceReplica, requests: &[(u64, u32, u32)]) -> Log {
    let jobs = requests.iter().zip(0..).map(|(&request, index)| of_level(0, index, request));
    serve_jobs(replica, &jobs.collect::<Vec<_>>())
}

/// Requests (level, and the rest as above), numbered in this order, until the replica is idle.
fn serve_levels(replica: ReferenceReplica, requests: &[(u8, (u64, u32, u32))]) -> Log {
    let jobs = requests.iter().zip(0..).map(|(&(level, request), index)| of_level(level, index, request));
    serve_jobs(replica, &jobs.collect::<Vec<_>>())
}

fn serve_jobs(mut replica: ReferenceReplica, jobs: &[Job]) -> Log {
    let mut log = Log::default();
    for &job in jobs {
        run_until(&mut replica, job.request.arrival, &mut log);
        replica.arrive(job.request.arrival, job, &mut log);
    }
    run_until(&mut replica, SimTime::NEVER, &mut log);
    assert_eq!((replica.running(), replica.waiting(), replica.kv_blocks_used(SimTime::NEVER)), (0, 0, 0));
    log
}

/// Run all boundaries before `end`.
fn run_until(replica: &mut ReferenceReplica, end: SimTime, log: &mut Log) {
    while replica.next_boundary() < end {
        replica.run_boundary(log);
        log.iterations += u32::from(replica.next_boundary() < SimTime::NEVER);
    }
}

/// An iteration that prefills these prompts whole, after these decodes (resident tokens) have taken part.
fn iteration(prompts: &[u64], decodes: &[u64]) -> u64 {
    let prefill: u64 = prompts.iter().map(|tokens| 1_000 * tokens + 3 * tokens * tokens).sum();
    C0 + prefill + decodes.iter().map(|resident| 20_000 + 7 * resident).sum::<u64>()
}

/// The work of a chunk of 16 tokens on this many of its prompt.
fn chunk_of_16(cached: u64) -> u64 {
    16_000 + 3 * 16 * (2 * cached + 16)
}

#[test]
fn a_request_alone_pays_for_all_its_iterations() {
    let log = serve(replica(10, None, chunked(512)), &[(5, 100, 3)]);
    let (admitted, first_token, finished) = (SimTime(5), SimTime(1_130_008), SimTime(3_171_421));
    let service =
        Service { admitted, first_token, finished, preemptions: 0, displacements: 0, gpu: Span(3_171_416) };
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
    assert_eq!(log.of(1), Service { admitted, first_token, finished, preemptions: 1, displacements: 0, gpu });
}

#[test]
fn a_mid_prefill_is_evicted_with_all_its_blocks_and_loses_its_tokens() {
    // Five blocks: the old one decodes on 16 tokens within 2; the new one reserves 3 for 40 tokens in chunks of 1.
    let log = serve(replica(5, None, chunked(2)), &[(0, 16, 20), (0, 40, 1)]);
    let evicted = log.preempted[0].1;
    assert_eq!((log.preempted.len(), log.episodes[0].start.0), (1, evicted));
    // 8 iterations prefill the old one; it needs a third block when it holds 32 tokens, 16 decodes later.
    let old_alone: u64 = 8 * C0 + 16_000 + 3 * 16 * 16 + (16..32).map(|r| C0 + 20_000 + 7 * r).sum::<u64>();
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
    let log = serve(replica(10, None, prefill_first(50)), &[(0, 100, 1), (0, 10, 1), (0, 40, 1), (0, 1, 1)]);
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

#[test]
fn higher_levels_go_first_and_a_level_is_first_in_first_out() {
    // One seat, and every request is one iteration of 16 prompt tokens.
    let batching = Batching { max_num_seqs: 1, ..chunked(512) };
    let requests = [(0, (0, 16, 1)), (0, (1, 16, 1)), (1, (2, 16, 1)), (1, (3, 16, 1)), (2, (4, 16, 1))];
    let log = serve_levels(replica(10, None, batching), &requests);
    let finished: Vec<_> = log.finished.iter().map(|(index, service)| (*index, service.finished.0)).collect();
    let expected = [(0, 1_016_771), (4, 2_033_542), (2, 3_050_313), (3, 4_067_084), (1, 5_083_855)];
    assert_eq!(finished, expected);
}

#[test]
fn an_evicted_request_waits_behind_higher_levels_and_before_its_own() {
    // Request 1 is evicted for the third block of 0. It waits for 2, which takes the whole cache, but not for
    // 3, whose three blocks do not fit beside its two.
    let requests = [(0, (0, 32, 3)), (0, (0, 31, 3)), (0, (1, 48, 1)), (1, (2, 64, 1))];
    let log = serve_levels(replica(4, None, chunked(512)), &requests);
    let evicted = iteration(&[32, 31], &[]);
    let old_finished = evicted + iteration(&[], &[32]) + iteration(&[], &[33]);
    let high_finished = old_finished + iteration(&[64], &[]);
    let finished = high_finished + iteration(&[32], &[]) + iteration(&[], &[32]);
    assert_eq!((old_finished, high_finished, finished), (3_109_419, 4_185_710, 6_241_012));

    assert_eq!(log.preempted, [(1, evicted)]);
    assert_eq!((log.of(3).admitted.0, log.of(3).finished.0), (old_finished, high_finished));
    assert_eq!((log.of(1).finished.0, log.of(2).admitted.0), (finished, finished));
}

#[test]
fn the_last_admitted_of_the_lowest_level_is_evicted_though_it_is_not_the_newest() {
    // Six blocks. The newest, 2, is of a higher level: 1 gives way to the third block of 0.
    let requests = [(0, (0, 31, 4)), (0, (0, 30, 3)), (1, (1, 31, 2))];
    let log = serve_levels(replica(6, None, chunked(512)), &requests);
    let first = iteration(&[31, 30], &[]);
    let evicted = first + iteration(&[31], &[31, 30]);
    let rejoined = evicted + iteration(&[], &[32, 31]);
    let finished = rejoined + iteration(&[32], &[33]);
    assert_eq!((first, evicted, rejoined, finished), (1_066_586, 2_140_899, 3_181_343, 4_236_649));

    assert_eq!(log.preempted, [(1, evicted)]);
    let (start, end) = (SimTime(evicted), SimTime(rejoined));
    assert_eq!(log.episodes, [Episode { start, end, touched: 1 }]);
    assert_eq!([0, 1, 2].map(|index| log.of(index).finished.0), [finished, finished, rejoined]);
}

#[test]
fn a_mid_prefill_of_a_higher_level_survives_and_goes_on() {
    // Five blocks, the old one in two of them, and three reserved for 40 tokens in chunks of 1. The old one
    // needs a third block when the chunks are at 16, and is the one that leaves.
    let log = serve_levels(replica(5, None, chunked(2)), &[(0, (0, 16, 20)), (1, (1, 40, 1))]);
    let admitted = 8 * C0 + 16_000 + 3 * 16 * 16;
    let evicted = 2 * admitted - 8 * C0 + (16..32).map(|r| iteration(&[], &[r])).sum::<u64>();
    let high_finished = evicted + 12 * C0 + 24_000 + 3 * (40 * 40 - 16 * 16);
    // It has emitted 17 tokens, and prefills 33 in 17 iterations.
    let rejoined = high_finished + 17 * C0 + 33_000 + 3 * 33 * 33;
    let finished = rejoined + iteration(&[], &[33]) + iteration(&[], &[34]);

    assert_eq!(log.preempted, [(0, evicted)]);
    assert_eq!([log.of(1).admitted.0, log.of(1).finished.0], [admitted, high_finished]);
    assert_eq!(log.of(0).finished.0, finished);
    let (start, end) = (SimTime(evicted), SimTime(high_finished));
    assert_eq!(log.episodes, [Episode { start, end, touched: 1 }]);
    assert_eq!((log.iterations, log.of(1).preemptions), (8 + 16 + 12 + 17 + 2, 0));
}

#[test]
fn a_displaced_request_resumes_and_emits_no_token_twice() {
    // One seat. Displaced after its first token: 101 tokens to prefill emit the second, one decode the third.
    let requests = [(0, (0, 100, 3)), (1, (1, 10, 1))];
    for batching in [chunked(512), prefill_first(512)] {
        let batching = Batching { max_num_seqs: 1, ..displacing(batching) };
        let log = serve_levels(replica(10, None, batching), &requests);
        let resumed = ALONE[0] + C0 + 10_300;
        let rejoined = resumed + C0 + 101_000 + 3 * 101 * 101;
        assert_eq!((resumed, rejoined, rejoined + ALONE[2]), (2_140_306, 3_271_912, 4_292_622));

        assert_eq!(log.displaced, [(0, ALONE[0])]);
        assert!(log.preempted.is_empty() && log.episodes.is_empty());
        assert_eq!((log.iterations, log.finished.len()), (4, 2));
        let (admitted, first_token, finished) = (SimTime::ZERO, SimTime(ALONE[0]), SimTime(4_292_622));
        let gpu = Span(4_292_622 - C0 - 10_300);
        let displaced = Service { admitted, first_token, finished, preemptions: 0, displacements: 1, gpu };
        assert_eq!(log.finished[1], (0, displaced));
        assert_eq!([log.of(1).admitted.0, log.of(1).finished.0], [ALONE[0], resumed]);
    }
}

#[test]
fn equal_levels_do_not_displace_and_neither_does_a_scheduler_without_it() {
    let one_seat = Batching { max_num_seqs: 1, ..chunked(512) };
    for (batching, level) in [(displacing(one_seat), 0), (one_seat, 1)] {
        let log = serve_levels(replica(10, None, batching), &[(0, (0, 100, 3)), (level, (1, 10, 1))]);
        assert_eq!((log.displaced, log.iterations), (vec![], 4));
    }
}

#[test]
fn a_head_displaces_for_blocks_that_decodes_take_beside_it() {
    // Three blocks, one in use: the head's two are free, unless the old one decodes beside it and takes one.
    let requests = [(0, (0, 16, 3)), (1, (1, 32, 1))];
    let log = serve_levels(replica(3, None, displacing(chunked(512))), &requests);
    let (first, resumed) = (1_016_771, 1_016_771 + 1_035_075);
    assert_eq!(log.displaced, [(0, first)]);
    let finished = resumed + iteration(&[17], &[]) + iteration(&[], &[17]);
    assert_eq!([log.of(1).finished.0, log.of(0).finished.0], [resumed, finished]);

    let log = serve_levels(replica(3, None, displacing(prefill_first(512))), &requests);
    assert_eq!(log.displaced, []);
    let finished = resumed + iteration(&[], &[16]) + iteration(&[], &[17]);
    assert_eq!([log.of(1).finished.0, log.of(0).finished.0], [resumed, finished]);
}

#[test]
fn a_head_displaces_for_the_watermark() {
    // Four blocks, one to be kept free, one in use: the head would take the other three.
    let batching = Batching { watermark: 0.25, ..displacing(prefill_first(512)) };
    let log = serve_levels(replica(4, None, batching), &[(0, (0, 16, 3)), (1, (1, 48, 1))]);
    assert_eq!((log.of(1).admitted.0, log.displaced), (1_016_771, vec![(0, 1_016_771)]));
}

#[test]
fn nothing_is_displaced_at_a_boundary_that_evicts() {
    // Request 1 is evicted for the third block of 0; the head needs all four blocks and gets them a boundary
    // later, which ends the episode. Both wait in the order in which they were admitted.
    let requests = [(0, (0, 32, 3)), (0, (0, 31, 2)), (1, (1, 64, 1))];
    let log = serve_levels(replica(4, None, displacing(chunked(512))), &requests);
    let evicted = iteration(&[32, 31], &[]);
    let displaced = evicted + iteration(&[], &[32]);
    assert_eq!((evicted, displaced), (1_068_958, 2_089_185));
    assert_eq!([log.preempted.as_slice(), &log.displaced], [[(1, evicted)], [(0, displaced)]]);
    let (start, end) = (SimTime(evicted), SimTime(displaced));
    assert_eq!(log.episodes, [Episode { start, end, touched: 1 }]);

    // Then 0 prefills 34 tokens in three blocks, which finishes it, and 1 its 32 in two.
    let low = displaced + iteration(&[64], &[]) + iteration(&[34], &[]);
    assert_eq!([log.of(0).finished.0, log.of(1).finished.0], [low, low + iteration(&[32], &[])]);
    assert_eq!((log.of(0).preemptions, log.of(0).displacements), (0, 1));
    assert_eq!((log.of(1).preemptions, log.of(1).displacements), (1, 0));
}

#[test]
fn displacement_makes_room_for_one_head_at_a_boundary() {
    // Two seats: 1 makes room for 2 first, being the last admitted, then 0 for 3.
    let batching = Batching { max_num_seqs: 2, ..displacing(chunked(512)) };
    let requests = [(0, (0, 20, 5)), (0, (0, 20, 5)), (1, (1, 20, 5)), (1, (1, 20, 5))];
    let log = serve_levels(replica(20, None, batching), &requests);
    let first = iteration(&[20, 20], &[]);
    let second = first + iteration(&[20], &[20]);
    assert_eq!(log.displaced, [(1, first), (0, second)]);
    assert_eq!([2, 3].map(|index| log.of(index).admitted.0), [first, second]);
}

#[test]
fn a_displaced_mid_prefill_loses_its_tokens() {
    // One seat, chunks of 32: the first has 64 of its 100 tokens when the other arrives.
    let batching = Batching { max_num_seqs: 1, ..displacing(chunked(32)) };
    let log = serve_levels(replica(10, None, batching), &[(0, (0, 100, 1)), (1, (C0 + 40_000, 32, 1))]);
    let displaced = 2 * C0 + 64_000 + 3 * 64 * 64;
    let resumed = displaced + iteration(&[32], &[]);
    let finished = resumed + 4 * C0 + 100_000 + 3 * 100 * 100;
    assert_eq!(log.displaced, [(0, displaced)]);
    assert_eq!([log.of(1).finished.0, log.of(0).finished.0], [resumed, finished]);
}

#[test]
fn no_evict_admits_when_the_longest_answer_fits_and_never_evicts() {
    // Seven blocks. Request 0 may grow to 64 tokens and reserves four; 1 may grow to 49 and needs four, too.
    let jobs = [declaring(32, job(0, 0, 32, 17)), declaring(33, job(1, 0, 16, 2))];
    let log = serve_jobs(replica(7, None, no_evict(chunked(512))), &jobs);
    let first_finished = iteration(&[32], &[]) + (32..48).map(|r| iteration(&[], &[r])).sum::<u64>();
    assert_eq!(first_finished, 1_035_075 + 16 * (C0 + 20_000) + 7 * 632);
    assert_eq!((log.of(0).finished.0, log.of(1).admitted.0), (first_finished, first_finished));
    assert_eq!(log.of(1).finished.0, first_finished + iteration(&[16], &[]) + iteration(&[], &[16]));

    // One block more, and they run side by side.
    let log = serve_jobs(replica(8, None, no_evict(chunked(512))), &jobs);
    assert_eq!((log.of(0).admitted, log.of(1).admitted), (SimTime::ZERO, SimTime::ZERO));
    assert_eq!((log.preempted, log.episodes), (vec![], vec![]));
}

#[test]
fn no_evict_holds_its_reservation_from_admission_to_the_end() {
    // Decodes on 16 and 17 tokens: whole_prompt would hold one block and then two, no_evict all three.
    let (mut replica, mut log) = (replica(9, None, no_evict(chunked(512))), Log::default());
    let job = declaring(32, job(0, 0, 16, 3));
    replica.arrive(SimTime::ZERO, job, &mut log);
    for expected in [3, 3, 3, 0] {
        replica.run_boundary(&mut log);
        assert_eq!(replica.kv_blocks_used(SimTime::NEVER), expected);
    }
    assert_eq!(log.of(0).finished.0, 1_016_771 + iteration(&[], &[16]) + iteration(&[], &[17]));
}

#[test]
fn a_longest_answer_beyond_the_cache_reserves_the_whole_cache() {
    let jobs = [declaring(1_000, job(0, 0, 16, 49)), job(1, 0, 1, 1)];
    let log = serve_jobs(replica(4, None, no_evict(chunked(512))), &jobs);
    let finished = 1_016_771 + (16..64).map(|r| iteration(&[], &[r])).sum::<u64>();
    assert_eq!((log.of(0).finished.0, log.of(1).admitted.0), (finished, finished));
}

#[test]
fn a_request_keeps_the_rule_under_which_it_was_admitted() {
    // Under no_evict 0 reserves two blocks; 1 comes under whole_prompt with one, and its first decode asks
    // for a second; 2 comes under no_evict again, with two. No decode of 0 or 2 asks, on 16 tokens as they are.
    let (mut replica, mut log) = (replica(9, None, no_evict(chunked(512))), Log::default());
    let batchings = [no_evict(chunked(512)), chunked(512), no_evict(chunked(512)), chunked(512)];
    for ((batching, index), expected) in batchings.into_iter().zip(0..).zip([2, 3, 6, 7]) {
        let now = SimTime(if index == 0 { 0 } else { replica.next_boundary().0 });
        replica.set_batching(now, batching);
        let job = declaring(16, job(index, now.0, 16, 9));
        replica.arrive(now, job, &mut log);
        replica.run_boundary(&mut log);
        assert_eq!(replica.kv_blocks_used(now), expected);
    }
    run_until(&mut replica, SimTime::NEVER, &mut log);
    assert_eq!((log.finished.len(), log.preempted), (4, vec![]));
}

#[test]
fn room_is_what_neither_those_that_run_nor_those_that_wait_will_hold() {
    // Sixteen blocks: the one takes 7 and the other 1, with their longest answers 8 and 2; a newcomer's is 5.
    let longest_prompts = [(chunked(512), 9 * 16, 8 * 16), (no_evict(chunked(512)), 8 * 16 - 5, 6 * 16 - 5)];
    for (batching, beside_one, beside_both) in longest_prompts {
        let (mut replica, mut log) = (replica(16, None, batching), Log::default());
        let assert_longest = |replica: &ReferenceReplica, prompt_tokens| {
            let has_room = |prompt_tokens| replica.has_room(SimTime(1), prompt_tokens, 5);
            assert_eq!([prompt_tokens, prompt_tokens + 1].map(has_room), [true, false], "{batching:?}");
        };
        replica.arrive(SimTime::ZERO, declaring(28, job(0, 0, 100, 1)), &mut log);
        assert_longest(&replica, beside_one);
        replica.run_boundary(&mut log);
        assert_longest(&replica, beside_one);
        replica.arrive(SimTime(1), declaring(16, job(1, 1, 16, 1)), &mut log);
        assert_longest(&replica, beside_both);
    }
}

#[test]
fn a_displaced_request_will_take_room_for_its_emitted_tokens_too() {
    // Ten blocks: one for the request that runs, two for the 16 + 1 tokens of the displaced one.
    let batching = Batching { max_num_seqs: 1, ..displacing(chunked(512)) };
    let (mut replica, mut log) = (replica(10, None, batching), Log::default());
    replica.arrive(SimTime::ZERO, job(0, 0, 16, 9), &mut log);
    replica.run_boundary(&mut log);
    replica.arrive(SimTime(1), of_level(1, 1, (1, 16, 9)), &mut log);
    replica.run_boundary(&mut log);
    let now = replica.next_boundary();
    assert_eq!((log.displaced, replica.kv_blocks_used(now)), (vec![(0, 1_016_771)], 1));
    assert_eq!(
        [7 * 16, 7 * 16 + 1].map(|prompt_tokens| replica.has_room(now, prompt_tokens, 1)),
        [true, false]
    );
}

#[test]
fn a_long_prompt_takes_its_blocks_chunk_by_chunk() {
    // 100 tokens; a chunk asks for what its end needs and its request does not hold.
    for (token_budget, expected) in
        [(32, vec![2, 4, 6, 7, 0]), (20, vec![2, 3, 4, 5, 7, 0]), (99, vec![7, 7, 0]), (100, vec![7, 0])]
    {
        let (mut replica, mut log) = (replica(7, None, first_chunk(chunked(token_budget))), Log::default());
        replica.arrive(SimTime::ZERO, job(0, 0, 100, 1), &mut log);
        let chunks = expected.len() as u64 - 1;
        for expected in expected {
            replica.run_boundary(&mut log);
            assert_eq!(replica.kv_blocks_used(SimTime::NEVER), expected);
        }
        assert_eq!(log.of(0).finished.0, chunks * C0 + 100_000 + 3 * 100 * 100);
    }
}

#[test]
fn a_long_prompt_is_admitted_as_soon_as_a_chunk_of_the_whole_budget_fits() {
    // Seven blocks: the prompt needs them all, the old request holds one. Chunks end at 32 tokens, in the three
    // blocks of a budget of 33, then at 65, 98 and 100.
    let jobs = [job(0, 0, 15, 2), job(1, 1, 100, 1)];
    let (mut engine, mut log) = (replica(7, None, first_chunk(chunked(33))), Log::default());
    engine.arrive(SimTime::ZERO, jobs[0], &mut log);
    for expected in [1, 4, 5, 7, 7, 0] {
        engine.run_boundary(&mut log);
        assert_eq!(engine.kv_blocks_used(SimTime::NEVER), expected);
        if expected == 1 {
            engine.arrive(SimTime(1), jobs[1], &mut log);
        }
    }

    let log = serve_jobs(replica(7, None, first_chunk(chunked(33))), &jobs);
    let first = iteration(&[15], &[]);
    assert_eq!((log.of(1).admitted.0, log.of(1).finished.0), (first, 5_165_795));
    assert_eq!(first + 20_000 + 15 * 7 + 4 * C0 + 100_000 + 3 * 100 * 100, 5_165_795);
    let log = serve_jobs(replica(7, None, chunked(33)), &jobs);
    assert_eq!((log.of(1).admitted, log.of(1).finished.0), (log.of(0).finished, 6_165_798));
}

/// A prompt of 15 tokens and 8 to emit; once it decodes, a prompt that takes the other 16 tokens of a budget of
/// 17 in every iteration, within the two blocks of its admission at first. Ends of the first four iterations:
const CHUNK_ENDS: [u64; 4] = [1_015_678, 2_052_554, 3_090_973, 4_130_935];

#[test]
fn a_mid_prefill_for_whose_chunk_no_block_is_left_evicts_itself() {
    // Five blocks: decodes on 16 tokens took a second, the chunk from 32 tokens a third; the chunk from 48
    // tokens finds none. Admitted again, it meets the end of the old one there.
    let log = serve(replica(5, None, first_chunk(chunked(17))), &[(0, 15, 8), (1, 64, 1)]);
    let [admitted, second, third, evicted] = CHUNK_ENDS;
    assert_eq!(admitted, iteration(&[15], &[]));
    assert_eq!(second, admitted + iteration(&[], &[15]) + chunk_of_16(0));
    assert_eq!(third, second + iteration(&[], &[16]) + chunk_of_16(16));
    assert_eq!(evicted, third + iteration(&[], &[17]) + chunk_of_16(32));
    let rejoined = evicted + iteration(&[], &[18]);
    let decodes: u64 = [19, 20, 21].iter().map(|&resident| iteration(&[], &[resident])).sum();
    let old_finished = rejoined + decodes + chunk_of_16(0) + chunk_of_16(16) + chunk_of_16(32);
    let finished = old_finished + C0 + chunk_of_16(48);
    assert_eq!((rejoined, old_finished, finished), (5_151_064, 8_266_405, 9_287_784));

    assert_eq!(log.preempted, [(1, evicted)]);
    let (start, end) = (SimTime(evicted), SimTime(rejoined));
    assert_eq!(log.episodes, [Episode { start, end, touched: 1 }]);
    assert_eq!((log.of(0).finished.0, log.of(0).preemptions, log.iterations), (old_finished, 0, 9));
    let work = 48_000 + 3 * 48 * 48 + 64_000 + 3 * 64 * 64;
    let gpu = Span(work + 6 * 500_001 + C0);
    let (admitted, finished) = (SimTime(admitted), SimTime(finished));
    let service =
        Service { admitted, first_token: finished, finished, preemptions: 1, displacements: 0, gpu };
    assert_eq!(log.of(1), service);
}

#[test]
fn a_mid_prefill_of_a_higher_level_evicts_a_decode_for_its_chunk() {
    // The same, but the prompt is of a higher level and a token longer: the decode leaves its two blocks and its
    // place in the budget to the chunk, which takes all 17 tokens and both blocks.
    let requests = [(0, (0, 15, 8)), (1, (1, 65, 1))];
    let log = serve_levels(replica(5, None, first_chunk(chunked(17))), &requests);
    let evicted = CHUNK_ENDS[3];
    let high_finished = evicted + C0 + 17_000 + 3 * (65 * 65 - 48 * 48);
    // It has emitted 4 tokens, and prefills 19 in chunks of 17 and 2.
    let rejoined = high_finished + 2 * C0 + 19_000 + 3 * 19 * 19;
    let finished = rejoined + [19, 20, 21].iter().map(|&r| iteration(&[], &[r])).sum::<u64>();
    assert_eq!((high_finished, rejoined, finished), (5_153_701, 7_173_790, 10_234_219));

    assert_eq!(log.preempted, [(0, evicted)]);
    let (start, end) = (SimTime(evicted), SimTime(high_finished));
    assert_eq!(log.episodes, [Episode { start, end, touched: 1 }]);
    assert_eq!([log.of(1).finished.0, log.of(0).finished.0], [high_finished, finished]);
    assert_eq!((log.of(1).preemptions, log.iterations), (0, 10));
}

#[test]
fn an_eviction_leaves_more_of_the_budget_and_the_chunk_may_ask_for_more() {
    // Five blocks, two decodes in one each, and a prompt of a higher level that has 48 tokens in three. With 16
    // tokens more it lacks a block; with the 17 that one eviction leaves, two; with 18 after another, still two.
    let requests = [(0, (0, 1, 5)), (0, (0, 1, 5)), (1, (1, 66, 1))];
    let log = serve_levels(replica(5, None, first_chunk(chunked(18))), &requests);
    let admitted = iteration(&[1, 1], &[]);
    let decodes: u64 = [1, 2, 3].iter().map(|&r| iteration(&[], &[r, r])).sum();
    let evicted = admitted + decodes + chunk_of_16(0) + chunk_of_16(16) + chunk_of_16(32);
    let high_finished = evicted + C0 + 18_000 + 3 * (66 * 66 - 48 * 48);
    let finished = high_finished + iteration(&[5, 5], &[]);
    assert_eq!((admitted, evicted), (1_002_009, 4_177_014));
    assert_eq!((high_finished, finished), (5_201_173, 6_211_326));

    assert_eq!(log.preempted, [(1, evicted), (0, evicted)]);
    let (start, end) = (SimTime(evicted), SimTime(high_finished));
    assert_eq!(log.episodes, [Episode { start, end, touched: 2 }]);
    assert_eq!([2, 0, 1].map(|index| log.of(index).finished.0), [high_finished, finished, finished]);
}

#[test]
fn a_mid_prefill_without_budget_asks_for_nothing() {
    // Four blocks, all held when the prompt has 32 tokens. A chunk would lack one, but the budget is one token now,
    // and the decode takes it.
    let (mut replica, mut log) = (replica(4, None, first_chunk(chunked(17))), Log::default());
    replica.arrive(SimTime::ZERO, job(0, 0, 15, 4), &mut log);
    run_until(&mut replica, SimTime(1), &mut log);
    replica.arrive(SimTime(1), job(1, 1, 34, 1), &mut log);
    run_until(&mut replica, SimTime(CHUNK_ENDS[2]), &mut log);
    assert_eq!((replica.next_boundary().0, replica.kv_blocks_used(SimTime::NEVER)), (CHUNK_ENDS[2], 4));
    replica.set_batching(SimTime(CHUNK_ENDS[2]), first_chunk(chunked(1)));
    run_until(&mut replica, SimTime::NEVER, &mut log);

    let old_finished = CHUNK_ENDS[2] + iteration(&[], &[17]);
    let finished = old_finished + 2 * C0 + 2_000 + 3 * (34 * 34 - 32 * 32);
    assert_eq!((old_finished, finished), (4_111_095, 6_113_497));
    assert_eq!([log.of(0).finished.0, log.of(1).finished.0], [old_finished, finished]);
    assert_eq!(log.of(1).gpu, Span(34_000 + 3 * 34 * 34 + 2 * 500_001 + 2 * C0));
    assert_eq!((log.preempted, log.iterations), (vec![], 6));
}

#[test]
fn a_flip_to_prefill_first_takes_the_blocks_of_all_the_rest() {
    let (mut replica, mut log) = (replica(7, None, first_chunk(chunked(32))), Log::default());
    replica.arrive(SimTime::ZERO, job(0, 0, 100, 1), &mut log);
    replica.run_boundary(&mut log);
    replica.set_batching(SimTime(1), first_chunk(prefill_first(32)));
    assert_eq!(replica.kv_blocks_used(SimTime(1)), 2);
    replica.run_boundary(&mut log);
    assert_eq!(replica.kv_blocks_used(SimTime::NEVER), 7);
    replica.run_boundary(&mut log);
    assert_eq!(log.of(0).finished.0, 2 * C0 + 100_000 + 3 * 100 * 100);
    assert_eq!(log.preempted, []);
}

#[test]
fn a_flip_to_prefill_first_evicts_a_mid_prefill_whose_rest_lacks_blocks() {
    // Five blocks: the prompt has 32 tokens in two, and lacks two; one is free. It leaves though its level is the
    // higher one, and neither comes back nor makes the decode leave before a boundary later. Whole, it needs
    // four: it displaces the decode for them, or waits for its end.
    for (rule, displaced) in [(displacing(prefill_first(17)), true), (prefill_first(17), false)] {
        let (mut replica, mut log) = (replica(5, None, first_chunk(chunked(17))), Log::default());
        replica.arrive(SimTime::ZERO, job(0, 0, 15, 8), &mut log);
        run_until(&mut replica, SimTime(1), &mut log);
        replica.arrive(SimTime(1), of_level(1, 1, (1, 64, 1)), &mut log);
        run_until(&mut replica, SimTime(CHUNK_ENDS[2]), &mut log);
        replica.set_batching(SimTime(CHUNK_ENDS[2]), first_chunk(rule));
        run_until(&mut replica, SimTime::NEVER, &mut log);

        let evicted = CHUNK_ENDS[2];
        let decode = |resident| iteration(&[], &[resident]);
        let next = evicted + decode(17);
        let tail: u64 = (19..22).map(decode).sum();
        let (rejoined, old_finished) = if displaced {
            // The decode has emitted 4 tokens, and its prefill of 19 emits the fifth.
            (next, next + iteration(&[64], &[]) + iteration(&[19], &[]) + tail)
        } else {
            (next + decode(18) + tail, next + decode(18) + tail)
        };
        let expected = if displaced { (4_111_095, 9_267_901) } else { (8_191_653, 8_191_653) };
        assert_eq!((rejoined, old_finished), expected);

        assert_eq!(log.preempted, [(1, evicted)]);
        assert_eq!(log.displaced, if displaced { vec![(0, next)] } else { vec![] });
        let (start, end) = (SimTime(evicted), SimTime(rejoined));
        assert_eq!(log.episodes, [Episode { start, end, touched: 1 }]);
        assert_eq!(log.of(1).finished.0, rejoined + iteration(&[64], &[]));
        assert_eq!(log.of(0).finished.0, old_finished);
    }
}

#[test]
fn after_a_flip_that_evicts_a_mid_prefill_the_decodes_may_evict_too() {
    // Three blocks with 16, 16 and 14 tokens. The mid-prefill lacks two for its rest of 26 and leaves one, but
    // both decodes ask for one.
    let (mut replica, mut log) = (replica(3, None, first_chunk(chunked(16))), Log::default());
    let mut boundary = 0;
    for job in [job(0, 0, 13, 5), job(1, 1, 14, 4), job(2, 2_048_193, 40, 1)] {
        run_until(&mut replica, job.request.arrival, &mut log);
        replica.arrive(job.request.arrival, job, &mut log);
    }
    let prompts_and_decodes: [(&[u64], &[u64]); 7] = [
        (&[13], &[]),
        (&[14], &[13]),
        (&[], &[14, 14]),
        (&[14], &[15, 15]),
        (&[], &[16]),
        (&[17], &[]),
        (&[40], &[]),
    ];
    let ends = prompts_and_decodes.map(|(prompts, decodes)| {
        boundary += iteration(prompts, decodes);
        boundary
    });
    assert_eq!(ends, [1_013_510, 2_048_192, 3_088_391, 4_143_192, 5_163_307, 6_181_177, 7_225_980]);
    run_until(&mut replica, SimTime(ends[3]), &mut log);
    replica.set_batching(SimTime(ends[3]), first_chunk(prefill_first(16)));
    run_until(&mut replica, SimTime::NEVER, &mut log);

    assert_eq!(log.preempted, [(2, ends[3]), (1, ends[3])]);
    let (start, end) = (SimTime(ends[3]), SimTime(ends[4]));
    assert_eq!(log.episodes, [Episode { start, end, touched: 2 }]);
    assert_eq!(log.of(2).admitted.0, ends[2]);
    assert_eq!([0, 1, 2].map(|index| log.of(index).finished.0), [ends[4], ends[5], ends[6]]);
    assert_eq!(log.iterations, 7);
}
