//! `contention new`: a scenario of one's own, from a shipped one.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Failure, Global, directory, input, print, print_json};
use crate::settings::problem::nearest_hint;

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
pub fn new(options: &Options, global: &Global) -> Result<(), Failure> {
    let name = &options.name;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err(Failure::Usage(format!("\"{name}\" is not a name: use letters, digits, - and _")));
    }
    let Some((_, text)) = input::SHIPPED.iter().find(|(shipped, _)| *shipped == options.template) else {
        let known: Vec<&str> = input::SHIPPED.iter().map(|(name, _)| *name).collect();
        let hint = nearest_hint(&options.template, known.iter().copied());
        return Err(Failure::Usage(format!(
            "no template \"{}\"{hint}; there are {}",
            options.template,
            known.join(", ")
        )));
    };
    let path = PathBuf::from(format!("{name}.toml"));
    if path.exists() {
        return Err(Failure::Usage(format!("{} exists already; nothing was written", path.display())));
    }
    directory::write_atomically(&path, of_template(name, &options.template, text).as_bytes())?;
    if global.json {
        return print_json(
            &json!({ "path": path.display().to_string(), "name": name, "template": options.template }),
        );
    }
    print(&format!(
        "wrote {0}\n\n  contention explain {0}   what it means, with every default\n  contention run {0}       grade its designs\n",
        path.display()
    ))
}

/// The template's text under another name. What stands above its first key tells what the template's own study measured; the copy is
/// another study as soon as it is changed, so it gets a header of its own. Comments on keys stay.
fn of_template(name: &str, template: &str, text: &str) -> String {
    let keys = text.split_inclusive('\n').skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    let keys: String = keys.collect();
    let keys = keys.replacen(&format!("name = \"{template}\""), &format!("name = \"{name}\""), 1);
    format!(
        "# A scenario of your own, from the template `{template}`. Nothing has been measured with it yet. Change the question\n\
         # below to yours, then the keys; docs/scenario.md has them all.\n\
         #\n\
         #   contention check {name}.toml     every mistake at once\n\
         #   contention explain {name}.toml   what it means, with every default\n\
         #   contention run {name}.toml       grade its designs\n\n{keys}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_keeps_its_keys_and_loses_what_was_measured() {
        for (template, text) in input::SHIPPED {
            let copy = of_template("mine", template, text);
            let header = copy.split("\n\n").next().unwrap_or_default();
            assert!(
                !header.contains("One should see") && header.contains("contention run mine.toml"),
                "{template}"
            );
            assert!(!copy.contains("should see"), "{template}");
            let mut original: toml::Table = toml::from_str(text).unwrap();
            original.insert("name".to_owned(), "mine".into());
            assert_eq!(toml::from_str::<toml::Table>(&copy).unwrap(), original, "{template}");
        }
    }
}
