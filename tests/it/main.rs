//! The integration tests: known answers, laws, determinism, the command line and the documents.

mod engines;
mod worlds;
