//! `contention completions`: what a shell needs to complete verbs and options.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};
use serde_json::json;

use super::{Command, Failure, Global, print, print_json};

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct Options {
    /// The shell.
    shell: Shell,
}

/// Print a shell's completions.
pub fn completions(options: &Options, global: &Global) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(options.shell, &mut Command::command(), "contention", &mut script);
    let text = String::from_utf8_lossy(&script);
    if global.json {
        return print_json(&json!({ "shell": options.shell.to_string(), "text": text }));
    }
    print(&text)
}
