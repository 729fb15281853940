//! Names and numbers that only tell things apart, as numbers from 0.
//!
//! Small whole numbers keep their values, so that a file of our own has the numbering of the study that it came from, and
//! blocks their order and gaps. Everything else is numbered in order of first appearance.

use std::collections::HashMap;

/// The things of a column as numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Key {
    /// One a row, all below `bound`.
    pub values: Vec<u32>,
    /// How many there can be.
    pub bound: usize,
    /// How many there are.
    pub distinct: usize,
}

impl Key {
    /// Numbers that are used as they are.
    #[must_use]
    pub fn of(values: Vec<u32>) -> Self {
        let bound = values.iter().max().map_or(0, |max| *max as usize + 1);
        let mut seen = vec![false; bound];
        values.iter().for_each(|value| seen[*value as usize] = true);
        let distinct = seen.into_iter().filter(|seen| *seen).count();
        Self { values, bound, distinct }
    }

    /// Numbers in order of first appearance.
    #[must_use]
    pub(super) fn renumbered(values: &[u32]) -> Self {
        let bound = values.iter().max().map_or(0, |max| *max as usize + 1);
        let mut number = vec![u32::MAX; bound];
        let mut next = 0;
        let values = values.iter().map(|value| {
            let known = &mut number[*value as usize];
            if *known == u32::MAX {
                *known = next;
                next += 1;
            }
            *known
        });
        let values = values.collect();
        Self { values, bound: next as usize, distinct: next as usize }
    }

    /// Combinations of two columns, in order of first appearance.
    #[must_use]
    pub(super) fn of_both(a: &[u32], b: &[u32]) -> Self {
        let mut numbers = HashMap::new();
        let values: Vec<u32> = a.iter().zip(b).map(|pair| number_of(&mut numbers, pair)).collect();
        Self { values, bound: numbers.len(), distinct: numbers.len() }
    }
}

fn number_of<K: std::hash::Hash + Eq>(numbers: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(key).or_insert(next)
}

/// The cells of a column while they are read. Whole numbers stay numbers until something else is met.
#[derive(Debug, Default)]
pub(super) struct KeyCells {
    whole: Vec<u64>,
    texts: Option<Texts>,
}

#[derive(Debug, Default)]
struct Texts {
    numbers: HashMap<Box<[u8]>, u32>,
    values: Vec<u32>,
    /// The last cell, since neighbours are often alike.
    last: (Vec<u8>, u32),
}

impl Texts {
    fn push(&mut self, cell: &[u8]) {
        if self.values.is_empty() || self.last.0 != cell {
            let number = match self.numbers.get(cell) {
                Some(number) => *number,
                None => number_of(&mut self.numbers, cell.into()),
            };
            self.last.0.clear();
            self.last.0.extend_from_slice(cell);
            self.last.1 = number;
        }
        self.values.push(self.last.1);
    }
}

/// A whole number without sign or leading zeros, so that its text can be told from its value.
fn whole(cell: &[u8]) -> Option<u64> {
    let canonical = matches!(cell, [b'0'] | [b'1'..=b'9', ..]) && cell.len() < 19;
    (canonical && cell.iter().all(u8::is_ascii_digit))
        .then(|| cell.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

impl KeyCells {
    pub(super) fn push(&mut self, cell: &[u8]) {
        if let Some(texts) = &mut self.texts {
            return texts.push(cell);
        }
        if let Some(value) = whole(cell) {
            return self.whole.push(value);
        }
        let mut texts = Texts::default();
        for value in std::mem::take(&mut self.whole) {
            texts.push(value.to_string().as_bytes());
        }
        texts.push(cell);
        self.texts = Some(texts);
    }

    /// The things, in the order `order` of the rows where there is one.
    pub(super) fn finish(self, order: Option<&[u32]>) -> Key {
        if let Some(texts) = self.texts {
            return Key::renumbered(&super::data::ordered(texts.values, order));
        }
        let least = self.whole.iter().min().copied().unwrap_or(0);
        let most = self.whole.iter().max().copied().unwrap_or(0);
        let room = 4 * self.whole.len() as u64 + 1000;
        if most < room {
            return Key::of(super::data::ordered(self.whole.iter().map(|v| *v as u32).collect(), order));
        }
        if most - least < room {
            let shifted = self.whole.iter().map(|v| (*v - least) as u32).collect();
            return Key::of(super::data::ordered(shifted, order));
        }
        let mut numbers = HashMap::new();
        let values = self.whole.iter().map(|v| number_of(&mut numbers, *v)).collect();
        Key::renumbered(&super::data::ordered(values, order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(cells: &[&str]) -> Key {
        let mut read = KeyCells::default();
        cells.iter().for_each(|cell| read.push(cell.as_bytes()));
        read.finish(None)
    }

    #[test]
    fn small_numbers_stay_and_names_are_numbered_as_they_appear() {
        assert_eq!(key(&["3", "0", "3"]).values, [3, 0, 3]);
        assert_eq!((key(&["3", "0"]).bound, key(&["3", "0"]).distinct), (4, 2));
        assert_eq!(key(&["480000", "480002", "480001"]).values, [0, 2, 1]);
        assert_eq!(key(&["99999999999", "5", "99999999999"]).values, [0, 1, 0]);
        assert_eq!(key(&["7", "07", "7", "b"]).values, [0, 1, 0, 2]);
    }
}
