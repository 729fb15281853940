//! The integration tests: known answers, laws, determinism, the command line and the documents.

mod analyze;
mod architecture;
mod command_line;
mod designs;
mod determinism;
mod distributions;
mod engines;
mod estimands;
mod golden;
mod grow;
mod known_answers;
mod laws;
mod lengths;
mod measured;
mod power;
mod published;
mod queues;
mod scenarios;
mod swarm;
mod traces;
mod worlds;
