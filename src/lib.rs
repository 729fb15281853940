//! contention simulates shared GPU inference fleets and tells which experiment to believe.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "cli")]
pub mod cli;
pub mod design;
pub mod engine;
pub mod estimate;
pub mod policy;
pub mod readout;
pub mod record;
#[cfg(feature = "cli")]
pub mod report;
pub mod rng;
pub mod scenario;
pub mod settings;
pub mod stats;
pub mod study;
pub mod tidy;
pub mod units;
#[cfg(feature = "cli")]
pub mod verify;
pub mod workload;
pub mod world;
