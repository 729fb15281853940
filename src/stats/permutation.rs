//! Randomisation inference: under the sharp null that no unit reacts, every assignment that could have been
//! drawn gives the same outcomes, so the statistic's distribution is known (Fisher 1935). No model, no large
//! numbers; the mechanism that is drawn again must be the one that was used.

use super::{Mechanism, NotEstimable};
use crate::rng::Family;

/// Up to this many assignments all are enumerated by default.
pub const ENUMERATED_ASSIGNMENTS: u64 = 2_000_000;

/// Draws when there are more.
pub const PERMUTATION_DRAWS: u64 = 9_999;

/// Of the randomisation test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PermutationTest {
    /// The statistic of the assignment that was used.
    pub statistic: f64,
    /// Share of assignments with |stat| ≥ |observed|, the observed one included; (1 + b)/(1 + B) when drawn.
    pub p_value: f64,
    /// The smallest p-value this data could have given: the share of assignments that attain the largest
    /// |stat|, or 1/(1 + B). When it is above the level, the experiment could not have succeeded.
    pub smallest_p: f64,
    /// Assignments looked at: all of them, or B draws.
    pub assignments: u64,
    /// Whether `assignments` are all there are.
    pub exact: bool,
}

impl PermutationTest {
    /// The `vcov` family, without the count.
    #[must_use]
    pub const fn vcov(&self) -> &'static str {
        if self.exact { "perm-exact" } else { "perm" }
    }

    /// Such as `perm-exact-20` or `perm-9999`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}-{}", self.vcov(), self.assignments)
    }
}

/// Tests `assignment` against all assignments of `mechanism` when there are at most `cap`, else against
/// `draws` of them, the b-th from the stream of entity b. `statistic` gets a vector of treated units.
///
/// # Errors
/// `Unobserved` when the observed statistic is not finite.
///
/// # Panics
/// When `assignment` has not the mechanism's units.
pub fn permutation_test(
    assignment: &[bool],
    mechanism: &Mechanism,
    cap: u64,
    draws: u64,
    streams: Family,
    statistic: impl FnMut(&[bool]) -> f64,
) -> Result<PermutationTest, NotEstimable> {
    assert_eq!(assignment.len(), mechanism.units(), "one arm a unit");
    match mechanism.count().filter(|count| *count <= cap) {
        Some(count) => randomisation_test(assignment, count, true, |b, to| mechanism.nth(b, to), statistic),
        None => {
            let redraw = |b, to: &mut [bool]| mechanism.draw(&mut streams.stream(b), to);
            randomisation_test(assignment, draws, false, redraw, statistic)
        }
    }
}

/// [`permutation_test`] for any mechanism: `redraw` writes the k-th of `count` assignments, which are all
/// there are when `exact`, and draws otherwise.
///
/// Ties count as extreme, with a tolerance of 1e-12·max(1, |stat|); so does an assignment whose statistic is
/// not a number, because nothing is known about it.
///
/// # Errors
/// `TooFewUnits` without assignments; `Unobserved` when the observed statistic is not finite.
pub fn randomisation_test(
    assignment: &[bool],
    count: u64,
    exact: bool,
    mut redraw: impl FnMut(u64, &mut [bool]),
    mut statistic: impl FnMut(&[bool]) -> f64,
) -> Result<PermutationTest, NotEstimable> {
    if count == 0 {
        return Err(NotEstimable::TooFewUnits);
    }
    let observed = statistic(assignment);
    if !observed.is_finite() {
        return Err(NotEstimable::Unobserved);
    }
    let slack = |value: f64| 1e-12 * value.max(1.0);
    let bar = observed.abs() - slack(observed.abs());
    let (mut extreme, mut largest, mut attained) = (0_u64, f64::NEG_INFINITY, 0_u64);
    let mut treated = vec![false; assignment.len()];
    for index in 0..count {
        redraw(index, &mut treated);
        let size = statistic(&treated).abs();
        extreme += u64::from(size.is_nan() || size >= bar);
        if size > largest + slack(largest) {
            (largest, attained) = (size, 1);
        } else if size >= largest - slack(largest) {
            attained += 1;
        }
    }
    let total = count as f64;
    let (p_value, smallest_p) = if exact {
        // At least the observed assignment, should the closure's list have missed it.
        (extreme.max(1) as f64 / total, attained.max(1) as f64 / total)
    } else {
        ((1 + extreme) as f64 / (1.0 + total), 1.0 / (1.0 + total))
    };
    Ok(PermutationTest { statistic: observed, p_value, smallest_p, assignments: count, exact })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    const STREAMS: Family = Streams::new(1, 0).family(Purpose::Resampling);

    fn difference(values: &[f64]) -> impl FnMut(&[bool]) -> f64 {
        |treated: &[bool]| {
            let mean = |arm: bool| {
                let own: Vec<f64> =
                    values.iter().zip(treated).filter(|(_, t)| **t == arm).map(|(v, _)| *v).collect();
                own.iter().sum::<f64>() / own.len() as f64
            };
            mean(true) - mean(false)
        }
    }

    const HALF: [bool; 6] = [true, true, true, false, false, false];

    #[test]
    fn the_most_extreme_split_of_six_has_p_one_tenth_and_no_smaller_one_exists() {
        let statistic = difference(&[9.0, 8.0, 7.5, 1.0, 2.0, 3.0]);
        let found = permutation_test(&HALF, &Mechanism::complete(6, 3), 100, 0, STREAMS, statistic).unwrap();
        // The split and its mirror of C(6, 3) = 20.
        assert_eq!((found.p_value, found.smallest_p, found.label().as_str()), (0.1, 0.1, "perm-exact-20"));
    }

    #[test]
    fn draws_agree_with_the_enumeration() {
        let values = [5.0, 3.1, 4.4, 2.0, 3.3, 1.9, 4.0, 2.5];
        let arms: Vec<bool> = (0..8).map(|u| u < 3).collect();
        let mechanism = Mechanism::complete(8, 3);
        let exact = permutation_test(&arms, &mechanism, 1000, 0, STREAMS, difference(&values)).unwrap();
        let drawn = permutation_test(&arms, &mechanism, 10, 20_000, STREAMS, difference(&values)).unwrap();
        assert_eq!((exact.assignments, drawn.label().as_str(), drawn.exact), (56, "perm-20000", false));
        // Four binomial standard errors.
        let error = (exact.p_value * (1.0 - exact.p_value) / 20_000.0).sqrt();
        assert!((exact.p_value - drawn.p_value).abs() < 4.0 * error, "{exact:?} {drawn:?}");
    }

    #[test]
    fn p_values_are_uniform_over_the_assignments_themselves() {
        // Under the sharp null each of the 20 assignments is as likely, and P(p ≤ x) ≤ x exactly.
        let values = [0.3, 1.7, 2.2, 2.9, 4.1, 7.7];
        let mechanism = Mechanism::complete(6, 3);
        let mut p: Vec<f64> = (0..20)
            .map(|index| {
                let mut arms = [false; 6];
                mechanism.nth(index, &mut arms);
                permutation_test(&arms, &mechanism, 100, 0, STREAMS, difference(&values)).unwrap().p_value
            })
            .collect();
        p.sort_by(f64::total_cmp);
        assert!(p.iter().enumerate().all(|(rank, p)| *p >= (rank + 1) as f64 / 20.0 - 1e-15), "{p:?}");
    }

    #[test]
    fn what_is_not_a_number_counts_against_the_effect() {
        let statistic = |treated: &[bool]| if treated[0] { 5.0 } else { f64::NAN };
        let found = permutation_test(&HALF, &Mechanism::complete(6, 3), 100, 0, STREAMS, statistic).unwrap();
        assert_eq!(found.p_value, 1.0);
        let refused = permutation_test(&HALF, &Mechanism::complete(6, 3), 100, 0, STREAMS, |_| f64::NAN);
        assert_eq!(refused, Err(NotEstimable::Unobserved));
    }
}
