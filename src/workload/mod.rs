//! Everything exogenous: who sends what, and when. Never sees a policy.

pub mod lengths;
pub mod request;
pub mod trace;

pub use request::Request;
