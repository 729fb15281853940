//! What the user pays for decides who goes first.

use super::{Priority, PriorityRule};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn PriorityRule> = Spec {
    name: "by_tier",
    about: "a request has the `priority` of its user's tier",
    build: |_| Box::new(Priority::Tier),
};
