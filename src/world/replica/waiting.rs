//! The waiting queue of the fast engine: by priority level, first in first out within a level.

use std::collections::VecDeque;

use super::sequence::Sequence;

/// Waiting requests in the order in which they will be admitted.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting(VecDeque<Sequence>);

impl Waiting {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn head(&self) -> Option<&Sequence> {
        self.0.front()
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Sequence> {
        self.0.pop_front()
    }

    /// Join behind all of the same level. Whether the newcomer is now the head.
    #[inline(always)]
    pub(super) fn join(&mut self, sequence: Sequence) -> bool {
        if self.0.back().is_none_or(|last| last.job.request.priority >= sequence.job.request.priority) {
            self.0.push_back(sequence);
            return self.0.len() == 1;
        }
        self.overtake(sequence)
    }

    #[cold]
    fn overtake(&mut self, sequence: Sequence) -> bool {
        let level = sequence.job.request.priority;
        let place = self.0.partition_point(|waiting| waiting.job.request.priority >= level);
        self.0.insert(place, sequence);
        place == 0
    }

    /// Rejoin before all of the same level.
    pub(super) fn rejoin(&mut self, sequence: Sequence) {
        let level = sequence.job.request.priority;
        let place = self.0.partition_point(|waiting| waiting.job.request.priority > level);
        self.0.insert(place, sequence);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Sequence> {
        self.0.iter()
    }
}
