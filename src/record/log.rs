//! A world's request outcomes row by row, in order of arrival.

use super::{Outcome, Reading, Tally};

/// One outcome for each request, by the request's index.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// By request index.
    pub outcomes: Vec<Outcome>,
}

impl Log {
    /// Room for `requests` outcomes.
    #[must_use]
    pub fn with_capacity(requests: usize) -> Self {
        Self { outcomes: Vec::with_capacity(requests) }
    }
}

impl Tally for Log {
    #[inline]
    fn ended(&mut self, reading: &Reading<'_>) {
        let index = reading.request().index as usize;
        if self.outcomes.len() <= index {
            self.outcomes.resize(index + 1, Outcome::default());
        }
        self.outcomes[index] = *reading.outcome();
    }
}

/// Two tallies of one world.
impl<A: Tally, B: Tally> Tally for (A, B) {
    fn ended(&mut self, reading: &Reading<'_>) {
        self.0.ended(reading);
        self.1.ended(reading);
    }
}
