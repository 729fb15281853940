//! Whole prompts run alone as soon as they fit, decodes stall meanwhile (vLLM v0, SOSP 2023).

use super::{BatchingKind, Scheduler, read};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn Scheduler> = Spec {
    name: "prefill_first",
    about: "whole prompts run alone as soon as they fit; decodes stall meanwhile",
    build: |section| read(section, BatchingKind::PrefillFirst, 8_192),
};
