//! The manifest of a run directory: the only file of a run that knows the clock, the machine and the call.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::input::Input;
use crate::report::Provenance;
use crate::scenario::Scenario;

/// How far `--precision` is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The Monte-Carlo error that is small enough, as the user gave it.
    pub precision: String,
    /// Never more replications than this.
    pub most: u32,
}

/// What identifies a run.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The call that repeats the run.
    pub command: String,
    /// SHA-256 of the program's version, the resolved scenario and the files that it names.
    pub hash: String,
    /// The scenario's name.
    pub scenario: String,
    /// The master seed.
    pub seed: u64,
    /// Replications asked for.
    pub replications: u32,
    /// As many as a precision needs.
    pub goal: Option<Goal>,
    /// The folder of the scenario's file.
    folder: String,
    /// Seconds since 1970 at the start.
    started: u64,
}

impl Manifest {
    /// The manifest of a run of `input` that starts now.
    #[must_use]
    pub fn start(mut command: String, input: &Input, goal: Option<Goal>) -> Self {
        if let Some(Goal { precision, most }) = &goal
            && !command.contains(" --precision ")
        {
            command.push_str(&format!(" --precision {precision} --max-replications {most}"));
        }
        let Scenario { name, study, .. } = &input.scenario;
        Self {
            command,
            hash: input.hash(),
            scenario: name.clone(),
            seed: study.seed,
            replications: study.replications,
            goal,
            folder: std::path::absolute(&input.folder)
                .unwrap_or_else(|_| input.folder.clone())
                .display()
                .to_string(),
            started: now(),
        }
    }

    /// The name of the run directory: UTC date, scenario and the first 8 digits of the hash.
    #[must_use]
    pub fn directory_name(&self) -> String {
        let (year, month, day) = civil(self.started / 86_400);
        format!("{year:04}-{month:02}-{day:02}{}", self.directory_ending())
    }

    /// What the name of its directory ends with, whatever the day.
    #[must_use]
    pub fn directory_ending(&self) -> String {
        format!("-{}-{}", self.scenario, &self.hash[..8])
    }

    /// The study came to as many replications as `input` has.
    pub fn finished(&mut self, input: &Input) {
        self.hash = input.hash();
        self.replications = input.scenario.study.replications;
    }

    /// Where the page of the run comes from.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        Provenance {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: self.command.clone(),
            scenario_hash: self.hash.clone(),
            seed: self.seed,
            replications: self.replications,
        }
    }

    /// The text while tables are missing: running, interrupted or killed.
    #[must_use]
    pub fn incomplete(&self) -> String {
        self.text("incomplete", None, &[])
    }

    /// The text when all files are there, with their names and checksums.
    #[must_use]
    pub fn complete(&self, requests: u64, checksums: &[(String, String)]) -> String {
        self.text("complete", Some(requests), checksums)
    }

    fn text(&self, status: &str, requests: Option<u64>, checksums: &[(String, String)]) -> String {
        let files: serde_json::Map<String, Value> =
            checksums.iter().map(|(name, checksum)| (name.clone(), json!(checksum))).collect();
        let document = json!({
            "status": status,
            "scenario": self.scenario,
            "scenario_folder": self.folder,
            "plan_hash": self.hash,
            "seed": self.seed,
            "replications": self.replications,
            "precision": self.goal.as_ref().map(|goal| &goal.precision),
            "max_replications": self.goal.as_ref().map(|goal| goal.most),
            "requests_simulated": requests,
            "command": self.command,
            "version": env!("CARGO_PKG_VERSION"),
            "random_numbers": "SplitMix64 streams keyed by seed, replication, purpose and entity",
            "started_unix_s": self.started,
            "written_unix_s": now(),
            "sha256": files,
        });
        format!("{document:#}\n")
    }
}

#[allow(clippy::disallowed_methods, reason = "the manifest is the one place that knows the clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Year, month and day of a day since 1970, in the proleptic Gregorian calendar (Hinnant's algorithm).
const fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_since_1970_are_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(20_778), (2026, 11, 21));
    }
}
