//! Differences of two arms of randomised units, sharpened by what was known before the assignment. It cannot
//! know whether a covariate was: a column that the treatment moved makes every number here wrong.

use super::moments::{Moments, mean, sum_of};
use super::stratified::stratified_ratio_difference;
use super::{
    ClusterKind, Clusters, Column, Difference, HcKind, NotEstimable, UnitTotals, clustered_test,
    heteroskedastic, least_squares, ratio_difference,
};

/// Outcome and covariate of the units of an arm, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct CovariateArm<'a> {
    /// One value a unit.
    pub outcome: &'a [f64],
    /// What was known of the same unit before the assignment.
    pub covariate: &'a [f64],
}

/// The CUPED comparison and what it gained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cuped {
    /// Welch's comparison of y − θ(x − x̄).
    pub difference: Difference,
    /// θ, in the outcome's unit over the covariate's; zero when the covariate does not vary, and then nothing
    /// was adjusted.
    pub theta: f64,
    /// 1 − Var(adjusted)/Var(outcome) over both arms.
    pub variance_reduction: f64,
    /// Correlation of outcome and covariate over both arms.
    pub correlation: f64,
    /// (x̄_t − x̄_c)/√((s²_t + s²_c)/2): how far apart the arms were beforehand. Above 0.1 look at the
    /// assignment.
    pub covariate_smd: f64,
}

/// CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013): θ = S_xy/S_xx over all units of both arms, then Welch on
/// y − θ(x − x̄) with x̄ over all units.
///
/// # Errors
/// `EmptyArm`; `TooFewUnits` under two units in an arm; `ZeroVariance`; `Unobserved` for values that are not
/// finite.
///
/// # Panics
/// When outcome and covariate of an arm differ in length.
pub fn cuped(treated: CovariateArm<'_>, control: CovariateArm<'_>) -> Result<Cuped, NotEstimable> {
    for arm in [treated, control] {
        assert_eq!(arm.outcome.len(), arm.covariate.len(), "one covariate a unit");
        if arm.outcome.is_empty() {
            return Err(NotEstimable::EmptyArm);
        }
    }
    let y = [treated.outcome, control.outcome].concat();
    let x = [treated.covariate, control.covariate].concat();
    let (moments_y, moments_x) = (Moments::of(&y)?, Moments::of(&x)?);
    let n = y.len() as f64;
    let covariance =
        sum_of(y.iter().zip(&x).map(|(y, x)| (y - moments_y.mean) * (x - moments_x.mean))) / (n - 1.0);
    let theta = if moments_x.variance > 0.0 { covariance / moments_x.variance } else { 0.0 };
    let adjusted = |arm: CovariateArm<'_>| -> Vec<f64> {
        arm.outcome.iter().zip(arm.covariate).map(|(y, x)| y - theta * (x - moments_x.mean)).collect()
    };
    let arms = [adjusted(treated), adjusted(control)];
    let units = |values: &[f64]| -> Vec<UnitTotals> {
        values.iter().map(|&numerator| UnitTotals { numerator, denominator: 1.0 }).collect()
    };
    let difference = ratio_difference(&units(&arms[0]), &units(&arms[1]))?;
    let after = Moments::of(&arms.concat())?.variance;
    let spread = (moments_x.variance * moments_y.variance).sqrt();
    let (x_t, x_c) = (Moments::of(treated.covariate)?, Moments::of(control.covariate)?);
    let pooled = ((x_t.variance + x_c.variance) / 2.0).sqrt();
    Ok(Cuped {
        difference,
        theta,
        variance_reduction: if moments_y.variance > 0.0 { 1.0 - after / moments_y.variance } else { 0.0 },
        correlation: if spread > 0.0 { covariance / spread } else { 0.0 },
        covariate_smd: if pooled > 0.0 { (x_t.mean - x_c.mean) / pooled } else { 0.0 },
    })
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

/// The coefficient of T in a regression with covariates: HC2 with t(n − k), or CR2 with Satterthwaite's degrees
/// of freedom when rows are clustered. Covariates that do not vary are left out.
///
/// # Errors
/// `EmptyArm`; `TooFewUnits`; `RankDeficient` with the covariate's name (for T·x, `treated x NAME`);
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
        None => heteroskedastic(&fit, HcKind::Hc2)?.test(&fit, &contrast),
        Some(clusters) => clustered_test(&fit, clusters, ClusterKind::Cr2, &contrast),
    }
}

/// Σ_s (n_s/N)(ȳ_ts − ȳ_cs) with se² = Σ_s (n_s/N)²(s²_ts/n_ts + s²_cs/n_cs) and df = N − 2·strata: strata
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
        let split = |v: &[f64], arm: bool| -> Vec<f64> {
            v.iter().zip(&treated).filter(|(_, t)| **t == arm).map(|(v, _)| *v).collect()
        };
        let (yt, yc, xt, xc) = (split(&y, true), split(&y, false), split(&x, true), split(&x, false));
        let found = cuped(
            CovariateArm { outcome: &yt, covariate: &xt },
            CovariateArm { outcome: &yc, covariate: &xc },
        )
        .unwrap();
        // Var(4x) = 16/12 against Var(0.3e) = 0.09/12.
        assert!(found.variance_reduction > 0.98 && found.correlation > 0.99);
        assert!((found.theta - 4.0).abs() < 0.1);
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
        let arm = |v: &'static [f64]| CovariateArm { outcome: v, covariate: &[7.0; 3] };
        let found = cuped(arm(&[1.0, 2.0, 4.0]), arm(&[0.0, 3.0, 1.0])).unwrap();
        assert_eq!((found.theta, found.variance_reduction, found.covariate_smd), (0.0, 0.0, 0.0));
        assert!((found.difference.effect - 1.0).abs() < 1e-15);
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
