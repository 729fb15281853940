//! Block bootstraps of the mean of a series: whole stretches of time are drawn again, so that what neighbours
//! share stays together (Künsch 1989; Politis and Romano 1992, 1994). Where the answer of endless draws has a
//! formula, [`block_bootstrap_limit`] has it.

use super::moments::{mean, sum_of};
use super::{Bootstrap, NotEstimable};
use crate::rng::{Family, Stream};

/// How blocks are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockScheme {
    /// Side by side from the start; what is left at the end is not drawn.
    NonOverlapping,
    /// Any window inside the series.
    Moving,
    /// Any window of the series closed to a ring: every period is as likely as any other.
    Circular,
    /// The ring with blocks of geometric length, of which `length` is the mean.
    Stationary,
}

impl BlockScheme {
    /// Such as `NBB-b100`.
    #[must_use]
    pub fn label(self, length: usize) -> String {
        let name = match self {
            Self::NonOverlapping => "NBB",
            Self::Moving => "MBB",
            Self::Circular => "CBB",
            Self::Stationary => "SB",
        };
        format!("{name}-b{length}")
    }
}

/// ⌈n^(1/3)⌉ periods, but at least `block`, the number of periods for which one assignment holds.
#[must_use]
pub fn block_length(periods: usize, block: usize) -> usize {
    // The cube root by counting: no rounding of a power decides the length.
    let rule = (1..).find(|b: &usize| b.saturating_pow(3) >= periods).unwrap_or(1);
    rule.max(block).max(1)
}

/// Bootstrap replicates of the mean of `series`, drawn in blocks of `length` periods, the last one cut so
/// that a replicate has as many periods as the series (non-overlapping: as many as whole blocks hold).
///
/// # Errors
/// `TooFewUnits` when there are not two blocks, or no draws; `Unobserved` for values that are not finite.
pub fn block_bootstrap_mean(
    series: &[f64],
    length: usize,
    scheme: BlockScheme,
    draws: usize,
    streams: Family,
) -> Result<Bootstrap, NotEstimable> {
    let ring = Ring::of(series, length)?;
    if draws == 0 {
        return Err(NotEstimable::TooFewUnits);
    }
    let replicates =
        (0..draws).map(|b| ring.centre + ring.draw(scheme, &mut streams.stream(b as u64))).collect();
    Ok(Bootstrap { estimate: ring.centre, replicates, failed: 0 })
}

/// The standard error that endless draws would give: sd of the block means (n in the denominator) over
/// √(n/b), blocks side by side or all n windows of the ring. `None` for the other two schemes, and where
/// `length` does not divide the series, because then the last block is cut.
///
/// # Errors
/// As [`block_bootstrap_mean`].
pub fn block_bootstrap_limit(
    series: &[f64],
    length: usize,
    scheme: BlockScheme,
) -> Result<Option<f64>, NotEstimable> {
    let ring = Ring::of(series, length)?;
    let n = series.len();
    let step = match scheme {
        BlockScheme::NonOverlapping => length,
        BlockScheme::Circular => 1,
        BlockScheme::Moving | BlockScheme::Stationary => return Ok(None),
    };
    if !n.is_multiple_of(length) {
        return Ok(None);
    }
    let squares = sum_of((0..n).step_by(step).map(|start| {
        let block_mean = ring.window(start, length) / length as f64;
        block_mean * block_mean
    }));
    let windows = n.div_ceil(step) as f64;
    Ok(Some((squares / windows / (n / length) as f64).sqrt()))
}

/// Prefix sums of two rounds of the deviations from the mean, so that any wrapped window is one subtraction.
struct Ring {
    centre: f64,
    prefix: Vec<f64>,
    n: usize,
    length: usize,
}

impl Ring {
    fn of(series: &[f64], length: usize) -> Result<Self, NotEstimable> {
        let n = series.len();
        if length == 0 || n < 2 * length {
            return Err(NotEstimable::TooFewUnits);
        }
        let centre = mean(series)?;
        let mut prefix = Vec::with_capacity(2 * n + 1);
        let mut total = 0.0;
        prefix.push(total);
        for value in series.iter().chain(series) {
            total += value - centre;
            prefix.push(total);
        }
        Ok(Self { centre, prefix, n, length })
    }

    /// The sum of the deviations of `length` ≤ n periods from `start` < n on.
    fn window(&self, start: usize, length: usize) -> f64 {
        self.prefix[start + length] - self.prefix[start]
    }

    /// The mean deviation of one draw.
    fn draw(&self, scheme: BlockScheme, stream: &mut Stream) -> f64 {
        let (n, b) = (self.n, self.length);
        let periods = if scheme == BlockScheme::NonOverlapping { n - n % b } else { n };
        let mut below = |bound: usize| stream.below(bound as u32) as usize;
        let (mut left, mut total) = (periods, 0.0);
        while left > 0 {
            let (start, length) = match scheme {
                BlockScheme::NonOverlapping => (b * below(n / b), b),
                BlockScheme::Moving => (below(n - b + 1), b),
                BlockScheme::Circular => (below(n), b),
                BlockScheme::Stationary => {
                    let start = below(n);
                    // Each further period stays with probability 1 − 1/b.
                    let mut length = 1;
                    while length < left && below(b) != 0 {
                        length += 1;
                    }
                    (start, length)
                }
            };
            let length = length.min(left);
            total += self.window(start, length);
            left -= length;
        }
        total / periods as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    const STREAMS: Family = Streams::new(31, 0).family(Purpose::Resampling);

    fn series(n: u64) -> Vec<f64> {
        (0..n).map(|t| (0..6).map(|lag| STREAMS.uniform(5000 + t + lag)).sum()).collect()
    }

    #[test]
    fn simulated_errors_agree_with_the_limits() {
        let values = series(120);
        let draws = 4000;
        for scheme in [BlockScheme::NonOverlapping, BlockScheme::Circular] {
            for length in [1, 6, 12] {
                let limit = block_bootstrap_limit(&values, length, scheme).unwrap().unwrap();
                let found = block_bootstrap_mean(&values, length, scheme, draws, STREAMS).unwrap();
                // Four Monte-Carlo errors of a standard deviation, 1/√(2B) each.
                let ratio = found.std_error().unwrap() / limit;
                assert!(
                    (ratio - 1.0).abs() < 4.0 / (2.0 * draws as f64).sqrt(),
                    "{scheme:?} {length}: {ratio}"
                );
            }
        }
    }

    #[test]
    fn blocks_of_one_are_the_plain_bootstrap_and_longer_ones_see_the_correlation() {
        let values = series(600);
        let limit = |length| block_bootstrap_limit(&values, length, BlockScheme::Circular).unwrap().unwrap();
        let centre = mean(&values).unwrap();
        let plain = (values.iter().map(|v| (v - centre) * (v - centre)).sum::<f64>() / 600.0 / 600.0).sqrt();
        assert!((limit(1) / plain - 1.0).abs() < 1e-10);
        // Moving sums of six: the long-run variance is six times the variance, and blocks of 30 see 5/6 of it
        // or so; the noise of 20 blocks is √(2/20)/2 = 16 % of the error.
        let ratio = limit(30) / limit(1);
        assert!(ratio > 1.5 && ratio < 3.2, "{ratio}");
    }

    #[test]
    fn all_four_schemes_centre_on_the_mean_and_agree_roughly() {
        let values = series(360);
        let limit = block_bootstrap_limit(&values, 12, BlockScheme::Circular).unwrap().unwrap();
        for scheme in
            [BlockScheme::NonOverlapping, BlockScheme::Moving, BlockScheme::Circular, BlockScheme::Stationary]
        {
            let found = block_bootstrap_mean(&values, 12, scheme, 2000, STREAMS).unwrap();
            let centre = mean(&found.replicates).unwrap();
            // Four errors of 2000 draws; windows that do not wrap see the ends less often, by b/n of an sd.
            assert!((centre - found.estimate).abs() < limit * (4.0 / 2000.0_f64.sqrt() + 0.4), "{scheme:?}");
            let ratio = found.std_error().unwrap() / limit;
            assert!(ratio > 0.7 && ratio < 1.4, "{scheme:?}: {ratio}");
        }
    }

    #[test]
    fn a_stationary_bootstrap_with_blocks_of_one_is_the_plain_one() {
        let values = series(60);
        let found = block_bootstrap_mean(&values, 1, BlockScheme::Stationary, 4000, STREAMS).unwrap();
        let limit = block_bootstrap_limit(&values, 1, BlockScheme::Circular).unwrap().unwrap();
        assert!((found.std_error().unwrap() / limit - 1.0).abs() < 4.0 / 8000.0_f64.sqrt());
    }

    #[test]
    fn lengths_and_labels_follow_their_rules() {
        assert_eq!([block_length(1000, 0), block_length(1001, 0), block_length(1, 0)], [10, 11, 1]);
        assert_eq!(block_length(1000, 24), 24);
        assert_eq!(BlockScheme::NonOverlapping.label(100), "NBB-b100");
        let refused = block_bootstrap_mean(&[1.0, 2.0, 3.0], 2, BlockScheme::Moving, 9, STREAMS);
        assert_eq!(refused, Err(NotEstimable::TooFewUnits));
        assert_eq!(block_bootstrap_limit(&[1.0, 2.0, 4.0], 1, BlockScheme::Moving), Ok(None));
    }
}
