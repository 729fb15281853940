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
        // Without replacement: a draw among the rest, moved past those already taken, which are kept sorted.
        let mut taken = [0u32; MAX_CHOICES];
        let choices = self.choices.min(count) as usize;
        let (mut best, mut fewest) = (0, u32::MAX);
        for at in 0..choices {
            let mut replica = draws.below(count - at as u32);
            let mut place = 0;
            while place < at && replica >= taken[place] {
                replica += 1;
                place += 1;
            }
            if place < at {
                taken.copy_within(place..at, place + 1);
            }
            taken[place] = replica;
            let outstanding = fleet.outstanding(ReplicaId(replicas.start + replica), self.staleness);
            if outstanding < fewest {
                (best, fewest) = (replica, outstanding);
            }
        }
        Route { replica: ReplicaId(replicas.start + best), cluster: request.home }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::KvLoad;
    use crate::rng::{Purpose, Streams};
    use crate::units::{ClassId, ClusterId, RegionId, SimTime, TierId, UserId};

    /// Six equally loaded replicas that note who looked at them.
    struct Looks(Vec<u32>);

    impl FleetView for Looks {
        fn clusters(&self) -> u16 {
            1
        }
        fn replicas(&self, _: ClusterId) -> std::ops::Range<u32> {
            0..6
        }
        fn by_distance(&self, _: ClusterId) -> &[ClusterId] {
            &[ClusterId(0)]
        }
        fn outstanding(&mut self, replica: ReplicaId, _: Span) -> u32 {
            self.0.push(replica.0);
            1
        }
        fn waiting(&mut self, _: ReplicaId, _: Span) -> u32 {
            0
        }
        fn kv_load(&mut self, _: ReplicaId, _: Span) -> KvLoad {
            KvLoad::default()
        }
        fn has_room(&mut self, _: ReplicaId, _: &RequestView) -> bool {
            true
        }
    }

    #[test]
    fn every_ordered_sample_without_replacement_is_equally_likely_and_the_first_drawn_wins_ties() {
        let mut router = PowerOfK { choices: 3, staleness: Span::ZERO };
        let draws = 120_000u64;
        let mut counts = std::collections::BTreeMap::new();
        for request in 0..draws {
            let view = RequestView {
                now: SimTime::ZERO,
                user: UserId(0),
                tier: TierId(0),
                class: ClassId(0),
                region: RegionId(0),
                home: ClusterId(0),
                prompt_tokens: 1,
                max_output_tokens: 1,
                draws: Streams::new(3, 0).stream(Purpose::Routing, request),
            };
            let mut fleet = Looks(Vec::new());
            let route = router.route(&view, &mut fleet);
            assert_eq!(route.replica.0, fleet.0[0]);
            *counts.entry(fleet.0).or_insert(0u64) += 1;
        }
        assert_eq!(counts.len(), 120, "6·5·4 ordered samples");
        let expected = draws as f64 / 120.0;
        let chi2: f64 =
            counts.values().map(|&n| (n as f64 - expected) * (n as f64 - expected) / expected).sum();
        // Chi-squared with 119 degrees of freedom: mean 119, standard deviation √238; four of them.
        assert!((chi2 - 119.0).abs() < 4.0 * 238f64.sqrt(), "{chi2}");
    }
}
