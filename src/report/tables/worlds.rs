//! What worlds looked like: boundary events, the timeline, distributions of requests, blocks of time.

use csv::Error;

use super::column::{CANDIDATE, Column, DESIGN, REPLICATION, SHARE, integer, number, text};
use super::table;
use crate::report::numbers::cell;
use crate::scenario::Scenario;
use crate::study::Graded;

const WORLD: Column =
    text("world", "The world: `all:POLICY` for a truth world, `DESIGN/CANDIDATE` for an experiment.");
const CLUSTER: Column = text("cluster", "The cluster.");

pub(super) const BOUNDARY_EVENTS: &[Column] = &[
    CANDIDATE.empty("in the control's own truth world"),
    text("design", "The design's name, or `all:POLICY` for a truth world."),
    CLUSTER,
    text("kind", "The kind of event, such as `kv_exhaustion`: docs/model.md, section 6."),
    REPLICATION,
    integer("count", "events", "Events in the measured time."),
    number("count_per_hour", "events an hour", "The same for each hour of measured time, in this cluster."),
    number("seconds", "s", "How long they lasted together."),
    integer("requests_touched", "requests", "Requests that they touched, summed over the events."),
];

pub(super) const TIMELINE: &[Column] = &[
    WORLD,
    CLUSTER,
    integer("window", "", "Number of the window, from 0 at the start of the simulation."),
    number("start_s", "s", "When the window begins, from the start of the simulation."),
    number("length_s", "s", "How long a window is (`record.window`)."),
    integer("arrivals", "requests", "Requests that reached the cluster's gateway in the window."),
    integer("queue", "requests", "Requests that waited at the window's end."),
    integer("running", "requests", "Requests that ran at the window's end."),
    integer(
        "kv_used",
        "KV blocks",
        "KV blocks in use at the window's end, over all replicas of the cluster.",
    ),
    integer("kv_capacity", "KV blocks", "KV blocks that the cluster has in all."),
    integer("preemptions", "evictions", "Evictions in the window."),
    integer("rejections", "requests", "Requests that were turned away in the window."),
    number(
        "arm_share",
        SHARE,
        "Share of the window's arrivals that the candidate decided; 0 where nobody arrived.",
    ),
];

pub(super) const EVENTS: &[Column] = &[
    WORLD,
    CLUSTER,
    integer("replica", "", "The replica's number in its cluster, from 0.")
        .empty("where the event is the cluster's"),
    text("kind", "The kind of event, as in `boundary_events.csv`."),
    text("cause", "Why it happened."),
    number("start_s", "s", "When it began, from the start of the simulation."),
    number("duration_s", "s", "How long it lasted."),
    integer("requests_touched", "requests", "Requests that it touched."),
];

pub(super) const DISTRIBUTIONS: &[Column] = &[
    text("world", "The truth world: `all:POLICY`."),
    text(
        "quantity",
        "What is counted: `ttft_us`, `tpot_us` and `e2e_us` in microseconds, `tokens` in tokens.",
    ),
    integer("at_most", "µs, or tokens", "The largest value of the bucket, in the unit of the quantity."),
    integer("count", "requests", "Completed measured requests in the bucket, over all replications."),
];

pub(super) const TOKEN_MEAN: &[Column] = &[
    integer("requests", "requests", "The first so many completed measured requests, in order of arrival."),
    number("mean_tokens", "tokens", "Their mean tokens, of prompt and answer together."),
    integer("largest_tokens", "tokens", "The tokens of the largest of them."),
];

pub(super) const BLOCKS: &[Column] = &[
    CANDIDATE,
    DESIGN,
    CLUSTER.empty("where the whole fleet switches as one"),
    number("start_s", "s", "When the block begins, from the start of the simulation."),
    number("end_s", "s", "When it ends."),
    text("arm", "The policy that decides in it."),
    number("washout_s", "s", "How much of its start lies within the design's washout."),
];

pub(super) fn boundary_events(graded: &Graded) -> Result<String, Error> {
    table(BOUNDARY_EVENTS, |table| {
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
    let length = scenario.record.window.seconds();
    table(TIMELINE, |table| {
        for row in &graded.timeline {
            table.write_record([
                row.world.as_str(),
                &row.cluster,
                &(libm::round(row.start_s / length) as u64).to_string(),
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
    table(EVENTS, |table| {
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
    table(DISTRIBUTIONS, |table| {
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
    table(TOKEN_MEAN, |table| {
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
    table(BLOCKS, |table| {
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
