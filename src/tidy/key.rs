//! Names and numbers that tell things apart, as ranks.
//!
//! A rank depends on the labels alone: not on the order of the rows, not on how many there are, and not on gaps between
//! numbers. Labels that are all numbers are ordered as numbers, labels that are all times as times, and all others by their
//! bytes, which is an order that means nothing ([`Key::is_ordered`]).

use std::collections::HashMap;

use super::decimal::Decimal;
use crate::workload::trace::parse_time;

/// The things of a column as ranks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Key {
    /// One a row, all below `distinct`.
    pub values: Vec<u32>,
    /// How many things there are.
    pub distinct: usize,
    /// Whether the ranks follow an order that means something: that of numbers or of time.
    pub is_ordered: bool,
    /// The labels by rank, where they were asked for.
    pub names: Vec<String>,
}

/// Which labels are the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Those with the same text.
    Text,
    /// Those with the same value, where all are numbers or all are times: 7, 07 and 7.0 are one block.
    Value,
}

impl Key {
    /// Ranks of numbers that are mostly close together.
    fn of_whole(whole: &[u64]) -> Self {
        let least = whole.iter().min().copied().unwrap_or(0);
        let most = whole.iter().max().copied().unwrap_or(0);
        let (values, distinct) = if most - least < 4 * whole.len() as u64 + 1000 {
            let mut ranks = vec![u32::MAX; (most - least) as usize + 1];
            whole.iter().for_each(|value| ranks[(value - least) as usize] = 0);
            let mut next = 0;
            for rank in ranks.iter_mut().filter(|rank| **rank == 0) {
                *rank = next;
                next += 1;
            }
            (whole.iter().map(|value| ranks[(value - least) as usize]).collect(), next as usize)
        } else {
            let mut sorted = whole.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            let ranks: HashMap<u64, u32> = sorted.iter().copied().zip(0..).collect();
            (whole.iter().map(|value| ranks[value]).collect(), sorted.len())
        };
        Self { values, distinct, is_ordered: true, names: Vec::new() }
    }

    /// Every row a thing of its own.
    #[must_use]
    pub(super) fn of_rows(rows: usize) -> Self {
        Self { values: (0..rows as u32).collect(), distinct: rows, is_ordered: true, names: Vec::new() }
    }

    /// Combinations of two keys, ordered by the first and then by the second.
    #[must_use]
    pub(super) fn of_both(first: &Self, second: &Self) -> Self {
        let width = second.distinct as u64;
        let pairs = first.values.iter().zip(&second.values);
        let combined: Vec<u64> = pairs.map(|(a, b)| u64::from(*a) * width + u64::from(*b)).collect();
        Self { is_ordered: first.is_ordered && second.is_ordered, ..Self::of_whole(&combined) }
    }

    /// The same things in the order of their first times; those that begin together keep their order.
    #[must_use]
    pub(super) fn by_first_time(self, time_s: &[f64]) -> Self {
        let mut first = vec![f64::INFINITY; self.distinct];
        for (rank, time) in self.values.iter().zip(time_s) {
            let first = &mut first[*rank as usize];
            *first = first.min(*time);
        }
        let mut order: Vec<u32> = (0..self.distinct as u32).collect();
        order.sort_by(|a, b| first[*a as usize].total_cmp(&first[*b as usize]));
        let mut rank = vec![0; self.distinct];
        order.iter().zip(0..).for_each(|(old, new)| rank[*old as usize] = new);
        let values = self.values.iter().map(|old| rank[*old as usize]).collect();
        let names = match self.names.is_empty() {
            true => self.names,
            false => order.iter().map(|old| self.names[*old as usize].clone()).collect(),
        };
        Self { values, is_ordered: true, names, ..self }
    }

    /// Whether all rows of each thing got the same arm.
    #[must_use]
    pub fn is_pure(&self, treated: &[bool]) -> bool {
        let mut arms = vec![None; self.distinct];
        self.values.iter().zip(treated).all(|(rank, treated)| {
            let arm = &mut arms[*rank as usize];
            *arm.get_or_insert(*treated) == *treated
        })
    }
}

/// The cells of a column while they are read. Whole numbers stay numbers until something else is met.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyCells {
    whole: Vec<u64>,
    texts: Option<Texts>,
}

#[derive(Clone, Debug, Default)]
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
                None => {
                    let next = self.numbers.len() as u32;
                    self.numbers.insert(cell.into(), next);
                    next
                }
            };
            self.last.0.clear();
            self.last.0.extend_from_slice(cell);
            self.last.1 = number;
        }
        self.values.push(self.last.1);
    }

    fn rank(self, identity: Identity) -> Key {
        let mut labels: Vec<(Box<[u8]>, u32)> = self.numbers.into_iter().collect();
        labels.sort_unstable();
        let text = |label: &(Box<[u8]>, u32)| std::str::from_utf8(&label.0).ok().map(str::to_owned);
        let texts: Option<Vec<String>> = labels.iter().map(text).collect();
        let all = |texts: &Vec<String>| -> Option<Vec<Value>> {
            let numbers: Option<Vec<Value>> =
                texts.iter().map(|text| Decimal::parse(text).map(Value::Number)).collect();
            numbers.or_else(|| texts.iter().map(|text| parse_time(text).map(Value::Time)).collect())
        };
        let values = texts.as_ref().and_then(all);
        let is_ordered = values.is_some();
        let mut order: Vec<usize> = (0..labels.len()).collect();
        if let Some(values) = &values {
            // Stable, so that texts of one value stay in the order of their bytes.
            order.sort_by(|a, b| values[*a].cmp(&values[*b]));
        }
        let is_same = |a: usize, b: usize| {
            identity == Identity::Value && values.as_ref().is_some_and(|values| values[a] == values[b])
        };
        let mut rank = vec![0; labels.len()];
        let mut names: Vec<String> = Vec::new();
        let mut before = None;
        for at in order {
            if !before.is_some_and(|before| is_same(before, at)) {
                names.push(String::from_utf8_lossy(&labels[at].0).into_owned());
            }
            rank[labels[at].1 as usize] = names.len() as u32 - 1;
            before = Some(at);
        }
        let values = self.values.iter().map(|number| rank[*number as usize]).collect();
        Key { values, distinct: names.len(), is_ordered, names }
    }
}

/// What a label means.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(Decimal),
    Time(i128),
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

    /// The things, in the order `order` of the rows where there is one; with their labels where these are wanted.
    pub(super) fn finish(self, identity: Identity, named: bool, order: Option<&[u32]>) -> Key {
        let mut key = match self.texts {
            Some(texts) => texts.rank(identity),
            None => {
                let mut key = Key::of_whole(&self.whole);
                if named {
                    key.names = vec![String::new(); key.distinct];
                    for (rank, value) in key.values.iter().zip(&self.whole) {
                        let name = &mut key.names[*rank as usize];
                        if name.is_empty() {
                            *name = value.to_string();
                        }
                    }
                }
                key
            }
        };
        if !named {
            key.names = Vec::new();
        }
        key.values = super::data::ordered(key.values, order);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(identity: Identity, cells: &[&str]) -> Key {
        let mut read = KeyCells::default();
        cells.iter().for_each(|cell| read.push(cell.as_bytes()));
        read.finish(identity, true, None)
    }

    fn ranks(cells: &[&str]) -> Vec<u32> {
        key(Identity::Value, cells).values
    }

    #[test]
    fn numbers_are_ordered_as_numbers_whatever_their_gaps_padding_and_signs() {
        assert_eq!(ranks(&["3", "0", "3"]), [1, 0, 1]);
        assert_eq!(ranks(&["480000", "480002", "480001"]), [0, 2, 1]);
        assert_eq!(ranks(&["99999999999", "5", "99999999999"]), [1, 0, 1]);
        assert_eq!(ranks(&["7", "07", "10", "7.0", "-1", "+7", "-1.50"]), [2, 2, 3, 2, 1, 2, 0]);
        assert_eq!(ranks(&["1700025200", "1700007200"]), [1, 0]);
        // Both are the same double.
        assert_eq!(ranks(&["9223372036854775807", "9223372036854775806"]), [1, 0]);
        assert_eq!(ranks(&["1e3", "999.5", "2E2"]), [2, 1, 0]);
        assert!(key(Identity::Value, &["07", "1"]).is_ordered);
    }

    #[test]
    fn times_are_ordered_as_times_and_the_same_moment_is_one_block() {
        let cells =
            ["2024-01-05T10:00:00Z", "2024-01-05 09:00:00.5", "2024-01-05T11:00:00+01:00", "2024-01-05"];
        let found = key(Identity::Value, &cells);
        assert_eq!((found.values, found.distinct, found.is_ordered), (vec![2, 1, 2, 0], 3, true));
    }

    #[test]
    fn names_are_ordered_by_bytes_which_is_no_order_until_there_are_times() {
        let found = key(Identity::Value, &["tuesday", "monday", "7", "tuesday"]);
        assert_eq!((&found.values, found.is_ordered), (&vec![2, 1, 0, 2], false));
        let found = found.by_first_time(&[1.0, 3.0, 2.0, 0.5]);
        assert_eq!((found.values, found.is_ordered), (vec![0, 2, 1, 0], true));
        assert_eq!(found.names, ["tuesday", "7", "monday"]);
    }

    #[test]
    fn units_are_told_apart_by_their_text() {
        let found = key(Identity::Text, &["7", "07", "7", "10"]);
        assert_eq!((found.values, found.distinct), (vec![1, 0, 1, 2], 3));
        assert_eq!(found.names, ["07", "7", "10"]);
        assert_eq!(key(Identity::Text, &["5", "3", "5"]).names, ["3", "5"]);
    }

    #[test]
    fn ranks_do_not_depend_on_the_order_of_the_rows() {
        let labels = [
            ["12", "3", "0", "1700000000"],
            ["-2", "003", "1.5", "3"],
            ["east", "west", "north", "7"],
            ["2024-02-01", "2023-12-31T23:59:59", "2024-01-31 12:00", "2024-02-01T00:00:00.25Z"],
        ];
        for labels in labels {
            let there = key(Identity::Text, &labels).values;
            let mut turned = labels;
            turned.reverse();
            let mut back = key(Identity::Text, &turned).values;
            back.reverse();
            assert_eq!(there, back, "{labels:?}");
        }
    }

    #[test]
    fn combinations_are_ordered_by_both() {
        let (a, b) =
            (key(Identity::Value, &["2", "1", "2", "1"]), key(Identity::Value, &["5", "5", "4", "9"]));
        let both = Key::of_both(&a, &b);
        assert_eq!((both.values, both.distinct), (vec![3, 0, 2, 1], 4));
    }
}
