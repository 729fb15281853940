//! Covariances of a fit whose rows are independent between clusters only (Liang and Zeger, Biometrika 1986;
//! Bell and McCaffrey, Survey Methodology 2002; Pustejovsky and Tipton, JBES 2018).
//!
//! With M = (X'X)⁻¹ and H_gg = X_g M X_g', V = M \[Σ_g X_g'A_g e_g e_g'A_g X_g\] M·c, where A_g is a power of
//! I − H_gg. Those matrices are as large as the cluster squared; none is ever made. In the coordinates of
//! X = QR, with Z_g the rows of Q, H_gg = Z_g Z_g' and Z_g'f(Z_g Z_g') = f(Z_g'Z_g) Z_g', so that A_g acts
//! through the k × k matrix Z_g'Z_g: V = R⁻¹ \[Σ u_g u_g'\] R⁻ᵀ·c with u_g = f(Z_g'Z_g) Z_g'e_g. A cluster of a
//! million rows costs k² a row. Weights scale rows by √w: the working model says variance 1/w.

use super::covariance::{Covariance, beyond_rounding};
use super::heteroskedastic::dot;
use super::linear::{Block, LinearFit};
use super::satterthwaite::{Satterthwaite, Spectrum};
use super::triangle::CHUNK;
use super::{Clusters, ColumnName, Difference, NotEstimable, difference_from};
use nalgebra::{DMatrix, DVector};

/// Below this many Satterthwaite degrees of freedom the test is to be read with a warning.
pub const FEW_EFFECTIVE_CLUSTERS: f64 = 4.0;

/// Which adjustment A_g and which constant c, for G clusters, n rows and k columns. What other tools call
/// "the clustered standard error" is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterKind {
    /// A = I, c = 1. Too small with few clusters.
    Cr0,
    /// A = I, c = G/(G − 1).
    Cr1,
    /// A = I, c = G/(G − 1)·(n − 1)/(n − k): Stata, statsmodels.
    Cr1s,
    /// A = (I − H_gg)^(−1/2), c = 1, with Satterthwaite's degrees of freedom: the default.
    Cr2,
    /// A = (I − H_gg)⁻¹, c = 1.
    Cr3,
    /// CR3 with c = (G − 1)/G: the jackknife over clusters around the full estimate.
    Cr3j,
    /// The jackknife over clusters around the mean of the leave-one-out estimates.
    Cr3jm,
}

impl ClusterKind {
    /// The `vcov` string of a matrix, whose tests use t(G − 1).
    #[must_use]
    pub const fn vcov(self) -> &'static str {
        match self {
            Self::Cr0 => "CR0-tG1",
            Self::Cr1 => "CR1-tG1",
            Self::Cr1s => "CR1S-tG1",
            Self::Cr2 => "CR2-tG1",
            Self::Cr3 => "CR3-tG1",
            Self::Cr3j => "CR3J-tG1",
            Self::Cr3jm => "CR3Jm-tG1",
        }
    }

    /// f(λ), the adjustment along an eigenvector of H_gg, or nothing where it is the identity.
    fn adjustment(self) -> Option<fn(f64) -> f64> {
        match self {
            Self::Cr0 | Self::Cr1 | Self::Cr1s => None,
            Self::Cr2 => Some(|distance| 1.0 / distance.sqrt()),
            Self::Cr3 | Self::Cr3j | Self::Cr3jm => Some(|distance| 1.0 / distance),
        }
    }

    fn constant(self, fit: &LinearFit<'_>, clusters: f64) -> f64 {
        match self {
            Self::Cr0 | Self::Cr2 | Self::Cr3 => 1.0,
            Self::Cr1 => clusters / (clusters - 1.0),
            Self::Cr1s => clusters / (clusters - 1.0) * ((fit.n() - 1) as f64 / fit.residual_df()),
            Self::Cr3j | Self::Cr3jm => (clusters - 1.0) / clusters,
        }
    }
}

/// The whole cluster-robust matrix, with t(G − 1) and F(q, G − 1). Under CR2 prefer [`clustered_test`] for one
/// contrast: its degrees of freedom belong to the contrast.
///
/// # Errors
/// `Unobserved` when the result is not finite; `NotConverged` when an eigenproblem does not end.
///
/// # Panics
/// When `clusters` has not the rows of `fit`.
pub fn clustered(
    fit: &LinearFit<'_>,
    clusters: &Clusters,
    kind: ClusterKind,
) -> Result<Covariance, NotEstimable> {
    let k = fit.k();
    let count = clusters.count() as f64;
    let mut middle = DMatrix::zeros(k, k);
    let mut total = DVector::zeros(k);
    let mut saturated = 0;
    for_each_cluster(fit, clusters, |products, scores| {
        let adjusted = match kind.adjustment() {
            None => scores.clone(),
            Some(f) => {
                let spectrum = Spectrum::of(products, f)?;
                saturated += usize::from(spectrum.saturated);
                spectrum.apply(scores)
            }
        };
        middle.ger(1.0, &adjusted, &adjusted, 1.0);
        total += adjusted;
        Ok(())
    })?;
    if kind == ClusterKind::Cr3jm {
        middle.ger(-1.0 / count, &total, &total, 1.0);
    }
    middle *= kind.constant(fit, count);
    if middle.iter().any(|m| !m.is_finite()) {
        return Err(NotEstimable::Unobserved);
    }
    let mut covariance = Covariance::from_middle(fit, &middle, kind.vcov(), count - 1.0, clusters.count());
    covariance.saturated = saturated;
    Ok(covariance)
}

/// The t test of c'b = 0 with clustered noise: CR2 with Satterthwaite's degrees of freedom (`CR2-satt`), the
/// other kinds with t(G − 1). `n_units` counts clusters.
///
/// # Errors
/// `TooFewUnits` when ν < 1: the contrast rests on less than one cluster's worth of comparison; `LoneUnit` when a cluster alone
/// decides a part of it, so that no residual shows the noise of that part;
/// `ZeroVariance`; `Unobserved`; `NotConverged`.
///
/// # Panics
/// When `clusters` has not the rows of `fit`, or `contrast` not its columns.
pub fn clustered_test(
    fit: &LinearFit<'_>,
    clusters: &Clusters,
    kind: ClusterKind,
    contrast: &[f64],
) -> Result<Difference, NotEstimable> {
    let q = DVector::from_vec(fit.rotated(contrast));
    if kind != ClusterKind::Cr2 {
        for_each_cluster(fit, clusters, |products, _| fits_itself(products, &q))?;
        return clustered(fit, clusters, kind)?.test(fit, contrast);
    }
    let mut variance = 0.0;
    let mut satterthwaite = Satterthwaite::new(fit.k());
    for_each_cluster(fit, clusters, |products, scores| {
        let spectrum = Spectrum::of(products, |distance| 1.0 / distance.sqrt())?;
        if spectrum.hides(&q) {
            return Err(lone_cluster());
        }
        let part = spectrum.apply(scores).dot(&q);
        variance += part * part;
        satterthwaite.add(&spectrum, &q);
        Ok(())
    })?;
    let variance = beyond_rounding(fit, contrast, variance);
    if variance == 0.0 {
        return Err(NotEstimable::ZeroVariance);
    }
    let df = satterthwaite.df();
    // "Not at least one", so that NaN is refused as well.
    if df.is_nan() || df < 1.0 {
        return Err(NotEstimable::TooFewUnits);
    }
    difference_from(fit.value(contrast), variance.sqrt(), df, clusters.count(), "CR2-satt")
}

/// A contrast that leans on a direction in which a cluster fits itself has noise that is not seen.
fn lone_cluster() -> NotEstimable {
    NotEstimable::LoneUnit(ColumnName::new("a part of the comparison"))
}

fn fits_itself(products: &DMatrix<f64>, q: &DVector<f64>) -> Result<(), NotEstimable> {
    if Spectrum::of(products, |_| 1.0)?.hides(q) { Err(lone_cluster()) } else { Ok(()) }
}

/// Calls `visit` with Z_g'Z_g and Z_g'e_g of each cluster in order.
pub(super) fn for_each_cluster(
    fit: &LinearFit<'_>,
    clusters: &Clusters,
    mut visit: impl FnMut(&DMatrix<f64>, &DVector<f64>) -> Result<(), NotEstimable>,
) -> Result<(), NotEstimable> {
    assert_eq!(clusters.order().len(), fit.rows(), "one cluster a row");
    let k = fit.k();
    let mut block = Block::default();
    let (mut products, mut scores) = (DMatrix::zeros(k, k), DVector::zeros(k));
    for g in 0..clusters.count() {
        products.fill(0.0);
        scores.fill(0.0);
        let span = clusters.span(g);
        for start in span.clone().step_by(CHUNK) {
            fit.load(start..(start + CHUNK).min(span.end), Some(clusters.order()), &mut block);
            for i in 0..k {
                scores[i] += dot(block.column(i), &block.e);
                for j in 0..=i {
                    products[(i, j)] += dot(block.column(i), block.column(j));
                }
            }
        }
        products.fill_upper_triangle_with_lower_triangle();
        visit(&products, &scores)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Column, HcKind, UnitTotals, heteroskedastic, least_squares, ratio_difference};
    use super::*;
    use crate::rng::{Purpose, Streams};

    /// The fixture of facts/statistics.md, section 26 (R clubSandwich 0.5.8, sandwich 3.0.2).
    const G: [u32; 14] = [1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6];
    const T: [f64; 14] = [1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    const X: [f64; 14] = [0.2, 1.1, 0.5, 0.9, 0.3, 1.4, 0.1, 0.7, 1.2, 0.4, 0.6, 1.0, 0.8, 0.0];
    const Y: [f64; 14] = [10.1, 12.9, 11.0, 13.5, 12.2, 12.4, 9.0, 13.1, 15.0, 12.0, 10.5, 11.2, 14.1, 11.9];

    fn columns<'a>(ones: &'a [f64], t: &'a [f64], x: &'a [f64]) -> [Column<'a>; 3] {
        [
            Column { name: "one", values: ones },
            Column { name: "t", values: t },
            Column { name: "x", values: x },
        ]
    }

    #[test]
    fn six_clusters_agree_with_club_sandwich() {
        let ones = [1.0; 14];
        let fit = least_squares(&Y, &columns(&ones, &T, &X), None).unwrap();
        let clusters = Clusters::of(&G).unwrap();
        let contrast = fit.unit_contrast(1);
        // Tolerance: the twelve printed digits.
        let close =
            |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 5e-12, "{found} {expected}");
        for (kind, expected) in [
            (ClusterKind::Cr0, 0.333152945108),
            (ClusterKind::Cr1, 0.36495076627),
            (ClusterKind::Cr1s, 0.396743311041),
            (ClusterKind::Cr2, 0.424493368705),
            (ClusterKind::Cr3, 0.545045543966),
            (ClusterKind::Cr3j, 0.497556232164),
            (ClusterKind::Cr3jm, 0.496321493159),
        ] {
            close(clustered_test(&fit, &clusters, kind, &contrast).unwrap().std_error, expected);
            close(clustered(&fit, &clusters, kind).unwrap().variance(&contrast).sqrt(), expected);
        }
        let found = clustered_test(&fit, &clusters, ClusterKind::Cr2, &contrast).unwrap();
        close(found.df, 3.79447389223);
        close(found.p_value, 6.32928011395e-3);
        assert_eq!((found.vcov, found.n_units), ("CR2-satt", 6));
    }

    #[test]
    fn clusters_of_one_row_give_the_hc_family() {
        let ones = [1.0; 14];
        let fit = least_squares(&Y, &columns(&ones, &T, &X), Some(&X.map(|x| 1.0 + x))).unwrap();
        let clusters = Clusters::of(&(0..14).collect::<Vec<u32>>()).unwrap();
        for (kind, hc) in [
            (ClusterKind::Cr0, HcKind::Hc0),
            (ClusterKind::Cr2, HcKind::Hc2),
            (ClusterKind::Cr3, HcKind::Hc3),
        ] {
            let (a, b) = (clustered(&fit, &clusters, kind).unwrap(), heteroskedastic(&fit, hc).unwrap());
            for i in 0..3 {
                for j in 0..3 {
                    // Eigenvectors and leverages: some dozens of roundings.
                    assert!((a.entry(i, j) - b.entry(i, j)).abs() < 1e-12, "{kind:?}");
                }
            }
        }
    }

    #[test]
    fn equal_clusters_without_covariates_have_welchs_degrees_of_freedom_and_error() {
        // Bell and McCaffrey: with equal clusters and no covariates CR2 is Welch on cluster means, and its ν
        // under equal variances is (v_t + v_c)²/(v_t²/(G_t − 1) + v_c²/(G_c − 1)) with v = 1/G.
        let ids: Vec<u32> = (0..28).map(|row| row / 4).collect();
        let t: Vec<f64> = ids.iter().map(|&g| f64::from(u8::from(g < 3))).collect();
        let family = Streams::new(9, 0).family(Purpose::Resampling);
        let y: Vec<f64> =
            (0..28).map(|row| family.uniform(row) + 3.0 * family.uniform(100 + row / 4)).collect();
        let ones = vec![1.0; 28];
        let columns = [Column { name: "one", values: &ones }, Column { name: "t", values: &t }];
        let fit = least_squares(&y, &columns, None).unwrap();
        let found =
            clustered_test(&fit, &Clusters::of(&ids).unwrap(), ClusterKind::Cr2, &[0.0, 1.0]).unwrap();
        let mean = |g: usize| UnitTotals {
            numerator: y[4 * g..4 * g + 4].iter().sum::<f64>() / 4.0,
            denominator: 1.0,
        };
        let welch =
            ratio_difference(&[mean(0), mean(1), mean(2)], &[mean(3), mean(4), mean(5), mean(6)]).unwrap();
        assert!((found.std_error / welch.std_error - 1.0).abs() < 1e-12);
        let (v_t, v_c) = (1.0_f64 / 3.0, 1.0 / 4.0);
        let df = (v_t + v_c) * (v_t + v_c) / (v_t * v_t / 2.0 + v_c * v_c / 3.0);
        assert!((found.df / df - 1.0).abs() < 1e-12, "{} {df}", found.df);
    }

    #[test]
    fn a_fixed_effect_inside_each_cluster_does_not_break_the_adjustment() {
        // A dummy for each cluster: I − H_gg is singular in every cluster, and CR2 equals that of the
        // demeaned regression up to the pseudo-inverse (Pustejovsky and Tipton, theorem 2).
        let ids: Vec<u32> = (0..24).map(|row| row / 4).collect();
        let family = Streams::new(10, 0).family(Purpose::Resampling);
        let x: Vec<f64> = (0..24).map(|row| family.uniform(row)).collect();
        let y: Vec<f64> =
            (0..24).map(|row| family.uniform(50 + row) + f64::from(ids[row as usize])).collect();
        let dummies: Vec<Vec<f64>> =
            (0..6).map(|g| ids.iter().map(|&id| f64::from(u8::from(id == g))).collect()).collect();
        let within = |v: &[f64]| -> Vec<f64> {
            v.chunks(4)
                .flat_map(|c| {
                    let m = c.iter().sum::<f64>() / 4.0;
                    c.iter().map(move |v| v - m)
                })
                .collect()
        };
        let mut all = vec![Column { name: "x", values: &x }];
        all.extend(dummies.iter().map(|values| Column { name: "dummy", values }));
        let clusters = Clusters::of(&ids).unwrap();
        let full = least_squares(&y, &all, None).unwrap();
        let (xw, yw) = (within(&x), within(&y));
        let short = least_squares(&yw, &[Column { name: "x", values: &xw }], None).unwrap();
        let a = clustered_test(&full, &clusters, ClusterKind::Cr2, &full.unit_contrast(0)).unwrap();
        let b = clustered_test(&short, &clusters, ClusterKind::Cr2, &[1.0]).unwrap();
        assert!((a.effect / b.effect - 1.0).abs() < 1e-12);
        assert!((a.std_error / b.std_error - 1.0).abs() < 1e-10, "{} {}", a.std_error, b.std_error);
        assert_eq!(clustered(&full, &clusters, ClusterKind::Cr2).unwrap().saturated, 6);
    }

    #[test]
    fn an_effect_that_rests_on_one_cluster_is_refused() {
        let t = G.map(|g| f64::from(u8::from(g == 1)));
        let ones = [1.0; 14];
        let fit = least_squares(&Y, &columns(&ones, &t, &X)[..2], None).unwrap();
        let clusters = Clusters::of(&G).unwrap();
        let found = clustered_test(&fit, &clusters, ClusterKind::Cr2, &[0.0, 1.0]);
        assert!(found.is_err() || found.unwrap().df < FEW_EFFECTIVE_CLUSTERS);
    }
}
