//! The difference of ratios when units were randomised within strata (blocks). Only differences inside a
//! stratum carry noise, so only those enter the variance. It does not know what the strata are.

use super::influence::{influences, ratio, variance_of_mean};
use super::moments::sum_of;
use super::{Difference, NotEstimable, UnitTotals, difference_from, welch_df};
use std::collections::BTreeMap;

/// R_t − R_c for a blocked design (`vcov` "blocked"); each unit comes with the number of its stratum.
///
/// With n_s units in stratum s (both arms), N in all, and W_s = n_s/N, in each arm
/// - R = Σ_s W_s ȳ_s / Σ_s W_s x̄_s, the combined ratio (Cochran, Sampling Techniques, §6.11), where ȳ_s and
///   x̄_s are means over the arm's units of the stratum;
/// - V = Σ_s W_s² s²_s/n_s,arm, with s²_s the variance inside the stratum of dᵢ = (yᵢ − R xᵢ)/Σ_s W_s x̄_s.
///
/// Then se² = V_t + V_c. With c = W_s²/n_s,arm, what a cell would add if all units varied alike, df = (Σc)²/Σ(c²/(n_s,arm − 1)):
/// N − 2·strata where strata are equal and halved (as R's `estimatr::difference_in_means` has it everywhere), and little where
/// the few units of one cell decide. Cells whose units do not differ are left out of the sums: their noise was not seen, and
/// adds no degree of freedom.
///
/// When every stratum has the same share of treated units, R is the plain ratio of sums over all units of the
/// arm and the effect is that of [`super::ratio_difference`]. Otherwise the weights matter: plain sums would
/// compare arms with different mixtures of strata. With denominators of one the effect is always the
/// post-stratified Σ W_s(ȳ_ts − ȳ_cs).
///
/// # Errors
/// `EmptyArm`; `TooFewUnits` when a stratum has fewer than two units in an arm (none included: merge strata);
/// `ZeroDenominator`; `ZeroVariance` when nothing varies inside the strata; `Unobserved` for values that are
/// not finite.
pub fn stratified_ratio_difference(
    treated: &[(u32, UnitTotals)],
    control: &[(u32, UnitTotals)],
) -> Result<Difference, NotEstimable> {
    let strata = by_stratum(treated, control)?;
    let n_units = treated.len() + control.len();
    let (treated, control) = (cells_of(&strata, true, n_units), cells_of(&strata, false, n_units));
    let ((ratio_t, variances_t), (ratio_c, variances_c)) =
        (combined_ratio(&treated)?, combined_ratio(&control)?);
    let cells = treated.iter().chain(&control).zip(variances_t.iter().chain(&variances_c));
    let seen: Vec<(f64, f64)> = cells
        .filter(|(_, variance)| **variance > 0.0)
        .map(|((weight, units), _)| (weight * weight / units.len() as f64, units.len() as f64 - 1.0))
        .collect();
    let variance = variances_t.iter().chain(&variances_c).sum::<f64>();
    difference_from(ratio_t - ratio_c, variance.sqrt(), welch_df(&seen), n_units, "blocked")
}

/// The two combined ratios whose difference [`stratified_ratio_difference`] takes: the treated arm's, the control's.
///
/// # Errors
/// `EmptyArm`; `TooFewUnits` when a stratum has no unit in an arm; `ZeroDenominator`; `Unobserved`.
pub fn stratified_ratios(
    treated: &[(u32, UnitTotals)],
    control: &[(u32, UnitTotals)],
) -> Result<(f64, f64), NotEstimable> {
    let strata = by_stratum(treated, control)?;
    let n_units = treated.len() + control.len();
    let value = |arm: bool| combined_value(&cells_of(&strata, arm, n_units)).map(|(value, _)| value);
    Ok((value(true)?, value(false)?))
}

/// The units of one stratum.
#[derive(Default)]
struct Stratum {
    treated: Vec<UnitTotals>,
    control: Vec<UnitTotals>,
}

impl Stratum {
    /// W_s among `units` in all.
    fn weight(&self, units: usize) -> f64 {
        (self.treated.len() + self.control.len()) as f64 / units as f64
    }
}

/// The units of both arms by stratum; each stratum has both arms.
fn by_stratum(
    treated: &[(u32, UnitTotals)],
    control: &[(u32, UnitTotals)],
) -> Result<BTreeMap<u32, Stratum>, NotEstimable> {
    if treated.is_empty() || control.is_empty() {
        return Err(NotEstimable::EmptyArm);
    }
    let mut strata: BTreeMap<u32, Stratum> = BTreeMap::new();
    for &(stratum, unit) in treated {
        strata.entry(stratum).or_default().treated.push(unit);
    }
    for &(stratum, unit) in control {
        strata.entry(stratum).or_default().control.push(unit);
    }
    if strata.values().any(|s| s.treated.is_empty() || s.control.is_empty()) {
        return Err(NotEstimable::TooFewUnits);
    }
    Ok(strata)
}

/// An arm's units by stratum, each with the stratum's weight.
fn cells_of(strata: &BTreeMap<u32, Stratum>, treated: bool, units: usize) -> Vec<(f64, &[UnitTotals])> {
    strata
        .values()
        .map(|s| (s.weight(units), if treated { s.treated.as_slice() } else { s.control.as_slice() }))
        .collect()
}

/// R of one arm from its strata, each with its weight, and Σ_s W_s x̄_s.
fn combined_value(strata: &[(f64, &[UnitTotals])]) -> Result<(f64, f64), NotEstimable> {
    let weighted_mean = |of: fn(&UnitTotals) -> f64| {
        sum_of(strata.iter().flat_map(|(weight, units)| {
            let per_unit = weight / units.len() as f64;
            units.iter().map(move |unit| per_unit * of(unit))
        }))
    };
    let mean_denominator = weighted_mean(|u| u.denominator);
    Ok((ratio(weighted_mean(|u| u.numerator), mean_denominator)?, mean_denominator))
}

/// R of one arm from its strata, each with its weight, and what each adds to V.
fn combined_ratio(strata: &[(f64, &[UnitTotals])]) -> Result<(f64, Vec<f64>), NotEstimable> {
    let (value, mean_denominator) = combined_value(strata)?;
    let variance = |(weight, units): &(f64, &[UnitTotals])| {
        Ok(weight * weight * variance_of_mean(&influences(units, value, mean_denominator))?)
    };
    Ok((value, strata.iter().map(variance).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::super::ratio_difference;
    use super::*;

    fn means(stratum: u32, values: &[f64]) -> Vec<(u32, UnitTotals)> {
        values.iter().map(|&numerator| (stratum, UnitTotals { numerator, denominator: 1.0 })).collect()
    }

    fn without_strata(units: &[(u32, UnitTotals)]) -> Vec<UnitTotals> {
        units.iter().map(|u| u.1).collect()
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        // A handful of roundings on numbers without cancellation.
        assert!((found / expected - 1.0).abs() < 1e-13, "{found} is not {expected}");
    }

    #[test]
    fn uneven_strata_are_post_stratified_and_agree_with_a_calculation_by_hand() {
        // Stratum 7: treated 1, 3 and control 0, 1, 2, 1 (6 of 11 units). Stratum 9: treated 10, 12, 14 and
        // control 9, 11 (5 of 11).
        let treated = [means(7, &[1.0, 3.0]), means(9, &[10.0, 12.0, 14.0])].concat();
        let control = [means(7, &[0.0, 1.0, 2.0, 1.0]), means(9, &[9.0, 11.0])].concat();
        let found = stratified_ratio_difference(&treated, &control).unwrap();
        close(found.effect, 6.0 / 11.0 * (2.0 - 1.0) + 5.0 / 11.0 * (12.0 - 10.0));
        // s²: 2, 2/3 and 4, 2.
        let variance: f64 =
            36.0 / 121.0 * (2.0 / 2.0 + 2.0 / 3.0 / 4.0) + 25.0 / 121.0 * (4.0 / 3.0 + 2.0 / 2.0);
        close(found.std_error, variance.sqrt());
        assert_eq!((found.n_units, found.vcov), (11, "blocked"));
        // c = W²/n: 18, 9 of stratum 7 and 25/3, 12.5 of stratum 9, over 121; ν = 1, 3, 2, 1.
        let (total, spread) = (18.0 + 9.0 + 25.0 / 3.0 + 12.5, 324.0 + 27.0 + 625.0 / 18.0 + 156.25);
        close(found.df, total * total / spread);
    }

    #[test]
    fn with_equal_shares_the_effect_is_that_of_plain_sums_and_the_noise_is_smaller() {
        let unit = |stratum, numerator, denominator| (stratum, UnitTotals { numerator, denominator });
        let treated = [unit(0, 2.0, 1.0), unit(0, 3.0, 2.0), unit(1, 40.0, 3.0), unit(1, 21.0, 2.0)];
        let control = [unit(1, 50.0, 4.0), unit(0, 2.0, 2.0), unit(0, 5.0, 3.0), unit(1, 19.0, 2.0)];
        let blocked = stratified_ratio_difference(&treated, &control).unwrap();
        let plain = ratio_difference(&without_strata(&treated), &without_strata(&control)).unwrap();
        close(blocked.effect, plain.effect);
        assert!(blocked.std_error < plain.std_error, "{blocked:?} {plain:?}");
    }

    #[test]
    fn one_stratum_of_equal_arms_is_the_plain_comparison() {
        let unit = |numerator, denominator| (3, UnitTotals { numerator, denominator });
        let treated = [unit(2.0, 1.0), unit(6.0, 2.0), unit(4.0, 3.0)];
        let control = [unit(1.0, 1.0), unit(0.0, 0.0), unit(8.0, 4.0)];
        let blocked = stratified_ratio_difference(&treated, &control).unwrap();
        let plain = ratio_difference(&without_strata(&treated), &without_strata(&control)).unwrap();
        close(blocked.effect, plain.effect);
        close(blocked.std_error, plain.std_error);
        close(blocked.df, 4.0);
    }

    #[test]
    fn the_order_of_units_between_strata_does_not_matter() {
        let treated = [means(2, &[1.0, 3.5]), means(1, &[10.0, 12.0])].concat();
        let control = [means(1, &[9.0, 11.5]), means(2, &[0.0, 1.0])].concat();
        let mut turned = treated.clone();
        turned.rotate_left(2);
        assert_eq!(
            stratified_ratio_difference(&treated, &control),
            stratified_ratio_difference(&turned, &control)
        );
    }

    #[test]
    fn strata_that_cannot_show_noise_are_refused() {
        let pair = means(1, &[1.0, 2.0]);
        let refused = |t: &[_], c: &[_]| stratified_ratio_difference(t, c).unwrap_err();
        assert_eq!(refused(&pair, &[]), NotEstimable::EmptyArm);
        assert_eq!(refused(&pair, &means(1, &[1.0])), NotEstimable::TooFewUnits);
        assert_eq!(refused(&pair, &means(2, &[1.0, 2.0])), NotEstimable::TooFewUnits);
        // Strata differ, but nothing varies inside them.
        let flat = [means(1, &[0.1; 3]), means(2, &[0.7; 4])].concat();
        assert_eq!(refused(&flat, &flat), NotEstimable::ZeroVariance);
    }
}
