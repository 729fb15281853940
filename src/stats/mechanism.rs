//! How units got their arms, as a set of assignments that can be counted, enumerated and drawn again.

use crate::rng::Stream;
use std::collections::BTreeMap;

/// A randomisation: which assignments of units to arms were possible, all equally likely.
#[derive(Clone, Debug)]
pub struct Mechanism {
    groups: Vec<Group>,
    units: usize,
}

/// Units among which a fixed number is treated, or a single unit with a coin of its own.
#[derive(Clone, Debug)]
struct Group {
    members: Vec<usize>,
    treated: Option<usize>,
}

impl Mechanism {
    /// `treated` of `units` units: C(n, k) assignments.
    ///
    /// # Panics
    /// When more units are treated than there are.
    #[must_use]
    pub fn complete(units: usize, treated: usize) -> Self {
        assert!(treated <= units, "{treated} of {units} units cannot be treated");
        Self { groups: vec![Group { members: (0..units).collect(), treated: Some(treated) }], units }
    }

    /// Complete randomisation within each stratum, with the numbers of treated units that `assignment` has.
    ///
    /// # Panics
    /// When `strata` and `assignment` differ in length.
    #[must_use]
    pub fn blocked(strata: &[u32], assignment: &[bool]) -> Self {
        assert_eq!(strata.len(), assignment.len(), "one stratum a unit");
        let mut by_stratum: BTreeMap<u32, Group> = BTreeMap::new();
        for (unit, (&stratum, &treated)) in strata.iter().zip(assignment).enumerate() {
            let group = by_stratum.entry(stratum).or_insert(Group { members: Vec::new(), treated: Some(0) });
            group.members.push(unit);
            group.treated = group.treated.map(|count| count + usize::from(treated));
        }
        Self { groups: by_stratum.into_values().collect(), units: strata.len() }
    }

    /// One of units 2i and 2i + 1 for each of `pairs` pairs: 2^pairs assignments.
    #[must_use]
    pub fn pairs(pairs: usize) -> Self {
        let pair = |i: usize| Group { members: vec![2 * i, 2 * i + 1], treated: Some(1) };
        Self { groups: (0..pairs).map(pair).collect(), units: 2 * pairs }
    }

    /// A fair coin for each unit (each block of a switchback): 2^units paths, all-treated ones included.
    #[must_use]
    pub fn coins(units: usize) -> Self {
        let coin = |unit| Group { members: vec![unit], treated: None };
        Self { groups: (0..units).map(coin).collect(), units }
    }

    /// Units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// How many assignments there are; `None` when more than 2⁶⁴.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.groups.iter().try_fold(1_u64, |count, group| count.checked_mul(group.count()?))
    }

    /// Writes assignment number `index` < [`Self::count`] into `treated`; each index gives another one, in
    /// lexicographic order within a group.
    ///
    /// # Panics
    /// When `treated` has not one place a unit.
    pub fn nth(&self, mut index: u64, treated: &mut [bool]) {
        assert_eq!(treated.len(), self.units, "one arm a unit");
        for group in &self.groups {
            let radix = group.count().unwrap_or(u64::MAX);
            group.nth(index % radix, treated);
            index /= radix;
        }
    }

    /// Writes a random assignment into `treated`, all being equally likely.
    ///
    /// # Panics
    /// When `treated` has not one place a unit.
    pub fn draw(&self, stream: &mut Stream, treated: &mut [bool]) {
        assert_eq!(treated.len(), self.units, "one arm a unit");
        for group in &self.groups {
            // Selection sampling (Knuth, TAOCP 2, algorithm S).
            let (mut left, mut needed) = (group.members.len(), group.treated);
            for &unit in &group.members {
                treated[unit] = match &mut needed {
                    None => stream.bits() >> 63 == 1,
                    Some(needed) => {
                        let chosen = (stream.below(left as u32) as usize) < *needed;
                        *needed -= usize::from(chosen);
                        chosen
                    }
                };
                left -= 1;
            }
        }
    }
}

impl Group {
    fn count(&self) -> Option<u64> {
        match self.treated {
            None => Some(2),
            Some(k) => binomial(self.members.len() as u64, k as u64),
        }
    }

    /// The combination of rank `index`, treated-first order: the subsets that hold the first member come first.
    fn nth(&self, mut index: u64, treated: &mut [bool]) {
        let Some(mut needed) = self.treated else {
            treated[self.members[0]] = index == 1;
            return;
        };
        let mut left = self.members.len();
        for &unit in &self.members {
            left -= 1;
            let with =
                if needed == 0 { 0 } else { binomial(left as u64, needed as u64 - 1).unwrap_or(u64::MAX) };
            treated[unit] = index < with;
            if index < with {
                needed -= 1;
            } else {
                index -= with;
            }
        }
    }
}

/// C(n, k), or `None` beyond 2⁶⁴.
fn binomial(n: u64, k: u64) -> Option<u64> {
    if k > n {
        return Some(0);
    }
    let mut value: u128 = 1;
    for j in 0..u128::from(k.min(n - k)) {
        // C(n, j + 1) = C(n, j)(n − j)/(j + 1) divides without remainder.
        value = value * (u128::from(n) - j) / (j + 1);
        if value > u128::from(u64::MAX) {
            return None;
        }
    }
    Some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};
    use std::collections::BTreeSet;

    fn all(mechanism: &Mechanism) -> BTreeSet<Vec<bool>> {
        let mut treated = vec![false; mechanism.units()];
        (0..mechanism.count().unwrap())
            .map(|index| {
                mechanism.nth(index, &mut treated);
                treated.clone()
            })
            .collect()
    }

    #[test]
    fn every_index_is_another_assignment_of_the_right_size() {
        let found = all(&Mechanism::complete(7, 3));
        assert!(found.len() == 35 && found.iter().all(|a| a.iter().filter(|t| **t).count() == 3));
        let found = all(&Mechanism::pairs(4));
        assert!(found.len() == 16 && found.iter().all(|a| a.chunks(2).all(|pair| pair[0] != pair[1])));
        assert_eq!(all(&Mechanism::coins(5)).len(), 32);
        let strata = [4, 9, 4, 9, 9, 4];
        let blocked = Mechanism::blocked(&strata, &[true, true, false, false, true, false]);
        let found = all(&blocked);
        // C(3, 1)·C(3, 2).
        assert_eq!((found.len(), blocked.count()), (9, Some(9)));
        assert!(found.iter().all(|a| (0..6).filter(|&u| a[u] && strata[u] == 4).count() == 1));
    }

    #[test]
    fn the_number_of_assignments_may_be_beyond_counting() {
        assert_eq!(Mechanism::complete(60, 30).count(), Some(118_264_581_564_861_424));
        assert_eq!(Mechanism::complete(200, 100).count(), None);
        assert_eq!((Mechanism::coins(63).count(), Mechanism::coins(64).count()), (Some(1 << 63), None));
        assert_eq!(Mechanism::complete(5, 0).count(), Some(1));
    }

    #[test]
    fn draws_are_equally_likely() {
        let mechanism = Mechanism::complete(5, 2);
        let family = Streams::new(2, 0).family(Purpose::Resampling);
        let mut counts = std::collections::BTreeMap::new();
        let mut treated = vec![false; 5];
        for b in 0..20_000 {
            mechanism.draw(&mut family.stream(b), &mut treated);
            *counts.entry(treated.clone()).or_insert(0.0) += 1.0;
        }
        let chi2: f64 = counts.values().map(|n: &f64| (n - 2000.0) * (n - 2000.0) / 2000.0).sum();
        // χ² with 9 degrees of freedom is beyond 27.9 once in a thousand seeds.
        assert!(counts.len() == 10 && chi2 < 27.9, "{chi2}");
    }
}
