//! A measured run of a real server: who asked for how many tokens and when, and when the tokens came.
//!
//! As a trace it gives arrivals and lengths like any other. The times of its answers are what a replay is compared
//! with (`verify::measured`). Servers write a request down when it ends, so rows may stand in any order.

use std::io::BufRead;

use super::cell::Cell;
use super::problem::{ProblemList, TraceProblem};
use super::table::Row;
use super::{TraceRow, table};
use crate::units::{LATEST, Span};

/// The columns that must be there; all times are seconds on one clock.
pub(super) const COLUMNS: [&str; 5] =
    ["prompt_tokens", "output_tokens", "queued_s", "first_token_s", "last_token_s"];

/// A column that tells the wait in the queue from the prefill, where the server knows it.
const SCHEDULED: &str = "scheduled_s";

/// One request of a measured run.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredRequest {
    /// Arrival since the first arrival of the run, and lengths.
    pub request: TraceRow,
    /// Seconds from arrival to first admission, where the run says so.
    pub queue_wait_s: Option<f64>,
    /// Seconds from arrival to the first token.
    pub ttft_s: f64,
    /// Seconds from arrival to the last token.
    pub end_to_end_s: f64,
}

/// Reads a measured run: CSV with `prompt_tokens`, `output_tokens`, `queued_s` (the arrival), `first_token_s`,
/// `last_token_s` and, where it is known, `scheduled_s` (the first admission), among other columns and in any order. The
/// requests come in order of arrival; where arrivals are equal, in the order of the file.
///
/// # Errors
/// When anything in the file is wrong, as in [`super::read_trace`]: a missing column, a time that is no number of seconds
/// or before the time it follows, a request without tokens.
///
/// ```
/// use contention::workload::trace::read_measured;
///
/// let file = "queued_s,first_token_s,last_token_s,prompt_tokens,output_tokens\n\
///             10.5,10.7,12.2,100,31\n\
///             10.0,10.1,10.1,2000,1\n";
/// let run = read_measured(file.as_bytes()).unwrap();
/// assert_eq!(run[0].request.prompt_tokens, 2000);
/// assert_eq!(run[1].request.arrival_ps, 500_000_000_000);
/// assert!((run[1].end_to_end_s - 1.7).abs() < 1e-9);
/// ```
pub fn read_measured(source: impl BufRead) -> Result<Vec<MeasuredRequest>, Vec<TraceProblem>> {
    let mut run = Run::default();
    let empty = table::read_rows(source, &COLUMNS, &mut run, |row, run| run.row(&row));
    run.finish(empty)
}

/// A row whose arrival is still on the file's clock.
struct Timed {
    line: u64,
    queued_s: f64,
    measured: MeasuredRequest,
}

#[derive(Default)]
struct Run {
    rows: Vec<Timed>,
    problems: ProblemList,
}

impl AsMut<ProblemList> for Run {
    fn as_mut(&mut self) -> &mut ProblemList {
        &mut self.problems
    }
}

impl Run {
    /// Takes a row if nothing about it is wrong, and otherwise everything that is.
    fn row(&mut self, row: &Row<'_, 5>) {
        let [prompt, output, queued, first, last] = row.cells();
        let problems = &mut self.problems;
        let prompt_tokens = problems.keep(prompt.tokens());
        let output_tokens = problems.keep(output.tokens());
        let queued_s = problems.keep(queued.seconds());
        let first_s = problems.keep(not_before(first, (queued, queued_s)));
        let last_s = problems.keep(not_before(last, (first, first_s)));
        let scheduled_s = match row.optional(SCHEDULED) {
            None => Some(None),
            Some(scheduled) => {
                let time = problems.keep(not_before(scheduled, (queued, queued_s)));
                let in_order =
                    time.is_none() || problems.keep(not_before(first, (scheduled, time))).is_some();
                time.filter(|_| in_order).map(Some)
            }
        };
        let (Some(prompt_tokens), Some(output_tokens)) = (prompt_tokens, output_tokens) else { return };
        let (Some(queued_s), Some(scheduled_s)) = (queued_s, scheduled_s) else { return };
        let (Some(first_s), Some(last_s)) = (first_s, last_s) else { return };
        let request = TraceRow { arrival_ps: 0, prompt_tokens, output_tokens, identity: None };
        let measured = MeasuredRequest {
            request,
            queue_wait_s: scheduled_s.map(|scheduled_s| scheduled_s - queued_s),
            ttft_s: first_s - queued_s,
            end_to_end_s: last_s - queued_s,
        };
        self.rows.push(Timed { line: queued.line, queued_s, measured });
    }

    fn finish(mut self, empty: TraceProblem) -> Result<Vec<MeasuredRequest>, Vec<TraceProblem>> {
        self.rows.sort_by(|a, b| a.queued_s.total_cmp(&b.queued_s));
        let start_s = self.rows.first().map_or(0.0, |row| row.queued_s);
        let most_s = LATEST.seconds();
        let mut requests = Vec::with_capacity(self.rows.len());
        for Timed { line, queued_s, mut measured } in self.rows {
            if queued_s - start_s > most_s {
                let allowed = format!("a time within {:.0} days of the first arrival", most_s / 86_400.0);
                self.problems.add(TraceProblem::of_column(line, "queued_s", &queued_s.to_string(), allowed));
                break;
            }
            measured.request.arrival_ps = Span::from_seconds(queued_s - start_s).0;
            requests.push(measured);
        }
        self.problems.judge(requests, empty)
    }
}

/// The time in `cell`, which nothing but an earlier time may precede.
fn not_before(cell: Cell<'_>, (earlier, earlier_s): (Cell<'_>, Option<f64>)) -> Result<f64, TraceProblem> {
    let seconds = cell.seconds()?;
    match earlier_s {
        Some(earlier_s) if seconds < earlier_s => {
            Err(cell.refuse(format!("a time not before {} ({})", earlier.column, earlier.text)))
        }
        _ => Ok(seconds),
    }
}
