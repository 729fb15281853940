//! An independent coin for each request or each user, under its own number: what the request and the user design share, and
//! what every design with a coin inside its clusters or steps is made of. Coins are nested: a uniform below the share. Who is
//! treated at one share is treated at every larger one.

use super::{ArmId, Assignment, Design, FleetFacts, Unit, arm_of};
use crate::rng::Family;
use crate::settings::Section;
use crate::units::ClusterId;
use crate::workload::Request;

/// Who has a coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coin {
    /// Each request.
    Request,
    /// Each user.
    User,
}

impl Coin {
    /// The setting `unit`.
    pub(super) fn read(section: &Section<'_>) -> Self {
        let coins = &[("request", Self::Request), ("user", Self::User)];
        section.choice("unit", Some("request"), coins).unwrap_or(Self::Request)
    }

    /// What it randomises.
    pub(super) const fn unit(self) -> Unit {
        match self {
            Self::Request => Unit::Request,
            Self::User => Unit::User,
        }
    }

    /// The uniform of a request's unit.
    pub(super) const fn uniform(self, draws: Family, request: &Request) -> f64 {
        draws.uniform(match self {
            Self::Request => request.key(),
            Self::User => request.user.0 as u64,
        })
    }

    /// The number of a request's unit.
    pub(super) const fn number(self, request: &Request) -> u32 {
        match self {
            Self::Request => request.index as u32,
            Self::User => request.user.0,
        }
    }
}

/// A coin for each request or for each user.
#[derive(Clone, Copy)]
pub(super) struct ByCoin {
    /// Who has it.
    pub(super) coin: Coin,
    /// Probability of the candidate.
    pub(super) share: f64,
}

impl Design for ByCoin {
    fn unit(&self) -> Unit {
        self.coin.unit()
    }

    fn assign(&self, draws: Family, _: &FleetFacts) -> Box<dyn Assignment> {
        Box::new(Coins { draws, of: *self })
    }
}

#[derive(Clone, Copy)]
struct Coins {
    draws: Family,
    of: ByCoin,
}

impl Assignment for Coins {
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
}
