//! The gateways' own books: what was sent, what came back, and the recorder behind them.

use super::replica::{Job, ReplicaSink, Service};
use crate::design::CANDIDATE;
use crate::record::{Episode, Outcome, Recorder, Status, Tally};
use crate::units::{ArmId, ClusterId, ReplicaId, SimTime};
use crate::workload::Request;

/// A request that has ended, for limiters that charge after and designs that learn.
#[derive(Clone, Copy, Debug)]
pub struct Settlement {
    /// The request as the policy has it.
    pub request: Request,
    /// What became of it.
    pub outcome: Outcome,
    /// When it was done, or turned away.
    pub finished: SimTime,
}

/// The gateways' books.
#[derive(Debug)]
pub struct Books<T> {
    /// Requests sent to each replica and not finished.
    pub outstanding: Vec<u32>,
    /// Where everything is recorded.
    pub recorder: Recorder<T>,
    /// Requests that have ended since the last arrival, when somebody is to know.
    pub settlements: Option<Vec<Settlement>>,
    /// Requests that reached a gateway.
    pub offered: u64,
    /// Requests that completed.
    pub completed: u64,
    /// Requests that were turned away.
    pub rejected: u64,
    /// Requests that were served to the end after their client had gone.
    pub timed_out: u64,
    /// Requests that were never sent for the load.
    pub balked: u64,
    /// Copies of requests that were made.
    pub mirrored: u64,
    /// Copies that have ended, in whatever way.
    pub mirrored_done: u64,
    /// The latest completion.
    pub last_finish: SimTime,
}

impl<T: Tally> Books<T> {
    /// Empty books for `replicas` replicas.
    #[must_use]
    pub fn new(replicas: u32, recorder: Recorder<T>, settles: bool) -> Self {
        Self {
            outstanding: vec![0; replicas as usize],
            recorder,
            settlements: settles.then(Vec::new),
            offered: 0,
            completed: 0,
            rejected: 0,
            timed_out: 0,
            balked: 0,
            mirrored: 0,
            mirrored_done: 0,
            last_finish: SimTime::ZERO,
        }
    }

    /// Requests in transit, waiting or running.
    #[must_use]
    pub const fn in_flight(&self) -> u64 {
        self.offered - self.completed - self.rejected - self.timed_out - self.balked
    }

    /// Copies in transit, waiting or running.
    #[must_use]
    pub const fn copies_in_flight(&self) -> u64 {
        self.mirrored - self.mirrored_done
    }

    /// A request ended at a gateway at `now`: turned away, or never sent.
    pub fn end_at_gateway(
        &mut self,
        request: &Request,
        (home, cluster, arm): (ClusterId, ClusterId, ArmId),
        status: Status,
        now: SimTime,
    ) {
        self.rejected += u64::from(status.is_rejected());
        self.balked += u64::from(status == Status::Balked);
        let output_tokens = request.output_tokens;
        let outcome = Outcome { home, cluster, arm, status, output_tokens, ..Outcome::default() };
        self.recorder.ended(request, &outcome);
        self.settle_later(request, &outcome, now);
    }

    /// A copy ended at a gateway.
    pub fn copy_ended_at_gateway(
        &mut self,
        request: &Request,
        (home, cluster, arm): (ClusterId, ClusterId, ArmId),
        status: Status,
    ) {
        let output_tokens = request.output_tokens;
        let outcome = Outcome { home, cluster, arm, status, output_tokens, ..Outcome::default() };
        self.copy_ended(request, &outcome);
    }

    #[cold]
    #[inline(never)]
    fn copy_ended(&mut self, request: &Request, outcome: &Outcome) {
        self.mirrored_done += 1;
        self.recorder.copy_ended(request, &Outcome { arm: CANDIDATE, ..*outcome });
    }

    #[inline]
    fn settle_later(&mut self, request: &Request, outcome: &Outcome, finished: SimTime) {
        if let Some(settlements) = &mut self.settlements {
            settlements.push(Settlement { request: *request, outcome: *outcome, finished });
        }
    }

    /// Law FLOW-1: every request offered is completed, rejected, timed out, balked or in flight, and every copy is done or in
    /// flight.
    pub fn check_conservation(&self, now: SimTime) {
        debug_assert!(
            self.in_flight() + self.copies_in_flight()
                == self.outstanding.iter().map(|&count| u64::from(count)).sum::<u64>(),
            "FLOW-1: {} offered + {} copies != {} completed + {} rejected + {} timed out + {} balked + {:?} outstanding \
             at {now}",
            self.offered,
            self.copies_in_flight(),
            self.completed,
            self.rejected,
            self.timed_out,
            self.balked,
            self.outstanding
        );
    }
}

impl<T: Tally> ReplicaSink for Books<T> {
    fn finished(&mut self, replica: ReplicaId, job: &Job, service: &Service) {
        self.outstanding[replica.index()] -= 1;
        self.last_finish = self.last_finish.max(service.finished);
        let request = &job.request;
        let end_to_end = service.finished.since(request.arrival) + job.network;
        let status = self.recorder.ending(request, end_to_end);
        let outcome = Outcome {
            queue_wait: service.admitted.since(request.arrival + job.network),
            ttft: service.first_token.since(request.arrival) + job.network,
            end_to_end,
            gpu: service.gpu,
            preemptions: service.preemptions,
            displacements: service.displacements,
            output_tokens: request.output_tokens,
            replica,
            home: job.home,
            cluster: job.cluster,
            arm: job.arm,
            status,
        };
        self.recorder.left(job.cluster, service.finished);
        if job.is_copy() {
            self.copy_ended(request, &outcome);
            return;
        }
        let timed_out = u64::from(status == Status::TimedOut);
        self.timed_out += timed_out;
        self.completed += 1 - timed_out;
        self.recorder.ended(request, &outcome);
        self.settle_later(request, &outcome, service.finished);
    }

    fn overflowed(&mut self, replica: ReplicaId, job: &Job, now: SimTime) {
        self.outstanding[replica.index()] -= 1;
        self.recorder.left(job.cluster, now);
        let places = (job.home, job.cluster, job.arm);
        if job.is_copy() {
            self.copy_ended_at_gateway(&job.request, places, Status::QueueFull);
            return;
        }
        self.recorder.queue_was_full(replica, now);
        self.end_at_gateway(&job.request, places, Status::QueueFull, now);
    }

    fn preempted(&mut self, replica: ReplicaId, _: &Job, now: SimTime) {
        self.recorder.preempted(replica, now);
    }

    fn displaced(&mut self, _: ReplicaId, _: &Job, _: SimTime) {}

    fn kv_exhausted(&mut self, replica: ReplicaId, episode: Episode) {
        self.recorder.kv_exhausted(replica, episode);
    }
}
