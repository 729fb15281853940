//! One level for every request that the policy decides: a fast lane for an arm.

use super::{Priority, PriorityRule};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn PriorityRule> = Spec {
    name: "fixed",
    about: "every request that the policy decides has this `level`",
    build: |section| Box::new(Priority::Level(section.integer("level", Some(1), 0..=255) as u8)),
};
