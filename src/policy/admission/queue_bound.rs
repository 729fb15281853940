//! Refuse when the chosen replica has too many requests waiting (HTTP 529 in engines that bound their queue).

use super::Admission;
use crate::policy::{FleetView, RequestView, Route, Spec};
use crate::units::Span;

pub(super) const SPEC: Spec<dyn Admission> = Spec {
    name: "queue_bound",
    about: "refuse when `max_waiting` requests already wait at the chosen replica",
    build: |section| {
        Box::new(QueueBound {
            max_waiting: section.integer("max_waiting", Some(64), 1..=1_000_000) as u32,
            staleness: section.staleness("0 s"),
        })
    },
};

#[derive(Clone)]
struct QueueBound {
    max_waiting: u32,
    staleness: Span,
}

impl Admission for QueueBound {
    fn fresh(&self) -> Box<dyn Admission> {
        Box::new(self.clone())
    }

    fn scrapes(&self) -> Vec<Span> {
        if self.staleness == Span::ZERO { Vec::new() } else { vec![self.staleness] }
    }

    fn admits(&mut self, _: &RequestView, route: Route, fleet: &mut dyn FleetView) -> bool {
        fleet.waiting(route.replica, self.staleness) < self.max_waiting
    }
}
