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
        replica.arrive(SimTime(arrival), job(index as u64, arrival, prompt_tokens, output_tokens), &mut log);
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
