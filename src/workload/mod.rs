//! Everything exogenous: who sends what, and when. Never sees a policy.
//!
//! Users are independent Poisson processes on a common, slowly changing clock for each region ([`clock`]); their
//! requests get lengths by keyed draws ([`generator`]); or the rows of a real trace are replayed ([`replay`]).

pub mod class;
pub mod clock;
pub mod generator;
pub mod lengths;
pub mod population;
pub mod profile;
pub mod replay;
pub mod request;
pub mod settings;
pub mod trace;

pub use class::Class;
pub use generator::Generator;
pub use population::{Population, Tier};
pub use replay::Replay;
pub use request::Request;

use crate::rng::Streams;
use crate::units::SimTime;

/// How much traffic there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// Requests a second of all users together, shared out by activity.
    Total(f64),
    /// Requests a second of a user of activity 1: a new user leaves all others' arrivals unchanged.
    PerUser(f64),
}

/// A resolved workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// How much traffic there is.
    pub rate: Rate,
    /// The clock on which arrivals run.
    pub pace: clock::Pace,
    /// Kinds of traffic.
    pub classes: Vec<Class>,
    /// Who sends.
    pub users: Population,
    /// A trace to replay instead of generated arrivals.
    pub trace: Option<Replay>,
}

impl Workload {
    /// The arrivals of one replication, in order of time, without end when they are generated.
    #[must_use]
    pub fn arrivals(&self, streams: Streams) -> Box<dyn Iterator<Item = Request> + '_> {
        match &self.trace {
            Some(replay) => Box::new(replay.requests(self, streams).into_iter()),
            None => Box::new(Generator::new(self, streams)),
        }
    }

    /// The arrivals before `horizon`.
    #[must_use]
    pub fn arrivals_until(&self, streams: Streams, horizon: SimTime) -> Vec<Request> {
        match &self.trace {
            Some(replay) => {
                let mut requests = replay.requests(self, streams);
                requests.retain(|request| request.arrival < horizon);
                requests
            }
            None => Generator::new(self, streams).take_while(|request| request.arrival < horizon).collect(),
        }
    }
}
