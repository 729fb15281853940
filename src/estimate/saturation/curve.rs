//! Saturation regression: curves through the clusters' arm means against the share of candidates, continued to the two ends:
//! GTE = f₁(1) − f₀(0), f_z linear in the share, or quadratic with `shape = "quadratic"`, which wants four shares or more.
//!
//! Least squares for each arm with clusters as rows. A cluster shows up in both curves, so that its error counts together:
//! V = Σ_c (s₁c − s₀c)² with s_zc = x(p)ᵀ(X'X)⁻¹x_c·e_zc/√(1 − h_zc) (HC2), t on clusters less the coefficients of a curve.
//! `saturation_regression` extrapolates: through shares ¼ and ¾ a convex curve is missed (C1: −2.604 of −2.778).

use super::cluster_arms::cluster_arms;
use crate::design::Unit;
use crate::estimate::{Arms, Column, Contrast, Estimator, EstimatorSpec, Sample};
use crate::stats::{ColumnName, NotEstimable, difference_from, solve_system};
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

/// The value at `end` of the polynomial through (share, mean), and each point's part in its HC2 error.
///
/// # Errors
/// `TooFewUnits` with no more points than coefficients; `Unobserved` with no more shares than `degree`; `LoneUnit` where one
/// point decides by itself.
pub fn continued(points: &[(f64, f64)], degree: usize, end: f64) -> Result<(f64, Vec<f64>), NotEstimable> {
    if points.len() <= degree + 1 {
        return Err(NotEstimable::TooFewUnits);
    }
    let rows: Vec<Vec<f64>> = points.iter().map(|(share, _)| powers(*share, degree)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let normal: Vec<Vec<f64>> = (0..=degree)
        .map(|i| (0..=degree).map(|j| rows.iter().map(|row| row[i] * row[j]).sum()).collect())
        .collect();
    let right: Vec<f64> =
        (0..=degree).map(|i| rows.iter().zip(points).map(|(row, (_, mean))| row[i] * mean).sum()).collect();
    let coefficients = solve_system(&normal, &right)?;
    let at_end = powers(end, degree);
    let direction = solve_system(&normal, &at_end)?;
    let mut parts = Vec::with_capacity(points.len());
    for (row, (_, mean)) in rows.iter().zip(points) {
        let leverage = dot(row, &solve_system(&normal, row)?);
        let residual = mean - dot(row, &coefficients);
        let weight = dot(row, &direction);
        if leverage >= 1.0 - 1e-10 && weight.abs() > 1e-10 {
            // The only cluster at its share decides there, and shows no noise.
            return Err(NotEstimable::LoneUnit(ColumnName::new("a share")));
        }
        parts.push(if leverage < 1.0 - 1e-10 { weight * residual / (1.0 - leverage).sqrt() } else { 0.0 });
    }
    Ok((dot(&at_end, &coefficients), parts))
}

impl Estimator for Curves {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let clusters = cluster_arms(sample)?;
        let curve = |treated: bool, end: f64| -> Result<(f64, Vec<f64>), NotEstimable> {
            let own: Vec<(usize, f64, f64)> = clusters
                .iter()
                .enumerate()
                .filter_map(|(at, cluster)| Some((at, cluster.share, cluster.mean(treated)?)))
                .collect();
            let points: Vec<(f64, f64)> = own.iter().map(|(_, share, mean)| (*share, *mean)).collect();
            let (value, parts) = continued(&points, self.degree, end)?;
            let mut by_cluster = vec![0.0; clusters.len()];
            own.iter().zip(parts).for_each(|((at, _, _), part)| by_cluster[*at] = part);
            Ok((value, by_cluster))
        };
        let ((treated, gains), (control, losses)) = (curve(true, 1.0)?, curve(false, 0.0)?);
        // A cluster that was under several shares has its points' errors together.
        let mut parts: BTreeMap<u32, f64> = BTreeMap::new();
        for (cluster, (gain, loss)) in clusters.iter().zip(gains.iter().zip(&losses)) {
            *parts.entry(cluster.cluster).or_insert(0.0) += gain - loss;
        }
        let variance: f64 = parts.values().map(|part| part * part).sum();
        let df = parts.len() as f64 - self.degree as f64 - 1.0;
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
        let (end, parts) = continued(&points, 2, 1.0).unwrap();
        assert!(end.abs() < 1e-12 && parts.iter().all(|part| part.abs() < 1e-12));
        // Degree zero: Σ(e²/(1 − 1/n))/n² is s²/n.
        let (mean, parts) = continued(&[(0.0, 1.0), (0.5, 2.0), (1.0, 6.0)], 0, 0.3).unwrap();
        let variance: f64 = parts.iter().map(|part| part * part).sum();
        assert!((mean - 3.0).abs() < 1e-14 && (variance - 14.0 / 6.0).abs() < 1e-14, "{variance}");
    }

    #[test]
    fn one_share_cannot_be_continued() {
        let points = [(0.5, 1.0), (0.5, 2.0), (0.5, 4.0)];
        assert_eq!(continued(&points, 1, 1.0).unwrap_err(), NotEstimable::Unobserved);
    }
}
