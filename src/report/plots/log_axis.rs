//! A logarithmic axis: from values above zero to whole pixels, with round ticks.

use super::axis::Axis;

/// An axis on which each tenfold is as long as the one before.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogAxis {
    exponents: Axis,
    low: f64,
    high: f64,
}

impl LogAxis {
    /// The axis that puts `low` at pixel `from` and `high` at pixel `to`. A range that is empty, or not above zero, is mended.
    pub fn new((low, high): (f64, f64), (from, to): (i32, i32)) -> Self {
        let low = if low.is_finite() && low > 0.0 { low } else { 1.0 };
        let high = if high.is_finite() && high > 1.2 * low { high } else { 1.2 * low };
        let exponents = Axis::new((libm::log10(low), libm::log10(high)), (from, to));
        Self { exponents, low, high }
    }

    /// The pixel of a value, held within the axis.
    pub fn at(&self, value: f64) -> i32 {
        self.exponents.at(libm::log10(value.max(self.low)))
    }

    /// Powers of ten within the axis, and round numbers between them where there are few.
    pub fn ticks(&self) -> Vec<(i32, String)> {
        let decades = libm::log10(self.high / self.low);
        let (steps, every): (&[u32], i32) = match decades {
            ..0.8 => (&[1, 2, 3, 4, 5, 7], 1),
            ..1.5 => (&[1, 2, 5], 1),
            ..3.0 => (&[1, 3], 1),
            ..6.0 => (&[1], 1),
            _ => (&[1], 2),
        };
        let mut ticks = Vec::new();
        let exponent = |value: f64| libm::floor(libm::log10(value)) as i32;
        for exponent in (exponent(self.low)..=exponent(self.high)).filter(|at| at.rem_euclid(every) == 0) {
            for &step in steps {
                let value = f64::from(step) * libm::pow(10.0, f64::from(exponent));
                // A tick that differs from an end by rounding only belongs to the axis.
                if value >= self.low * (1.0 - 1e-9) && value <= self.high * (1.0 + 1e-9) {
                    ticks.push((self.at(value), label(value, step, exponent)));
                }
            }
        }
        ticks
    }
}

fn label(value: f64, step: u32, exponent: i32) -> String {
    match exponent {
        0..=5 => format!("{value:.0}"),
        -4..=-1 => format!("{value:.*}", exponent.unsigned_abs() as usize),
        _ => format!("{step}e{exponent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_tenfolds_are_equally_long() {
        let labels = |low, high| -> Vec<String> {
            LogAxis::new((low, high), (0, 100)).ticks().into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(0.001, 10.0), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(15.0, 400.0), ["20", "50", "100", "200"]);
        assert_eq!(labels(0.02, 3.0), ["0.03", "0.1", "0.3", "1", "3"]);
        assert_eq!(labels(0.21, 0.52), ["0.3", "0.4", "0.5"]);
        assert_eq!(labels(1.0, 1e8), ["1", "100", "10000", "1e6", "1e8"]);
        let axis = LogAxis::new((1.0, 1000.0), (0, 300));
        assert_eq!([0.0, 1.0, 10.0, 100.0, 1e9].map(|value| axis.at(value)), [0, 0, 100, 200, 300]);
    }

    #[test]
    fn a_broken_range_is_mended() {
        for range in [(0.0, 0.0), (f64::NAN, 3.0), (5.0, 5.0), (7.0, f64::INFINITY)] {
            let axis = LogAxis::new(range, (0, 100));
            assert!((0..=100).contains(&axis.at(6.0)), "{range:?}");
        }
    }
}
