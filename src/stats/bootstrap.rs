//! The cluster bootstrap: draw randomised units again, with replacement, and compute the statistic anew. For
//! statistics without a formula of their own. Draws are keyed, so that a statistic of other columns sees the
//! same draws. [`super::block_bootstrap`] is the same for time series.

use super::moments::Moments;
use super::quantile::quantiles_in_place;
use super::student::student_t_quantile;
use super::{Difference, NotEstimable, difference_from};
use crate::rng::Family;

/// A statistic with its bootstrap distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The statistic of the data.
    pub estimate: f64,
    /// The statistic of each draw that had one, in the order of the draws.
    pub replicates: Vec<f64>,
    /// Draws without an answer (an arm without requests, say). They are left out: many of them mean that the
    /// interval speaks of the others only.
    pub failed: usize,
}

impl Bootstrap {
    /// The standard deviation of the replicates (n − 1), in the unit of the statistic.
    ///
    /// # Errors
    /// `TooFewUnits` under two replicates; `ZeroVariance`.
    pub fn std_error(&self) -> Result<f64, NotEstimable> {
        let variance = Moments::of(&self.replicates)?.variance;
        if variance > 0.0 { Ok(variance.sqrt()) } else { Err(NotEstimable::ZeroVariance) }
    }

    /// The type 7 quantiles of the replicates that cut off (1 − `confidence`)/2 on either side.
    ///
    /// # Errors
    /// `TooFewUnits` under two replicates.
    ///
    /// # Panics
    /// When `confidence` is outside (0, 1).
    pub fn percentile_interval(&self, confidence: f64) -> Result<(f64, f64), NotEstimable> {
        assert!(confidence > 0.0 && confidence < 1.0, "no interval at level {confidence}");
        if self.replicates.len() < 2 {
            return Err(NotEstimable::TooFewUnits);
        }
        let tail = (1.0 - confidence) / 2.0;
        match quantiles_in_place(&mut self.replicates.clone(), &[tail, 1.0 - tail])[..] {
            [low, high] => Ok((low, high)),
            _ => Err(NotEstimable::Unobserved),
        }
    }

    /// Estimate ± z·sd.
    ///
    /// # Errors
    /// Those of [`Self::std_error`].
    ///
    /// # Panics
    /// When `confidence` is outside (0, 1).
    pub fn normal_interval(&self, confidence: f64) -> Result<(f64, f64), NotEstimable> {
        assert!(confidence > 0.0 && confidence < 1.0, "no interval at level {confidence}");
        let half = student_t_quantile(0.5 + confidence / 2.0, f64::INFINITY) * self.std_error()?;
        Ok((self.estimate - half, self.estimate + half))
    }

    /// The t test with the bootstrap standard error (`vcov` "bootstrap"); degrees of freedom, which resampling does not
    /// tell, and `n_units` as given.
    ///
    /// # Errors
    /// Those of [`Self::std_error`] and [`difference_from`].
    pub fn difference(&self, df: f64, n_units: usize) -> Result<Difference, NotEstimable> {
        difference_from(self.estimate, self.std_error()?, df, n_units, "bootstrap")
    }
}

/// Resamples units with replacement inside each group (an arm, a stratum): n − 1 of its n units, so that the variance of a mean
/// is s²/n and not (n − 1)/n of it (Rao and Wu, JASA 1988), which matters in small groups. `statistic` gets how often each unit
/// counts, group after group; once each gives the estimate. Draw b uses the stream of entity b.
///
/// # Errors
/// `TooFewUnits` when a group has fewer than two units or there is no draw; what `statistic` says of the data
/// themselves.
pub fn cluster_bootstrap(
    group_sizes: &[usize],
    draws: usize,
    streams: Family,
    mut statistic: impl FnMut(&[u32]) -> Result<f64, NotEstimable>,
) -> Result<Bootstrap, NotEstimable> {
    if group_sizes.is_empty() || group_sizes.iter().any(|n| *n < 2) || draws == 0 {
        return Err(NotEstimable::TooFewUnits);
    }
    let mut counts = vec![1_u32; group_sizes.iter().sum()];
    let estimate = statistic(&counts)?;
    let mut replicates = Vec::with_capacity(draws);
    for b in 0..draws {
        let mut stream = streams.stream(b as u64);
        counts.fill(0);
        let mut start = 0;
        for &size in group_sizes {
            for _ in 1..size {
                counts[start + stream.below(size as u32) as usize] += 1;
            }
            start += size;
        }
        replicates.extend(statistic(&counts).ok().filter(|value| value.is_finite()));
    }
    let failed = draws - replicates.len();
    Ok(Bootstrap { estimate, replicates, failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    const STREAMS: Family = Streams::new(21, 0).family(Purpose::Resampling);

    fn mean_of(values: &[f64]) -> impl FnMut(&[u32]) -> Result<f64, NotEstimable> {
        |counts: &[u32]| {
            let total: f64 = values.iter().zip(counts).map(|(v, c)| v * f64::from(*c)).sum();
            Ok(total / f64::from(counts.iter().sum::<u32>()))
        }
    }

    #[test]
    fn the_error_of_a_mean_is_the_usual_one() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * 13 % 40)).collect();
        let draws = 4000;
        let found = cluster_bootstrap(&[40], draws, STREAMS, mean_of(&values)).unwrap();
        let limit = (Moments::of(&values).unwrap().variance / 40.0).sqrt();
        // Four Monte-Carlo errors of a standard deviation: 1/√(2B) each.
        let error = 4.0 / (2.0 * draws as f64).sqrt();
        assert!((found.std_error().unwrap() / limit - 1.0).abs() < error);
        let (normal, percentile) =
            (found.normal_interval(0.95).unwrap(), found.percentile_interval(0.95).unwrap());
        // Of a nearly normal statistic both agree within the error of an extreme quantile, 2.7 sd/√B.
        assert!(
            (normal.0 - percentile.0).abs() < 0.2 * limit && (normal.1 - percentile.1).abs() < 0.2 * limit
        );
        assert_eq!(
            (found.estimate, found.failed, found.difference(39.0, 40).unwrap().vcov),
            (19.5, 0, "bootstrap")
        );
    }

    #[test]
    fn each_draw_leaves_one_unit_of_a_group_less() {
        let mut sizes = Vec::new();
        let _ = cluster_bootstrap(&[3, 5], 50, STREAMS, |counts| {
            sizes.push((counts[..3].iter().sum::<u32>(), counts[3..].iter().sum::<u32>()));
            Ok(0.0)
        });
        assert_eq!(sizes[0], (3, 5));
        assert!(sizes.len() == 51 && sizes[1..].iter().all(|drawn| *drawn == (2, 4)));
    }

    #[test]
    fn draws_without_an_answer_are_counted_and_left_out() {
        // A draw of one of two units that misses unit 0 (half of them) has no statistic.
        let found = cluster_bootstrap(&[2], 1000, STREAMS, |counts| {
            if counts[0] == 0 { Err(NotEstimable::EmptyArm) } else { Ok(f64::from(counts[1])) }
        })
        .unwrap();
        assert_eq!(found.failed + found.replicates.len(), 1000);
        // Four binomial errors.
        assert!((found.failed as f64 / 1000.0 - 0.5).abs() < 4.0 * (0.25_f64 / 1000.0).sqrt());
        assert_eq!(cluster_bootstrap(&[2, 1], 9, STREAMS, |_| Ok(1.0)), Err(NotEstimable::TooFewUnits));
        let flat = cluster_bootstrap(&[2], 9, STREAMS, |_| Ok(1.0)).unwrap();
        assert_eq!(flat.std_error(), Err(NotEstimable::ZeroVariance));
    }
}
