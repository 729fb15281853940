//! What worlds looked like: boundary events, the timeline, distributions of requests, blocks of time.

use csv::Error;

use super::table;
use crate::report::numbers::cell;
use crate::scenario::Scenario;
use crate::study::Graded;

pub(super) fn boundary_events(graded: &Graded) -> Result<String, Error> {
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
pub(super) fn timeline(graded: &Graded, scenario: &Scenario) -> Result<String, Error> {
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

pub(super) fn events(graded: &Graded) -> Result<String, Error> {
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

/// One row a bucket that holds any request: those up to `at_most`, and above the bucket before.
pub(super) fn distributions(graded: &Graded) -> Result<String, Error> {
    table(&["world", "quantity", "at_most", "count"], |table| {
        for distribution in &graded.distributions {
            let named = [distribution.world.as_str(), distribution.quantity.name()];
            for (at_most, count) in distribution.counts.rows() {
                let numbers = [at_most.to_string(), count.to_string()];
                table.write_record(named.into_iter().chain(numbers.iter().map(String::as_str)))?;
            }
        }
        Ok(())
    })
}

pub(super) fn token_mean(graded: &Graded) -> Result<String, Error> {
    table(&["requests", "mean_tokens", "largest_tokens"], |table| {
        for row in &graded.token_mean {
            table.write_record([
                row.requests.to_string(),
                cell(row.mean_tokens),
                row.largest_tokens.to_string(),
            ])?;
        }
        Ok(())
    })
}

/// `cluster` is empty where the whole fleet switches as one.
pub(super) fn blocks(graded: &Graded) -> Result<String, Error> {
    let header = ["candidate", "design", "cluster", "start_s", "end_s", "arm", "washout_s"];
    table(&header, |table| {
        for row in &graded.blocks {
            table.write_record([
                row.candidate.as_str(),
                &row.design,
                &row.cluster,
                &cell(row.start_s),
                &cell(row.end_s),
                &row.arm,
                &cell(row.washout_s),
            ])?;
        }
        Ok(())
    })
}
