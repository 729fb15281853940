//! Keeps every outcome, and counts how often each request was reported to have ended.

use crate::record::{Outcome, Reading, Tally};

/// Outcomes by request, and how often each was reported.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) times: Vec<u32>,
}

impl Ends {
    /// For so many requests.
    pub(super) fn new(requests: usize) -> Self {
        Self { outcomes: vec![Outcome::default(); requests], times: vec![0; requests] }
    }
}

impl Tally for Ends {
    fn ended(&mut self, reading: &Reading<'_>) {
        let request = reading.request().index as usize;
        self.outcomes[request] = *reading.outcome();
        self.times[request] += 1;
    }
}
