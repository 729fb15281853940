//! Cyclic over the home cluster's replicas. Arms with the same settings share one counter; arms that differ have one each.

use super::{Reads, Router};
use crate::policy::{FleetView, PolicyContext, RequestView, Route, Spec};
use crate::units::ReplicaId;

pub(super) const SPEC: Spec<dyn Router> = Spec {
    name: "round_robin",
    about: "the replicas of the home cluster in turn",
    build: |_| Box::new(RoundRobin { turns: Vec::new() }),
};

struct RoundRobin {
    /// The next replica's position, for each cluster.
    turns: Vec<u32>,
}

impl Router for RoundRobin {
    fn fresh(&self, context: &PolicyContext) -> Box<dyn Router> {
        Box::new(Self { turns: vec![0; context.clusters as usize] })
    }

    fn reads(&self) -> Reads {
        Reads::Few
    }

    fn route(&mut self, request: &RequestView, fleet: &mut dyn FleetView) -> Route {
        let replicas = fleet.replicas(request.home);
        let turn = &mut self.turns[request.home.index()];
        let replica = replicas.start + *turn;
        *turn = (*turn + 1) % (replicas.end - replicas.start);
        Route { replica: ReplicaId(replica), cluster: request.home }
    }
}
