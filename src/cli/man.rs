//! `contention man`: manual pages.

use std::fs;

use clap::CommandFactory as _;
use clap_mangen::{Man, generate_to};
use serde_json::json;

use super::{Command, Failure, Global, print, print_json};

/// Print the page of the program; with `--out DIR`, write it and one page a verb to a folder.
pub fn man(global: &Global) -> Result<(), Failure> {
    if let Some(folder) = &global.out {
        fs::create_dir_all(folder).map_err(|error| Failure::io(folder, error))?;
        generate_to(Command::command(), folder).map_err(|error| Failure::io(folder, error))?;
        if global.json {
            return print_json(&json!({ "directory": folder.display().to_string() }));
        }
        return Ok(());
    }
    let mut page = Vec::new();
    Man::new(Command::command()).render(&mut page).map_err(|error| Failure::io("manual page", error))?;
    let text = String::from_utf8_lossy(&page);
    if global.json { print_json(&json!({ "text": text })) } else { print(&text) }
}
