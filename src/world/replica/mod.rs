//! One serving engine: continuous batching over a block-granular KV cache (docs/model.md, section 2).
//!
//! Two implementations give the same bytes: [`mod@reference`] runs one iteration at a time and is written to be
//! read; [`mod@fast`] jumps over whole runs of iterations in closed form. Neither knows of other replicas, of
//! policies beyond its own batching, or of experiments.

pub mod decode_set;
pub mod engine_spec;
pub mod fast;
pub mod job;
pub mod pressure;
pub mod reference;
pub mod segment;
mod sequence;
mod waiting;

pub use crate::policy::scheduler::{Batching, BatchingKind, Reserve};
pub use engine_spec::{BLOCK_TOKENS, EngineSpec, StepCosts, blocks_for, reservation};
pub use job::{COPIES, Episode, Job, ReplicaSink, Service};

use crate::units::{ReplicaId, SimTime};

/// What both replica engines do.
pub trait Replica {
    /// An idle replica.
    fn new(id: ReplicaId, engine: &EngineSpec, batching: Batching) -> Self;

    /// A request reaches the replica at `now`; all boundaries before `now` have been run, none at or after.
    fn arrive(&mut self, now: SimTime, job: Job, sink: &mut impl ReplicaSink);

    /// When the next boundary is due; [`SimTime::NEVER`] when idle.
    fn next_boundary(&self) -> SimTime;

    /// Run the boundary that is due next. Not to be called when idle.
    fn run_boundary(&mut self, sink: &mut impl ReplicaSink);

    /// Change the batching rule at `now`: it takes effect at the first boundary at or after `now`.
    fn set_batching(&mut self, now: SimTime, batching: Batching);

    /// Requests that wait.
    fn waiting(&self) -> u32;

    /// Requests that are admitted and not finished.
    fn running(&self) -> u32;

    /// Whether the reservation of a request with this prompt and longest answer fits into the KV blocks that are free at `now`,
    /// beside what the waiting requests will reserve. All boundaries before `now` have been run.
    fn has_room(&self, now: SimTime, prompt_tokens: u32, max_output_tokens: u32) -> bool;

    /// KV blocks in use at `now`, those of the iteration in flight included. All boundaries before `now` have been run.
    fn kv_blocks_used(&self, now: SimTime) -> u32;
}
