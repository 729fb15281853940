//! The tidy tables of a run directory: one function a table, header first.
//!
//! Every number is the shortest that reads back as the same; there is no NaN: a row without an answer has empty
//! numbers and its reason in `note`.

pub(crate) mod column;
mod curve;
pub mod dictionary;
mod elsewhere;
mod estimates;
mod performance;
mod worlds;

use csv::{Error, Writer};

pub use performance::performance_table;

use self::column::Column;
use self::curve::{curve, curve_summary};
use self::estimates::{decomposition, estimates, null_estimates, truth};
use self::worlds::{blocks, boundary_events, distributions, events, timeline, token_mean};
use crate::scenario::Scenario;
use crate::stats::NotEstimable;
use crate::study::Graded;

pub(super) type Table = Writer<Vec<u8>>;

/// Makes a table of a study.
type Make = fn(&Graded, &Scenario) -> Result<String, Error>;

/// The tables whose rows belong to replications: those that [`super::read_tables`] reads, and that all others follow from.
const OF_ROWS: [(&str, Make); 11] = [
    ("truth.csv", |graded, _| truth(graded)),
    ("estimates.csv", |graded, _| estimates(graded)),
    ("null_estimates.csv", |graded, _| null_estimates(graded)),
    ("decomposition.csv", |graded, _| decomposition(graded)),
    ("curve.csv", |graded, _| curve(graded)),
    ("boundary_events.csv", |graded, _| boundary_events(graded)),
    ("timeline.csv", timeline),
    ("events.csv", |graded, _| events(graded)),
    ("distributions.csv", |graded, _| distributions(graded)),
    ("token_mean.csv", |graded, _| token_mean(graded)),
    ("blocks.csv", |graded, _| blocks(graded)),
];

/// The tables that follow from them.
const DERIVED: [(&str, Make); 2] =
    [("performance.csv", |graded, _| performance_table(graded)), ("curve_summary.csv", curve_summary)];

/// The tables of a study, file name and content, each made when it is asked for: those of a long study are large.
///
/// # Errors
/// When a row does not fit its header, which would be a defect of this program.
pub fn each_table<'a>(
    graded: &'a Graded,
    scenario: &'a Scenario,
) -> impl Iterator<Item = Result<(&'static str, String), Error>> + 'a {
    OF_ROWS.into_iter().chain(DERIVED).map(|(name, make)| Ok((name, make(graded, scenario)?)))
}

/// All of [`each_table`].
///
/// # Errors
/// As there.
pub fn tables(graded: &Graded, scenario: &Scenario) -> Result<Vec<(&'static str, String)>, Error> {
    each_table(graded, scenario).collect()
}

/// The tables of the rows alone.
pub(super) fn row_tables(graded: &Graded, scenario: &Scenario) -> Result<Vec<(&'static str, String)>, Error> {
    OF_ROWS.into_iter().map(|(name, make)| Ok((name, make(graded, scenario)?))).collect()
}

pub(super) fn table(
    columns: &[Column],
    fill: impl FnOnce(&mut Table) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut table = Writer::from_writer(Vec::new());
    table.write_record(columns.iter().map(|column| column.name.as_bytes()))?;
    fill(&mut table)?;
    let bytes = table.into_inner().map_err(|error| Error::from(error.into_error()))?;
    String::from_utf8(bytes).map_err(|error| Error::from(std::io::Error::other(error)))
}

/// Empty cells and the reason's code in the last.
fn with_note<const N: usize>(reason: NotEstimable) -> [String; N] {
    std::array::from_fn(|at| if at + 1 == N { reason.note() } else { String::new() })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn parsed(name: &str) -> (Vec<String>, Vec<csv::StringRecord>) {
        let (scenario, graded) = fixture::study("p2c");
        let tables = tables(&graded, &scenario).unwrap();
        let (_, text) = tables.into_iter().find(|(file, _)| *file == name).unwrap();
        assert!(!text.contains("NaN"), "{name}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        (header, reader.records().collect::<Result<_, _>>().unwrap())
    }

    fn at(header: &[String], name: &str) -> usize {
        header.iter().position(|column| column == name).unwrap()
    }

    #[test]
    fn every_table_has_its_declared_columns_and_rows() {
        let columns = [
            (
                "truth.csv",
                "candidate metric segment replication value_control value_candidate effect paired_se",
            ),
            (
                "estimates.csv",
                "candidate design estimator metric segment replication estimand truth estimate std_error \
             vcov statistic df p_value conf_low conf_high n_units n_clusters value_treated value_control note",
            ),
            (
                "performance.csv",
                "candidate design estimator metric segment estimand n_replications n_failed truth truth_se \
             mean_estimate mean_estimate_mcse bias bias_mcse rel_bias rel_bias_mcse emp_se emp_se_mcse model_se \
             model_se_mcse se_ratio se_ratio_mcse rmse rmse_mcse coverage coverage_mcse be_coverage be_coverage_mcse \
             power_or_size power_or_size_mcse sign_error sign_error_mcse type_s type_s_mcse type_m type_m_mcse \
             detectable_effect detectable_effect_mcse regret regret_mcse wrong_decision wrong_decision_mcse wrong_ship \
             wrong_ship_mcse missed_gain missed_gain_mcse null_size null_size_mcse null_uniform_p note",
            ),
            ("curve.csv", "candidate share metric replication value value_treated value_control"),
            (
                "decomposition.csv",
                "candidate design estimator metric segment replication error sampling_part \
             spillover_on_control dilution_on_treated",
            ),
            (
                "boundary_events.csv",
                "candidate design cluster kind replication count count_per_hour seconds \
             requests_touched",
            ),
            (
                "timeline.csv",
                "world cluster window start_s length_s arrivals queue running kv_used kv_capacity \
             preemptions rejections arm_share",
            ),
            ("events.csv", "world cluster replica kind cause start_s duration_s requests_touched"),
            ("distributions.csv", "world quantity at_most count"),
            ("token_mean.csv", "requests mean_tokens largest_tokens"),
            ("blocks.csv", "candidate design cluster start_s end_s arm washout_s"),
        ];
        for (name, expected) in columns {
            let (header, rows) = parsed(name);
            assert_eq!(header, expected.split_whitespace().collect::<Vec<_>>(), "{name}");
            assert!(!rows.is_empty(), "{name}");
        }
    }

    #[test]
    fn numbers_read_back_and_a_missing_answer_has_a_note_instead() {
        let (scenario, graded) = fixture::study("p2c");
        let (header, rows) = parsed("estimates.csv");
        assert_eq!(rows.len(), graded.estimates.len());
        for (row, given) in rows.iter().zip(&graded.estimates) {
            let (estimate, note) = (&row[at(&header, "estimate")], &row[at(&header, "note")]);
            match given.result {
                Ok(result) => assert_eq!((estimate.parse(), note), (Ok(result.effect), "")),
                Err(reason) => assert_eq!((estimate, note), ("", reason.note().as_str())),
            }
        }
        let (header, rows) = parsed("performance.csv");
        assert!(rows.iter().any(|row| row[at(&header, "note")].starts_with("ne:") && row[at(&header, "bias")].is_empty()));
        let (header, rows) = parsed("truth.csv");
        let truth = graded.truth_of("p2c", scenario.study.primary.name).unwrap();
        let row = rows.iter().find(|row| &row[at(&header, "metric")] == scenario.study.primary.name).unwrap();
        assert_eq!(row[at(&header, "paired_se")].parse(), Ok(truth.effect.mcse));
    }
}
