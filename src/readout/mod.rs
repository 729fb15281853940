//! From numbers to a verdict in words: which design to trust here, which misleads, and why.

pub mod verdict;

pub use verdict::{Finding, Standing, Verdict, verdicts};
