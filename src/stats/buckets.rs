//! Counts of whole numbers in buckets that widen with the number: sixteen equal ones to an octave, as in HDR histograms.
//!
//! Integers only, so that the same numbers fall into the same buckets on every platform, and sums of counts do not depend on
//! their order.

/// 2⁴ buckets to an octave.
const BITS: u32 = 4;
const PER_OCTAVE: usize = 1 << BITS;

/// Buckets of all 64-bit numbers.
const ALL: usize = (64 - BITS as usize + 1) * PER_OCTAVE;

/// The bucket of a number. Numbers below 32 have one each.
#[inline]
#[must_use]
pub const fn bucket_of(value: u64) -> usize {
    if value < PER_OCTAVE as u64 {
        return value as usize;
    }
    let octave = value.ilog2() - BITS;
    ((octave as usize + 1) << BITS) + ((value >> octave) as usize & (PER_OCTAVE - 1))
}

/// The largest number of a bucket: at most 1/16 above the smallest.
///
/// # Panics
/// When there is no such bucket.
#[must_use]
pub const fn largest_of(bucket: usize) -> u64 {
    assert!(bucket < ALL, "no bucket of a 64-bit number");
    if bucket < PER_OCTAVE {
        return bucket as u64;
    }
    smallest_of(bucket) + ((1 << (bucket / PER_OCTAVE - 1)) - 1)
}

/// The smallest number of a bucket.
///
/// # Panics
/// When there is no such bucket.
#[must_use]
pub const fn smallest_of(bucket: usize) -> u64 {
    assert!(bucket < ALL, "no bucket of a 64-bit number");
    if bucket < PER_OCTAVE {
        return bucket as u64;
    }
    ((PER_OCTAVE + bucket % PER_OCTAVE) as u64) << (bucket / PER_OCTAVE - 1)
}

/// How many numbers fell into each bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketCounts {
    /// By bucket, up to the last that holds any.
    counts: Vec<u64>,
}

impl BucketCounts {
    /// One more number.
    #[inline]
    pub fn add(&mut self, value: u64) {
        self.add_many(value, 1);
    }

    /// `count` more numbers in the bucket of `value`.
    #[inline]
    pub fn add_many(&mut self, value: u64, count: u64) {
        let bucket = bucket_of(value);
        if bucket >= self.counts.len() {
            self.grow(bucket);
        }
        self.counts[bucket] += count;
    }

    #[cold]
    fn grow(&mut self, bucket: usize) {
        self.counts.resize(bucket + 1, 0);
    }

    /// The numbers of `other` too.
    pub fn merge(&mut self, other: &Self) {
        for (at_most, count) in other.rows() {
            self.add_many(at_most, count);
        }
    }

    /// Whether there is no number.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many numbers there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The buckets that hold any, ascending: the largest number that falls into each, and how many did.
    pub fn rows(&self) -> impl Iterator<Item = (u64, u64)> {
        let rows = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        rows.map(|(bucket, &count)| (largest_of(bucket), count))
    }

    /// How many numbers are at most as large as each bucket that holds any: with its largest number, ascending.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        self.rows().scan(0, |below, (at_most, count)| {
            *below += count;
            Some((at_most, *below))
        })
    }

    /// The largest number of the bucket in which the share `p` of the numbers is reached; `None` of no numbers.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<u64> {
        let enough = p * self.total() as f64;
        self.cumulative().find(|(_, below)| *below as f64 >= enough).map(|(at_most, _)| at_most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers around every power of two, and some between.
    fn numbers() -> impl Iterator<Item = u64> {
        let around = (0..64).flat_map(|bit| {
            let power = 1_u64 << bit;
            [power - 1, power, power + 1, power + power / 3]
        });
        (0..5000).chain(around).chain([u64::MAX - 1, u64::MAX])
    }

    #[test]
    fn a_bucket_holds_its_numbers_and_is_at_most_a_sixteenth_wide() {
        for value in numbers() {
            let bucket = bucket_of(value);
            let largest = largest_of(bucket);
            assert_eq!(bucket_of(largest), bucket, "{value}");
            let smallest = smallest_of(bucket);
            assert_eq!(smallest, if bucket == 0 { 0 } else { largest_of(bucket - 1) + 1 });
            assert!((smallest..=largest).contains(&value), "{value} in {smallest}..={largest}");
            assert!(largest - smallest <= smallest / 16, "{value} in {smallest}..={largest}");
        }
    }

    #[test]
    fn larger_numbers_fall_into_the_same_or_a_later_bucket_without_a_gap() {
        let mut sorted: Vec<u64> = numbers().collect();
        sorted.sort_unstable();
        assert!(sorted.windows(2).all(|pair| bucket_of(pair[0]) <= bucket_of(pair[1])));
        for bucket in 1..ALL {
            assert_eq!(bucket_of(largest_of(bucket - 1) + 1), bucket);
        }
        assert_eq!((bucket_of(u64::MAX), largest_of(ALL - 1)), (ALL - 1, u64::MAX));
    }

    #[test]
    fn parts_merged_in_any_order_are_the_whole_and_the_cumulative_counts_end_at_all() {
        let (mut whole, mut even, mut odd) =
            (BucketCounts::default(), BucketCounts::default(), BucketCounts::default());
        for (at, value) in numbers().enumerate() {
            whole.add(value);
            if at % 2 == 0 { even.add(value) } else { odd.add(value) }
        }
        let mut other = odd.clone();
        other.merge(&even);
        even.merge(&odd);
        assert_eq!((&even, &other), (&whole, &whole));
        assert_eq!(whole.total(), numbers().count() as u64);
        let cumulative: Vec<(u64, u64)> = whole.cumulative().collect();
        assert!(cumulative.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        assert_eq!(cumulative.last(), Some(&(u64::MAX, whole.total())));
        assert_eq!(whole.quantile(1.0), Some(u64::MAX));
        assert_eq!(BucketCounts::default().quantile(0.5), None);
    }
}
