//! Two runs side by side: which settings differ, which verdicts changed, and what became of truth, bias, RMSE and coverage.

mod csv;
mod markdown;
mod table;
mod text;
mod words;

pub(crate) use self::csv::COLUMNS;
pub use self::csv::comparison_csv;
pub use markdown::comparison_markdown;
pub use text::comparison_text;

pub(super) use table::{PeopleRow, PeopleTable, people_tables};
pub use words::sentences;
pub(super) use words::{label, measure_name, shown_or_absent, standing_or_absent};

use super::Provenance;
use crate::readout::{StandingPair, standings, verdicts};
use crate::record::Metric;
use crate::scenario::{Scenario, SettingChange, setting_changes};
use crate::study::Graded;
use crate::study::compare::{ComparedRow, Pairing, Side, adjust, compare};

/// A run that is compared.
#[derive(Clone, Copy, Debug)]
pub struct ComparedRun<'a> {
    /// Where it is, as the user named it.
    pub place: &'a str,
    /// Its scenario.
    pub scenario: &'a Scenario,
    /// What the files that the scenario names hold: a checksum each.
    pub file_hashes: &'a [String],
    /// What it found.
    pub graded: &'a Graded,
    /// Where it comes from.
    pub provenance: &'a Provenance,
}

/// What identifies a run in a comparison.
#[derive(Clone, Debug)]
pub struct RunName {
    /// Where it is, as the user named it.
    pub place: String,
    /// The scenario's name.
    pub scenario: String,
    /// The metric that it decides by.
    pub primary: &'static Metric,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Two runs side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The runs, the earlier first.
    pub runs: [RunName; 2],
    /// The settings that differ.
    pub settings: Vec<SettingChange>,
    /// Whether files that the scenarios name hold something else.
    pub files_differ: bool,
    /// Standings in both; none where the runs decide by different metrics.
    pub standings: Vec<StandingPair>,
    /// Whether replications have draws in common.
    pub pairing: Pairing,
    /// The metric of the tables for people: one that a run decides by and that both graded.
    pub metric: Option<&'static Metric>,
    /// Every measure of every metric.
    pub rows: Vec<ComparedRow>,
}

impl Comparison {
    /// Compare two runs.
    ///
    /// # Errors
    /// When a resolved scenario is not TOML, which would be a defect of this program.
    pub fn of(before: ComparedRun<'_>, after: ComparedRun<'_>) -> Result<Self, toml::de::Error> {
        let [first, second] = [before, after].map(|run| run.scenario.study.primary);
        let [seed, other_seed] = [before, after].map(|run| run.scenario.study.seed);
        let pairing = if seed == other_seed { Pairing::ByReplication } else { Pairing::Independent };
        let mut rows = compare(before.graded, after.graded, pairing);
        let metric = [first, second]
            .into_iter()
            .find(|metric| rows.iter().any(|row| row.metric == metric.name && in_both(row)));
        if let Some(metric) = metric {
            adjust(&mut rows, metric.name);
        }
        let standings = if first.name == second.name {
            standings(&verdicts(before.graded, first), &verdicts(after.graded, second))
        } else {
            Vec::new()
        };
        Ok(Self {
            runs: [before, after].map(name),
            settings: setting_changes(&before.scenario.resolved, &after.scenario.resolved)?,
            files_differ: before.file_hashes != after.file_hashes,
            standings,
            pairing,
            metric,
            rows,
        })
    }

    /// Whether the runs have anything in common: a candidate and a metric.
    #[must_use]
    pub fn has_common_rows(&self) -> bool {
        self.rows.iter().any(in_both)
    }
}

fn in_both(row: &ComparedRow) -> bool {
    row.before != Side::Absent && row.after != Side::Absent
}

fn name(run: ComparedRun<'_>) -> RunName {
    RunName {
        place: run.place.to_owned(),
        scenario: run.scenario.name.clone(),
        primary: run.scenario.study.primary,
        provenance: run.provenance.clone(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::fixture;
    use super::*;

    /// A made-up study compared with one whose estimates of request designs lie 30 higher and whose router is another.
    pub(in crate::report) fn comparison(candidate: &str) -> Comparison {
        let (scenario, graded) = fixture::study(candidate);
        let (mut scenario_after, mut after) = fixture::study(candidate);
        let estimates = after.estimates.iter_mut().filter(|row| row.design == "request");
        for estimate in estimates.filter_map(|row| row.result.as_mut().ok()) {
            let shift = 30.0 + 0.2 * estimate.effect;
            estimate.effect += shift;
            estimate.conf_low += shift;
            estimate.conf_high += shift;
        }
        scenario_after.resolved = scenario_after.resolved.replace("replicas = 4", "replicas = 5");
        let graded_after = crate::study::grade(&scenario_after, after);
        let graded = crate::study::grade(&scenario, graded);
        let provenance = Provenance {
            version: "0.1.0".to_owned(),
            command: format!("contention run {candidate}.toml"),
            scenario_hash: "0123abcd".to_owned(),
            seed: 1,
            replications: fixture::REPLICATIONS,
        };
        let run = |place, scenario, graded| ComparedRun {
            place,
            scenario,
            file_hashes: &[],
            graded,
            provenance: &provenance,
        };
        Comparison::of(run("first", &scenario, &graded), run("second", &scenario_after, &graded_after))
            .unwrap()
    }

    #[test]
    fn only_the_primary_metric_is_adjusted_and_every_metric_is_compared() {
        let found = comparison("p2c");
        let metric = found.metric.unwrap().name;
        assert!(found.rows.iter().any(|row| row.metric != metric));
        assert!(found.rows.iter().all(|row| row.metric == metric || row.adjusted_p.is_none()));
        assert!(found.rows.iter().any(|row| row.adjusted_p.is_some_and(|p| p < 0.05)));
        assert!(found.has_common_rows() && found.settings.len() == 4, "{:?}", found.settings);
    }
}
