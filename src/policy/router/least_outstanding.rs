//! The replica with the fewest requests in transit, waiting and running. Counting only those that wait would leave
//! out the ones in service and herd at light load, as one published simulator does.

use super::{Reads, Router, reads_with, scrapes_with, smallest};
use crate::policy::{FleetView, PolicyContext, RequestView, Route, Spec};
use crate::units::{ReplicaId, Span};

pub(super) const SPEC: Spec<dyn Router> = Spec {
    name: "least_outstanding",
    about: "the replica of the home cluster with the fewest requests in transit, waiting and running",
    build: |section| Box::new(LeastOutstanding { staleness: section.staleness("0 s") }),
};

#[derive(Clone)]
struct LeastOutstanding {
    staleness: Span,
}

impl Router for LeastOutstanding {
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
            fleet.outstanding(ReplicaId(replica), self.staleness)
        });
        Route { replica: ReplicaId(replica), cluster: request.home }
    }
}
