//! Sample k replicas without replacement and take the one with the fewest outstanding requests; the first drawn
//! wins a tie (Mitzenmacher 2001; `power_of_two` in AIBrix).

use super::{Reads, Router, scrapes_with};
use crate::policy::{FleetView, PolicyContext, RequestView, Route, Spec};
use crate::units::{ReplicaId, Span};

pub(super) const SPEC: Spec<dyn Router> = Spec {
    name: "power_of_k",
    about: "sample k replicas of the home cluster, take the one with the fewest outstanding requests",
    build: |section| {
        Box::new(PowerOfK {
            choices: section.integer("k", Some(2), 1..=MAX_CHOICES as u64) as u32,
            staleness: section.staleness("0 s"),
        })
    },
};

const MAX_CHOICES: usize = 16;

#[derive(Clone)]
struct PowerOfK {
    choices: u32,
    staleness: Span,
}

impl Router for PowerOfK {
    fn fresh(&self, _: &PolicyContext) -> Box<dyn Router> {
        Box::new(self.clone())
    }

    fn reads(&self) -> Reads {
        Reads::Few
    }

    fn scrapes(&self) -> Vec<Span> {
        scrapes_with(self.staleness)
    }

    #[inline]
    fn route(&mut self, request: &RequestView, fleet: &mut dyn FleetView) -> Route {
        let replicas = fleet.replicas(request.home);
        let count = replicas.end - replicas.start;
        let mut draws = request.draws;
        let mut drawn = [0u32; MAX_CHOICES];
        let choices = self.choices.min(count) as usize;
        let (mut best, mut fewest) = (0, u32::MAX);
        for at in 0..choices {
            // Without replacement: a draw among the rest, moved past those already taken, which are kept sorted.
            let mut replica = draws.below(count - at as u32);
            let mut place = 0;
            while place < at && replica >= drawn[place] {
                replica += 1;
                place += 1;
            }
            drawn.copy_within(place..at, place + 1);
            drawn[place] = replica;
            let outstanding = fleet.outstanding(ReplicaId(replicas.start + replica), self.staleness);
            if outstanding < fewest {
                (best, fewest) = (replica, outstanding);
            }
        }
        Route { replica: ReplicaId(replicas.start + best), cluster: request.home }
    }
}
