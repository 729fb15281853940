//! What people read of a graded study: tables in CSV, a terminal summary, one HTML page and its figures,
//! and the page's text as Markdown.
//!
//! It only words and draws what [`crate::study`] and [`crate::readout`] found and computes no new result; it opens no
//! file and knows no clock, so that the same study gives the same bytes.

mod boundary;
mod cell;
pub mod comparison;
mod digest;
#[cfg(test)]
mod fixture;
mod html;
mod markdown;
pub(crate) mod numbers;
mod plots;
mod power;
mod read;
mod sweep;
mod tables;
pub(crate) mod terminal;

pub use cell::{cell_text, read_cell};
pub use html::{Provenance, comparison_html, html, sweep_html};
pub use markdown::markdown;
pub use plots::{
    blocks, coverage, cumulative, dumbbell, error_split, figures, forest, latency, sampling, timeline,
    token_cost, trust_map, trust_maps, value_curve,
};
pub use power::{power_tables, power_text};
pub use read::read_tables;
pub use sweep::{sweep_table, sweep_text};
pub use tables::column::{Column, Kind};
pub use tables::dictionary::{Part, TableDoc, dictionary, dictionary_page};
pub use tables::{each_table, performance_table, tables};
pub use terminal::verdict_text;

/// What is said instead of a verdict where the primary metric has no truth.
const UNOBSERVED: &str = "The primary metric was never observed, so there is no truth and no verdict.";

/// What a truth world is called in the timeline.
fn world_of_policy(policy: &str) -> String {
    format!("all:{policy}")
}

/// What an experiment's world is called in the timeline.
fn world_of_experiment(design: &str, candidate: &str) -> String {
    format!("{design}/{candidate}")
}
