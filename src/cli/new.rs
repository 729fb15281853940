//! `contention new`: a scenario of one's own, from a shipped one.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, Global, directory, input, print};

/// Options of `new`.
#[derive(Debug, Args)]
pub struct Options {
    /// Name of the new scenario; the file is NAME.toml in the working directory.
    name: String,
    /// Which shipped scenario to start from.
    #[arg(long, default_value = "quickstart", value_name = "SCENARIO")]
    template: String,
}

/// Write a new scenario.
pub fn new(options: &Options, _: &Global) -> Result<(), Failure> {
    let name = &options.name;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err(Failure::Usage(format!("\"{name}\" is not a name: use letters, digits, - and _")));
    }
    let Some((_, text)) = input::SHIPPED.iter().find(|(shipped, _)| *shipped == options.template) else {
        let known: Vec<&str> = input::SHIPPED.iter().map(|(name, _)| *name).collect();
        return Err(Failure::Usage(format!(
            "no template \"{}\"; there are {}",
            options.template,
            known.join(", ")
        )));
    };
    let path = PathBuf::from(format!("{name}.toml"));
    if path.exists() {
        return Err(Failure::Usage(format!("{} exists already; nothing was written", path.display())));
    }
    let text = text.replacen(&format!("name = \"{}\"", options.template), &format!("name = \"{name}\""), 1);
    directory::write_atomically(&path, text.as_bytes())?;
    print(&format!(
        "wrote {0}\n\n  contention explain {0}   what it means, with every default\n  contention run {0}       grade its designs\n",
        path.display()
    ))
}
