//! The Mooncake traces: one JSON object a line, times in milliseconds.
//!
//! The published conversation trace stamps its requests in steps of 3 s, in time order, and all its token
//! counts are at least 1 (checked by the tests).

use std::io::BufRead;

use serde::Deserialize;
use serde_json::Value;

use super::TraceRow;
use super::cell::Cell;
use super::gather::{Epoch, Gather, RawRow};
use super::problem::TraceProblem;

/// The keys that must be there.
pub(super) const KEYS: [&str; 3] = ["timestamp", "input_length", "output_length"];

const SHAPE: &str = "a JSON object with timestamp (ms), input_length and output_length";

const MILLISECOND_PS: i128 = 1_000_000_000;

/// The keys as written; `null` counts as missing, and unknown keys are skipped.
#[derive(Deserialize)]
struct Line {
    timestamp: Option<Value>,
    input_length: Option<Value>,
    output_length: Option<Value>,
}

pub(super) fn read(mut source: impl BufRead) -> Result<Vec<TraceRow>, Vec<TraceProblem>> {
    let mut gather = Gather::from_epoch(Epoch::FirstRow);
    let mut bytes = Vec::new();
    let mut number = 0;
    while !gather.problems.is_full() {
        bytes.clear();
        match source.read_until(b'\n', &mut bytes) {
            Ok(0) => break,
            Ok(_) => number += 1,
            Err(error) => {
                gather.problems.add(TraceProblem::of_line(number + 1, &error.to_string(), "a readable file"));
                break;
            }
        }
        if !bytes.trim_ascii().is_empty() {
            read_line(number, &bytes, &mut gather);
        }
    }
    gather.finish(TraceProblem::of_line(number.max(1), "", SHAPE))
}

fn read_line(number: u64, bytes: &[u8], gather: &mut Gather) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    // serde would also take an array for a struct.
    let object = bytes.trim_ascii_start().starts_with(b"{");
    let Some(line) = serde_json::from_slice::<Line>(bytes).ok().filter(|_| object) else {
        let found = String::from_utf8_lossy(bytes);
        return gather.problems.add(TraceProblem::of_line(number, &found, SHAPE));
    };
    let texts = [line.timestamp, line.input_length, line.output_length]
        .map(|value| value.map_or_else(String::new, |value| value.to_string()));
    let cell = |key: usize| Cell { line: number, column: KEYS[key], text: &texts[key] };
    let raw = RawRow {
        when: cell(0),
        instant_ps: cell(0).time("milliseconds").map(|ms| i128::from(ms) * MILLISECOND_PS),
        prompt_tokens: cell(1).tokens(),
        output_tokens: cell(2).tokens(),
    };
    gather.row(raw, None);
}
