//! What a replica is made of: step-time coefficients, KV blocks, GPUs and their price.

use super::{Batching, BatchingKind, Reserve};
use crate::units::PS_PER_SECOND;

/// Tokens in a KV block.
pub const BLOCK_TOKENS: u32 = 16;

/// Blocks that `tokens` resident tokens hold.
#[must_use]
pub const fn blocks_for(tokens: u32) -> u32 {
    tokens.div_ceil(BLOCK_TOKENS)
}

/// Blocks that an admission reserves for a prefill of `prefill_tokens` whose request can grow to `longest_tokens`, in a cache of
/// `kv_blocks` blocks.
#[inline]
#[must_use]
pub fn reservation(batching: &Batching, prefill_tokens: u32, longest_tokens: u32, kv_blocks: u32) -> u32 {
    match batching.reserve {
        Reserve::FirstChunk if batching.kind == BatchingKind::Chunked => {
            blocks_for(prefill_tokens.min(batching.token_budget))
        }
        Reserve::WholePrompt | Reserve::FirstChunk => blocks_for(prefill_tokens),
        Reserve::NoEvict => blocks_for(longest_tokens).min(kv_blocks),
    }
}

/// The five coefficients of the iteration time, in whole picoseconds, rounded once when loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepCosts {
    /// c0: each iteration.
    pub iteration: u64,
    /// `c_prefill`: each prefill token.
    pub prefill_token: u64,
    /// h = `c_attn`/2: each unit of q(2k+q) of a chunk of q tokens on k cached ones.
    pub half_attention: u64,
    /// `c_decode`: each decoding sequence.
    pub decode_sequence: u64,
    /// `c_kv`: each resident token of a decoding sequence.
    pub kv_token: u64,
}

impl StepCosts {
    /// From milliseconds, the unit of published fits; `attention_ms` is `c_attn`, not its half.
    #[must_use]
    pub fn from_milliseconds(
        iteration_ms: f64,
        prefill_ms: f64,
        attention_ms: f64,
        decode_ms: f64,
        kv_ms: f64,
    ) -> Self {
        let picoseconds = |ms: f64| libm::round(ms * (PS_PER_SECOND as f64 / 1e3)) as u64;
        Self {
            iteration: picoseconds(iteration_ms),
            prefill_token: picoseconds(prefill_ms),
            half_attention: picoseconds(attention_ms / 2.0),
            decode_sequence: picoseconds(decode_ms),
            kv_token: picoseconds(kv_ms),
        }
    }

    /// The work of a prefill chunk of `tokens` on top of `cached` tokens, without the iteration's own cost.
    #[must_use]
    pub const fn chunk(&self, cached: u64, tokens: u64) -> u64 {
        self.prefill_token * tokens + self.half_attention * tokens * (2 * cached + tokens)
    }

    /// The work of `steps` decode steps of one sequence that starts with `resident` tokens.
    #[must_use]
    pub const fn decode(&self, resident: u64, steps: u64) -> u64 {
        if steps == 0 {
            return 0;
        }
        self.decode_sequence * steps + self.kv_token * (steps * resident + steps * (steps - 1) / 2)
    }
}

/// What a replica is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineSpec {
    /// Name in the scenario.
    pub name: String,
    /// Step-time coefficients.
    pub costs: StepCosts,
    /// KV blocks of 16 tokens (C).
    pub kv_blocks: u32,
    /// Requests that may wait; one more is a queue overflow. `None`: unbounded.
    pub queue_capacity: Option<u32>,
    /// GPUs of one replica (the tensor-parallel degree).
    pub gpus: u32,
    /// Dollars for one GPU for one hour.
    pub dollars_per_gpu_hour: f64,
}
