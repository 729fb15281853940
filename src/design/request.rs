//! Each request by itself: an independent coin under the request's identity.

use super::{ArmId, Assignment, Design, FleetFacts, Unit, arm_of, read_share};
use crate::policy::Spec;
use crate::rng::Family;
use crate::units::ClusterId;
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "request",
    about: "a coin for each request: the ordinary A/B test",
    build: |section| Box::new(ByRequest { share: read_share(section) }),
};

struct ByRequest {
    share: f64,
}

impl Design for ByRequest {
    fn unit(&self) -> Unit {
        Unit::Request
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
        Unit::Request
    }

    fn arm(&self, request: &Request, _: ClusterId) -> ArmId {
        arm_of(self.draws.uniform(request.key()) < self.share)
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        Some(request.index as u32)
    }

    fn propensity(&self) -> f64 {
        self.share
    }
}
