//! Shorter prompts or answers: a prompt compressor, a terser model, a cap on output tokens.

use super::{Demand, DemandRule};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn DemandRule> = Spec {
    name: "shorter",
    about: "prompts and answers are shorter by a factor, answers cut at a cap",
    build: |section| {
        Box::new(Demand::Shorter {
            prompt_factor: section.number("prompt_factor", Some(1.0), 0.001..=1.0),
            output_factor: section.number("output_factor", Some(1.0), 0.001..=1.0),
            max_output_tokens: section.integer("max_output_tokens", Some(4_000_000), 1..=4_000_000) as u32,
        })
    },
};
