//! A world's request outcomes row by row, in order of arrival.

use super::{Outcome, Tally, Terms};
use crate::workload::Request;

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
    fn ended(&mut self, _: &Terms, request: &Request, outcome: &Outcome) {
        let index = request.index as usize;
        if self.outcomes.len() <= index {
            self.outcomes.resize(index + 1, Outcome::default());
        }
        self.outcomes[index] = *outcome;
    }
}

/// Two tallies of one world.
impl<A: Tally, B: Tally> Tally for (A, B) {
    fn ended(&mut self, terms: &Terms, request: &Request, outcome: &Outcome) {
        self.0.ended(terms, request, outcome);
        self.1.ended(terms, request, outcome);
    }
}
