//! No limit.

use super::Limiter;
use crate::policy::{RequestView, Spec};

pub(super) const SPEC: Spec<dyn Limiter> =
    Spec { name: "none", about: "no limit on what a user sends", build: |_| Box::new(NoLimit) };

struct NoLimit;

impl Limiter for NoLimit {
    fn fresh(&self) -> Box<dyn Limiter> {
        Box::new(Self)
    }

    fn admits(&mut self, _: &RequestView) -> bool {
        true
    }
}
