//! A linear axis: from values to whole pixels, with round ticks.

/// A linear axis from values to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    from: i32,
    to: i32,
}

impl Axis {
    /// The axis that puts `low` at pixel `from` and `high` at pixel `to`. An empty or broken range is widened.
    pub fn new((low, high): (f64, f64), (from, to): (i32, i32)) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        let high = if high > low { high } else { low + low.abs().max(1.0) };
        Self { low, high, from, to }
    }

    /// The pixel of a value, held within the axis.
    pub fn at(&self, value: f64) -> i32 {
        self.at_share(((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0))
    }

    /// The pixel of a share of the axis, from 0 to 1.
    pub fn at_share(&self, share: f64) -> i32 {
        self.from + libm::round(share * f64::from(self.to - self.from)) as i32
    }

    /// Whether the value lies on the axis.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round ticks within the axis, about `count` of them, with their labels.
    pub fn ticks(&self, count: u32) -> Vec<(i32, String)> {
        let rough = (self.high - self.low) / f64::from(count.max(1));
        let exponent = libm::floor(libm::log10(rough));
        let unit = libm::pow(10.0, exponent);
        let step =
            unit * [1.0, 2.0, 5.0].into_iter().find(|step| step * unit >= rough * 0.999).unwrap_or(10.0);
        let decimals = (-libm::floor(libm::log10(step * 1.001))).clamp(0.0, 9.0) as usize;
        let first = libm::ceil(self.low / step - 1e-9);
        let many = libm::floor((self.high - first * step) / step + 1e-9);
        (0..=many.clamp(0.0, 50.0) as u32)
            .map(|at| {
                // Adding zero turns -0 into 0.
                let value = (first + f64::from(at)) * step + 0.0;
                (self.at(value), label(value, step, decimals))
            })
            .collect()
    }
}

fn label(value: f64, step: f64, decimals: usize) -> String {
    if value != 0.0 && !(1e-4..1e7).contains(&step.max(value.abs())) {
        return format!("{value:.1e}");
    }
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_axis() {
        let labels = |low, high| -> Vec<String> {
            Axis::new((low, high), (0, 100)).ticks(5).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-130.0, 45.0), ["-100", "-50", "0"]);
        assert_eq!(labels(0.0, 30.0), ["0", "10", "20", "30"]);
        assert!(labels(3.0, 3.0).len() > 1 && labels(f64::NAN, 1.0).len() > 1);
    }

    #[test]
    fn values_beyond_the_axis_stay_at_its_ends() {
        let axis = Axis::new((0.0, 10.0), (100, 0));
        assert_eq!((axis.at(-5.0), axis.at(5.0), axis.at(1e9)), (100, 50, 0));
    }
}
