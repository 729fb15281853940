//! Two stages: each cluster is given a share, by complete randomisation, and within a cluster each request or user has a coin.
//! What untreated requests suffer where many are treated, against where few are, is spillover.

use super::coins::Coin;
use super::{ArmId, Assignment, Design, FleetFacts, Unit, arm_of};
use crate::policy::{Scope, Spec};
use crate::rng::{Family, name_key};
use crate::settings::Section;
use crate::units::ClusterId;
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "saturation",
    about: "two stages: each cluster gets one of `shares`, as equal numbers of clusters as possible; within it a coin for each \
            request or user (`unit`)",
    build: |section| {
        let allowed = "a list of numbers from 0 to 1, two or more different ones";
        let shares = section.numbers_or("shares", &[0.0, 0.25, 0.5, 0.75, 1.0], allowed);
        let fine = shares.iter().all(|share| (0.0..=1.0).contains(share));
        if !fine || shares.iter().all(|share| *share == shares[0]) {
            section.problem("shares", format!("{shares:?}"), allowed);
        }
        Box::new(Saturation { shares, coin: Coin::read(section) })
    },
};

struct Saturation {
    shares: Vec<f64>,
    coin: Coin,
}

impl Design for Saturation {
    fn unit(&self) -> Unit {
        Unit::Saturation
    }

    fn holds_apart(&self, scope: Scope) -> bool {
        scope <= self.coin.unit().separates()
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        let count = facts.clusters.len();
        if count < 2 {
            section.problem(
                "kind",
                format!("{count} cluster"),
                "a saturation design in a fleet of 2 clusters or more",
            );
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        let count = facts.clusters.len();
        let (of_clusters, of_extras) = (draws.keyed(1), draws.keyed(2));
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&cluster| (of_clusters.bits(name_key(&facts.clusters[cluster].0)), cluster));
        // Every share as often as it goes into the number of clusters, and some once more.
        let mut extras: Vec<usize> = (0..self.shares.len()).collect();
        extras.sort_by_key(|&at| (of_extras.bits(at as u64), at));
        extras.truncate(count % self.shares.len());
        let whole = count / self.shares.len();
        let copies = |at: usize| whole + usize::from(extras.contains(&at));
        let shares = (0..self.shares.len()).flat_map(|at| std::iter::repeat_n(self.shares[at], copies(at)));
        let mut by_cluster = vec![0.0; count];
        order.into_iter().zip(shares).for_each(|(cluster, share)| by_cluster[cluster] = share);
        Box::new(Saturated { draws, coin: self.coin, shares: by_cluster })
    }
}

#[derive(Clone)]
struct Saturated {
    draws: Family,
    coin: Coin,
    /// By cluster.
    shares: Vec<f64>,
}

impl Assignment for Saturated {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }

    fn unit(&self) -> Unit {
        Unit::Saturation
    }

    fn arm(&mut self, request: &Request, home: ClusterId) -> ArmId {
        arm_of(self.coin.uniform(self.draws, request) < self.shares[home.index()])
    }

    fn unit_of(&self, _: &Request, home: ClusterId) -> Option<u32> {
        Some(u32::from(home.0))
    }

    fn propensity(&self, _: &Request, home: ClusterId) -> f64 {
        self.shares[home.index()]
    }

    fn saturation(&self, _: &Request, home: ClusterId) -> Option<f64> {
        Some(self.shares[home.index()])
    }
}
