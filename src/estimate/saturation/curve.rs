//! Saturation regression: curves through the clusters' arm means against the share of candidates, continued to the two ends:
//! GTE = f₁(1) − f₀(0), f_z linear in the share, or quadratic with `shape = "quadratic"`, which wants four shares or more.
//!
//! Least squares for each arm with clusters as rows. A cluster shows up in both curves, so that its error counts together:
//! V = Σ_c (s₁c − s₀c)² with s_zc = x(p)ᵀ(X'X)⁻¹x_c·e_zc/√(1 − h_zc) (HC2), a cluster under several shares counting once; t with
//! the smaller of the curves' Satterthwaite degrees of freedom, and no more than clusters less the coefficients of a curve.
//! `saturation_regression` extrapolates: through shares ¼ and ¾ a convex curve is missed (C1: −2.604 of −2.778).

use super::cluster_arms::cluster_arms;
use crate::design::Unit;
use crate::estimate::{Arms, Column, Contrast, Estimator, EstimatorSpec, Sample};
use crate::stats::{self, ColumnName, Functional, NotEstimable, difference_from, functional, least_squares};
use std::collections::BTreeMap;

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
    /// Satterthwaite's degrees of freedom of that error.
    pub df: f64,
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
    let omega = |_: usize, z: &[f64]| z.iter().zip(&q).map(|(z, q)| z * q).sum();
    let Functional { parts, df } = functional(&fit, omega).map_err(|reason| match reason {
        // The only cluster at its share decides there, and shows no noise.
        NotEstimable::ZeroVariance => NotEstimable::LoneUnit(ColumnName::new("a share")),
        other => other,
    })?;
    let value = fit.coefficients().iter().zip(&at_end).map(|(b, power)| b * power).sum();
    Ok(Continued { value, parts, df })
}

impl Estimator for Curves {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let clusters = cluster_arms(sample)?;
        let curve = |treated: bool, end: f64| -> Result<Continued, NotEstimable> {
            let own: Vec<(usize, f64, f64)> = clusters
                .iter()
                .enumerate()
                .filter_map(|(at, cluster)| Some((at, cluster.share, cluster.mean(treated)?)))
                .collect();
            let points: Vec<(f64, f64)> = own.iter().map(|(_, share, mean)| (*share, *mean)).collect();
            let found = continued(&points, self.degree, end)?;
            let mut parts = vec![0.0; clusters.len()];
            own.iter().zip(&found.parts).for_each(|((at, _, _), part)| parts[*at] = *part);
            Ok(Continued { parts, ..found })
        };
        let (up, down) = (curve(true, 1.0)?, curve(false, 0.0)?);
        let (treated, control) = (up.value, down.value);
        // A cluster that was under several shares has its points' errors together.
        let mut parts: BTreeMap<u32, f64> = BTreeMap::new();
        for (cluster, (gain, loss)) in clusters.iter().zip(up.parts.iter().zip(&down.parts)) {
            *parts.entry(cluster.cluster).or_insert(0.0) += gain - loss;
        }
        let variance: f64 = parts.values().map(|part| part * part).sum();
        let df = up.df.min(down.df).min(parts.len() as f64 - self.degree as f64 - 1.0);
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
        let Continued { value: mean, parts, df } =
            continued(&[(0.0, 1.0), (0.5, 2.0), (1.0, 6.0)], 0, 0.3).unwrap();
        assert!((df - 2.0).abs() < 1e-12);
        let variance: f64 = parts.iter().map(|part| part * part).sum();
        assert!((mean - 3.0).abs() < 1e-14 && (variance - 14.0 / 6.0).abs() < 1e-14, "{variance}");
    }

    #[test]
    fn one_share_cannot_be_continued() {
        let points = [(0.5, 1.0), (0.5, 2.0), (0.5, 4.0)];
        assert_eq!(continued(&points, 1, 1.0).unwrap_err().code(), "ne:rank_deficient");
    }
}
