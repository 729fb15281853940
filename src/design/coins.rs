//! An independent coin for each unit, under the unit's own number: what the request and the user design share.

use super::{ArmId, Assignment, Design, FleetFacts, NamedDesign, Unit, arm_of};
use crate::rng::Family;
use crate::units::ClusterId;
use crate::workload::Request;

/// A coin for each request or for each user.
#[derive(Clone, Copy)]
pub(super) struct ByCoin {
    /// What is randomised: requests or users.
    pub(super) unit: Unit,
    /// Probability of the candidate.
    pub(super) share: f64,
}

/// The worlds between the truth worlds: each request, or each user, gets the candidate with probability `share`. The coins
/// do not depend on the share, so whoever is treated at a small share is treated at every larger one.
#[must_use]
pub fn share_of(unit: Unit, share: f64) -> NamedDesign {
    NamedDesign { name: "share".to_owned(), kind: unit.name(), design: Box::new(ByCoin { unit, share }) }
}

impl Design for ByCoin {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn assign(&self, draws: Family, _: &FleetFacts) -> Box<dyn Assignment> {
        Box::new(Coins { draws, of: *self })
    }
}

struct Coins {
    draws: Family,
    of: ByCoin,
}

impl Assignment for Coins {
    fn unit(&self) -> Unit {
        self.of.unit
    }

    fn arm(&self, request: &Request, _: ClusterId) -> ArmId {
        let entity = if self.of.unit == Unit::User { u64::from(request.user.0) } else { request.key() };
        arm_of(self.draws.uniform(entity) < self.of.share)
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        Some(if self.of.unit == Unit::User { request.user.0 } else { request.index as u32 })
    }

    fn propensity(&self) -> f64 {
        self.of.share
    }
}
