//! Decodes first, the rest of the token budget goes to prompts in chunks (vLLM v1; Sarathi-Serve, OSDI 2024).

use super::{BatchingKind, Scheduler, read};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn Scheduler> = Spec {
    name: "chunked",
    about: "decodes first, the rest of the token budget prefills prompts in chunks",
    build: |section| read(section, BatchingKind::Chunked, 2_048),
};
