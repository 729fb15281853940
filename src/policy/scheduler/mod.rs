//! Schedulers: how a replica forms its batches. An engine axis: it can differ only between clusters or in time.

mod batching;
mod chunked;
mod prefill_first;

pub use batching::{Batching, BatchingKind, Reserve};

use super::Spec;
use crate::settings::Section;

/// A batching rule as a family member. It has no state: the replica carries it out.
pub trait Scheduler: Send + Sync {
    /// The rule in the replica's terms.
    fn batching(&self) -> Batching;
}

/// All schedulers.
pub const SCHEDULERS: &[Spec<dyn Scheduler>] = &[chunked::SPEC, prefill_first::SPEC];

impl Scheduler for Batching {
    fn batching(&self) -> Batching {
        *self
    }
}

/// The parameters that all schedulers share.
fn read(section: &Section<'_>, kind: BatchingKind, token_budget: u64) -> Box<dyn Scheduler> {
    let token_budget = section.integer("token_budget", Some(token_budget), 1..=1_000_000) as u32;
    let max_num_seqs =
        section.integer("max_num_seqs", Some(u64::from(token_budget.min(256))), 1..=65_535) as u32;
    if kind == BatchingKind::Chunked && max_num_seqs > token_budget {
        let allowed =
            format!("at most the token budget {token_budget}: each sequence decodes one token an iteration");
        section.problem("max_num_seqs", max_num_seqs.to_string(), allowed);
    }
    let watermark = section.number("watermark", Some(0.0), 0.0..=0.9);
    let reserves = &[
        ("whole_prompt", Reserve::WholePrompt),
        ("first_chunk", Reserve::FirstChunk),
        ("no_evict", Reserve::NoEvict),
    ];
    let reserve = section.choice("reserve", Some("whole_prompt"), reserves).unwrap_or(Reserve::WholePrompt);
    let preempt_for_priority = section.flag("preempt_for_priority", false);
    Box::new(Batching { kind, token_budget, max_num_seqs, watermark, reserve, preempt_for_priority })
}
