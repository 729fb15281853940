//! Shadow traffic: everybody is served by the control, and copies of some requests are sent through the candidate. Their answers
//! are dropped, but they take room: the log tells what the copies met, and the requests what the copies cost.

use super::{ArmId, Assignment, CONTROL, Design, FleetFacts, Unit, read_share};
use crate::policy::{Scope, Spec};
use crate::rng::Family;
use crate::units::ClusterId;
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "shadow",
    about: "the control serves everybody; copies of a `share` of the requests go through the candidate and take room",
    build: |section| Box::new(Shadow { share: read_share(section) }),
};

#[derive(Clone, Copy)]
struct Shadow {
    share: f64,
}

impl Design for Shadow {
    fn unit(&self) -> Unit {
        Unit::World
    }

    fn holds_apart(&self, scope: Scope) -> bool {
        scope <= Scope::Request
    }

    fn assign(&self, draws: Family, _: &FleetFacts) -> Box<dyn Assignment> {
        Box::new(Copies { draws, share: self.share })
    }
}

#[derive(Clone, Copy)]
struct Copies {
    draws: Family,
    share: f64,
}

impl Assignment for Copies {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(*self)
    }

    fn unit(&self) -> Unit {
        Unit::World
    }

    fn arm(&mut self, _: &Request, _: ClusterId) -> ArmId {
        CONTROL
    }

    fn unit_of(&self, _: &Request, _: ClusterId) -> Option<u32> {
        Some(0)
    }

    fn propensity(&self, _: &Request, _: ClusterId) -> f64 {
        0.0
    }

    fn shadows(&self) -> bool {
        true
    }

    fn mirrors(&self, request: &Request) -> bool {
        self.draws.uniform(request.key()) < self.share
    }
}
