//! Lognormal lengths and their mixtures, rounded to the nearest integer.

use std::f64::consts::SQRT_2;

use super::cumulative::{Cumulative, Tails};
use super::law::LognormalComponent;
use super::problem::{LengthProblem, number_within, positive};

/// Log-lengths beyond this are no token counts, whatever the unit.
const MAX_ABS_MU: f64 = 100.0;

/// One lognormal law with checked parameters.
#[derive(Clone, Copy)]
pub(super) struct Lognormal {
    mu: f64,
    sigma: f64,
}

impl Lognormal {
    pub(super) fn new(mu: f64, sigma: f64) -> Result<Self, LengthProblem> {
        Ok(Self { mu: number_within("mu", mu, -MAX_ABS_MU, MAX_ABS_MU)?, sigma: positive("sigma", sigma)? })
    }

    /// The mass below and above a continuous length, given as its logarithm.
    pub(super) fn tails_at_log(self, log_length: f64) -> Tails {
        let z = (log_length - self.mu) / (self.sigma * SQRT_2);
        // erfc of a positive argument keeps its digits down to 1e-300; only the small side needs them.
        let small = 0.5 * libm::erfc(z.abs());
        if z < 0.0 {
            Tails { at_most: small, above: 1.0 - small }
        } else {
            Tails { at_most: 1.0 - small, above: small }
        }
    }
}

/// Weighted lognormals; the weights add up to 1.
pub(super) struct LognormalMix {
    parts: Vec<(f64, Lognormal)>,
}

impl LognormalMix {
    pub(super) fn single(mu: f64, sigma: f64) -> Result<Self, LengthProblem> {
        Ok(Self { parts: vec![(1.0, Lognormal::new(mu, sigma)?)] })
    }

    pub(super) fn new(components: &[LognormalComponent]) -> Result<Self, LengthProblem> {
        let mut parts = Vec::with_capacity(components.len());
        for (index, part) in components.iter().enumerate() {
            let at = |problem: LengthProblem| LengthProblem {
                field: format!("components[{index}].{}", problem.field),
                ..problem
            };
            let weight = number_within("weight", part.weight, 0.0, 1e9).map_err(at)?;
            parts.push((weight, Lognormal::new(part.mu, part.sigma).map_err(at)?));
        }
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        if total <= 0.0 {
            let found = if parts.is_empty() { "no components" } else { "weights that add up to 0" };
            let allowed = "at least one component with a positive weight";
            return Err(LengthProblem::new("components", found, allowed));
        }
        parts.iter_mut().for_each(|(weight, _)| *weight /= total);
        Ok(Self { parts })
    }
}

impl Cumulative for LognormalMix {
    fn tails(&self, tokens: u32) -> Tails {
        let log_edge = libm::log(f64::from(tokens) + 0.5);
        let mut sum = Tails::NOTHING;
        for (weight, part) in &self.parts {
            sum.add(*weight, part.tails_at_log(log_edge));
        }
        sum
    }
}
