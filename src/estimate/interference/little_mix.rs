//! The queue and the response time of a policy that leaves arrivals alone move together by Little's law, so each gives an
//! estimate of the effect on the response time, and their best mixture is less noisy than both (Jia, Johari, Si and Zheng,
//! arXiv 2605.29641).
//!
//! Q_resp is the truncated policy gradient of the outcome, Q_queue that of the number in system that the next arrivals find
//! (state column `column`, the first where none is named; Poisson arrivals see time averages), and Q_mix(α) = (1 − α)Q_resp + α Q_queue/λ with λ in
//! arrivals per unit of the outcome (`unit` = length of one, 1 ms by default). With D = Q_queue/λ − Q_resp,
//! α* = −Cov(Q_resp, D)/Var(D) from `batches` stretches of the log; the standard error is that of the mean of the batches'
//! mixtures, t with batches − 2 degrees of freedom. Wrong where the policy changes who arrives or is rejected, and
//! where the column counts a part of the fleet while the rate is that of all.

use super::Path;
use super::truncated_policy_gradient::policy_gradient_terms;
use super::values::state_columns;
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{Moments, NotEstimable, difference_from, mean};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "little_mix",
    about: "policy gradients of response time and of queue over the arrival rate, mixed for least variance",
    units: &[Unit::Request],
    needs: &[Column::Time, Column::State],
    uses: &[Column::Propensity],
    basic: &[],
    build: |section| {
        section.ignore(&["alpha"]);
        Box::new(LittleMix {
            column: section.text("column", Some("")),
            horizon: section.integer("horizon", Some(100), 0..=10_000_000) as usize,
            batches: section.integer("batches", Some(20), 4..=10_000) as usize,
            unit_s: section.positive_duration("unit", Some("1 ms")).seconds(),
            alpha: section.has("alpha").then(|| section.number("alpha", None, -100.0..=100.0)),
        })
    },
};

struct LittleMix {
    /// The first state column where empty.
    column: String,
    horizon: usize,
    batches: usize,
    unit_s: f64,
    alpha: Option<f64>,
}

/// The mixture of two estimates with the least variance, from batches of both: its weight on the second, and its batches.
///
/// # Errors
/// Those of [`Moments::of`].
pub fn best_mixture(
    first: &[f64],
    second: &[f64],
    alpha: Option<f64>,
) -> Result<(f64, Vec<f64>), NotEstimable> {
    let gap: Vec<f64> = second.iter().zip(first).map(|(second, first)| second - first).collect();
    let (moments, level) = (Moments::of(&gap)?, mean(first)?);
    let products = gap.iter().zip(first).map(|(gap, first)| (gap - moments.mean) * (first - level));
    let covariance = products.sum::<f64>() / (gap.len() as f64 - 1.0);
    let best = if moments.variance > 0.0 { -covariance / moments.variance } else { 0.0 };
    let alpha = alpha.unwrap_or(best);
    Ok((alpha, first.iter().zip(&gap).map(|(first, gap)| first + alpha * gap).collect()))
}

impl Estimator for LittleMix {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let path = Path::of(sample)?;
        let columns = state_columns(sample, &self.column)?;
        let found = columns.first().ok_or(NotEstimable::missing_column("state"))?;
        let queue: Vec<f64> = path.rows.iter().skip(1).map(|&row| found[row]).collect();
        let (Some(&first), Some(&last)) = (path.rows.first(), path.rows.last()) else {
            return Err(NotEstimable::TooFewUnits);
        };
        let elapsed = (sample.frame.time_s[last] - sample.frame.time_s[first]) / self.unit_s;
        let rate = queue.len() as f64 / elapsed;
        if queue.is_empty() || rate.is_nan() || rate.is_infinite() {
            return Err(NotEstimable::Unobserved);
        }
        let tilt = path.tilt();
        let terms = |series: &[f64]| Ok(policy_gradient_terms(&tilt, series, mean(series)?, self.horizon));
        let (response, queue) = (terms(&path.value[..queue.len()])?, terms(&queue)?);
        let length = response.len() / self.batches;
        if length == 0 {
            return Err(NotEstimable::TooFewUnits);
        }
        let batch = |terms: &[f64], scale: f64| -> Vec<f64> {
            let whole = terms.chunks_exact(length).take(self.batches);
            whole.map(|terms| scale * terms.iter().sum::<f64>() / length as f64).collect()
        };
        let (_, mixed) = best_mixture(&batch(&response, 1.0), &batch(&queue, 1.0 / rate), self.alpha)?;
        let moments = Moments::of(&mixed)?;
        let df = self.batches as f64 - 2.0;
        let std_error = moments.variance_of_mean().sqrt();
        let difference = difference_from(moments.mean, std_error, df, response.len(), "batch-means")?;
        Ok(Contrast { arms: None, difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Slope { share: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_mixture_has_no_more_variance_than_either_and_any_given_weight_is_kept() {
        let first = [1.0, 2.0, 4.0, 3.0, 0.0];
        let second = [3.0, 2.5, 0.0, 1.5, 3.5];
        let (alpha, mixed) = best_mixture(&first, &second, None).unwrap();
        let spread = |values: &[f64]| Moments::of(values).unwrap().variance;
        assert!((0.0..1.0).contains(&alpha));
        for other in [0.0, 1.0, alpha + 0.05, alpha - 0.05] {
            let (kept, beside) = best_mixture(&first, &second, Some(other)).unwrap();
            assert!(kept == other && spread(&mixed) <= spread(&beside));
        }
    }
}
