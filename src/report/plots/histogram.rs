//! Counts of values in bars of one width, and how wide such bars should be.

use crate::stats::quantiles_in_place;

/// Fewest and most bars of an axis.
const BARS: (f64, f64) = (12.0, 60.0);

/// Values in bars of equal width, and those that the axis leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Histogram {
    /// Values in each bar.
    pub counts: Vec<usize>,
    /// Values below the axis.
    pub below: usize,
    /// Values above the axis.
    pub above: usize,
}

impl Histogram {
    /// Of values, where `bars` bars fill the axis from `low` to `high`. A value at `high` is in the last bar.
    pub fn of(values: &[f64], (low, high): (f64, f64), bars: usize) -> Self {
        let mut found = Self { counts: vec![0; bars.max(1)], below: 0, above: 0 };
        let last = found.counts.len() - 1;
        for &value in values {
            if value < low {
                found.below += 1;
            } else if value > high {
                found.above += 1;
            } else {
                let place = (value - low) / (high - low) * (last + 1) as f64;
                found.counts[(place as usize).min(last)] += 1;
            }
        }
        found
    }

    /// Values that the axis leaves out.
    pub const fn beyond(&self) -> usize {
        self.below + self.above
    }

    /// Values in the fullest bar, at least one.
    pub fn fullest(&self) -> usize {
        self.counts.iter().copied().max().unwrap_or(0).max(1)
    }
}

/// How many bars an axis gets for several samples, from 12 to 60: the smallest width of the Freedman-Diaconis rule over
/// them, twice the interquartile range over the cube root of their number (Probability Theory and Related Fields 1981).
pub(super) fn bars<'a>(samples: impl Iterator<Item = &'a [f64]>, (low, high): (f64, f64)) -> usize {
    let width = |sample: &[f64]| {
        let quartiles = quantiles_in_place(&mut sample.to_vec(), &[0.25, 0.75]);
        let range = quartiles.get(1)? - quartiles.first()?;
        Some(2.0 * range / libm::cbrt(sample.len() as f64)).filter(|width| *width > 0.0)
    };
    let narrowest = samples.filter_map(width).fold(f64::INFINITY, f64::min);
    libm::round((high - low) / narrowest).clamp(BARS.0, BARS.1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_a_bar_or_beyond_the_axis() {
        let values: Vec<f64> = (0..1000).map(|at| f64::from(at * at % 977) - 100.0).collect();
        let found = Histogram::of(&values, (0.0, 500.0), 17);
        assert_eq!(found.counts.iter().sum::<usize>() + found.beyond(), values.len());
        assert_eq!(found.below, values.iter().filter(|value| **value < 0.0).count());
        assert_eq!(found.above, values.iter().filter(|value| **value > 500.0).count());
    }

    #[test]
    fn the_ends_of_the_axis_belong_to_it() {
        let found = Histogram::of(&[0.0, 0.5, 1.0], (0.0, 1.0), 2);
        assert_eq!((found.counts.as_slice(), found.beyond()), ([1, 2].as_slice(), 0));
    }

    #[test]
    fn bars_follow_freedman_and_diaconis_within_their_bounds() {
        // 1000 even values in 0..1: 2 · 0.5 / 10 is a tenth of the sample's range, a fiftieth of an axis of 5.
        let even: Vec<f64> = (0..1000).map(|at| f64::from(at) / 999.0).collect();
        let count = |high| bars([even.as_slice()].into_iter(), (0.0, high));
        assert_eq!((count(1.0), count(5.0), count(50.0)), (12, 50, 60));
        assert_eq!(
            bars([[1.0, 1.0].as_slice()].into_iter(), (0.0, 1.0)),
            12,
            "identical values have no width"
        );
    }
}
