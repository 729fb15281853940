//! Multiple randomisation: users have a coin and clusters have a coin, and only a treated user in a treated cluster meets the
//! candidate. The four kinds of requests tell spillover between users from spillover between clusters apart.

use super::counts::Count;
use super::{ArmId, Assignment, Design, FleetFacts, Unit, arm_of};
use crate::policy::Spec;
use crate::rng::{Family, name_key};
use crate::settings::Section;
use crate::units::ClusterId;
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "user_by_pool",
    about: "a coin for each user (`user_share`) and whole clusters (`cluster_share`): treated where both say so",
    build: |section| {
        Box::new(UserByPool {
            user_share: section.number("user_share", Some(0.5), 0.001..=0.999),
            cluster_share: section.number("cluster_share", Some(0.5), 0.001..=0.999),
        })
    },
};

struct UserByPool {
    user_share: f64,
    cluster_share: f64,
}

impl Design for UserByPool {
    fn unit(&self) -> Unit {
        Unit::UserByCluster
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        let count = facts.clusters.len();
        if count < 2 {
            let allowed = "a fleet of 2 clusters or more: some have heads, some tails";
            section.problem("kind", format!("{count} cluster"), allowed);
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        let keys: Vec<u64> = facts.clusters.iter().map(|(name, _)| name_key(name)).collect();
        let count = Count::new(self.cluster_share, keys.len());
        let clusters = count.choose(draws.keyed(1), draws.keyed(2).uniform(0), &keys);
        let propensity = self.user_share * count.propensity();
        Box::new(Coins { draws, user_share: self.user_share, clusters, propensity })
    }
}

#[derive(Clone)]
struct Coins {
    draws: Family,
    user_share: f64,
    /// Whether each cluster has heads.
    clusters: Vec<bool>,
    propensity: f64,
}

impl Coins {
    fn coins(&self, request: &Request, home: ClusterId) -> (bool, bool) {
        (self.draws.uniform(u64::from(request.user.0)) < self.user_share, self.clusters[home.index()])
    }
}

impl Assignment for Coins {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }

    fn unit(&self) -> Unit {
        Unit::UserByCluster
    }

    fn arm(&mut self, request: &Request, home: ClusterId) -> ArmId {
        let (user, cluster) = self.coins(request, home);
        arm_of(user && cluster)
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        Some(request.user.0)
    }

    fn propensity(&self, _: &Request, _: ClusterId) -> f64 {
        self.propensity
    }

    fn factors(&self, request: &Request, home: ClusterId) -> Option<(bool, bool)> {
        Some(self.coins(request, home))
    }
}
