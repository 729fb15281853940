//! Lengths from a quantile table: linear in `ln x` between the points, rounded to the nearest integer.

use super::cumulative::{Cumulative, Tails};
use super::law::QuantilePoint;
use super::problem::{LengthProblem, number_within};

/// A checked quantile table.
pub(super) struct Quantiles {
    points: Vec<QuantilePoint>,
}

impl Quantiles {
    pub(super) fn new(points: &[QuantilePoint]) -> Result<Self, LengthProblem> {
        if points.is_empty() {
            return Err(LengthProblem::new("quantiles", "no points", "at least one point"));
        }
        for (index, point) in points.iter().enumerate() {
            number_within(&format!("quantiles[{index}].q"), point.q, 0.0, 1.0)?;
            number_within(&format!("quantiles[{index}].value"), point.value, 1.0, f64::from(u32::MAX - 1))?;
        }
        for (index, pair) in points.windows(2).enumerate() {
            let (before, point) = (pair[0], pair[1]);
            if point.q <= before.q {
                let allowed = format!("above the point before, whose q is {}", before.q);
                return Err(LengthProblem::new(format!("quantiles[{}].q", index + 1), point.q, allowed));
            }
            if point.value < before.value {
                let allowed = format!("at least the point before, whose value is {}", before.value);
                let field = format!("quantiles[{}].value", index + 1);
                return Err(LengthProblem::new(field, point.value, allowed));
            }
        }
        Ok(Self { points: points.to_vec() })
    }
}

impl Cumulative for Quantiles {
    fn tails(&self, tokens: u32) -> Tails {
        let edge = f64::from(tokens) + 0.5;
        let passed = self.points.partition_point(|point| point.value <= edge);
        if passed == 0 {
            return Tails::NONE_YET;
        }
        let Some(next) = self.points.get(passed) else { return Tails::ALL };
        let before = self.points[passed - 1];
        let way = libm::log(edge / before.value) / libm::log(next.value / before.value);
        Tails::from_at_most(before.q + way * (next.q - before.q))
    }

    fn support(&self) -> (u32, u32) {
        let (first, last) = (self.points[0].value, self.points[self.points.len() - 1].value);
        (libm::floor(first) as u32, libm::ceil(last) as u32)
    }
}
