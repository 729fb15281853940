//! The replica with the smallest share of KV blocks in use, as the last scrape saw it (`least_kv_cache` in AIBrix).

use super::{Reads, Router, reads_with, scrapes_with, smallest};
use crate::policy::{FleetView, PolicyContext, RequestView, Route, Spec};
use crate::units::{ReplicaId, Span};

pub(super) const SPEC: Spec<dyn Router> = Spec {
    name: "least_kv",
    about: "the replica of the home cluster with the smallest share of KV blocks in use",
    build: |section| Box::new(LeastKv { staleness: section.staleness("50 ms") }),
};

#[derive(Clone)]
struct LeastKv {
    staleness: Span,
}

impl Router for LeastKv {
    fn fresh(&self, _: &PolicyContext) -> Box<dyn Router> {
        Box::new(self.clone())
    }

    fn reads(&self) -> Reads {
        reads_with(self.staleness, Reads::Many)
    }

    fn scrapes(&self) -> Vec<Span> {
        scrapes_with(self.staleness)
    }

    fn route(&mut self, request: &RequestView, fleet: &mut dyn FleetView) -> Route {
        let replica = smallest(fleet.replicas(request.home), request, |replica| {
            fleet.kv_load(ReplicaId(replica), self.staleness)
        });
        Route { replica: ReplicaId(replica), cluster: request.home }
    }
}
