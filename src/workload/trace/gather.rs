//! What all readers share: the rows so far, the problems so far, and the order of time.

use super::cell::Cell;
use super::problem::{ProblemList, TraceProblem};
use super::{Identity, TraceRow};

/// Where the trace's time starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    /// At zero: the file's times are the world's.
    Zero,
    /// At the first row.
    FirstRow,
}

/// A row as a format reads it: every value either known or refused.
pub(super) struct RawRow<'a> {
    /// The cell that holds the time, to be named when it runs backwards.
    pub(super) when: Cell<'a>,
    /// Picoseconds since an epoch of the format's own.
    pub(super) instant_ps: Result<i128, TraceProblem>,
    pub(super) prompt_tokens: Result<u32, TraceProblem>,
    pub(super) output_tokens: Result<u32, TraceProblem>,
}

/// Collects the rows and problems of one file.
pub(super) struct Gather {
    rows: Vec<TraceRow>,
    pub(super) problems: ProblemList,
    epoch: Epoch,
    start_ps: Option<i128>,
    previous_ps: i128,
}

impl Gather {
    pub(super) fn from_epoch(epoch: Epoch) -> Self {
        let start_ps = (epoch == Epoch::Zero).then_some(0);
        Self { rows: Vec::new(), problems: ProblemList::default(), epoch, start_ps, previous_ps: i128::MIN }
    }

    /// Takes a row if nothing about it is wrong, and otherwise everything that is.
    pub(super) fn row(&mut self, raw: RawRow<'_>, identity: Option<Result<Identity, Vec<TraceProblem>>>) {
        let RawRow { when, instant_ps, prompt_tokens, output_tokens } = raw;
        let arrival_ps = instant_ps.and_then(|instant| self.arrival(when, instant));
        let arrival_ps = self.problems.keep(arrival_ps);
        let prompt_tokens = self.problems.keep(prompt_tokens);
        let output_tokens = self.problems.keep(output_tokens);
        let identity = match identity {
            None => Some(None),
            Some(Ok(identity)) => Some(Some(identity)),
            Some(Err(problems)) => {
                problems.into_iter().for_each(|problem| self.problems.add(problem));
                None
            }
        };
        if let (Some(arrival_ps), Some(prompt_tokens), Some(output_tokens), Some(identity)) =
            (arrival_ps, prompt_tokens, output_tokens, identity)
        {
            self.rows.push(TraceRow { arrival_ps, prompt_tokens, output_tokens, identity });
        }
    }

    fn arrival(&mut self, when: Cell<'_>, instant_ps: i128) -> Result<u64, TraceProblem> {
        let start_ps = *self.start_ps.get_or_insert(instant_ps);
        let previous_ps = std::mem::replace(&mut self.previous_ps, instant_ps);
        if instant_ps < previous_ps {
            return Err(when.refuse("a time not before the row above: sort the file by time"));
        }
        let since = match self.epoch {
            Epoch::Zero => "zero",
            Epoch::FirstRow => "the first row",
        };
        u64::try_from(instant_ps - start_ps)
            .map_err(|_| when.refuse(format!("a time within 213 days of {since} (64 bits of picoseconds)")))
    }

    /// The rows, or what is wrong with the file. `empty` is the problem of a file without requests.
    pub(super) fn finish(self, empty: TraceProblem) -> Result<Vec<TraceRow>, Vec<TraceProblem>> {
        self.problems.judge(self.rows, empty)
    }
}

impl AsMut<ProblemList> for Gather {
    fn as_mut(&mut self) -> &mut ProblemList {
        &mut self.problems
    }
}
