//! A study: replications of truth worlds and experiments, graded against each other.
//!
//! [`mod@replicate`] runs everything of one seed; `execute` spreads replications over cores; [`mod@score`] puts them together in
//! the order of replications, so that results do not depend on how many cores there were.

#[cfg(feature = "cli")]
pub mod execute;
pub mod frame;
pub mod replicate;
pub mod score;
pub mod tables;

pub use replicate::{Replication, replicate};
pub use score::{Graded, score};
