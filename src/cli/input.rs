//! Loads scenarios: a file, or one of the shipped ones by name, with the overrides of the command line.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::checksum::sha256;
use super::{Failure, Global};
use crate::scenario::lint::Warning;
use crate::scenario::{Scenario, resolve};
use crate::settings::problem::nearest_hint;
use crate::settings::{Document, Place, Problems};

/// The shipped scenarios: name and text.
pub const SHIPPED: &[(&str, &str)] = &[
    ("quickstart", include_str!("../../scenarios/quickstart.toml")),
    ("shedding-wrong-sign", include_str!("../../scenarios/shedding-wrong-sign.toml")),
    ("wrong-sign", include_str!("../../scenarios/wrong-sign.toml")),
    ("rate-limit-free-riders", include_str!("../../scenarios/rate-limit-free-riders.toml")),
    ("batching-by-cluster", include_str!("../../scenarios/batching-by-cluster.toml")),
    ("backlog-needs-washout", include_str!("../../scenarios/backlog-needs-washout.toml")),
    ("spill-over-between-regions", include_str!("../../scenarios/spill-over-between-regions.toml")),
    ("watermark-trade-off", include_str!("../../scenarios/watermark-trade-off.toml")),
    ("too-many-seqs", include_str!("../../scenarios/too-many-seqs.toml")),
    ("no-evict", include_str!("../../scenarios/no-evict.toml")),
    ("burstiness", include_str!("../../scenarios/burstiness.toml")),
    ("stale-signals", include_str!("../../scenarios/stale-signals.toml")),
    ("replay-trace", include_str!("../../scenarios/replay-trace.toml")),
    ("measured-server", include_str!("../../scenarios/measured-server.toml")),
];

/// A scenario and the text it came from.
pub struct Input {
    /// As the user gave it.
    pub text: String,
    /// What the user called it.
    pub name: String,
    /// Valid by construction.
    pub scenario: Scenario,
    /// The folder of the scenario's file, where files that it names may lie.
    pub folder: PathBuf,
    /// SHA-256 of every file that the scenario names, in order.
    pub file_hashes: Vec<String>,
}

impl Input {
    /// SHA-256 of what a study depends on: this version, the resolved scenario and the files that it names.
    #[must_use]
    pub fn hash(&self) -> String {
        self.hash_with(&self.scenario.resolved)
    }

    /// SHA-256 of what one replication depends on: everything but how many there are.
    #[must_use]
    pub fn study_hash(&self) -> String {
        let count = format!("replications = {}", self.scenario.study.replications);
        let lines = self.scenario.resolved.lines().filter(|line| *line != count);
        self.hash_with(&lines.collect::<Vec<_>>().join("\n"))
    }

    fn hash_with(&self, resolved: &str) -> String {
        let files = self.file_hashes.join("\n");
        sha256(format!("{}\n{resolved}\n{files}", env!("CARGO_PKG_VERSION")).as_bytes())
    }

    /// The same with another number of replications.
    ///
    /// # Errors
    /// When the number is out of range, or a file that the scenario names is gone.
    pub fn with_replications(&self, replications: u32) -> Result<Self, Failure> {
        let mut document = Document::parse(&self.name, &self.scenario.resolved)?;
        let set = document.set(&format!("study.replications={replications}"));
        set.map_err(|problem| Failure::Invalid(Problems(vec![problem])))?;
        resolved(self.text.clone(), &self.name, self.folder.clone(), document)
    }
}

/// The text of a scenario: a file, or a shipped one by name.
pub fn read_text(name: &str) -> Result<String, Failure> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)
        && !Path::new(name).exists()
    {
        return Ok((*text).to_owned());
    }
    super::directory::note_input(Path::new(name));
    fs::read_to_string(name).map_err(|error| {
        let shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        let hint = nearest_hint(name, shipped.iter().copied());
        Failure::Usage(format!(
            "{name}: {error}{hint}; name a file or one of the shipped scenarios: {}",
            shipped.join(", ")
        ))
    })
}

/// A scenario's text with the overrides of the command line.
pub fn document(name: &str, text: &str, global: &Global) -> Result<Document, Failure> {
    let mut document = Document::parse(name, text)?;
    let mut wrong = Vec::new();
    for text in &global.overrides {
        wrong.extend(document.set(text).err());
    }
    if let Some(seed) = global.seed {
        wrong.extend(document.set(&format!("study.seed={seed}")).err());
    }
    if wrong.is_empty() { Ok(document) } else { Err(Failure::Invalid(Problems(wrong))) }
}

/// Load a scenario with the overrides of the command line.
pub fn load(name: &str, global: &Global) -> Result<Input, Failure> {
    load_with(name, None, global, &[])
}

/// Load a scenario with the overrides of the command line and then these, each with the option that gave it. Files that it names lie in the `folder`, which is its own
/// when left out.
pub fn load_with(
    name: &str,
    folder: Option<&Path>,
    global: &Global,
    more: &[(String, Place)],
) -> Result<Input, Failure> {
    let text = read_text(name)?;
    let mut document = document(name, &text, global)?;
    let wrong: Vec<_> =
        more.iter().filter_map(|(text, place)| document.set_at(text, place.clone()).err()).collect();
    if !wrong.is_empty() {
        return Err(Failure::Invalid(Problems(wrong)));
    }
    let folder = folder.or_else(|| Path::new(name).parent()).map(Path::to_path_buf).unwrap_or_default();
    resolved(text, name, folder, document)
}

fn resolved(text: String, name: &str, folder: PathBuf, document: Document) -> Result<Input, Failure> {
    let hashes = RefCell::new(Vec::new());
    let load = |path: &str| {
        let bytes = read_beside(&folder, path)?;
        hashes.borrow_mut().push(sha256(&bytes));
        Ok(bytes)
    };
    let scenario = resolve(document, &load)?;
    Ok(Input { text, name: name.to_owned(), scenario, folder, file_hashes: hashes.into_inner() })
}

/// A file that a scenario names: relative to the working directory, or else to the scenario's folder.
fn read_beside(folder: &Path, path: &str) -> io::Result<Vec<u8>> {
    let direct = PathBuf::from(path);
    match fs::read(&direct) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && direct.is_relative() => {
            fs::read(folder.join(direct))
        }
        result => result,
    }
}

/// What a verb does with a scenario: some warnings are about one of them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Replications are graded.
    Graded,
    /// Worlds are run, or looked at, and nothing is graded.
    Simulated,
}

/// The warnings that apply to this use of a scenario.
pub fn warnings(scenario: &Scenario, of: Use) -> impl Iterator<Item = &Warning> {
    scenario.warnings.iter().filter(move |warning| of == Use::Graded || !OF_GRADES.contains(&warning.code))
}

/// Warnings about grades.
const OF_GRADES: [&str; 1] = ["W-FEW"];

/// Print the scenario's warnings to stderr.
pub fn warn(scenario: &Scenario, of: Use, global: &Global) {
    if !global.quiet {
        for warning in warnings(scenario, of) {
            tell!("warning {}: {}", warning.code, warning.text);
        }
    }
}
