//! Uniformly random over the home cluster's replicas.

use super::{Reads, Router};
use crate::policy::{FleetView, PolicyContext, RequestView, Route, Spec};
use crate::units::ReplicaId;

pub(super) const SPEC: Spec<dyn Router> = Spec {
    name: "random",
    about: "any replica of the home cluster, uniformly at random",
    build: |_| Box::new(Random),
};

struct Random;

impl Router for Random {
    fn fresh(&self, _: &PolicyContext) -> Box<dyn Router> {
        Box::new(Self)
    }

    fn reads(&self) -> Reads {
        Reads::Few
    }

    fn route(&mut self, request: &RequestView, fleet: &mut dyn FleetView) -> Route {
        let replicas = fleet.replicas(request.home);
        let mut draws = request.draws;
        let replica = replicas.start + draws.below(replicas.end - replicas.start);
        Route { replica: ReplicaId(replica), cluster: request.home }
    }
}
