//! The nearest cluster while its pressure is below a threshold, else the next by distance; inside the cluster another
//! router chooses. Pressure is the mean number of waiting requests a replica, or the share of KV blocks in use,
//! whichever is nearer to its threshold. When every cluster is above, the nearest keeps the request.

use super::{ROUTERS, Reads, Router, reads_with, scrapes_with};
use crate::policy::{FleetView, KvLoad, PolicyContext, RequestView, Route, Spec, family};
use crate::units::{ClusterId, ReplicaId, Span};

pub(super) const SPEC: Spec<dyn Router> = Spec {
    name: "nearest_with_fallback",
    about: "the nearest cluster while its pressure is under a threshold, else the next; `within` routes inside it",
    build: |section| {
        let within = section.table("within");
        Box::new(NearestWithFallback {
            queue_threshold: section.positive("queue_threshold", Some(5.0)),
            kv_threshold: section.number("kv_threshold", Some(0.8), 0.0..=1.0),
            staleness: section.staleness("1 s"),
            within: family::build(&within, "power_of_k", &ROUTERS[..ROUTERS.len() - 1]),
        })
    },
};

struct NearestWithFallback {
    /// Mean waiting requests a replica.
    queue_threshold: f64,
    /// Share of KV blocks in use.
    kv_threshold: f64,
    staleness: Span,
    /// `None` only when the settings had a problem.
    within: Option<Box<dyn Router>>,
}

impl NearestWithFallback {
    fn is_under_pressure(&self, cluster: ClusterId, fleet: &mut dyn FleetView) -> bool {
        let replicas = fleet.replicas(cluster);
        let count = replicas.len() as f64;
        let (mut waiting, mut kv) = (0u32, KvLoad::default());
        for replica in replicas.map(ReplicaId) {
            waiting += fleet.waiting(replica, self.staleness);
            let load = fleet.kv_load(replica, self.staleness);
            kv.used += load.used;
            kv.capacity += load.capacity;
        }
        f64::from(waiting) >= self.queue_threshold * count || kv.reaches(self.kv_threshold)
    }
}

impl Router for NearestWithFallback {
    fn fresh(&self, context: &PolicyContext) -> Box<dyn Router> {
        Box::new(Self { within: self.within.as_ref().map(|within| within.fresh(context)), ..*self })
    }

    fn reads(&self) -> Reads {
        let within = self.within.as_ref().map_or(Reads::Few, |within| within.reads());
        reads_with(self.staleness, Reads::Many).max(within)
    }

    fn scrapes(&self) -> Vec<Span> {
        let mut scrapes = scrapes_with(self.staleness);
        scrapes.extend(self.within.iter().flat_map(|within| within.scrapes()));
        scrapes
    }

    fn crosses_clusters(&self) -> bool {
        true
    }

    fn route(&mut self, request: &RequestView, fleet: &mut dyn FleetView) -> Route {
        let mut chosen = request.home;
        for at in 0..usize::from(fleet.clusters()) {
            let cluster = fleet.by_distance(request.home)[at];
            if !self.is_under_pressure(cluster, fleet) {
                chosen = cluster;
                break;
            }
        }
        let inside = RequestView { home: chosen, ..*request };
        match &mut self.within {
            Some(within) => within.route(&inside, fleet),
            None => unreachable!("a policy with problems is never run"),
        }
    }
}
