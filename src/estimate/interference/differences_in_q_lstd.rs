//! Differences in Q with the worth of a state as a polynomial of it: average-reward least-squares temporal differences
//! (Bradtke and Barto, Machine Learning 1996; as used by Farias, Li, Peng and Zheng, NeurIPS 2022).
//!
//! Features φ are the standardised state columns, their powers up to `degree` and the products of pairs, centred. With
//! A = (1/T)Σφ_t(φ_t − φ_{t+1})ᵀ + κI and θ = A⁻¹(1/T)Σφ_t(Y_t − Ȳ), h(S) = θᵀφ(S) and
//! τ = mean of Y + h(S′) over treated rows less that over controls. `ridge` κ is free of units because the features are.
//! Where h is no such polynomial the estimate has the bias of the best fit. Error as in `differences_in_q`, with a lean of
//! wᵀφ_t, Aᵀw = mean of φ(S′) over treated rows less that over controls.

use super::values::{Values, arm_contrast_weights, differences_in_q, state_columns, successor};
use super::{Path, read_lags};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{Moments, NotEstimable, mean, solve_system, transposed};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "differences_in_q_lstd",
    about: "as differences_in_q, the worth of a state being a polynomial of `degree` with `ridge`",
    units: &[Unit::Request],
    needs: &[Column::Time, Column::State],
    uses: &[Column::Propensity],
    basic: &[],
    build: |section| {
        let columns = section.text("columns", Some(""));
        let degree = section.integer("degree", Some(2), 1..=6) as usize;
        let ridge = section.number("ridge", Some(1e-6), 0.0..=1e6);
        Box::new(Lstd { columns, degree, ridge, lags: read_lags(section) })
    },
};

struct Lstd {
    columns: String,
    degree: usize,
    ridge: f64,
    lags: Option<usize>,
}

/// Mean zero and variance one; `None` for what does not vary.
fn standardised(values: &[f64]) -> Option<Vec<f64>> {
    let moments = Moments::of(values).ok()?;
    let sd = moments.variance.sqrt();
    (sd > 1e-12 * moments.mean.abs().max(f64::MIN_POSITIVE))
        .then(|| values.iter().map(|x| (x - moments.mean) / sd).collect())
}

/// Powers and products of pairs of the columns, each standardised; by feature.
fn features(columns: &[Vec<f64>], degree: usize) -> Vec<Vec<f64>> {
    let columns: Vec<Vec<f64>> = columns.iter().filter_map(|column| standardised(column)).collect();
    let mut features = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let mut power = column.clone();
        features.extend(standardised(&power));
        for _ in 1..degree {
            power.iter_mut().zip(column).for_each(|(power, x)| *power *= x);
            features.extend(standardised(&power));
        }
        if degree > 1 {
            for other in &columns[..at] {
                let product: Vec<f64> = column.iter().zip(other).map(|(a, b)| a * b).collect();
                features.extend(standardised(&product));
            }
        }
    }
    features
}

impl Estimator for Lstd {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let path = Path::of(sample)?;
        let columns = state_columns(sample, &self.columns)?;
        let pick = |values: &&[f64]| path.rows.iter().map(|&row| values[row]).collect::<Vec<f64>>();
        let features = features(&columns.iter().map(pick).collect::<Vec<_>>(), self.degree);
        if features.is_empty() {
            return Err(NotEstimable::ZeroVariance);
        }
        let (rows, level) = (path.value.len(), mean(&path.value)?);
        let average = |product: &dyn Fn(usize) -> f64| (0..rows).map(product).sum::<f64>() / rows as f64;
        let system: Vec<Vec<f64>> = (0..features.len())
            .map(|i| {
                let entry = |j: usize| {
                    let (own, other) = (&features[i], &features[j]);
                    let ridge = if i == j { self.ridge } else { 0.0 };
                    ridge + average(&|t| own[t] * (other[t] - other[successor(t, rows)]))
                };
                (0..features.len()).map(entry).collect()
            })
            .collect();
        let gain: Vec<f64> =
            features.iter().map(|own| average(&|t| own[t] * (path.value[t] - level))).collect();
        let weights = arm_contrast_weights(&path);
        let contrast: Vec<f64> =
            features.iter().map(|own| average(&|t| weights[t] * own[successor(t, rows)])).collect();
        let theta = solve_system(&system, &gain)?;
        let w = solve_system(&transposed(&system), &contrast)?;
        let combine =
            |weights: &[f64], t: usize| features.iter().zip(weights).map(|(own, w)| w * own[t]).sum::<f64>();
        let now: Vec<f64> = (0..rows).map(|t| combine(&theta, t)).collect();
        let values = Values {
            next: (0..rows).map(|t| now[successor(t, rows)]).collect(),
            lean: (0..rows).map(|t| combine(&w, t)).collect(),
            now,
        };
        differences_in_q(&path, &values, self.lags)
    }

    fn estimand(&self) -> Estimand {
        Estimand::Slope { share: None }
    }
}
