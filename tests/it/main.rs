//! The integration tests: known answers, laws, determinism, the command line and the documents.

mod analyze;
mod architecture;
mod command_line;
mod compare;
mod designs;
mod determinism;
mod engines;
mod estimands;
mod generated;
mod golden;
mod grow;
mod known_answers;
mod laws;
mod lengths;
mod measured;
mod pages;
mod power;
mod published;
mod queues;
mod report;
mod resume;
mod scenarios;
mod swarm;
mod sweep;
mod traces;
mod worlds;
