//! A world's request outcomes row by row, in order of arrival.

use super::{Outcome, Reading, State, Tally};

/// One outcome for each request, by the request's index.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// By request index.
    pub outcomes: Vec<Outcome>,
    /// What was to be seen before each decision, by request index; kept on demand.
    pub states: Option<Vec<State>>,
    /// What became of copies, by the index of their request; no longer than the last request that was copied.
    pub copies: Vec<Option<Outcome>>,
}

impl Log {
    /// Room for `requests` outcomes.
    #[must_use]
    pub fn with_capacity(requests: usize) -> Self {
        Self { outcomes: Vec::with_capacity(requests), ..Self::default() }
    }

    /// The same, keeping the state before each decision as well.
    #[must_use]
    pub fn with_states(self) -> Self {
        let states = Vec::with_capacity(self.outcomes.capacity());
        Self { states: Some(states), ..self }
    }
}

impl Tally for Log {
    const KEEPS_STATES: bool = true;

    #[inline]
    fn ended(&mut self, reading: &Reading<'_>) {
        let index = reading.request().index as usize;
        if self.outcomes.len() <= index {
            self.outcomes.resize(index + 1, Outcome::default());
        }
        self.outcomes[index] = *reading.outcome();
    }

    fn wants_states(&self) -> bool {
        self.states.is_some()
    }

    fn decided(&mut self, index: u64, state: State) {
        if let Some(states) = &mut self.states {
            debug_assert!(states.len() as u64 == index, "CAUSE-2: request {index} after {}", states.len());
            states.push(state);
        }
    }

    fn copy_ended(&mut self, reading: &Reading<'_>) {
        let index = reading.request().index as usize;
        if self.copies.len() <= index {
            self.copies.resize(index + 1, None);
        }
        self.copies[index] = Some(*reading.outcome());
    }
}

/// Two tallies of one world.
impl<A: Tally, B: Tally> Tally for (A, B) {
    const KEEPS_STATES: bool = A::KEEPS_STATES || B::KEEPS_STATES;

    fn ended(&mut self, reading: &Reading<'_>) {
        self.0.ended(reading);
        self.1.ended(reading);
    }

    fn wants_states(&self) -> bool {
        self.0.wants_states() || self.1.wants_states()
    }

    fn decided(&mut self, index: u64, state: State) {
        self.0.decided(index, state);
        self.1.decided(index, state);
    }

    fn copy_ended(&mut self, reading: &Reading<'_>) {
        self.0.copy_ended(reading);
        self.1.copy_ended(reading);
    }
}
