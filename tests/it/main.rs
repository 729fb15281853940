//! The integration tests: known answers, laws, determinism, the command line and the documents.

mod architecture;
mod command_line;
mod determinism;
mod engines;
mod laws;
mod lengths;
mod queues;
mod scenarios;
mod swarm;
mod traces;
mod worlds;
