//! A tournament tree: the smallest of n changing keys, with ties to the lowest index.
//!
//! One key is changed in place in ⌈log₂ n⌉ comparisons; there are no stale entries. It beats binary, indexed and
//! calendar queues when every member always has exactly one next event.

/// The smallest of n changing keys.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// Leaves padded to a power of two.
    leaves: usize,
    /// Winner of each match and its key: the root at 1, the members themselves from `leaves` on.
    matches: Vec<(u64, u32)>,
}

impl Tournament {
    /// `n` members, all with the largest key.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self::from_keys(&vec![u64::MAX; n])
    }

    /// Members with the given keys, by index.
    #[must_use]
    pub fn from_keys(keys: &[u64]) -> Self {
        let leaves = keys.len().max(2).next_power_of_two();
        let mut matches = vec![(u64::MAX, 0); 2 * leaves];
        for (member, entry) in matches[leaves..].iter_mut().enumerate() {
            *entry = (keys.get(member).copied().unwrap_or(u64::MAX), member as u32);
        }
        for node in (1..leaves).rev() {
            let (left, right) = (matches[2 * node], matches[2 * node + 1]);
            matches[node] = if right.0 < left.0 { right } else { left };
        }
        Self { leaves, matches }
    }

    /// The smallest key and its member.
    #[inline]
    #[must_use]
    pub fn min(&self) -> (u64, usize) {
        let (key, winner) = self.matches[1];
        (key, winner as usize)
    }

    /// The key of a member.
    #[inline]
    #[must_use]
    pub fn key(&self, member: usize) -> u64 {
        self.matches[self.leaves + member].0
    }

    /// Change the key of a member.
    #[inline]
    pub fn set(&mut self, member: usize, key: u64) {
        let mut node = self.leaves + member;
        let mut winner = (key, member as u32);
        self.matches[node] = winner;
        while node > 1 {
            let rival = self.matches[node ^ 1];
            // A right child loses ties to its left rival; the pair order (key, member) says just that.
            winner = winner.min(rival);
            node /= 2;
            self.matches[node] = winner;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn the_winner_is_the_smallest_key_and_ties_go_to_the_lowest_index() {
        for n in [1usize, 2, 3, 7, 16, 33] {
            let mut tree = Tournament::new(n);
            let mut keys = vec![u64::MAX; n];
            let mut stream = Streams::new(5, 0).stream(Purpose::Routing, n as u64);
            for _ in 0..500 {
                let (member, key) = (stream.below(n as u32) as usize, u64::from(stream.below(20)));
                tree.set(member, key);
                keys[member] = key;
                let smallest = keys.iter().enumerate().min_by_key(|(index, key)| (**key, *index));
                assert_eq!(tree.min(), smallest.map(|(index, key)| (*key, index)).expect("n > 0"));
            }
        }
    }
}
