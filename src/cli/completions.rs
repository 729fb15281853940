//! `contention completions`: what a shell needs to complete verbs and options.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::{Command, Failure, print};

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct Options {
    /// The shell.
    shell: Shell,
}

/// Print a shell's completions.
pub fn completions(options: &Options) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(options.shell, &mut Command::command(), "contention", &mut script);
    print(&String::from_utf8_lossy(&script))
}
