//! A study: replications of truth worlds and experiments, graded against each other.
//!
//! [`mod@replicate`] runs everything of one seed; [`mod@cell`] cuts a study into parts that can be kept; `execute` spreads work over
//! cores; [`mod@score`] puts replications together in the order of their numbers, so that results do not depend on how many
//! cores there were.

pub mod block_variance;
mod blocks;
pub mod carry_over;
pub mod cell;
pub mod columns;
pub mod compare;
pub mod curve;
pub mod distribution;
#[cfg(feature = "cli")]
pub mod execute;
pub mod externality;
pub mod frame;
mod grade;
pub mod kernel;
pub mod pilot;
pub mod planner;
pub mod power;
pub mod replicate;
pub mod score;
pub mod segment;
pub mod tables;
pub mod token_mean;
pub mod truth;
pub mod unit_variance;

use replicate::Experiment;
pub use replicate::{Replication, replicate};
pub use score::{Graded, grade, score};
