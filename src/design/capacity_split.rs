//! Hardware of its own for each arm: every cluster is cut in two, and a coin sends each request or user to one part. Nothing is
//! shared within a cluster, but each part is smaller than the fleet that the decision is about.

use std::ops::Range;

use super::coins::Coin;
use super::{ArmId, Assignment, CONTROL, Design, FleetFacts, Unit, arm_of, read_share};
use crate::policy::{Scope, Spec};
use crate::rng::Family;
use crate::settings::Section;
use crate::units::ClusterId;
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "capacity_split",
    about: "every cluster is cut in two: each arm has `share` of the requests or users (`unit`) and of the replicas to itself",
    build: |section| Box::new(CapacitySplit { coin: Coin::read(section), share: read_share(section) }),
};

#[derive(Clone, Copy)]
struct CapacitySplit {
    coin: Coin,
    share: f64,
}

impl Design for CapacitySplit {
    fn unit(&self) -> Unit {
        self.coin.unit()
    }

    /// Batches are apart; but an allowance belongs to a user, whichever part serves.
    fn holds_apart(&self, scope: Scope) -> bool {
        scope != Scope::User || self.coin == Coin::User
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        let single = facts.clusters.iter().zip(&facts.replicas).filter(|(_, replicas)| **replicas < 2);
        let names: Vec<&str> = single.map(|((name, _), _)| name.as_str()).collect();
        if !names.is_empty() {
            let found = format!("clusters of one replica: {}", names.join(", "));
            section.problem("kind", found, "clusters of 2 replicas or more: each arm needs its own");
        }
    }

    fn assign(&self, draws: Family, _: &FleetFacts) -> Box<dyn Assignment> {
        Box::new(Parts { draws, of: *self })
    }
}

#[derive(Clone, Copy)]
struct Parts {
    draws: Family,
    of: CapacitySplit,
}

impl Assignment for Parts {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(*self)
    }

    fn unit(&self) -> Unit {
        self.of.coin.unit()
    }

    fn arm(&mut self, request: &Request, _: ClusterId) -> ArmId {
        arm_of(self.of.coin.uniform(self.draws, request) < self.of.share)
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        Some(self.of.coin.number(request))
    }

    fn propensity(&self, _: &Request, _: ClusterId) -> f64 {
        self.of.share
    }

    fn splits_capacity(&self) -> bool {
        true
    }

    /// The first ones, to the nearest whole number, are the candidate's; each arm has one at least.
    fn replicas(&self, _: ClusterId, arm: ArmId, all: Range<u32>) -> Range<u32> {
        let count = all.end - all.start;
        let own = libm::round(self.of.share * f64::from(count)) as u32;
        let middle = all.start + own.clamp(1, count.max(2) - 1);
        if arm == CONTROL { middle..all.end } else { all.start..middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::CANDIDATE;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn every_replica_belongs_to_one_arm_and_each_arm_has_one() {
        let draws = Streams::new(1, 0).family(Purpose::Assignment);
        for (share, count, own) in [(0.5, 2, 1), (0.01, 8, 1), (0.99, 8, 7), (0.25, 8, 2), (0.5, 5, 3)] {
            let parts = Parts { draws, of: CapacitySplit { coin: Coin::Request, share } };
            let all = 10..10 + count;
            let candidates = parts.replicas(ClusterId(0), CANDIDATE, all.clone());
            let controls = parts.replicas(ClusterId(0), CONTROL, all.clone());
            assert_eq!(
                (candidates.start, candidates.end, controls.end),
                (all.start, controls.start, all.end)
            );
            assert_eq!(candidates.len(), own, "{share} of {count}");
        }
    }
}
