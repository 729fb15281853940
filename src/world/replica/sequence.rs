//! What the fast engine keeps of a request: while it waits, while it runs, and what one iteration prefills.

use super::decode_set::Place;
use super::{Job, blocks_for};
use crate::units::SimTime;

/// A request from its arrival at the replica to its end, in the queue or in the batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    pub(super) job: Job,
    /// Output tokens emitted so far.
    pub(super) emitted: u32,
    pub(super) preemptions: u32,
    pub(super) displacements: u32,
    /// First admission; [`SimTime::NEVER`] before it.
    pub(super) admitted: SimTime,
    pub(super) first_token: SimTime,
    /// Work and shares of iterations so far, without those of the current stretch of decoding.
    pub(super) gpu_ps: u64,
}

impl Sequence {
    pub(super) const fn new(job: Job) -> Self {
        Self {
            job,
            emitted: 0,
            preemptions: 0,
            displacements: 0,
            admitted: SimTime::NEVER,
            first_token: SimTime::NEVER,
            gpu_ps: 0,
        }
    }

    /// Tokens to prefill on admission: the prompt and what it emitted before an eviction.
    pub(super) const fn prefill_tokens(&self) -> u32 {
        self.job.request.prompt_tokens + self.emitted
    }

    pub(super) const fn remaining(&self) -> u32 {
        self.job.request.output_tokens - self.emitted
    }

    /// Tokens that it can grow to: the prompt and the longest answer that its client allows.
    pub(super) const fn longest_tokens(&self) -> u32 {
        self.job.request.prompt_tokens.saturating_add(self.job.request.max_output_tokens)
    }
}

/// An admitted request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub(super) sequence: Sequence,
    /// Order of admission.
    pub(super) admission: u64,
    /// Tokens to prefill, fixed on admission.
    pub(super) prefill: u32,
    /// KV blocks reserved to its end; 0 when its decodes ask for more as it grows.
    pub(super) reserved: u32,
    pub(super) place: Place,
    /// The replica's decode overhead when it began to decode.
    pub(super) overhead_at_join: u64,
}

impl Running {
    /// Whether its decodes ask for blocks of their own.
    pub(super) const fn grows(&self) -> bool {
        self.reserved == 0
    }

    /// KV blocks that it holds with `resident` tokens written or being written.
    pub(super) const fn blocks(&self, resident: u32) -> u32 {
        if self.grows() { blocks_for(resident) } else { self.reserved }
    }
}

/// The request in mid-prefill: always the newest.
#[derive(Clone, Copy, Debug)]
pub(super) struct MidPrefill {
    pub(super) slot: u16,
    pub(super) cached: u32,
    /// KV blocks held: all that it needs, or under `first_chunk` those asked for so far.
    pub(super) held: u32,
}

impl MidPrefill {
    /// Blocks that a chunk of so many tokens needs beyond those held.
    #[inline]
    pub(super) const fn lacks(&self, chunk: u32) -> u32 {
        blocks_for(self.cached + chunk).saturating_sub(self.held)
    }
}

/// The prefill work of one iteration.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Batch {
    pub(super) chunks: u64,
    pub(super) tokens: u64,
    /// Σ q(2k+q).
    pub(super) attention: u64,
}

impl Batch {
    pub(super) fn add(&mut self, cached: u32, chunk: u32) {
        let (cached, chunk) = (u64::from(cached), u64::from(chunk));
        if chunk > 0 {
            self.chunks += 1;
            self.tokens += chunk;
            self.attention += chunk * (2 * cached + chunk);
        }
    }
}
