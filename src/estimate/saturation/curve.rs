//! Saturation regression: curves through the clusters' arm means against the share of candidates, continued to the two ends:
//! GTE = f₁(1) − f₀(0), f_z linear in the share, or quadratic with `shape = "quadratic"`, which wants four shares or more.
//!
//! Least squares for each arm with clusters as rows. A cluster shows up in both curves, so that its error counts together:
//! V = Σ_c (s₁c − s₀c)² with s_zc = x(p)ᵀ(X'X)⁻¹x_c·e_zc/√(1 − h_zc) (HC2), a cluster under several shares counting once; t with
//! Satterthwaite's degrees of freedom of both curves together, and no more than clusters less the coefficients of a curve.
//! `saturation_regression` extrapolates: through shares ¼ and ¾ a convex curve is missed (C1: −2.604 of −2.778).

use super::cluster_arms::cluster_arms;
use crate::design::Unit;
use crate::estimate::{Arms, Column, Contrast, Estimator, EstimatorSpec, Sample};
use crate::stats::{self, ColumnName, Functional, NotEstimable, difference_from, functional, least_squares};
use std::cell::RefCell;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "saturation_regression",
    about: "curves of the clusters' arm means, `shape` linear or quadratic, continued to 1 and 0; HC2",
    units: &[Unit::Saturation],
    needs: &[Column::Cluster, Column::Saturation],
    uses: &[],
    basic: &[Unit::Saturation],
    build: |section| {
        let degree = section.choice("shape", Some("linear"), &[("linear", 1), ("quadratic", 2)]);
        Box::new(Curves { degree: degree.unwrap_or(1) })
    },
};

struct Curves {
    degree: usize,
}

/// 1, p, p², …
fn powers(p: f64, degree: usize) -> Vec<f64> {
    (0..=degree).scan(1.0, |power, _| Some(std::mem::replace(power, *power * p))).collect()
}

/// The value at the end of a curve, with its noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Continued {
    /// The value.
    pub value: f64,
    /// Each point's part in its HC2 error.
    pub parts: Vec<f64>,
    /// What a part is of a residual, and the coordinates of the point among those of the columns: of these the covariance of the
    /// parts is made ([`common_df`]).
    coordinates: Vec<(f64, Vec<f64>)>,
}

/// Satterthwaite's degrees of freedom of Σ_c (Σ parts of c)² where all points of all curves vary alike and independently:
/// (tr C)²/tr C² with C the covariance of the clusters' sums, each curve's residuals having the covariance I − H. `cluster` numbers
/// the points of each curve.
fn common_df(curves: [(&Continued, &[usize]); 2], clusters: usize) -> f64 {
    let mut covariance = vec![vec![0.0; clusters]; clusters];
    for (curve, cluster) in curves {
        for (i, (a, z)) in curve.coordinates.iter().enumerate() {
            for (j, (b, other)) in curve.coordinates.iter().enumerate() {
                let shared: f64 = z.iter().zip(other).map(|(z, other)| z * other).sum();
                let own = if i == j { 1.0 } else { 0.0 };
                covariance[cluster[i]][cluster[j]] += a * b * (own - shared);
            }
        }
    }
    let trace: f64 = (0..clusters).map(|cluster| covariance[cluster][cluster]).sum();
    let squares: f64 = covariance.iter().flatten().map(|entry| entry * entry).sum();
    trace * trace / squares
}

/// The value at `end` of the polynomial through (share, mean).
///
/// # Errors
/// `TooFewUnits` with no more points than coefficients; `RankDeficient` with no more shares than `degree`; `LoneUnit` where one
/// point decides by itself.
pub fn continued(points: &[(f64, f64)], degree: usize, end: f64) -> Result<Continued, NotEstimable> {
    const NAMES: [&str; 3] = ["1", "share", "share²"];
    let columns: Vec<Vec<f64>> = (0..=degree)
        .map(|power| points.iter().map(|(share, _)| powers(*share, degree)[power]).collect())
        .collect();
    let columns: Vec<stats::Column<'_>> =
        NAMES.iter().zip(&columns).map(|(name, values)| stats::Column { name, values }).collect();
    let means: Vec<f64> = points.iter().map(|(_, mean)| *mean).collect();
    let fit = least_squares(&means, &columns, None)?;
    let at_end = powers(end, degree);
    let q = fit.rotated(&at_end);
    let coordinates = RefCell::new(Vec::with_capacity(points.len()));
    let omega = |_: usize, z: &[f64]| {
        let weight: f64 = z.iter().zip(&q).map(|(z, q)| z * q).sum();
        let seen = 1.0 - z.iter().map(|z| z * z).sum::<f64>();
        coordinates.borrow_mut().push((weight / seen.max(f64::MIN_POSITIVE).sqrt(), z.to_vec()));
        weight
    };
    let Functional { parts, .. } = functional(&fit, omega).map_err(|reason| match reason {
        // The only cluster at its share decides there, and shows no noise.
        NotEstimable::ZeroVariance => NotEstimable::LoneUnit(ColumnName::new("a share")),
        other => other,
    })?;
    let value = fit.coefficients().iter().zip(&at_end).map(|(b, power)| b * power).sum();
    Ok(Continued { value, parts, coordinates: coordinates.into_inner() })
}

impl Estimator for Curves {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let clusters = cluster_arms(sample)?;
        let mut numbers: Vec<u32> = clusters.iter().map(|cluster| cluster.cluster).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let curve = |treated: bool, end: f64| -> Result<(Continued, Vec<usize>), NotEstimable> {
            let own = clusters.iter().filter_map(|cluster| {
                let number = numbers.binary_search(&cluster.cluster).ok()?;
                Some((number, (cluster.share, cluster.mean(treated)?)))
            });
            let (of, points): (Vec<usize>, Vec<(f64, f64)>) = own.unzip();
            Ok((continued(&points, self.degree, end)?, of))
        };
        let ((up, gains), (down, losses)) = (curve(true, 1.0)?, curve(false, 0.0)?);
        let (treated, control) = (up.value, down.value);
        // A cluster has its points' errors together: of both curves, and of several shares where it was under these.
        let mut parts = vec![0.0; numbers.len()];
        gains.iter().zip(&up.parts).for_each(|(cluster, part)| parts[*cluster] += part);
        losses.iter().zip(&down.parts).for_each(|(cluster, part)| parts[*cluster] -= part);
        let variance: f64 = parts.iter().map(|part| part * part).sum();
        let df = common_df([(&up, &gains), (&down, &losses)], parts.len())
            .min(parts.len() as f64 - self.degree as f64 - 1.0);
        let difference = difference_from(treated - control, variance.sqrt(), df, parts.len(), "HC2")?;
        Ok(Contrast { arms: Some(Arms { treated, control }), difference })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_is_continued_exactly_and_a_constant_has_the_error_of_a_mean() {
        let square = |p: f64| 1.0 + 2.0 * p - 3.0 * p * p;
        let points: Vec<(f64, f64)> = [0.0, 0.2, 0.4, 0.6, 0.8].map(|p| (p, square(p))).to_vec();
        let Continued { value: end, parts, .. } = continued(&points, 2, 1.0).unwrap();
        assert!(end.abs() < 1e-12 && parts.iter().all(|part| part.abs() < 1e-12));
        // Degree zero: Σ(e²/(1 − 1/n))/n² is s²/n.
        let Continued { value: mean, parts, .. } =
            continued(&[(0.0, 1.0), (0.5, 2.0), (1.0, 6.0)], 0, 0.3).unwrap();
        let variance: f64 = parts.iter().map(|part| part * part).sum();
        assert!((mean - 3.0).abs() < 1e-14 && (variance - 14.0 / 6.0).abs() < 1e-14, "{variance}");
    }

    #[test]
    fn one_share_cannot_be_continued() {
        let points = [(0.5, 1.0), (0.5, 2.0), (0.5, 4.0)];
        assert_eq!(continued(&points, 1, 1.0).unwrap_err().code(), "ne:rank_deficient");
    }
}
