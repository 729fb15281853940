//! The tidy tables of a run directory: one function a table, header first.
//!
//! Every number is the shortest that reads back as the same; there is no NaN: a row without an answer has empty
//! numbers and its reason in `note`.

use csv::{Error, Writer};

use super::numbers::{cell, optional_cell};
use crate::scenario::Scenario;
use crate::stats::{Difference, Measure, NotEstimable, Performance};
use crate::study::Graded;
use crate::study::curve::curve_summaries;
use crate::study::tables::{EstimateRow, PerformanceRow};

pub(super) type Table = Writer<Vec<u8>>;

/// The tables of a study: file name and content.
///
/// # Errors
/// When a row does not fit its header, which would be a defect of this program.
pub fn tables(graded: &Graded, scenario: &Scenario) -> Result<Vec<(&'static str, String)>, Error> {
    let mut tables = row_tables(graded, scenario)?;
    tables.push(("performance.csv", performance_table(graded)?));
    tables.push(("curve_summary.csv", curve_summary(graded, scenario)?));
    Ok(tables)
}

/// The tables whose rows belong to replications: those that [`super::read_tables`] reads, and that all others follow from.
pub(super) fn row_tables(graded: &Graded, scenario: &Scenario) -> Result<Vec<(&'static str, String)>, Error> {
    Ok(vec![
        ("truth.csv", truth(graded)?),
        ("estimates.csv", estimates(graded)?),
        ("null_estimates.csv", null_estimates(graded)?),
        ("decomposition.csv", decomposition(graded)?),
        ("curve.csv", curve(graded)?),
        ("boundary_events.csv", boundary_events(graded)?),
        ("timeline.csv", timeline(graded, scenario)?),
        ("events.csv", events(graded)?),
    ])
}

pub(super) fn table(
    header: &[&str],
    fill: impl FnOnce(&mut Table) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut table = Writer::from_writer(Vec::new());
    table.write_record(header)?;
    fill(&mut table)?;
    let bytes = table.into_inner().map_err(|error| Error::from(error.into_error()))?;
    String::from_utf8(bytes).map_err(|error| Error::from(std::io::Error::other(error)))
}

/// `paired_se` is the standard error of the mean effect over all replications, hence the same in each of them; it is
/// empty when there is one replication only.
fn truth(graded: &Graded) -> Result<String, Error> {
    let header = [
        "candidate",
        "metric",
        "segment",
        "replication",
        "value_control",
        "value_candidate",
        "effect",
        "paired_se",
    ];
    let several = graded.truth_rows.iter().any(|row| row.replication > 0);
    table(&header, |table| {
        for row in &graded.truth_rows {
            let truth = graded.truth_within(&row.candidate, row.metric, &row.segment).filter(|_| several);
            table.write_record([
                row.candidate.as_str(),
                row.metric,
                &row.segment,
                &row.replication.to_string(),
                &cell(row.value_control),
                &cell(row.value_candidate),
                &cell(row.effect()),
                &optional_cell(truth.map(|truth| truth.effect.mcse)),
            ])?;
        }
        Ok(())
    })
}

fn estimates(graded: &Graded) -> Result<String, Error> {
    let header = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "replication",
        "estimand",
        "truth",
        "estimate",
        "std_error",
        "vcov",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "n_units",
        "n_clusters",
        "value_treated",
        "value_control",
        "note",
    ];
    table(&header, |table| {
        for row in &graded.estimates {
            let replication = row.replication.to_string();
            let truth = optional_cell(row.paired_truth);
            let estimand = row.estimand.to_string();
            let named = [
                row.candidate.as_str(),
                &row.design,
                &row.estimator,
                row.metric,
                &row.segment,
                &replication,
                &estimand,
                &truth,
            ];
            let numbers = estimate_cells(row);
            table.write_record(named.into_iter().chain(numbers.iter().map(String::as_str)))?;
        }
        Ok(())
    })
}

/// `n_clusters` counts the units whose totals carry the variance; the estimators take the randomised units for them.
fn estimate_cells(row: &EstimateRow) -> [String; 13] {
    match row.result {
        Ok(Difference { effect, std_error, df, statistic, p_value, conf_low, conf_high, n_units, vcov }) => [
            cell(effect),
            cell(std_error),
            vcov.to_owned(),
            cell(statistic),
            cell(df),
            cell(p_value),
            cell(conf_low),
            cell(conf_high),
            n_units.to_string(),
            n_units.to_string(),
            optional_cell(row.arms.map(|arms| arms.treated)),
            optional_cell(row.arms.map(|arms| arms.control)),
            String::new(),
        ],
        Err(reason) => with_note(reason),
    }
}

/// Empty cells and the reason's code in the last.
fn with_note<const N: usize>(reason: NotEstimable) -> [String; N] {
    std::array::from_fn(|at| if at + 1 == N { reason.note() } else { String::new() })
}

/// A measure of `performance.csv`: its column and its value; it has a second column `NAME_mcse`.
type MeasureColumn = (&'static str, fn(&Performance) -> Option<Measure>);

const MEASURES: [MeasureColumn; 18] = [
    ("mean_estimate", |p| Some(p.mean_estimate)),
    ("bias", |p| Some(p.bias)),
    ("rel_bias", |p| p.rel_bias),
    ("emp_se", |p| Some(p.emp_se)),
    ("model_se", |p| Some(p.model_se)),
    ("se_ratio", |p| p.se_ratio),
    ("rmse", |p| Some(p.rmse)),
    ("coverage", |p| Some(p.coverage)),
    ("be_coverage", |p| Some(p.be_coverage)),
    ("power_or_size", |p| Some(p.power_or_size)),
    ("sign_error", |p| p.sign_error),
    ("type_s", |p| p.type_s),
    ("type_m", |p| p.type_m),
    ("detectable_effect", |p| Some(p.detectable)),
    ("regret", |p| p.regret),
    ("wrong_decision", |p| p.wrong_decision),
    ("wrong_ship", |p| p.wrong_ship),
    ("missed_gain", |p| p.missed_gain),
];

/// How every design and estimator performs: `performance.csv`.
///
/// # Errors
/// As [`tables`].
pub fn performance_table(graded: &Graded) -> Result<String, Error> {
    let mut header: Vec<String> = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "estimand",
        "n_replications",
        "n_failed",
        "truth",
        "truth_se",
    ]
    .map(str::to_owned)
    .into();
    for (name, _) in MEASURES {
        header.extend([name.to_owned(), format!("{name}_mcse")]);
    }
    header.extend(["null_size", "null_size_mcse", "null_uniform_p", "note"].map(str::to_owned));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, |table| {
        for row in &graded.performance {
            let estimand = row.estimand.to_string();
            let named =
                [row.candidate.as_str(), &row.design, &row.estimator, row.metric, &row.segment, &estimand];
            let numbers = performance_cells(row);
            table.write_record(named.into_iter().chain(numbers.iter().map(String::as_str)))?;
        }
        Ok(())
    })
}

fn performance_cells(row: &PerformanceRow) -> Vec<String> {
    let measures = match &row.result {
        Ok(measures) => measures,
        Err(reason) => return with_note::<{ 4 + 2 * MEASURES.len() + 4 }>(*reason).into(),
    };
    let mut cells = vec![
        measures.n_replications.to_string(),
        measures.n_failed.to_string(),
        cell(measures.truth.value),
        cell(measures.truth.mcse),
    ];
    for (_, of) in MEASURES {
        let measure = of(measures);
        cells.extend([optional_cell(measure.map(|m| m.value)), optional_cell(measure.map(|m| m.mcse))]);
    }
    cells.extend([
        optional_cell(row.null.map(|null| null.size.value)),
        optional_cell(row.null.map(|null| null.size.mcse)),
        optional_cell(row.null.map(|null| null.uniform_p)),
        String::new(),
    ]);
    cells
}

/// What estimators say where both arms are on the control, replication by replication.
fn null_estimates(graded: &Graded) -> Result<String, Error> {
    let header = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "replication",
        "estimate",
        "std_error",
        "vcov",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "n_units",
        "note",
    ];
    table(&header, |table| {
        for row in &graded.estimates {
            let Some(null) = row.null else { continue };
            let replication = row.replication.to_string();
            let named =
                [row.candidate.as_str(), &row.design, &row.estimator, row.metric, &row.segment, &replication];
            let numbers: [String; 10] = match null {
                Ok(found) => [
                    cell(found.effect),
                    cell(found.std_error),
                    found.vcov.to_owned(),
                    cell(found.statistic),
                    cell(found.df),
                    cell(found.p_value),
                    cell(found.conf_low),
                    cell(found.conf_high),
                    found.n_units.to_string(),
                    String::new(),
                ],
                Err(reason) => with_note(reason),
            };
            table.write_record(named.into_iter().chain(numbers.iter().map(String::as_str)))?;
        }
        Ok(())
    })
}

/// The policy-value curve over replications, with standard errors; no rows where no curve was asked for.
fn curve_summary(graded: &Graded, scenario: &Scenario) -> Result<String, Error> {
    let names = ["value", "direct", "spillover", "total", "overall", "slope"];
    let mut header: Vec<String> = ["candidate", "metric", "share"].map(str::to_owned).into();
    header.extend(names.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_se")]));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, |table| {
        for row in curve_summaries(graded, &scenario.study.curve) {
            let mut cells = vec![row.candidate, row.metric.to_owned(), cell(row.share)];
            for measure in [row.value, row.direct, row.spillover, row.total, row.overall, row.slope] {
                cells.push(optional_cell(measure.map(|measure| measure.value)));
                cells.push(optional_cell(measure.map(|measure| measure.mcse)));
            }
            table.write_record(&cells)?;
        }
        Ok(())
    })
}

/// The policy-value curve: the truth worlds at shares 0 and 1, and the worlds between.
fn curve(graded: &Graded) -> Result<String, Error> {
    let header = ["candidate", "share", "metric", "replication", "value", "value_treated", "value_control"];
    table(&header, |table| {
        for row in &graded.truth_rows {
            for (share, value) in [("0", row.value_control), ("1", row.value_candidate)] {
                let (treated, control) =
                    if share == "1" { (cell(value), String::new()) } else { (String::new(), cell(value)) };
                table.write_record([
                    row.candidate.as_str(),
                    share,
                    row.metric,
                    &row.replication.to_string(),
                    &cell(value),
                    &treated,
                    &control,
                ])?;
            }
        }
        for row in &graded.curve {
            table.write_record([
                row.candidate.as_str(),
                &cell(row.share),
                row.metric,
                &row.replication.to_string(),
                &optional_cell(row.value),
                &optional_cell(row.value_treated),
                &optional_cell(row.value_control),
            ])?;
        }
        Ok(())
    })
}

/// One row for each estimate whose error could be split, in the metric's unit.
fn decomposition(graded: &Graded) -> Result<String, Error> {
    let header = [
        "candidate",
        "design",
        "estimator",
        "metric",
        "segment",
        "replication",
        "error",
        "sampling_part",
        "spillover_on_control",
        "dilution_on_treated",
    ];
    table(&header, |table| {
        for row in &graded.estimates {
            let Some(parts) = row.decomposition else { continue };
            table.write_record([
                row.candidate.as_str(),
                &row.design,
                &row.estimator,
                row.metric,
                &row.segment,
                &row.replication.to_string(),
                &cell(parts.error),
                &cell(parts.sampling_part),
                &cell(parts.spillover_on_control),
                &cell(parts.dilution_on_treated),
            ])?;
        }
        Ok(())
    })
}

fn boundary_events(graded: &Graded) -> Result<String, Error> {
    let header = [
        "candidate",
        "design",
        "cluster",
        "kind",
        "replication",
        "count",
        "count_per_hour",
        "seconds",
        "requests_touched",
    ];
    table(&header, |table| {
        for row in &graded.boundary {
            table.write_record([
                row.candidate.as_str(),
                &row.design,
                &row.cluster,
                row.kind,
                &row.replication.to_string(),
                &row.count.to_string(),
                &cell(row.count_per_hour),
                &cell(row.seconds),
                &row.requests_touched.to_string(),
            ])?;
        }
        Ok(())
    })
}

/// Levels (`queue`, `running`, `kv_used` in blocks) are those at the window's end; counts are sums over the window.
fn timeline(graded: &Graded, scenario: &Scenario) -> Result<String, Error> {
    let header = [
        "world",
        "cluster",
        "window",
        "start_s",
        "length_s",
        "arrivals",
        "queue",
        "running",
        "kv_used",
        "kv_capacity",
        "preemptions",
        "rejections",
        "arm_share",
    ];
    let length = scenario.record.window.seconds();
    table(&header, |table| {
        for row in &graded.timeline {
            table.write_record([
                row.world.as_str(),
                &row.cluster,
                &cell(libm::round(row.start_s / length)),
                &cell(row.start_s),
                &cell(length),
                &row.arrivals.to_string(),
                &row.queue.to_string(),
                &row.running.to_string(),
                &row.kv_used.to_string(),
                &row.kv_capacity.to_string(),
                &row.preemptions.to_string(),
                &row.rejections.to_string(),
                &cell(row.arm_share),
            ])?;
        }
        Ok(())
    })
}

fn events(graded: &Graded) -> Result<String, Error> {
    let header =
        ["world", "cluster", "replica", "kind", "cause", "start_s", "duration_s", "requests_touched"];
    table(&header, |table| {
        for row in &graded.events {
            table.write_record([
                row.world.as_str(),
                &row.cluster,
                &row.replica.map_or_else(String::new, |replica| replica.to_string()),
                row.kind,
                row.cause,
                &cell(row.start_s),
                &cell(row.duration_s),
                &row.requests_touched.to_string(),
            ])?;
        }
        Ok(())
    })
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
