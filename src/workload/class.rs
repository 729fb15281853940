//! A kind of traffic: its lengths and what its users expect.

use std::sync::Arc;

use super::clock::Drift;
use super::lengths::LengthTable;
use crate::record::quantity::ClassTerms;

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
}
