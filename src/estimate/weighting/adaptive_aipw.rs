//! Adaptively weighted AIPW for logs of a bandit (Hadad, Hirshberg, Zhan, Wager and Athey, PNAS 2021): chances that follow the
//! outcomes make plain averages biased and not normal.
//!
//! Γ_a,t = m_a,t−1 + 1{A_t = a}(Y_t − m_a,t−1)/e_a,t with m the running mean of the arm's earlier rows (zero before the
//! first), weights h_a,t = √e_a,t, µ_a = ΣhΓ/Σh. The error of µ₁ − µ₀ is Σ(h₁(Γ₁ − µ₁)/Σh₁ − h₀(Γ₀ − µ₀)/Σh₀)², normal. Rows
//! must be in the order in which the chances were set. The chances may follow past outcomes, not the row's own state: weights
//! √e that go with the state select it, and the estimate is biased (use `hajek` or `aipw` there).

use super::Weighed;
use crate::design::Unit;
use crate::estimate::{Arms, Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{NotEstimable, difference_from};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "adaptive_aipw",
    about: "for bandit logs: past-only means plus weighted residuals, rows weighted by the root of the chance",
    units: &[Unit::Request],
    needs: &[Column::Time, Column::Propensity],
    uses: &[],
    basic: &[],
    build: |_| Box::new(AdaptiveAipw),
};

/// Rows that its theory, which is of long logs, should have, and rows of each arm.
const FEWEST_ROWS: usize = 100;
const FEWEST_OF_AN_ARM: usize = 10;

struct AdaptiveAipw;

/// µ_a and each row's share in its error, from the chance of the arm, whether it was taken, and the outcome.
#[must_use]
pub fn adaptive_mean(chance: &[f64], taken: &[bool], outcome: &[f64]) -> (f64, Vec<f64>) {
    let (mut count, mut model) = (0.0, 0.0);
    let mut scores = Vec::with_capacity(outcome.len());
    for ((e, taken), y) in chance.iter().zip(taken).zip(outcome) {
        scores.push(model + if *taken { (y - model) / e } else { 0.0 });
        if *taken {
            count += 1.0;
            model += (y - model) / count;
        }
    }
    let weight = |e: &f64| e.max(0.0).sqrt();
    let total: f64 = chance.iter().map(weight).sum();
    let mean = chance.iter().zip(&scores).map(|(e, score)| weight(e) * score).sum::<f64>() / total;
    (mean, chance.iter().zip(&scores).map(|(e, score)| weight(e) * (score - mean) / total).collect())
}

impl Estimator for AdaptiveAipw {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let weighed = Weighed::of(sample)?;
        let arm = |arm: bool| {
            let chance: Vec<f64> =
                weighed.propensity.iter().map(|e| if arm { *e } else { 1.0 - e }).collect();
            let taken: Vec<bool> = weighed.treated.iter().map(|own| *own == arm).collect();
            adaptive_mean(&chance, &taken, &weighed.value)
        };
        let ((treated, gains), (control, losses)) = (arm(true), arm(false));
        let variance: f64 = gains.iter().zip(&losses).map(|(gain, loss)| (gain - loss) * (gain - loss)).sum();
        let units = weighed.rows.len();
        let fewest = [false, true].map(|arm| weighed.treated.iter().filter(|own| **own == arm).count());
        if units < FEWEST_ROWS || fewest[0].min(fewest[1]) < FEWEST_OF_AN_ARM {
            return Err(NotEstimable::BelowMinimum(FEWEST_ROWS as u32));
        }
        let df = units as f64 - 2.0;
        let difference =
            difference_from(treated - control, variance.sqrt(), df, units, "adaptive-influence")?;
        Ok(Contrast { arms: Some(Arms { treated, control }), difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adaptive_mean_agrees_with_a_calculation_by_hand() {
        // Γ: 0 + 4/½ = 8; not taken: 4; taken: 4 + (1 − 4)/¼ = −8. Weights √½, √½, ½.
        let (mean, _) = adaptive_mean(&[0.5, 0.5, 0.25], &[true, false, true], &[4.0, 9.0, 1.0]);
        let root = 0.5_f64.sqrt();
        assert!((mean - (12.0 * root - 4.0) / (2.0 * root + 0.5)).abs() < 1e-14, "{mean}");
    }

    #[test]
    fn on_logs_of_a_bandit_that_chases_the_better_arm_it_is_unbiased_with_a_right_error() {
        use crate::estimate::fixture::estimator;
        use crate::estimate::{Frame, Target};
        use crate::rng::{Purpose, Streams};
        use crate::stats::{Moments, normal_quantile};

        let estimator = estimator("adaptive_aipw", "");
        let (mut effects, mut model) = (Vec::new(), 0.0);
        for replication in 0..200 {
            let draws = Streams::new(24, replication).family(Purpose::ChainStep);
            let (mut frame, mut y) = (Frame { units: 300, ..Frame::default() }, Vec::new());
            let (mut count, mut sum) = ([1.0, 1.0], [0.0, 0.0]);
            for t in 0..300_u32 {
                let mut draw = draws.stream(u64::from(t));
                let e = if sum[1] / count[1] > sum[0] / count[0] { 0.9 } else { 0.1 };
                let treated = draw.uniform() < e;
                let outcome = 3.0 + normal_quantile(draw.uniform());
                let arm = usize::from(treated);
                (count[arm], sum[arm]) = (count[arm] + 1.0, sum[arm] + outcome - 3.0);
                frame.treated.push(treated);
                frame.unit.push(t);
                frame.time_s.push(f64::from(t));
                frame.propensity.push(e);
                y.push(outcome);
            }
            let ones = vec![1.0; 300];
            let found =
                estimator.estimate(&Sample::new(&frame, Target::Ratio, &y, &ones)).unwrap().difference;
            effects.push(found.effect);
            model += found.std_error * found.std_error / 200.0;
        }
        let moments = Moments::of(&effects).unwrap();
        assert!(moments.mean.abs() < 4.0 * moments.variance_of_mean().sqrt(), "{moments:?}");
        // Four standard errors of a variance of 200 replications, and a tenth.
        assert!((model / moments.variance - 1.0).abs() < 0.5, "{model} {moments:?}");
    }
}
