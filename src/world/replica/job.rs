//! A request on its way through a replica, and what the replica tells the world about it.

pub use crate::record::Episode;
use crate::units::{ArmId, ClusterId, ReplicaId, SimTime, Span};
use crate::workload::Request;

/// A request that a gateway sent to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// The request as the policy has it: with its lengths, and with its priority level.
    pub request: Request,
    /// One-way network delay between the gateway and the replica.
    pub network: Span,
    /// The cluster whose gateway took the request in.
    pub home: ClusterId,
    /// The cluster that serves it.
    pub cluster: ClusterId,
    /// The policy that decided; [`COPIES`] when it is a copy, whose answer nobody waits for.
    pub arm: ArmId,
}

/// What copies carry in place of an arm: a field of its own would make every job larger for the sake of few.
pub const COPIES: ArmId = ArmId(u8::MAX);

impl Job {
    /// Whether it is a copy of a request.
    #[inline]
    #[must_use]
    pub const fn is_copy(&self) -> bool {
        self.arm.0 == COPIES.0
    }
}

/// How a replica served a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// First admission into the batch.
    pub admitted: SimTime,
    /// Emission of the first output token.
    pub first_token: SimTime,
    /// Emission of the last output token.
    pub finished: SimTime,
    /// How often it was evicted for want of KV blocks.
    pub preemptions: u32,
    /// How often it made room for a request of higher priority.
    pub displacements: u32,
    /// Its own work plus its share of every iteration's constant, on one replica.
    pub gpu: Span,
}

/// Where a replica reports.
pub trait ReplicaSink {
    /// A request is done.
    fn finished(&mut self, replica: ReplicaId, job: &Job, service: &Service);

    /// A request found the waiting queue full.
    fn overflowed(&mut self, replica: ReplicaId, job: &Job, now: SimTime);

    /// A running request was evicted for want of KV blocks.
    fn preempted(&mut self, replica: ReplicaId, job: &Job, now: SimTime);

    /// A running request made room for one of higher priority.
    fn displaced(&mut self, replica: ReplicaId, job: &Job, now: SimTime);

    /// An episode of KV exhaustion ended.
    fn kv_exhausted(&mut self, replica: ReplicaId, episode: Episode);
}
