//! From numbers to a verdict in words: which design to trust here, which misleads, and why.

pub mod standings;
pub mod verdict;

pub use standings::{StandingPair, standings};
pub use verdict::{Finding, Standing, Verdict, verdicts};
