//! From numbers to a verdict in words: which design to trust here, which misleads, and why; and where, over a sweep.

pub mod standings;
pub mod trust_map;
pub mod verdict;

pub use standings::{StandingPair, standings};
pub use trust_map::{Cell, Point, Sweep, TrustMap};
pub use verdict::{Finding, Standing, Verdict, verdicts};
