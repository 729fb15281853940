//! The seam between shapes and tables: a checked shape answers how much mass lies on either side of a
//! length. Both sides are given, because `1 - F` loses every digit of a heavy tail.

use super::empirical::Quantiles;
use super::law::Shape;
use super::lognormal::LognormalMix;
use super::plain::{Exponential, Uniform};
use super::power_law::PowerLaw;
use super::problem::LengthProblem;
use super::spliced::Spliced;

/// The mass at most, and above, some length. They add up to 1; each is accurate when it is small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tails {
    /// `P(X <= l)`.
    pub(super) at_most: f64,
    /// `P(X > l)`.
    pub(super) above: f64,
}

impl Tails {
    /// No mass on either side.
    pub(super) const NOTHING: Self = Self { at_most: 0.0, above: 0.0 };
    /// All mass lies above.
    pub(super) const NONE_YET: Self = Self { at_most: 0.0, above: 1.0 };
    /// All mass lies at or below.
    pub(super) const ALL: Self = Self { at_most: 1.0, above: 0.0 };

    /// From `P(X <= l)`, where the upper tail needs no special care.
    pub(super) fn from_at_most(at_most: f64) -> Self {
        Self { at_most, above: 1.0 - at_most }
    }

    /// Adds `weight` of a part to a mixture that starts as [`Tails::NOTHING`].
    pub(super) fn add(&mut self, weight: f64, part: Self) {
        self.at_most += weight * part.at_most;
        self.above += weight * part.above;
    }

    /// The law given that it does not exceed a length whose tails are `end`, which must have mass.
    pub(super) fn given_at_most(self, end: Self) -> Self {
        let at_most = self.at_most / end.at_most;
        // Subtract whichever pair is small: the other has lost the digits that matter.
        let left = if end.at_most < 0.5 { end.at_most - self.at_most } else { self.above - end.above };
        Self { at_most: at_most.min(1.0), above: (left / end.at_most).max(0.0) }
    }
}

/// A checked shape, ready to be tabulated.
pub(super) trait Cumulative {
    /// The mass up to and above `tokens`.
    fn tails(&self, tokens: u32) -> Tails;

    /// Lengths outside this range certainly have no mass.
    fn support(&self) -> (u32, u32) {
        (0, u32::MAX)
    }
}

/// Checks a shape and prepares its constants.
pub(super) fn prepare(shape: &Shape) -> Result<Box<dyn Cumulative>, LengthProblem> {
    Ok(match shape {
        Shape::Fixed { tokens } => Box::new(Uniform::new(*tokens, *tokens)?),
        Shape::Uniform { low, high } => Box::new(Uniform::new(*low, *high)?),
        Shape::Exponential { mean } => Box::new(Exponential::new(*mean)?),
        Shape::Lognormal { mu, sigma } => Box::new(LognormalMix::single(*mu, *sigma)?),
        Shape::LognormalMixture { components } => Box::new(LognormalMix::new(components)?),
        Shape::TruncatedPowerLaw { xmin, alpha, cut } => Box::new(PowerLaw::new(*xmin, *alpha, *cut)?),
        Shape::Spliced { body_weight, mu, sigma, xmin, alpha, cut } => {
            Box::new(Spliced::new(*body_weight, (*mu, *sigma), PowerLaw::new(*xmin, *alpha, *cut)?)?)
        }
        Shape::Empirical { quantiles } => Box::new(Quantiles::new(quantiles)?),
    })
}
