//! Everything exogenous: who sends what, and when. Never sees a policy.
//!
//! Users are independent Poisson processes on a common, slowly changing clock for each region ([`clock`]); their
//! requests get lengths by keyed draws ([`generator`]); or the rows of a real trace are replayed ([`replay`]).

pub mod arrivals;
pub mod class;
pub mod clock;
pub mod gaps;
pub mod generator;
pub mod lengths;
pub mod population;
pub mod profile;
pub mod replay;
pub mod request;
pub mod settings;
pub mod trace;

pub use arrivals::Arrivals;
pub use class::{Class, ClassTerms};
pub use gaps::Gaps;
pub use generator::Generator;
pub use population::{Population, Tier};
pub use replay::Replay;
pub use request::Request;

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
    /// The law of the gaps between one user's requests.
    pub gaps: Gaps,
    /// The clock on which arrivals run.
    pub pace: clock::Pace,
    /// Kinds of traffic.
    pub classes: Vec<Class>,
    /// Who sends.
    pub users: Population,
    /// A trace to replay instead of generated arrivals.
    pub trace: Option<Replay>,
}
