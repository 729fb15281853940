//! The waiting queue of the fast engine: by priority level, first in first out within a level.

use std::collections::VecDeque;

use super::sequence::Sequence;

/// Waiting requests in the order in which they will be admitted.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    sequences: VecDeque<Sequence>,
    /// The level of the last one, as long as there is one.
    last_level: u8,
}

impl Waiting {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.sequences.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    #[inline]
    pub(super) fn head(&self) -> Option<&Sequence> {
        self.sequences.front()
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Sequence> {
        self.sequences.pop_front()
    }

    /// Join behind all of the same level. Whether the newcomer is now the head.
    #[inline(always)]
    pub(super) fn join(&mut self, sequence: Sequence) -> bool {
        if sequence.job.request.priority > self.last_level {
            return self.overtake(sequence);
        }
        self.last_level = sequence.job.request.priority;
        self.sequences.push_back(sequence);
        self.sequences.len() == 1
    }

    #[cold]
    fn overtake(&mut self, sequence: Sequence) -> bool {
        let level = sequence.job.request.priority;
        let place = self.sequences.partition_point(|waiting| waiting.job.request.priority >= level);
        self.sequences.insert(place, sequence);
        self.find_last_level();
        place == 0
    }

    /// Rejoin before all of the same level.
    pub(super) fn rejoin(&mut self, sequence: Sequence) {
        let level = sequence.job.request.priority;
        let place = self.sequences.partition_point(|waiting| waiting.job.request.priority > level);
        self.sequences.insert(place, sequence);
        self.find_last_level();
    }

    fn find_last_level(&mut self) {
        self.last_level = self.sequences.back().map_or(0, |last| last.job.request.priority);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Sequence> {
        self.sequences.iter()
    }
}
