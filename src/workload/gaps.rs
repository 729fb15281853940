//! The law of the gaps between one user's requests, in operational time, of mean 1.
//!
//! Exponential gaps make every user a Poisson process. Gamma gaps make it a renewal process of the given coefficient of
//! variation: above 1 its requests come in bursts. Bursts of many users overlap and smooth out; with one user the whole
//! workload is the renewal process of the literature.

use crate::rng::{Family, Stream};
use crate::stats::normal_quantile;

/// The law of the gaps between one user's requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gaps {
    /// Poisson arrivals.
    Exponential,
    /// Renewal arrivals with gamma gaps.
    Gamma {
        /// Standard deviation of a gap over its mean.
        coefficient_of_variation: f64,
    },
}

impl Gaps {
    /// The gap of mean 1 that belongs to `entity`.
    #[inline]
    #[must_use]
    pub fn draw(self, draws: Family, entity: u64) -> f64 {
        match self {
            Self::Exponential => -libm::log(draws.uniform(entity)),
            Self::Gamma { coefficient_of_variation } => {
                let shape = 1.0 / (coefficient_of_variation * coefficient_of_variation);
                gamma(shape, &mut draws.stream(entity)) / shape
            }
        }
    }
}

/// A gamma draw of unit scale by the squeeze of Marsaglia and Tsang (ACM TOMS 26, 2000); a shape below 1 is drawn as
/// `Gamma(shape + 1)·U^(1/shape)`.
#[cold]
fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    let boost = if shape < 1.0 { libm::pow(stream.uniform(), 1.0 / shape) } else { 1.0 };
    let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal_quantile(stream.uniform());
        let t = 1.0 + c * x;
        let v = t * t * t;
        if v > 0.0 && libm::log(stream.uniform()) < x * x / 2.0 + d - d * v + d * libm::log(v) {
            return d * v * boost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn gamma_gaps_have_mean_one_their_coefficient_of_variation_and_their_distribution() {
        let draws = Streams::new(5, 0).family(Purpose::ArrivalGap);
        for cv in [0.5, 1.0, 3.0] {
            let n = 400_000;
            let law = Gaps::Gamma { coefficient_of_variation: cv };
            let gaps: Vec<f64> = (0..n).map(|entity| law.draw(draws, entity)).collect();
            let mean = gaps.iter().sum::<f64>() / n as f64;
            let square = gaps.iter().map(|gap| gap * gap).sum::<f64>() / n as f64;
            // Of shape k and mean 1: E X² = 1 + 1/k, E X⁴ = (k+1)(k+2)(k+3)/k³. Four standard errors of each mean.
            let k = 1.0 / (cv * cv);
            let (second, fourth) = (1.0 + 1.0 / k, (k + 1.0) * (k + 2.0) * (k + 3.0) / (k * k * k));
            let root = (n as f64).sqrt();
            assert!((mean - 1.0).abs() < 4.0 * cv / root, "{cv}: {mean}");
            assert!(
                (square - second).abs() < 4.0 * (fourth - second * second).sqrt() / root,
                "{cv}: {square}"
            );
        }
        // A coefficient of variation of 1 is the exponential law: P(gap > 2) = e⁻².
        let law = Gaps::Gamma { coefficient_of_variation: 1.0 };
        let beyond = (0..100_000).filter(|&entity| law.draw(draws, entity) > 2.0).count() as f64 / 1e5;
        let p = libm::exp(-2.0);
        assert!((beyond - p).abs() < 4.0 * (p * (1.0 - p) / 1e5).sqrt(), "{beyond}");
    }
}
