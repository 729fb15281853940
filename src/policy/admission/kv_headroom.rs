//! Refuse when the chosen replica has too little KV memory free (the saturation rule of gateways that shed load).

use super::Admission;
use crate::policy::{FleetView, RequestView, Route, Spec};
use crate::units::Span;

pub(super) const SPEC: Spec<dyn Admission> = Spec {
    name: "kv_headroom",
    about: "refuse when less than `min_free_share` of the chosen replica's KV blocks is free",
    build: |section| {
        Box::new(KvHeadroom {
            min_free_share: section.number("min_free_share", Some(0.2), 0.0..=1.0),
            staleness: section.staleness("50 ms"),
        })
    },
};

#[derive(Clone)]
struct KvHeadroom {
    min_free_share: f64,
    staleness: Span,
}

impl Admission for KvHeadroom {
    fn fresh(&self) -> Box<dyn Admission> {
        Box::new(self.clone())
    }

    fn scrapes(&self) -> Vec<Span> {
        if self.staleness == Span::ZERO { Vec::new() } else { vec![self.staleness] }
    }

    fn admits(&mut self, _: &RequestView, route: Route, fleet: &mut dyn FleetView) -> bool {
        let load = fleet.kv_load(route.replica, self.staleness);
        load.capacity as f64 - load.used as f64 >= self.min_free_share * load.capacity as f64
    }
}
