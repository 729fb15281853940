//! The manifest of a run directory: the only file of a run that knows the clock, the machine and the call.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Global;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Running, interrupted or killed: the tables are not there.
    Incomplete,
    /// All files are there.
    Complete,
}

/// What does not change while a run goes on.
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
    /// Seconds since 1970 at the start.
    started: u64,
}

impl Manifest {
    /// The manifest of a run that starts now.
    #[must_use]
    pub fn start(command: String, hash: String, scenario: String, seed: u64, replications: u32) -> Self {
        Self { command, hash, scenario, seed, replications, started: now() }
    }

    /// The name of the run directory: UTC date, scenario and the first 8 digits of the hash.
    #[must_use]
    pub fn directory_name(&self) -> String {
        let (year, month, day) = civil(self.started / 86_400);
        format!("{year:04}-{month:02}-{day:02}-{}-{}", self.scenario, &self.hash[..8])
    }

    /// The manifest's text; `files` are names and contents of the files that are there.
    #[must_use]
    pub fn text(
        &self,
        progress: Progress,
        finished: u64,
        requests: u64,
        files: &[(String, String)],
    ) -> String {
        let files: serde_json::Map<String, Value> =
            files.iter().map(|(name, content)| (name.clone(), json!(sha256(content.as_bytes())))).collect();
        let status = match progress {
            Progress::Incomplete => "incomplete",
            Progress::Complete => "complete",
        };
        let document = json!({
            "status": status,
            "scenario": self.scenario,
            "plan_hash": self.hash,
            "seed": self.seed,
            "replications": self.replications,
            "replications_finished": finished,
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

/// SHA-256 as hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The call that repeats a run of `scenario`.
#[must_use]
pub fn command(verb: &str, scenario: &str, global: &Global) -> String {
    let mut command = format!("contention {verb} {scenario}");
    if let Some(seed) = global.seed {
        command.push_str(&format!(" --seed {seed}"));
    }
    for text in &global.overrides {
        command.push_str(&format!(" --set '{text}'"));
    }
    command
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
