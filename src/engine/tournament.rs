//! A tournament tree: the smallest of n changing keys, with ties to the lowest index.
//!
//! One key is changed in place in ⌈log₂ n⌉ comparisons; there are no stale entries. It beats binary, indexed and
//! calendar queues when every member always has exactly one next event.

/// The smallest of n changing keys.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// Leaves padded to a power of two.
    leaves: usize,
    /// Opponents of each match as key << 32 | member: match m is between nodes 2m and 2m + 1, the overall winner is node
    /// 1, and the members themselves are the nodes from `leaves` on. One integer orders by key and then by member.
    matches: Vec<[u128; 2]>,
}

const fn entry(key: u64, member: usize) -> u128 {
    (key as u128) << 32 | member as u128
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
        let mut matches = vec![[u128::MAX; 2]; leaves];
        for member in 0..leaves {
            let node = leaves + member;
            matches[node / 2][node & 1] = entry(keys.get(member).copied().unwrap_or(u64::MAX), member);
        }
        for node in (1..leaves).rev() {
            let [left, right] = matches[node];
            matches[node / 2][node & 1] = left.min(right);
        }
        Self { leaves, matches }
    }

    /// The smallest key and its member.
    #[inline]
    #[must_use]
    pub fn min(&self) -> (u64, usize) {
        let winner = self.matches[0][1];
        ((winner >> 32) as u64, winner as u32 as usize)
    }

    /// The key of a member.
    #[inline]
    #[must_use]
    pub fn key(&self, member: usize) -> u64 {
        let node = self.leaves + member;
        (self.matches[node / 2][node & 1] >> 32) as u64
    }

    /// Change the key of a member.
    #[inline]
    pub fn set(&mut self, member: usize, key: u64) {
        let mut node = self.leaves + member;
        let mut winner = entry(key, member);
        while node > 1 {
            let opponents = &mut self.matches[node / 2];
            opponents[node & 1] = winner;
            winner = opponents[0].min(opponents[1]);
            node /= 2;
        }
        self.matches[0][1] = winner;
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
