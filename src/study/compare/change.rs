//! The change of a measure between two studies, and the test of it.

use std::collections::BTreeMap;

use crate::stats::{NotEstimable, UnitTotals, mean, paired_ratio_difference, ratio_difference};

/// Whether the replications of two studies have draws in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Same master seed: a replication has the same draws in both.
    ByReplication,
    /// Other seeds: two independent samples.
    Independent,
}

/// How a measure changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// After minus before, over the replications that are compared.
    pub value: f64,
    /// Replications of the first study that are compared.
    pub n_before: usize,
    /// Replications of the second study that are compared.
    pub n_after: usize,
    /// Whether it is more than noise, or why that cannot be told.
    pub test: Result<ChangeTest, NotEstimable>,
}

/// The test of a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeTest {
    /// Standard error of the change; zero where all replications differ by the same.
    pub std_error: f64,
    /// Two-sided p-value of "no change".
    pub p_value: f64,
}

impl Change {
    /// The change of the mean share; nothing when there is no replication to compare.
    pub(super) fn between(before: &[f64], after: &[f64], pairing: Pairing) -> Option<Self> {
        let value = mean(after).ok()? - mean(before).ok()?;
        let (first, second) = (units(before), units(after));
        let found = match pairing {
            Pairing::ByReplication => {
                let pairs: Vec<_> = second.into_iter().zip(first).collect();
                paired_ratio_difference(&pairs)
            }
            Pairing::Independent => ratio_difference(&second, &first),
        };
        let test = match found {
            Ok(found) => Ok(ChangeTest { std_error: found.std_error, p_value: found.p_value }),
            // The same in every replication: certainly no change, and no noise either.
            Err(NotEstimable::ZeroVariance) if value == 0.0 => {
                Ok(ChangeTest { std_error: 0.0, p_value: 1.0 })
            }
            // The same change in every pair: no noise to divide by, but the exact sign test needs none.
            Err(NotEstimable::ZeroVariance) if pairing == Pairing::ByReplication => {
                let n = before.len().min(1000) as f64;
                Ok(ChangeTest { std_error: 0.0, p_value: libm::exp2(1.0 - n) })
            }
            Err(reason) => Err(reason),
        };
        Some(Self { value, n_before: before.len(), n_after: after.len(), test })
    }
}

/// What is compared: of paired studies the replications that both have, else everything.
pub(super) fn matched<T: Copy>(
    before: &[(u32, T)],
    after: &[(u32, T)],
    pairing: Pairing,
) -> (Vec<T>, Vec<T>) {
    let values = |all: &[(u32, T)]| all.iter().map(|(_, value)| *value).collect();
    if pairing == Pairing::Independent {
        return (values(before), values(after));
    }
    let of_after: BTreeMap<u32, T> = after.iter().copied().collect();
    before.iter().filter_map(|(replication, value)| Some((*value, *of_after.get(replication)?))).unzip()
}

/// Ratios over one: plain means.
fn units(values: &[f64]) -> Vec<UnitTotals> {
    values.iter().map(|&numerator| UnitTotals { numerator, denominator: 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: &[f64], after: &[f64], pairing: Pairing) -> Change {
        Change::between(before, after, pairing).unwrap()
    }

    const NOISE: [f64; 5] = [0.3, -1.2, 0.7, 2.1, -0.4];
    const OTHER: [f64; 5] = [1.4, -0.9, 0.8, 4.0, 0.3];

    #[test]
    fn the_paired_test_agrees_with_a_calculation_by_hand() {
        // Differences 1, 2, 3: mean 2, sd 1, se 1/√3, t = 2√3 with 2 degrees of freedom. With 2 degrees of freedom
        // p = 1 - t/√(2 + t²) = 1 - √(12/14).
        let found = change(&[5.0, 1.0, 3.0], &[6.0, 3.0, 6.0], Pairing::ByReplication);
        let test = found.test.unwrap();
        assert_eq!((found.value, found.n_before, found.n_after), (2.0, 3, 3));
        // A few roundings, and the promise of the t functions.
        assert!((test.std_error - 1.0 / 3.0_f64.sqrt()).abs() < 1e-15, "{test:?}");
        assert!((test.p_value - (1.0 - (12.0_f64 / 14.0).sqrt())).abs() < 1e-12, "{test:?}");
    }

    #[test]
    fn swapping_the_studies_flips_the_sign_and_keeps_the_test() {
        for pairing in [Pairing::ByReplication, Pairing::Independent] {
            let (there, back) = (change(&NOISE, &OTHER, pairing), change(&OTHER, &NOISE, pairing));
            assert_eq!(there.value, -back.value);
            assert_eq!(there.test, back.test);
        }
    }

    #[test]
    fn a_study_compared_with_itself_has_not_changed() {
        for pairing in [Pairing::ByReplication, Pairing::Independent] {
            let found = change(&NOISE, &NOISE, pairing);
            assert_eq!((found.value, found.test.unwrap().p_value), (0.0, 1.0));
        }
        let found = change(&[1.0; 4], &[1.0; 6], Pairing::Independent);
        assert_eq!((found.value, found.test), (0.0, Ok(ChangeTest { std_error: 0.0, p_value: 1.0 })));
    }

    #[test]
    fn a_change_without_any_noise_is_tested_by_its_signs_or_not_at_all() {
        let shifted = NOISE.map(|value| value + 0.1);
        let found = change(&NOISE, &shifted, Pairing::ByReplication);
        assert!((found.value - 0.1).abs() < 1e-15);
        // Five signs alike, of either kind: 2 of 2⁵.
        assert_eq!(found.test, Ok(ChangeTest { std_error: 0.0, p_value: 0.0625 }));
        assert_eq!(change(&[1.0; 3], &[0.0; 3], Pairing::Independent).test, Err(NotEstimable::ZeroVariance));
        assert_eq!(change(&[1.0], &[2.0], Pairing::ByReplication).test, Err(NotEstimable::TooFewUnits));
    }

    #[test]
    fn pairs_are_the_replications_that_both_have() {
        let (before, after) = ([(0, 'a'), (1, 'b'), (3, 'd')], [(1, 'B'), (2, 'C'), (3, 'D'), (4, 'E')]);
        let (paired, both) = (Pairing::ByReplication, (vec!['b', 'd'], vec!['B', 'D']));
        assert_eq!(matched(&before, &after, paired), both);
        let all = matched(&before, &after, Pairing::Independent);
        assert_eq!((all.0.len(), all.1.len()), (3, 4));
        assert_eq!(Change::between(&[], &[], paired), None);
    }

    #[test]
    fn pairing_takes_away_the_noise_that_both_share() {
        let paired = change(&NOISE, &OTHER, Pairing::ByReplication).test.unwrap();
        let apart = change(&NOISE, &OTHER, Pairing::Independent).test.unwrap();
        assert!(paired.std_error < apart.std_error, "{paired:?} {apart:?}");
    }
}
