//! Reads a finished run's tables back, so that more replications can be added to it. Numbers were written with all their
//! digits, so the rows are the same as those that were written.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use csv::StringRecord;

use crate::estimate::{Arms, Estimand};
use crate::record::Metric;
use crate::stats::{BucketCounts, Difference, NotEstimable};
use crate::study::Graded;
use crate::study::distribution::merge;
use crate::study::tables::{
    BlockRow, BoundaryRow, CurveRow, Decomposition, Distributed, Distribution, EstimateRow, EventRow,
    TimelineRow, TokenMeanRow, TruthRow,
};

/// The rows of a run; `text` gives a table by the name of its file. Truth and performance are for the scorer.
///
/// # Errors
/// What is wrong, with the table and the line.
pub fn read_tables(text: &dyn Fn(&str) -> Result<String, String>) -> Result<Graded, String> {
    let mut graded = Graded::default();
    for row in &Rows::of(text, "truth.csv")? {
        graded.truth_rows.push(TruthRow {
            candidate: row.text("candidate")?,
            metric: row.metric()?,
            segment: row.text("segment")?,
            replication: row.parsed("replication")?,
            value_control: row.number("value_control")?,
            value_candidate: row.number("value_candidate")?,
        });
    }
    let nulls = keyed(&Rows::of(text, "null_estimates.csv")?, |row| {
        let names = ["estimate", "statistic"];
        difference(row, names)
    })?;
    let decompositions = keyed(&Rows::of(text, "decomposition.csv")?, |row| {
        Ok(Decomposition {
            error: row.number("error")?,
            sampling_part: row.number("sampling_part")?,
            spillover_on_control: row.number("spillover_on_control")?,
            dilution_on_treated: row.number("dilution_on_treated")?,
        })
    })?;
    for row in &Rows::of(text, "estimates.csv")? {
        let estimand = row.text("estimand")?;
        let estimand = Estimand::parse(&estimand).ok_or_else(|| row.problem("estimand", &estimand))?;
        let is_launch = estimand == Estimand::Gte;
        let key = row.key()?;
        let arms = match (row.optional("value_treated")?, row.optional("value_control")?) {
            (Some(treated), Some(control)) => Some(Arms { treated, control }),
            _ => None,
        };
        graded.estimates.push(EstimateRow {
            candidate: row.text("candidate")?,
            design: row.text("design")?,
            estimator: row.text("estimator")?,
            metric: row.metric()?,
            segment: row.text("segment")?,
            replication: row.parsed("replication")?,
            estimand,
            paired_truth: row.optional("truth")?,
            result: difference(&row, ["estimate", "statistic"])?,
            arms,
            decomposition: decompositions.get(&key).copied().filter(|_| is_launch),
            null: nulls.get(&key).copied().filter(|_| is_launch || !estimand.is_of_a_launch()),
        });
    }
    for row in &Rows::of(text, "curve.csv")? {
        let share = row.number("share")?;
        // The ends of the curve are the truth worlds.
        if share > 0.0 && share < 1.0 {
            graded.curve.push(CurveRow {
                candidate: row.text("candidate")?,
                share,
                metric: row.metric()?,
                replication: row.parsed("replication")?,
                value: row.optional("value")?,
                value_treated: row.optional("value_treated")?,
                value_control: row.optional("value_control")?,
            });
        }
    }
    for row in &Rows::of(text, "boundary_events.csv")? {
        graded.boundary.push(BoundaryRow {
            candidate: row.text("candidate")?,
            design: row.text("design")?,
            cluster: row.text("cluster")?,
            kind: word(&row.text("kind")?),
            replication: row.parsed("replication")?,
            count: row.parsed("count")?,
            count_per_hour: row.number("count_per_hour")?,
            seconds: row.number("seconds")?,
            requests_touched: row.parsed("requests_touched")?,
        });
    }
    for row in &Rows::of(text, "timeline.csv")? {
        graded.timeline.push(TimelineRow {
            world: row.text("world")?,
            cluster: row.text("cluster")?,
            start_s: row.number("start_s")?,
            arrivals: row.parsed("arrivals")?,
            queue: row.parsed("queue")?,
            running: row.parsed("running")?,
            kv_used: row.parsed("kv_used")?,
            kv_capacity: row.parsed("kv_capacity")?,
            preemptions: row.parsed("preemptions")?,
            rejections: row.parsed("rejections")?,
            arm_share: row.number("arm_share")?,
        });
    }
    for row in &Rows::of(text, "events.csv")? {
        let replica = row.text("replica")?;
        graded.events.push(EventRow {
            world: row.text("world")?,
            cluster: row.text("cluster")?,
            replica: if replica.is_empty() { None } else { Some(row.parsed("replica")?) },
            kind: word(&row.text("kind")?),
            cause: word(&row.text("cause")?),
            start_s: row.number("start_s")?,
            duration_s: row.number("duration_s")?,
            requests_touched: row.parsed("requests_touched")?,
        });
    }
    for row in &Rows::of(text, "distributions.csv")? {
        let (world, quantity) = (row.text("world")?, row.text("quantity")?);
        let known = Distributed::ALL.into_iter().find(|known| known.name() == quantity);
        let quantity = known.ok_or_else(|| row.problem("quantity", &quantity))?;
        let mut counts = BucketCounts::default();
        counts.add_many(row.parsed("at_most")?, row.parsed("count")?);
        merge(&mut graded.distributions, vec![Distribution { world, quantity, counts }]);
    }
    for row in &Rows::of(text, "token_mean.csv")? {
        graded.token_mean.push(TokenMeanRow {
            requests: row.parsed("requests")?,
            mean_tokens: row.number("mean_tokens")?,
            largest_tokens: row.parsed("largest_tokens")?,
        });
    }
    for row in &Rows::of(text, "blocks.csv")? {
        graded.blocks.push(BlockRow {
            candidate: row.text("candidate")?,
            design: row.text("design")?,
            cluster: row.text("cluster")?,
            start_s: row.number("start_s")?,
            end_s: row.number("end_s")?,
            arm: row.text("arm")?,
            washout_s: row.number("washout_s")?,
        });
    }
    Ok(graded)
}

/// Candidate, design, estimator, metric, segment and replication.
type Key = (String, String, String, &'static str, String, u32);

fn keyed<T>(rows: &Rows, value: impl Fn(&Row<'_>) -> Result<T, String>) -> Result<BTreeMap<Key, T>, String> {
    let mut found = BTreeMap::new();
    for row in rows {
        found.insert(row.key()?, value(&row)?);
    }
    Ok(found)
}

fn difference(
    row: &Row<'_>,
    [effect, statistic]: [&str; 2],
) -> Result<Result<Difference, NotEstimable>, String> {
    let note = row.text("note")?;
    if !note.is_empty() {
        return NotEstimable::parse(&note).map(Err).ok_or_else(|| row.problem("note", &note));
    }
    let (low, high) = (row.optional("conf_low")?, row.optional("conf_high")?);
    Ok(Ok(Difference {
        effect: row.number(effect)?,
        std_error: row.number("std_error")?,
        df: row.number("df")?,
        statistic: row.number(statistic)?,
        p_value: row.number("p_value")?,
        conf_low: low.unwrap_or(f64::NEG_INFINITY),
        conf_high: high.unwrap_or(f64::INFINITY),
        // Tables do not say up to which level there is an interval, only that there is none at theirs.
        highest_level: if low.is_some() && high.is_some() { 1.0 } else { 0.0 },
        n_units: row.parsed("n_units")?,
        vcov: word(&row.text("vcov")?),
    }))
}

/// The one copy of a word of a table; tables have few different ones.
fn word(text: &str) -> &'static str {
    static WORDS: LazyLock<Mutex<BTreeMap<String, &'static str>>> = LazyLock::new(Mutex::default);
    let mut words = WORDS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    words.entry(text.to_owned()).or_insert_with(|| String::leak(text.to_owned()))
}

/// A table that was read.
struct Rows {
    file: &'static str,
    header: Vec<String>,
    records: Vec<StringRecord>,
}

impl Rows {
    fn of(text: &dyn Fn(&str) -> Result<String, String>, file: &'static str) -> Result<Self, String> {
        let text = text(file)?;
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let problem = |error: csv::Error| format!("{file}: {error}");
        let header = table.headers().map_err(problem)?.iter().map(str::to_owned).collect();
        let records = table.records().collect::<Result<Vec<_>, _>>().map_err(problem)?;
        Ok(Self { file, header, records })
    }
}

impl<'a> IntoIterator for &'a Rows {
    type Item = Row<'a>;
    type IntoIter = std::vec::IntoIter<Row<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        let rows = self.records.iter().enumerate();
        rows.map(|(at, record)| Row { table: self, line: at + 2, record }).collect::<Vec<_>>().into_iter()
    }
}

/// One row of a table.
struct Row<'a> {
    table: &'a Rows,
    line: usize,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn cell(&self, column: &str) -> Result<&str, String> {
        let at = self.table.header.iter().position(|name| name == column);
        at.and_then(|at| self.record.get(at))
            .ok_or_else(|| format!("{}: no column `{column}`", self.table.file))
    }

    fn problem(&self, column: &str, found: &str) -> String {
        format!("{}:{}: {column} is \"{found}\"", self.table.file, self.line)
    }

    fn text(&self, column: &str) -> Result<String, String> {
        self.cell(column).map(str::to_owned)
    }

    fn parsed<T: std::str::FromStr>(&self, column: &str) -> Result<T, String> {
        let cell = self.cell(column)?;
        cell.parse().map_err(|_| self.problem(column, cell))
    }

    fn number(&self, column: &str) -> Result<f64, String> {
        self.parsed(column)
    }

    fn optional(&self, column: &str) -> Result<Option<f64>, String> {
        if self.cell(column)?.is_empty() { Ok(None) } else { self.number(column).map(Some) }
    }

    fn metric(&self) -> Result<&'static str, String> {
        let name = self.cell("metric")?;
        Metric::named(name).map(|metric| metric.name).ok_or_else(|| self.problem("metric", name))
    }

    fn key(&self) -> Result<Key, String> {
        Ok((
            self.text("candidate")?,
            self.text("design")?,
            self.text("estimator")?,
            self.metric()?,
            self.text("segment")?,
            self.parsed("replication")?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, tables};
    use super::*;

    #[test]
    fn tables_that_are_read_back_and_written_again_are_the_same() {
        let (scenario, graded) = fixture::study("p2c");
        let written = tables(&graded, &scenario).unwrap();
        let text = |name: &str| {
            let found = written.iter().find(|(file, _)| *file == name);
            found.map(|(_, text)| text.clone()).ok_or_else(|| name.to_owned())
        };
        let read = read_tables(&text).unwrap();
        assert_eq!((&read.truth_rows, &read.boundary), (&graded.truth_rows, &graded.boundary));
        assert_eq!(read.estimates, graded.estimates);
        assert_eq!((&read.timeline, &read.events), (&graded.timeline, &graded.events));
        assert_eq!(read.distributions, graded.distributions);
        assert_eq!((&read.token_mean, &read.blocks), (&graded.token_mean, &graded.blocks));
    }

    #[test]
    fn a_damaged_cell_is_named_with_its_line() {
        let (scenario, graded) = fixture::study("p2c");
        let written = tables(&graded, &scenario).unwrap();
        let text = |name: &str| {
            let found = written.iter().find(|(file, _)| *file == name);
            found
                .map(|(_, text)| text.replacen("ttft_ms_mean", "ttft_ms_meen", 1))
                .ok_or_else(|| name.to_owned())
        };
        assert_eq!(read_tables(&text).unwrap_err(), "truth.csv:2: metric is \"ttft_ms_meen\"");
    }
}
