//! `contention verify`: the simulator against known answers, its own laws, and a measured run.

mod ladder;
mod measured;
mod swarm;

use std::path::PathBuf;

use clap::Args;

use super::{Failure, Global};

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Options {
    /// How far up the ladder: 0 takes a second, 1 a minute on two cores, 2 several minutes.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=2), value_name = "0|1|2")]
    tier: u8,
    /// Only this case, explained: what is claimed, why, who says so, and every comparison.
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Instead of the ladder: this many random scenarios, checked against the laws of docs/model.md from outside.
    #[arg(long, value_name = "N", conflicts_with = "case")]
    swarm: Option<u64>,
    /// The first scenario of the swarm, to replay one that failed.
    #[arg(long, value_name = "K", default_value_t = 0, requires = "swarm")]
    from: u64,
    /// Instead of the ladder: replay a measured run of a real server (CSV) and compare latencies.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["case", "swarm"])]
    measured: Option<PathBuf>,
    /// The scenario whose fleet and control policy serve the measured requests; nothing else of it is used.
    #[arg(long, value_name = "SCENARIO", default_value = "measured-server", requires = "measured")]
    against: String,
}

impl Options {
    /// Which of the calls of `verify` it is.
    pub fn call(&self) -> &'static str {
        match (self.swarm, &self.measured) {
            (Some(_), _) => "verify --swarm",
            (None, Some(_)) => "verify --measured",
            (None, None) => "verify",
        }
    }
}

/// Try the simulator.
pub fn verify(options: &Options, global: &Global) -> Result<(), Failure> {
    if let Some(count) = options.swarm {
        return swarm::swarm(count, options.from, global);
    }
    if let Some(path) = &options.measured {
        return measured::measured(path, &options.against, global);
    }
    ladder::climb(options, global)
}
