//! What people read of a graded study: tables in CSV, a terminal summary, one HTML page and its figures.
//!
//! It only words and draws what [`crate::study`] and [`crate::readout`] found and computes no new result; it opens no
//! file and knows no clock, so that the same study gives the same bytes.

mod boundary;
#[cfg(test)]
mod fixture;
mod html;
pub(crate) mod numbers;
mod plots;
mod power;
mod read;
mod tables;
pub(crate) mod terminal;

pub use html::{Provenance, html};
pub use plots::{blocks, cumulative, error_split, figures, forest, latency, timeline, token_cost};
pub use power::{power_tables, power_text};
pub use read::read_tables;
pub use tables::tables;
pub use terminal::verdict_text;

/// What a truth world is called in the timeline.
fn world_of_policy(policy: &str) -> String {
    format!("all:{policy}")
}

/// What an experiment's world is called in the timeline.
fn world_of_experiment(design: &str, candidate: &str) -> String {
    format!("{design}/{candidate}")
}
