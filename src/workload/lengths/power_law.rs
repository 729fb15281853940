//! The truncated power law: density proportional to `x^-alpha` between two ends.
//!
//! With `b = 1 - alpha`, `lo = xmin` and `hi` the end of the last cell, the masses are
//! `F(x) = expm1(b ln(x/lo)) / expm1(b ln(hi/lo))` and
//! `1 - F(x) = (x/lo)^b expm1(b ln(hi/x)) / expm1(b ln(hi/lo))`:
//! the textbook differences of powers, without their cancellation near either end or near `alpha = 1`.

use super::cumulative::{Cumulative, Tails};
use super::problem::{LengthProblem, number_within};

/// Steepest exponent accepted either way: keeps every power of a token count inside f64.
const MAX_ABS_ALPHA: f64 = 20.0;

/// A truncated power law with checked parameters.
pub(super) struct PowerLaw {
    pub(super) xmin: f64,
    /// `1 - alpha`.
    exponent: f64,
    /// End of the last cell, one past the cut when `xmin` is whole.
    end: f64,
    /// The stretch from `xmin` to `end`.
    whole: f64,
    first: u32,
    last: u32,
}

/// `expm1(b ln(to/from))`; at `b = 0` its limit per `b`.
fn stretch(from: f64, to: f64, exponent: f64) -> f64 {
    let log_ratio = libm::log(to / from);
    if exponent == 0.0 { log_ratio } else { libm::expm1(exponent * log_ratio) }
}

impl PowerLaw {
    pub(super) fn new(xmin: f64, alpha: f64, cut: f64) -> Result<Self, LengthProblem> {
        let most = f64::from(u32::MAX - 1);
        number_within("xmin", xmin, 0.5, most)?;
        number_within("alpha", alpha, -MAX_ABS_ALPHA, MAX_ABS_ALPHA)?;
        number_within("cut", cut, 0.5, most)?;
        let (first, last) = (libm::ceil(xmin), libm::floor(cut));
        if xmin >= cut || first > last {
            let allowed = format!("above xmin, which is {xmin}, with a whole number in between");
            return Err(LengthProblem::new("cut", cut, allowed));
        }
        let end = xmin + (last - first + 1.0);
        let exponent = 1.0 - alpha;
        let whole = stretch(xmin, end, exponent);
        Ok(Self { xmin, exponent, end, whole, first: first as u32, last: last as u32 })
    }
}

impl Cumulative for PowerLaw {
    fn tails(&self, tokens: u32) -> Tails {
        if tokens < self.first {
            return Tails::NONE_YET;
        }
        if tokens >= self.last {
            return Tails::ALL;
        }
        let edge = self.xmin + (f64::from(tokens - self.first) + 1.0);
        let shrink = libm::pow(edge / self.xmin, self.exponent);
        Tails {
            at_most: stretch(self.xmin, edge, self.exponent) / self.whole,
            above: shrink * stretch(edge, self.end, self.exponent) / self.whole,
        }
    }

    fn support(&self) -> (u32, u32) {
        (self.first, self.last)
    }
}
