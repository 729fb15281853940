//! The table that is asked once per request: 64 uniform bits in, a token count out.

use super::law::LengthLaw;
use super::problem::LengthProblem;
use super::thresholds::Thresholds;

/// Most buckets of the guide, as a power of two: 64 KiB. With 12, tables of 131,072 lengths cost 4-6 ns more.
const MAX_GUIDE_BITS: u32 = 14;

/// Buckets per length, as a power of two: with four, most buckets hold one candidate.
const SPARE_GUIDE_BITS: u32 = 2;

/// Up to this many candidates are all compared, without a branch to mispredict; more of them, as in the
/// far tail, are halved.
const SCAN: usize = 4;

/// Certainty, in units of a threshold.
const WHOLE: u128 = 1 << 64;

/// A token-length law as integer thresholds, with a guide that finds the right one in a few steps.
///
/// Immutable once built, about 8 bytes per possible length; share one between all worlds.
///
/// ```
/// use contention::workload::lengths::{Beyond, LengthLaw, LengthTable, Shape};
///
/// let shape = Shape::TruncatedPowerLaw { xmin: 100.0, alpha: 2.1, cut: 131_072.0 };
/// let law = LengthLaw { shape, min: 1, max: 131_072, beyond: Beyond::Clip, atoms: Vec::new() };
/// let table = LengthTable::new(&law)?;
/// assert_eq!(table.tokens(0), 100);
/// assert_eq!(table.tokens(u64::MAX), 131_072);
/// assert_eq!(table.quantile(0.5), 187);
/// # Ok::<(), contention::workload::lengths::LengthProblem>(())
/// ```
#[derive(Clone, Debug)]
pub struct LengthTable {
    first: u32,
    last: u32,
    /// Threshold of each length from `first` on, rising. The last accepts everything; padding follows, so
    /// that a scan may start anywhere.
    thresholds: Vec<u64>,
    /// First candidate of each bucket of the uniform's top bits, and one entry past the end.
    guide: Vec<u32>,
    guide_shift: u32,
    mean: f64,
    coefficient_of_variation: f64,
}

impl LengthTable {
    /// Checks a law and tabulates it.
    ///
    /// # Errors
    /// When a parameter is not usable, the bounds contradict each other, or no mass is left.
    pub fn new(law: &LengthLaw) -> Result<Self, LengthProblem> {
        let Thresholds { first, values: mut thresholds } = Thresholds::of(law)?;
        let last = first + (thresholds.len() - 1) as u32;
        let bits = usize::BITS - thresholds.len().leading_zeros() + SPARE_GUIDE_BITS;
        let guide_shift = u64::BITS - bits.min(MAX_GUIDE_BITS);
        let guide = guide(&thresholds, guide_shift);
        let (mean, coefficient_of_variation) = moments(first, &thresholds);
        thresholds.extend([u64::MAX; SCAN]);
        Ok(Self { first, last, thresholds, guide, guide_shift, mean, coefficient_of_variation })
    }

    /// The length that belongs to 64 uniform bits: the smallest whose threshold exceeds them.
    /// More bits never give a shorter length.
    #[inline]
    #[must_use]
    pub fn tokens(&self, bits: u64) -> u32 {
        let bucket = (bits >> self.guide_shift) as usize;
        let (from, to) = (self.guide[bucket] as usize, self.guide[bucket + 1] as usize);
        // The candidate at `to` needs no look: the next bucket starts there, so it exceeds these bits.
        let passed = if to - from <= SCAN {
            let scanned = &self.thresholds[from..from + SCAN];
            let passed: usize = scanned.iter().map(|&threshold| usize::from(threshold <= bits)).sum();
            passed.min(to - from)
        } else {
            self.thresholds[from..to].partition_point(|&threshold| threshold <= bits)
        };
        self.first + (from + passed) as u32
    }

    /// Mean length in tokens, exact for this table.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation over mean, exact for this table; 0 when the mean is 0.
    #[must_use]
    pub fn coefficient_of_variation(&self) -> f64 {
        self.coefficient_of_variation
    }

    /// The smallest length with at least the share `p` of requests at or below it; `p` is clamped to 0..=1.
    #[must_use]
    pub fn quantile(&self, p: f64) -> u32 {
        let target = libm::ceil(p.clamp(0.0, 1.0) * WHOLE as f64) as u128;
        let below = self.thresholds.partition_point(|&threshold| u128::from(threshold) < target);
        (self.first + below as u32).min(self.last)
    }

    /// The longest length that can be drawn, in tokens. May lie below the law's `max`.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.last
    }

    /// The shortest length that can be drawn, in tokens. May lie above the law's `min`.
    #[must_use]
    pub fn min(&self) -> u32 {
        self.first
    }
}

/// For each bucket, the first threshold above its lower end; the extra last entry is the last index.
fn guide(thresholds: &[u64], shift: u32) -> Vec<u32> {
    let buckets = 1u64 << (u64::BITS - shift);
    let first_above = |start: u64| thresholds.partition_point(|&threshold| threshold <= start) as u32;
    (0..buckets).map(|bucket| first_above(bucket << shift)).chain([thresholds.len() as u32 - 1]).collect()
}

/// Mean and coefficient of variation. The mean is an integer sum; the variance is centred first.
fn moments(first: u32, thresholds: &[u64]) -> (f64, f64) {
    let scale = WHOLE as f64;
    let masses = || {
        let last = thresholds.len() - 1;
        let ends = thresholds.iter().enumerate().map(move |(i, &u)| if i == last { WHOLE } else { u.into() });
        let mut before = 0;
        (u128::from(first)..).zip(ends.map(move |end| end - std::mem::replace(&mut before, end)))
    };
    let mean = masses().map(|(length, mass)| length * mass).sum::<u128>() as f64 / scale;
    let squares = |(length, mass): (u128, u128)| {
        let distance = length as f64 - mean;
        distance * distance * (mass as f64 / scale)
    };
    let variance: f64 = masses().map(squares).sum();
    (mean, if mean > 0.0 { variance.sqrt() / mean } else { 0.0 })
}
