//! The arrivals of one replication, generated or replayed, as one stream.

use super::{Generator, Request, Workload};
use crate::rng::Streams;
use crate::units::SimTime;

/// Requests in order of arrival; without end when they are generated.
pub enum Arrivals<'a> {
    /// By the users of the workload.
    Generated(Generator<'a>),
    /// By the rows of a trace.
    Replayed(std::vec::IntoIter<Request>),
}

impl Iterator for Arrivals<'_> {
    type Item = Request;

    #[inline]
    fn next(&mut self) -> Option<Request> {
        match self {
            Self::Generated(generator) => generator.next(),
            Self::Replayed(rows) => rows.next(),
        }
    }
}

impl Workload {
    /// The arrivals of one replication.
    #[must_use]
    pub fn arrivals(&self, streams: Streams) -> Arrivals<'_> {
        match &self.trace {
            Some(replay) => Arrivals::Replayed(replay.requests(self, streams).into_iter()),
            None => Arrivals::Generated(Generator::new(self, streams)),
        }
    }

    /// The arrivals before `horizon`.
    #[must_use]
    pub fn arrivals_until(&self, streams: Streams, horizon: SimTime) -> Vec<Request> {
        self.arrivals(streams).take_while(|request| request.arrival < horizon).collect()
    }
}
