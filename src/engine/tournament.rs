//! A tournament tree: the smallest of n changing keys, with ties to the lowest index.
//!
//! One key is changed in place in ⌈log₂ n⌉ comparisons; there are no stale entries. It beats binary, indexed and
//! calendar queues when every member always has exactly one next event.

/// The smallest of n changing keys.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// Leaves padded to a power of two.
    leaves: usize,
    keys: Vec<u64>,
    /// Winners of the inner matches; `winners[1]` is the root.
    winners: Vec<u32>,
}

impl Tournament {
    /// `n` members, all with the largest key.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self::from_keys(vec![u64::MAX; n])
    }

    /// Members with the given keys, by index.
    #[must_use]
    pub fn from_keys(mut keys: Vec<u64>) -> Self {
        let leaves = keys.len().max(2).next_power_of_two();
        keys.resize(leaves, u64::MAX);
        let mut tree = Self { leaves, keys, winners: vec![0; leaves] };
        for node in (1..leaves).rev() {
            tree.winners[node] = tree.play(node);
        }
        tree
    }

    #[inline]
    fn contender(&self, node: usize) -> u32 {
        if node >= self.leaves { (node - self.leaves) as u32 } else { self.winners[node] }
    }

    #[inline]
    fn play(&self, node: usize) -> u32 {
        let (left, right) = (self.contender(2 * node), self.contender(2 * node + 1));
        if self.keys[right as usize] < self.keys[left as usize] { right } else { left }
    }

    /// The smallest key and its member.
    #[inline]
    #[must_use]
    pub fn min(&self) -> (u64, usize) {
        let winner = self.winners[1] as usize;
        (self.keys[winner], winner)
    }

    /// The key of a member.
    #[inline]
    #[must_use]
    pub fn key(&self, member: usize) -> u64 {
        self.keys[member]
    }

    /// Change the key of a member.
    #[inline]
    pub fn set(&mut self, member: usize, key: u64) {
        self.keys[member] = key;
        let mut node = (self.leaves + member) / 2;
        while node > 0 {
            self.winners[node] = self.play(node);
            node /= 2;
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
