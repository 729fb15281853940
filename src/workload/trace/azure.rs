//! The Azure LLM inference traces: CSV with UTC wall times of seven decimals.
//!
//! In the published 2023 files all rows are in time order and all token counts are at least 1 (checked by
//! the tests), and the last line has no newline.

use std::io::BufRead;

use super::gather::{Epoch, Gather, RawRow};
use super::instant::{ALLOWED, parse_utc};
use super::problem::TraceProblem;
use super::{TraceRow, table};

/// The columns that must be there.
pub(super) const COLUMNS: [&str; 3] = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"];

pub(super) fn read(source: impl BufRead) -> Result<Vec<TraceRow>, Vec<TraceProblem>> {
    let mut gather = Gather::from_epoch(Epoch::FirstRow);
    let empty = table::read_rows(source, &COLUMNS, &mut gather, |row, gather| {
        let [when, prompt, output] = row.cells();
        let raw = RawRow {
            when,
            instant_ps: parse_utc(when.text).ok_or_else(|| when.refuse(ALLOWED)),
            prompt_tokens: prompt.tokens(),
            output_tokens: output.tokens(),
        };
        gather.row(raw, None);
    });
    gather.finish(empty)
}
