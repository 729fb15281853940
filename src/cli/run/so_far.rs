//! How exactly a study knows its biases while it still runs. For the eye only: replications come in the order in which
//! they finish, and nothing of this reaches a result.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::estimate::Estimand;
use crate::record::Metric;
use crate::report::numbers::short;
use crate::study::Graded;
use crate::study::segment::EVERYBODY;

/// Candidate, design and estimator.
type Key = (String, String, String);

/// Errors on the primary metric so far.
pub struct SoFar {
    metric: &'static Metric,
    errors: Mutex<BTreeMap<Key, Moments>>,
}

#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Welford's update.
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let from_mean = value - self.mean;
        self.mean += from_mean / self.count;
        self.squares += from_mean * (value - self.mean);
    }

    fn std_error(&self) -> Option<f64> {
        (self.count > 1.0).then(|| (self.squares / (self.count - 1.0) / self.count).sqrt())
    }
}

impl SoFar {
    /// Nothing yet.
    #[must_use]
    pub fn new(metric: &'static Metric) -> Self {
        Self { metric, errors: Mutex::default() }
    }

    /// Take in the rows of finished replications.
    pub fn add(&self, rows: &Graded) {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let graded = rows.estimates.iter().filter(|row| {
            row.metric == self.metric.name && row.segment == EVERYBODY && row.estimand == Estimand::Gte
        });
        for row in graded {
            if let (Ok(estimate), Some(truth)) = (&row.result, row.paired_truth) {
                let key = (row.candidate.clone(), row.design.clone(), row.estimator.clone());
                errors.entry(key).or_default().add(estimate.effect - truth);
            }
        }
    }

    /// The largest Monte-Carlo error of a bias, in words.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let largest = errors.values().filter_map(Moments::std_error).reduce(f64::max)?;
        Some(format!("biases to ±{} {}", short(largest), self.metric.unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_mean_is_the_spread_over_the_root_of_the_count() {
        let mut moments = Moments::default();
        assert_eq!(moments.std_error(), None);
        [1.0, 3.0, 5.0, 7.0].into_iter().for_each(|value| moments.add(value));
        // Variance 20/3 of four values.
        assert!((moments.std_error().unwrap() - (20.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
    }
}
