//! Each user by itself: an independent coin under the user's number; all requests of a user meet the same policy.

use super::{ArmId, Assignment, Design, FleetFacts, Unit, arm_of, read_share};
use crate::policy::Spec;
use crate::rng::Family;
use crate::units::ClusterId;
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "user",
    about: "a coin for each user: all requests of a user meet the same policy",
    build: |section| Box::new(ByUser { share: read_share(section) }),
};

struct ByUser {
    share: f64,
}

impl Design for ByUser {
    fn unit(&self) -> Unit {
        Unit::User
    }

    fn assign(&self, draws: Family, _: &FleetFacts) -> Box<dyn Assignment> {
        Box::new(Coins { draws, share: self.share })
    }
}

struct Coins {
    draws: Family,
    share: f64,
}

impl Assignment for Coins {
    fn unit(&self) -> Unit {
        Unit::User
    }

    fn arm(&self, request: &Request, _: ClusterId) -> ArmId {
        arm_of(self.draws.uniform(u64::from(request.user.0)) < self.share)
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        Some(request.user.0)
    }

    fn propensity(&self) -> f64 {
        self.share
    }
}
