//! The batching rule of a replica: the value of a policy's scheduler axis.

/// Which scheduler forms the batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchingKind {
    /// Decodes first, prompts in chunks within the token budget (vLLM v1, Sarathi-Serve).
    Chunked,
    /// Whole prompts first, decodes stall meanwhile (vLLM v0).
    PrefillFirst,
}

/// How many KV blocks an admission reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// The prompt's; decodes ask for more as they grow, and may evict (maximum utilisation).
    WholePrompt,
    /// The first chunk's; later chunks and decodes ask for more as they come (engines that admit as soon as a chunk fits).
    FirstChunk,
    /// The prompt's and those of the longest answer that the client allows: nothing is ever evicted.
    NoEvict,
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
    /// How many KV blocks an admission reserves.
    pub reserve: Reserve,
    /// Whether a waiting request takes the place of a running one of lower priority.
    pub preempt_for_priority: bool,
}

impl Batching {
    /// Blocks kept free when admitting into a cache of `kv_blocks` blocks: ⌊w·C⌋.
    #[must_use]
    pub fn watermark_blocks(&self, kv_blocks: u32) -> u32 {
        libm::floor(self.watermark * f64::from(kv_blocks)) as u32
    }
}
