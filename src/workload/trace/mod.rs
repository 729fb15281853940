//! Readers of request traces: who asked for how many tokens, and when.
//!
//! A reader turns one public or own file format into [`TraceRow`]s in time order, or says line by line
//! what is wrong. It never repairs, drops or invents a request, and it knows nothing of fleets, users'
//! homes or what a trace is replayed for; spreading coarse time stamps is the generator's business.

mod azure;
mod cell;
mod contention;
mod format;
mod gather;
mod instant;
mod measured;
mod mooncake;
mod problem;
mod table;

#[cfg(test)]
mod tests;

use std::io::BufRead;

pub use format::TraceFormat;
pub(crate) use instant::parse_time;
pub use measured::{MeasuredRequest, read_measured};
pub use problem::{MAX_PROBLEMS, TraceProblem};

/// One request of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRow {
    /// Picoseconds since the trace's epoch: the first row of a public trace, the start of the world in
    /// our own log.
    pub arrival_ps: u64,
    /// Tokens of the prompt, at least 1.
    pub prompt_tokens: u32,
    /// Tokens generated, at least 1.
    pub output_tokens: u32,
    /// Who sent it, where the format says so.
    pub identity: Option<Identity>,
}

/// The sender and the labels of a request, as our own log records them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user, numbered from 0.
    pub user: u32,
    /// Which request of this user it is, numbered from 0.
    pub ordinal: u32,
    /// Name of the request class.
    pub class: String,
    /// Name of the user's tier.
    pub tier: String,
    /// Name of the region the request came from.
    pub region: String,
}

/// Reads a whole trace. Rows stay in the file's order, which must be the order of time (but see [`read_measured`]); equal
/// times are fine.
///
/// A row without a prompt or without output is a problem, not a request: none of the supported public
/// files has one, and elsewhere it marks a failed call whose load is unknown.
///
/// # Errors
/// When anything in the file is wrong: up to [`MAX_PROBLEMS`] problems, in the order of their lines.
/// An empty file, a missing column and a time that runs backwards are problems too.
///
/// ```
/// use contention::workload::trace::{TraceFormat, read_trace};
///
/// let file = "TIMESTAMP,ContextTokens,GeneratedTokens\n\
///             2023-11-16 18:17:03.9799600,4808,10\n\
///             2023-11-16 18:17:04.0319600,3180,abc";
/// let problems = read_trace(TraceFormat::Azure, file.as_bytes()).unwrap_err();
/// assert_eq!(
///     problems[0].to_string(),
///     "line 3, column GeneratedTokens: found `abc`, allowed: a whole number of tokens, at least 1",
/// );
/// ```
pub fn read_trace(format: TraceFormat, reader: impl BufRead) -> Result<Vec<TraceRow>, Vec<TraceProblem>> {
    match format {
        TraceFormat::Azure => azure::read(reader),
        TraceFormat::Mooncake => mooncake::read(reader),
        TraceFormat::Contention => contention::read(reader),
        TraceFormat::Measured => read_measured(reader)
            .map(|requests| requests.into_iter().map(|measured| measured.request).collect()),
    }
}
