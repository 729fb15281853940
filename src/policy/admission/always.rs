//! Everything is admitted; only the replica's own bounded queue refuses.

use super::Admission;
use crate::policy::{FleetView, RequestView, Route, Spec};

pub(super) const SPEC: Spec<dyn Admission> =
    Spec { name: "always", about: "admit everything", build: |_| Box::new(Always) };

struct Always;

impl Admission for Always {
    fn fresh(&self) -> Box<dyn Admission> {
        Box::new(Self)
    }

    fn admits(&mut self, _: &RequestView, _: Route, _: &mut dyn FleetView) -> bool {
        true
    }
}
