//! Complete randomisation: how many of a list of units are treated, and which.

use super::choose;
use crate::rng::Family;

/// A share of so many units as a count: the whole part, and a coin for the fraction; both arms get one when there are two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Count {
    units: usize,
    wanted: f64,
}

impl Count {
    /// `share` of `units`.
    pub(super) const fn new(share: f64, units: usize) -> Self {
        Self { units, wanted: share * units as f64 }
    }

    const fn clamped(self, count: usize) -> usize {
        if self.units < 2 || (count >= 1 && count < self.units) {
            count
        } else if count < 1 {
            1
        } else {
            self.units - 1
        }
    }

    /// The probability of one more than the whole part.
    fn fraction(self) -> f64 {
        self.wanted - libm::floor(self.wanted)
    }

    /// How many, given a uniform.
    pub(super) fn draw(self, coin: f64) -> usize {
        self.clamped(self.wanted as usize + usize::from(coin < self.fraction()))
    }

    /// The exact probability with which one of them is treated.
    pub(super) fn propensity(self) -> f64 {
        let whole = self.wanted as usize;
        let (least, most) = (self.clamped(whole) as f64, self.clamped(whole + 1) as f64);
        (least + self.fraction() * (most - least)) / self.units.max(1) as f64
    }

    /// Which, under the units' own keys.
    pub(super) fn choose(self, draws: Family, coin: f64, keys: &[u64]) -> Vec<bool> {
        choose(draws, keys, self.draw(coin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn both_arms_get_a_unit_and_the_propensity_says_so() {
        // 0.3 of two units is one or none; none is not allowed.
        assert_eq!(Count::new(0.3, 2).propensity(), 0.5);
        assert_eq!(Count::new(0.95, 4).propensity(), 0.75);
        assert_eq!(Count::new(0.5, 5).propensity(), 0.5);
        assert_eq!(Count::new(0.3, 1).propensity(), 0.3);
    }

    #[test]
    fn counts_are_whole_and_their_mean_is_the_propensity() {
        for (share, units) in [(0.5, 5), (0.3, 2), (0.01, 7), (0.37, 11), (0.9, 3)] {
            let count = Count::new(share, units);
            let keys: Vec<u64> = (0..units as u64).collect();
            let draws = 2_000;
            let treated: usize = (0..draws)
                .map(|at| {
                    let family = Streams::new(1, at).family(Purpose::Assignment);
                    let chosen = count.choose(family, family.keyed(1).uniform(0), &keys);
                    chosen.iter().filter(|&&treated| treated).count()
                })
                .sum();
            let mean = treated as f64 / draws as f64 / units as f64;
            // Four standard errors of a count that takes one of two neighbouring values.
            let error = 4.0 * 0.5 / (draws as f64).sqrt() / units as f64;
            assert!((mean - count.propensity()).abs() <= error, "{share} of {units}: {mean}");
        }
    }
}
