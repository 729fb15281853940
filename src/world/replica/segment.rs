//! A run of iterations with a constant batch, in closed form.
//!
//! Step j = 0, 1, … lasts first + growth·j, because each decode adds one resident token a sequence and each
//! equal chunk attends to one chunk more. All of it is exact in integers.

use crate::units::{SimTime, Span};

/// `steps` iterations from `start`, of which the j-th lasts `first` + `growth`·j picoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The boundary at which the first step starts.
    pub start: SimTime,
    /// How many steps, at least 1.
    pub steps: u64,
    /// Length of the first step, in picoseconds.
    pub first: u64,
    /// By how much each step is longer than the one before it, in picoseconds.
    pub growth: u64,
}

impl Segment {
    /// Length of the first `steps` steps: k·a + b·k(k−1)/2.
    #[inline]
    #[must_use]
    pub const fn length(&self, steps: u64) -> Span {
        Span(steps * self.first + self.growth * (steps * steps.saturating_sub(1) / 2))
    }

    /// The boundary after the last step.
    #[inline]
    #[must_use]
    pub fn end(&self) -> SimTime {
        self.start + self.length(self.steps)
    }

    /// The step in flight at `now` as a count of boundaries: the smallest m ≥ 1 whose boundary is at or after `now`.
    ///
    /// The root of the quadratic is taken in floating point, in the form that stays stable when growth is zero,
    /// and then corrected in integers.
    #[inline]
    #[must_use]
    pub fn boundary_at_or_after(&self, now: SimTime) -> u64 {
        let offset = now.since(self.start);
        if offset.0 <= self.first {
            return 1;
        }
        let (x, b) = (offset.0 as f64, self.growth as f64);
        let p = self.first as f64 - b / 2.0;
        let mut m = (2.0 * x / (p + (p * p + 2.0 * b * x).sqrt())) as u64;
        while self.length(m) < offset {
            m += 1;
        }
        while m > 1 && self.length(m - 1) >= offset {
            m -= 1;
        }
        m
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn the_boundary_found_by_the_root_is_the_one_found_by_stepping() {
        for case in 0..5_000 {
            let mut stream = Streams::new(11, 0).stream(Purpose::Routing, case);
            let growth = if case % 3 == 0 { 0 } else { u64::from(stream.below(50_000_000)) };
            let first = 1 + u64::from(stream.below(20_000_000));
            let segment = Segment { start: SimTime(77), steps: 400, first, growth };
            let exactly = 1 + u64::from(stream.below(300));
            for offset in [0, 1, segment.length(exactly).0, segment.length(exactly).0 + 1] {
                let stepped = (1..).find(|&m| segment.length(m).0 >= offset).expect("lengths grow");
                assert_eq!(segment.boundary_at_or_after(SimTime(77 + offset)), stepped, "case {case}");
            }
        }
    }
}
