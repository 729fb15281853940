//! Event order and drivers. Knows nothing of GPUs: it moves processes, each with a next event of its own.
//!
//! Simultaneous events have one total order: environment (policy flips), scrapes and window edges, arrivals by
//! request, then the processes' own events by process number. An arrival at t therefore sees the state after all
//! process events strictly before t.

pub mod driver;
pub mod tournament;

pub use driver::{Driver, DriverKind, Process};
pub use tournament::Tournament;
