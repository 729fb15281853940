//! Differences of two arms of randomised units, sharpened by what was known before the assignment. It cannot
//! know whether a covariate was: a column that the treatment moved makes every number here wrong.

use super::moments::{Moments, mean};
use super::stratified::stratified_ratio_difference;
use super::{
    ClusterKind, Clusters, Column, Difference, HcKind, NotEstimable, UnitTotals, check_rows, clustered_test,
    heteroskedastic, least_squares, ratio_difference, welch_df,
};

/// The CUPED comparison and what it gained.
#[derive(Clone, Debug, PartialEq)]
pub struct Cuped {
    /// Welch's comparison of y − θ'(x − x̄).
    pub difference: Difference,
    /// θ of each covariate, in the outcome's unit over the covariate's; zero for one that does not vary, which adjusts nothing.
    pub theta: Vec<f64>,
    /// 1 − Var(adjusted)/Var(outcome) over both arms.
    pub variance_reduction: f64,
}

/// CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013): θ from the least squares of y on all covariates over the units of both arms,
/// S_xy/S_xx where there is one, then Welch on y − θ'(x − x̄) with x̄ over all units. Covariates that do not vary are left out.
///
/// # Errors
/// `EmptyArm`; `TooFewUnits` under two units in an arm; `RankDeficient` with the covariate that adds nothing; `ZeroVariance`;
/// `Unobserved` for values that are not finite.
///
/// # Panics
/// When columns differ in length.
pub fn cuped(outcome: &[f64], treated: &[bool], covariates: &[Column<'_>]) -> Result<Cuped, NotEstimable> {
    assert_eq!(outcome.len(), treated.len(), "one arm a unit");
    if treated.iter().all(|t| *t) || !treated.contains(&true) {
        return Err(NotEstimable::EmptyArm);
    }
    let ones = vec![1.0; outcome.len()];
    let mut centred = Vec::new();
    for (at, covariate) in covariates.iter().enumerate() {
        let centre = mean(covariate.values)?;
        let values: Vec<f64> = covariate.values.iter().map(|x| x - centre).collect();
        if values.iter().any(|x| *x != 0.0) {
            centred.push((at, values));
        }
    }
    let mut columns = vec![Column { name: "intercept", values: &ones }];
    columns.extend(centred.iter().map(|(at, values)| Column { name: covariates[*at].name, values }));
    let slopes: Vec<f64> = match centred.is_empty() {
        true => Vec::new(),
        false => least_squares(outcome, &columns, None)?.coefficients()[1..].to_vec(),
    };
    let told = |unit: usize| centred.iter().zip(&slopes).map(|((_, x), b)| b * x[unit]).sum::<f64>();
    let adjusted: Vec<f64> = outcome.iter().enumerate().map(|(unit, y)| y - told(unit)).collect();
    let arm = |wanted: bool| -> Vec<UnitTotals> {
        let own = adjusted.iter().zip(treated).filter(|(_, arm)| **arm == wanted);
        own.map(|(&numerator, _)| UnitTotals { numerator, denominator: 1.0 }).collect()
    };
    let difference = ratio_difference(&arm(true), &arm(false))?;
    let (before, after) = (Moments::of(outcome)?.variance, Moments::of(&adjusted)?.variance);
    let mut theta = vec![0.0; covariates.len()];
    centred.iter().zip(&slopes).for_each(|((at, _), slope)| theta[*at] = *slope);
    let variance_reduction = if before > 0.0 { 1.0 - after / before } else { 0.0 };
    Ok(Cuped { difference, theta, variance_reduction })
}

/// How a regression uses covariates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// y ~ T + x: one slope for both arms.
    Ancova,
    /// y ~ T + x_c + T·x_c with x centred on the mean of all rows: a slope for each arm, never less precise
    /// in large samples (Lin, Annals of Applied Statistics 2013). The default.
    Lin,
}

/// The coefficient of T in a regression with covariates: HC2, or CR2 with Satterthwaite's degrees of freedom when rows are
/// clustered. Covariates that do not vary are left out.
///
/// HC2 is tested with t(n − k) where both arms have thirty rows or more. Where one has fewer, the degrees of freedom are
/// (1/n_t + 1/n_c)²/(1/(n_t²(n_t − j)) + 1/(n_c²(n_c − j))), j the coefficients that an arm has for itself (one, and one for each
/// covariate under `Lin`), and at most n − k: n − k where arms are equal in size, and what the smaller arm allows where they
/// are not.
///
/// # Errors
/// `EmptyArm`; `TooFewUnits`; `LoneUnit` where a row that the contrast leans on fits itself; `RankDeficient` with the covariate's name (for T·x, `treated x NAME`);
/// `ZeroVariance`; `Unobserved`; `NotConverged`.
///
/// # Panics
/// When columns differ in length.
pub fn adjusted_difference(
    outcome: &[f64],
    treated: &[bool],
    covariates: &[Column<'_>],
    adjustment: Adjustment,
    clusters: Option<&Clusters>,
) -> Result<Difference, NotEstimable> {
    assert_eq!(outcome.len(), treated.len(), "one arm a row");
    if treated.iter().all(|t| *t) || !treated.contains(&true) {
        return Err(NotEstimable::EmptyArm);
    }
    let ones = vec![1.0; outcome.len()];
    let arm: Vec<f64> = treated.iter().map(|t| f64::from(u8::from(*t))).collect();
    let mut made: Vec<(String, Vec<f64>)> = Vec::new();
    for covariate in covariates {
        let centre = mean(covariate.values)?;
        // The mean of equal values is that value, so this is zero throughout when nothing varies.
        let centred: Vec<f64> = covariate.values.iter().map(|x| x - centre).collect();
        if centred.iter().all(|x| *x == 0.0) {
            continue;
        }
        if adjustment == Adjustment::Lin {
            let product = centred.iter().zip(&arm).map(|(x, t)| x * t).collect();
            made.push((format!("treated x {}", covariate.name), product));
        }
        made.push((covariate.name.to_owned(), centred));
    }
    let mut columns =
        vec![Column { name: "intercept", values: &ones }, Column { name: "treated", values: &arm }];
    columns.extend(made.iter().map(|(name, values)| Column { name, values }));
    let fit = least_squares(outcome, &columns, None)?;
    let contrast = fit.unit_contrast(1);
    match clusters {
        None => {
            let mut covariance = heteroskedastic(&fit, HcKind::Hc2)?;
            if covariance.saturated > 0 {
                check_rows(&fit, &contrast)?;
            }
            let own = if adjustment == Adjustment::Lin { 1 + made.len() / 2 } else { 1 };
            let arm = |wanted: bool| {
                let n = treated.iter().filter(|arm| **arm == wanted).count();
                (1.0 / n as f64, n as f64 - own as f64)
            };
            let arms = [arm(true), arm(false)];
            if arms.iter().any(|(_, df)| *df <= 0.0) {
                return Err(NotEstimable::TooFewUnits);
            }
            if arms.iter().any(|(share, _)| share * MANY_ROWS > 1.0) {
                covariance.df = covariance.df.min(welch_df(&arms));
            }
            covariance.test(&fit, &contrast)
        }
        Some(clusters) => clustered_test(&fit, clusters, ClusterKind::Cr2, &contrast),
    }
}

/// With so many rows in each arm the degrees of freedom hardly matter, and n − k is what other tools have.
const MANY_ROWS: f64 = 30.0;

/// Σ_s (n_s/N)(ȳ_ts − ȳ_cs) with se² = Σ_s (n_s/N)²(s²_ts/n_ts + s²_cs/n_cs) and degrees of freedom as a blocked
/// design's: strata
/// found after the assignment (`vcov` "post-stratified"). The same arithmetic as a blocked design's
/// ([`stratified_ratio_difference`] with denominators of one), given how many units fell into each stratum.
///
/// # Errors
/// `EmptyArm`; `TooFewUnits` when a stratum has fewer than two units in an arm (merge strata); `ZeroVariance`;
/// `Unobserved`.
pub fn post_stratified_difference(
    treated: &[(u32, f64)],
    control: &[(u32, f64)],
) -> Result<Difference, NotEstimable> {
    let units = |arm: &[(u32, f64)]| -> Vec<(u32, UnitTotals)> {
        arm.iter()
            .map(|&(stratum, numerator)| (stratum, UnitTotals { numerator, denominator: 1.0 }))
            .collect()
    };
    let found = stratified_ratio_difference(&units(treated), &units(control))?;
    Ok(Difference { vcov: "post-stratified", ..found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    fn noise(n: usize, column: u64) -> Vec<f64> {
        let family = Streams::new(15, column).family(Purpose::Resampling);
        (0..n as u64).map(|row| family.uniform(row)).collect()
    }

    fn arms() -> (Vec<f64>, Vec<bool>, Vec<f64>) {
        let x = noise(200, 1);
        let treated: Vec<bool> = noise(200, 2).iter().map(|u| *u < 0.4).collect();
        let y = noise(200, 3).iter().zip(&x).map(|(e, x)| 4.0 * x + 0.3 * e).collect();
        (y, treated, x)
    }

    #[test]
    fn a_covariate_that_explains_the_outcome_shrinks_the_error_in_all_three() {
        let (y, treated, x) = arms();
        let before = [Column { name: "before", values: &x }];
        let found = cuped(&y, &treated, &before).unwrap();
        // Var(4x) = 16/12 against Var(0.3e) = 0.09/12.
        assert!(found.variance_reduction > 0.98 && (found.theta[0] - 4.0).abs() < 0.1);
        let column = [Column { name: "before", values: &x }];
        let plain = adjusted_difference(&y, &treated, &[], Adjustment::Lin, None).unwrap();
        for adjustment in [Adjustment::Ancova, Adjustment::Lin] {
            let found = adjusted_difference(&y, &treated, &column, adjustment, None).unwrap();
            assert!(found.std_error < 0.2 * plain.std_error && found.vcov == "HC2");
            assert!(found.effect.abs() < 4.0 * found.std_error);
        }
        assert!(found.difference.std_error < 0.2 * plain.std_error);
    }

    #[test]
    fn a_covariate_that_does_not_vary_changes_nothing() {
        let (y, treated, _) = arms();
        let constant = vec![0.1; y.len()];
        let column = [Column { name: "constant", values: &constant }];
        let plain = adjusted_difference(&y, &treated, &[], Adjustment::Lin, None).unwrap();
        assert_eq!(adjusted_difference(&y, &treated, &column, Adjustment::Lin, None), Ok(plain));
        let arms = [true, true, true, false, false, false];
        let constant = [Column { name: "constant", values: &[7.0; 6] }];
        let found = cuped(&[1.0, 2.0, 4.0, 0.0, 3.0, 1.0], &arms, &constant).unwrap();
        assert_eq!((found.theta, found.variance_reduction), (vec![0.0], 0.0));
        assert!((found.difference.effect - 1.0).abs() < 1e-15);
    }

    #[test]
    fn all_covariates_count_in_whatever_order_they_come() {
        let (y, treated, x) = arms();
        let other = noise(200, 9);
        let y: Vec<f64> = y.iter().zip(&other).map(|(y, other)| y + 2.0 * other).collect();
        let columns = [Column { name: "a", values: &x }, Column { name: "b", values: &other }];
        let (there, back) = (cuped(&y, &treated, &columns).unwrap(), {
            let [a, b] = columns;
            cuped(&y, &treated, &[b, a]).unwrap()
        });
        let gap = there.difference.effect - back.difference.effect;
        assert!(gap.abs() < 1e-12 && (there.theta[1] - 2.0).abs() < 0.1, "{gap}");
        assert!(there.variance_reduction > cuped(&y, &treated, &columns[..1]).unwrap().variance_reduction);
    }

    #[test]
    fn one_treated_row_has_no_variance_and_ten_rows_do_not_speak_for_two() {
        let y = [1.0, 2.0, 4.0, 3.0, 2.5, 9.0];
        let lone = adjusted_difference(
            &y,
            &[false, false, false, false, false, true],
            &[],
            Adjustment::Ancova,
            None,
        );
        assert!(matches!(lone, Err(NotEstimable::LoneUnit(_) | NotEstimable::TooFewUnits)), "{lone:?}");
        let two: Vec<bool> = (0..22).map(|row| row < 2).collect();
        let y: Vec<f64> = (0..22).map(|row| f64::from(row * 7 % 22)).collect();
        let found = adjusted_difference(&y, &two, &[], Adjustment::Ancova, None).unwrap();
        // (1/2 + 1/20)² over (1/4)/1 + (1/400)/19.
        assert!((found.df - 0.3025 / (0.25 + 1.0 / 7600.0)).abs() < 1e-10, "{}", found.df);
    }

    #[test]
    fn the_same_covariate_twice_is_refused_by_name() {
        let (y, treated, x) = arms();
        let columns = [Column { name: "a", values: &x }, Column { name: "b", values: &x }];
        let refused = adjusted_difference(&y, &treated, &columns, Adjustment::Ancova, None).unwrap_err();
        assert!(refused.to_string().contains("`b`"));
        assert_eq!(
            adjusted_difference(&y, &[true; 200], &columns, Adjustment::Lin, None),
            Err(NotEstimable::EmptyArm)
        );
    }

    #[test]
    fn clusters_of_one_row_give_the_same_error() {
        let (y, treated, x) = arms();
        let column = [Column { name: "before", values: &x }];
        let alone = Clusters::of(&(0..200).collect::<Vec<u32>>()).unwrap();
        let rows = adjusted_difference(&y, &treated, &column, Adjustment::Lin, None).unwrap();
        let found = adjusted_difference(&y, &treated, &column, Adjustment::Lin, Some(&alone)).unwrap();
        assert!((found.std_error / rows.std_error - 1.0).abs() < 1e-11);
        assert_eq!(found.vcov, "CR2-satt");
    }
}
