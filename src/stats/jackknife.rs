//! Jackknife standard errors for any statistic of blocks: leave some out, see how much it moves. The caller's
//! closure gets the indices that stay.

use super::NotEstimable;
use super::moments::{mean, sum_of};

/// A statistic with its jackknife standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jackknife {
    /// The statistic of all blocks.
    pub estimate: f64,
    /// Its standard error, in the same unit; positive.
    pub std_error: f64,
    /// Leave-out estimates behind it.
    pub replicates: usize,
}

/// Leave one out: V = (K − 1)/K Σ (τ₋ⱼ − mean τ₋)² (Tukey). For independent blocks; for a mean it is s²/K.
///
/// # Errors
/// `TooFewUnits` under two blocks; `ZeroVariance`; whatever the statistic says.
pub fn jackknife(
    blocks: usize,
    mut statistic: impl FnMut(&[usize]) -> Result<f64, NotEstimable>,
) -> Result<Jackknife, NotEstimable> {
    if blocks < 2 {
        return Err(NotEstimable::TooFewUnits);
    }
    let estimate = statistic(&(0..blocks).collect::<Vec<_>>())?;
    let left_out: Vec<f64> = (0..blocks)
        .map(|out| statistic(&(0..blocks).filter(|&b| b != out).collect::<Vec<_>>()))
        .collect::<Result<_, _>>()?;
    let centre = mean(&left_out)?;
    let k = blocks as f64;
    let variance = (k - 1.0) / k * sum_of(left_out.iter().map(|t| (t - centre) * (t - centre)));
    finish(estimate, variance, blocks)
}

/// Leave two neighbours out, for blocks in time that lean on the one before: with K blocks and the K − 1
/// pairs (j, j + 1), V = (K − 3)²/(2(K − 2)) · mean_j (τ₋ⱼ − τ)² (Hu and Wager, "Switchback experiments under
/// geometric mixing", 2022).
///
/// # Errors
/// `TooFewUnits` under four blocks; `ZeroVariance`; whatever the statistic says.
pub fn jackknife_adjacent_pairs(
    blocks: usize,
    mut statistic: impl FnMut(&[usize]) -> Result<f64, NotEstimable>,
) -> Result<Jackknife, NotEstimable> {
    if blocks < 4 {
        return Err(NotEstimable::TooFewUnits);
    }
    let estimate = statistic(&(0..blocks).collect::<Vec<_>>())?;
    let squares: Vec<f64> = (0..blocks - 1)
        .map(|out| {
            let kept: Vec<usize> = (0..blocks).filter(|&b| b != out && b != out + 1).collect();
            statistic(&kept).map(|t| (t - estimate) * (t - estimate))
        })
        .collect::<Result<_, _>>()?;
    let k = blocks as f64;
    let variance = (k - 3.0) * (k - 3.0) / (2.0 * (k - 2.0)) * mean(&squares)?;
    finish(estimate, variance, blocks - 1)
}

fn finish(estimate: f64, variance: f64, replicates: usize) -> Result<Jackknife, NotEstimable> {
    if !estimate.is_finite() || !variance.is_finite() {
        return Err(NotEstimable::Unobserved);
    }
    // Leave-out means differ from each other by at least this much rounding.
    let rounding = 4.0 * f64::EPSILON * estimate.abs();
    if variance <= rounding * rounding {
        return Err(NotEstimable::ZeroVariance);
    }
    Ok(Jackknife { estimate, std_error: variance.sqrt(), replicates })
}

#[cfg(test)]
mod tests {
    use super::super::Moments;
    use super::*;
    use crate::rng::{Purpose, Streams};

    fn mean_of(values: &[f64]) -> impl FnMut(&[usize]) -> Result<f64, NotEstimable> {
        |kept: &[usize]| Ok(kept.iter().map(|&b| values[b]).sum::<f64>() / kept.len() as f64)
    }

    #[test]
    fn for_a_mean_leaving_one_out_is_the_textbook_error() {
        let values = [3.0, 1.5, 9.0, -2.0, 4.0];
        let found = jackknife(5, mean_of(&values)).unwrap();
        let expected = Moments::of(&values).unwrap().variance_of_mean().sqrt();
        assert!((found.std_error / expected - 1.0).abs() < 1e-13);
        assert_eq!(found.replicates, 5);
    }

    #[test]
    fn for_the_mean_of_independent_blocks_leaving_pairs_out_is_unbiased_up_to_one_over_k() {
        // τ₋ⱼ − τ = −(d_j + d_{j+1})/(K − 2) with deviations d: E of its square is 2σ²(1 − 2/K)/(K − 2)², so V
        // has the mean σ²/K · (K − 3)²/(K − 2)² · K(1 − 2/K)/(K − 2) = σ²/K · (K − 3)²/(K − 2)².
        let (k, runs) = (12, 4000);
        let total: f64 = (0..runs)
            .map(|run| {
                let family = Streams::new(4, run).family(Purpose::Resampling);
                let values: Vec<f64> = (0..k).map(|b| family.uniform(b)).collect();
                let found = jackknife_adjacent_pairs(k as usize, mean_of(&values)).unwrap();
                found.std_error * found.std_error
            })
            .sum();
        let (count, sigma2) = (k as f64, 1.0 / 12.0);
        let shrink = (count - 3.0) / (count - 2.0);
        let expected = sigma2 / count * shrink * shrink;
        // The relative sd of one V is about √(3/K) = 0.5; four standard errors of 4000.
        assert!((total / runs as f64 / expected - 1.0).abs() < 4.0 * 0.5 / (runs as f64).sqrt());
    }

    #[test]
    fn leaving_pairs_out_sees_noise_that_neighbours_share() {
        // Moving sums of two: the long-run variance is 4σ², of which leave-one-out sees 2σ² and pairs 3σ².
        let family = Streams::new(6, 0).family(Purpose::Resampling);
        let values: Vec<f64> = (0..2000).map(|b| family.uniform(b) + family.uniform(b + 1)).collect();
        let one = jackknife(2000, mean_of(&values)).unwrap().std_error;
        let two = jackknife_adjacent_pairs(2000, mean_of(&values)).unwrap().std_error;
        // Four standard errors of an autocorrelation of 2000 values, about 0.02 each.
        assert!((two * two / (one * one) - 1.5).abs() < 0.1, "{}", two * two / (one * one));
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        let flat = [2.0; 6];
        assert_eq!(jackknife(1, mean_of(&flat)), Err(NotEstimable::TooFewUnits));
        assert_eq!(jackknife_adjacent_pairs(3, mean_of(&flat)), Err(NotEstimable::TooFewUnits));
        assert_eq!(jackknife(6, mean_of(&flat)), Err(NotEstimable::ZeroVariance));
        assert_eq!(jackknife(6, |_| Err(NotEstimable::EmptyArm)), Err(NotEstimable::EmptyArm));
    }
}
