//! Refuse above a number of requests in flight at the chosen replica (the concurrency cap of inference gateways). With as many
//! as the replica has seats this is a loss system: nobody waits.

use super::Admission;
use crate::policy::{FleetView, RequestView, Route, Spec};
use crate::units::Span;

pub(super) const SPEC: Spec<dyn Admission> = Spec {
    name: "concurrency_cap",
    about: "refuse when `max_outstanding` requests are already sent to the chosen replica and not finished",
    build: |section| {
        Box::new(ConcurrencyCap {
            max_outstanding: section.integer("max_outstanding", Some(100), 1..=1_000_000) as u32,
            staleness: section.staleness("0 s"),
        })
    },
};

#[derive(Clone)]
struct ConcurrencyCap {
    max_outstanding: u32,
    staleness: Span,
}

impl Admission for ConcurrencyCap {
    fn fresh(&self) -> Box<dyn Admission> {
        Box::new(self.clone())
    }

    fn scrapes(&self) -> Vec<Span> {
        if self.staleness == Span::ZERO { Vec::new() } else { vec![self.staleness] }
    }

    fn admits(&mut self, _: &RequestView, route: Route, fleet: &mut dyn FleetView) -> bool {
        fleet.outstanding(route.replica, self.staleness) < self.max_outstanding
    }
}
