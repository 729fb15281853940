//! The batching rule of a replica: the value of a policy's scheduler axis.

/// Which scheduler forms the batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchingKind {
    /// Decodes first, prompts in chunks within the token budget (vLLM v1, Sarathi-Serve).
    Chunked,
    /// Whole prompts first, decodes stall meanwhile (vLLM v0).
    PrefillFirst,
}

/// How a replica forms its batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batching {
    /// Which scheduler.
    pub kind: BatchingKind,
    /// Tokens that one iteration may process (M, `max_num_batched_tokens`).
    pub token_budget: u32,
    /// Requests that may run at the same time (S, `max_num_seqs`); at most the token budget and 65,535.
    pub max_num_seqs: u32,
    /// Share of the KV blocks kept free when admitting (w).
    pub watermark: f64,
}

impl Batching {
    /// Blocks kept free when admitting into a cache of `kv_blocks` blocks: ⌊w·C⌋.
    #[must_use]
    pub fn watermark_blocks(&self, kv_blocks: u32) -> u32 {
        libm::floor(self.watermark * f64::from(kv_blocks)) as u32
    }
}
