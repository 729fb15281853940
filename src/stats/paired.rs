//! The difference of ratios when units were randomised inside pairs. What both members of a pair share
//! cancels, so the noise is that of pair differences. It does not know what paired them.

use super::influence::{Influence, variance_of_mean};
use super::moments::sum_of;
use super::ratio::ratio_of_sums;
use super::{Difference, NotEstimable, UnitTotals, difference_from};

/// R_t − R_c over matched pairs of (treated, control) units (`vcov` "paired").
///
/// R is the ratio of sums of each arm. With dᵢ = (yᵢ − R xᵢ)/x̄ the linearised value of a unit in its own arm,
/// se² is the variance over pairs of d_ti − d_ci divided by the number of pairs, and df = pairs − 1. With
/// denominators of one this is the paired t test. `n_units` counts both members of each pair.
///
/// # Errors
/// `EmptyArm` without pairs; `TooFewUnits` with one pair; `ZeroDenominator`; `ZeroVariance` when all pairs
/// differ by the same amount up to rounding; `Unobserved` for values that are not finite.
pub fn paired_ratio_difference(pairs: &[(UnitTotals, UnitTotals)]) -> Result<Difference, NotEstimable> {
    match pairs.len() {
        0 => return Err(NotEstimable::EmptyArm),
        1 => return Err(NotEstimable::TooFewUnits),
        _ => {}
    }
    let n = pairs.len() as f64;
    let (treated, control): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let (ratio_t, ratio_c) = (ratio_of_sums(&treated)?, ratio_of_sums(&control)?);
    let mean_denominator_t = sum_of(treated.iter().map(|u| u.denominator)) / n;
    let mean_denominator_c = sum_of(control.iter().map(|u| u.denominator)) / n;
    let differences: Vec<Influence> = pairs
        .iter()
        .map(|(t, c)| {
            let t = Influence::of(t, ratio_t, mean_denominator_t);
            let c = Influence::of(c, ratio_c, mean_denominator_c);
            Influence { value: t.value - c.value, rounding: t.rounding + c.rounding }
        })
        .collect();
    let std_error = variance_of_mean(&differences)?.sqrt();
    difference_from(ratio_t - ratio_c, std_error, n - 1.0, 2 * pairs.len(), "paired")
}

#[cfg(test)]
mod tests {
    use super::super::ratio_difference;
    use super::*;

    fn unit(numerator: f64, denominator: f64) -> UnitTotals {
        UnitTotals { numerator, denominator }
    }

    #[test]
    fn with_one_per_unit_it_is_the_paired_test_of_r() {
        // R: with(sleep, t.test(extra[1:10], extra[11:20], paired = TRUE)), Student's own example:
        // t = −4.0621, df = 9, p = 0.002833, interval −2.4598858 to −0.7001142. Tolerance: printed digits.
        let drug_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let drug_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let pairs: Vec<_> = drug_1.iter().zip(&drug_2).map(|(&a, &b)| (unit(a, 1.0), unit(b, 1.0))).collect();
        let found = paired_ratio_difference(&pairs).unwrap();
        assert!((found.effect + 1.58).abs() < 1e-14);
        assert!((found.statistic + 4.0621).abs() < 5e-5);
        assert!((found.p_value - 0.002_833).abs() < 5e-7);
        assert!((found.conf_low + 2.459_885_8).abs() < 5e-8 && (found.conf_high + 0.700_114_2).abs() < 5e-8);
        assert_eq!((found.df, found.n_units, found.vcov), (9.0, 20, "paired"));
    }

    #[test]
    fn ratios_in_pairs_agree_with_a_calculation_by_hand() {
        // Treated 2/1, 6/2, 4/3: R = 2, x̄ = 2, d = 0, 1, −1. Control 1/1, 2/1, 3/1: R = 2, x̄ = 1, d = −1, 0, 1.
        // Differences 1, 1, −2: Σ = 6 over 3·2, so se = 1 and the effect is 0.
        let pairs = [
            (unit(2.0, 1.0), unit(1.0, 1.0)),
            (unit(6.0, 2.0), unit(2.0, 1.0)),
            (unit(4.0, 3.0), unit(3.0, 1.0)),
        ];
        let found = paired_ratio_difference(&pairs).unwrap();
        assert_eq!((found.effect, found.std_error, found.df, found.p_value), (0.0, 1.0, 2.0, 1.0));
    }

    #[test]
    fn pairing_helps_when_pairs_are_alike_and_leaves_the_effect_alone() {
        let pairs: Vec<_> = (0..8)
            .map(|i| (f64::from(i), f64::from(i * i % 5)))
            .map(|(level, noise)| (unit(10.0 * level + noise, 2.0), unit(10.0 * level, 2.0)))
            .collect();
        let (t, c): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        let (paired, plain) = (paired_ratio_difference(&pairs).unwrap(), ratio_difference(&t, &c).unwrap());
        assert_eq!(paired.effect, plain.effect);
        assert!(paired.std_error < plain.std_error / 10.0);
    }

    #[test]
    fn a_constant_shift_between_the_members_of_pairs_has_no_standard_error() {
        let pairs: Vec<_> = (0..50)
            .map(|i| f64::from(i) * 0.37)
            .map(|level| (unit(level + 0.1, 1.0), unit(level, 1.0)))
            .collect();
        assert_eq!(paired_ratio_difference(&pairs), Err(NotEstimable::ZeroVariance));
        assert_eq!(paired_ratio_difference(&pairs[..1]), Err(NotEstimable::TooFewUnits));
        assert_eq!(paired_ratio_difference(&[]), Err(NotEstimable::EmptyArm));
    }
}
