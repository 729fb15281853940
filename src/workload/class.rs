//! A kind of traffic: its lengths and what its users expect.

use std::sync::Arc;

use super::clock::Drift;
use super::lengths::LengthTable;
use crate::units::Span;

/// The service-level terms of a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassTerms {
    /// Longest time to the first token that is within the objective.
    pub slo_ttft: Span,
    /// Longest mean time between later tokens that is within the objective.
    pub slo_tpot: Span,
    /// Time constant of patience: the user's task is done with probability exp(−latency/patience).
    pub patience: Span,
    /// Longest end-to-end latency that a client waits for; zero: for ever.
    pub timeout: Span,
}

impl ClassTerms {
    /// Whether a client has gone before an answer of this latency is whole.
    #[inline]
    #[must_use]
    pub fn times_out(&self, end_to_end: Span) -> bool {
        self.timeout != Span::ZERO && end_to_end > self.timeout
    }
}

/// A kind of traffic.
#[derive(Clone, Debug)]
pub struct Class {
    /// Name in the scenario.
    pub name: String,
    /// Share of all requests; the shares of a workload sum to 1.
    pub share: f64,
    /// Prompt tokens.
    pub prompt: Arc<LengthTable>,
    /// Output tokens.
    pub output: Arc<LengthTable>,
    /// Slow common drift of the log of both lengths.
    pub length_drift: Drift,
    /// Longest prompt and output together: the prompt is clipped first, then the output.
    pub context_tokens: u32,
    /// The longest answer that its clients allow, which an engine without eviction reserves; no answer is cut by it.
    pub max_output_tokens: u32,
    /// What its users expect.
    pub terms: ClassTerms,
}

impl Class {
    /// Prompt and output tokens within the context.
    #[must_use]
    pub fn fit(&self, prompt: u32, output: u32) -> (u32, u32) {
        let prompt = prompt.clamp(1, self.context_tokens - 1);
        (prompt, output.clamp(1, self.context_tokens - prompt))
    }

    /// What a client declares as its longest answer beside a prompt: never less than the answer that comes.
    #[must_use]
    pub fn declared_output(&self, prompt: u32, output: u32) -> u32 {
        self.max_output_tokens.min(self.context_tokens.saturating_sub(prompt)).max(output)
    }
}
