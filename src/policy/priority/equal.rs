//! Nobody goes first.

use super::{Priority, PriorityRule};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn PriorityRule> =
    Spec { name: "equal", about: "first come, first served", build: |_| Box::new(Priority::Level(0)) };
