//! From a length law to integer thresholds: bounds, atoms, and the one rounding to 64 bits.

use super::cumulative::{Cumulative, Tails, prepare};
use super::law::{Atom, Beyond, LengthLaw};
use super::plain::Uniform;
use super::problem::{LengthProblem, number_within};

/// The longest request a table can hold: 4,194,304 tokens, or 32 MiB of thresholds.
pub const MAX_TOKENS: u32 = 1 << 22;

/// Atom weights that add up to a hair over 1 were meant to add up to 1.
const WEIGHT_TOLERANCE: f64 = 1e-9;

/// Thresholds of consecutive lengths, from the first that can be drawn to the last.
pub(super) struct Thresholds {
    pub(super) first: u32,
    /// `floor(F(l) * 2^64)`, rising; the last one is all ones and stands for certainty.
    pub(super) values: Vec<u64>,
}

impl Thresholds {
    pub(super) fn of(law: &LengthLaw) -> Result<Self, LengthProblem> {
        let bounded = Bounded::new(law)?;
        let (low, high) = bounded.span();
        let mut first = low;
        let mut values = Vec::new();
        let mut highest = 0;
        for tokens in low..=high {
            // libm does not promise monotone functions; the table does.
            highest = threshold(bounded.tails(tokens)).max(highest);
            if highest == 0 {
                first = tokens + 1;
                continue;
            }
            values.push(highest);
            if highest == u64::MAX {
                break;
            }
        }
        // All mass lies at or below `high`, so there is a last length; rounding may not leave a gap above it.
        if let Some(last) = values.last_mut() {
            *last = u64::MAX;
        }
        Ok(Self { first, values })
    }
}

/// `floor(F * 2^64)`, taken from the smaller tail. Scaling by a power of two is exact.
fn threshold(tails: Tails) -> u64 {
    const SCALE: f64 = 18_446_744_073_709_551_616.0;
    if tails.at_most < 0.5 {
        return (tails.at_most * SCALE) as u64;
    }
    let above = libm::ceil(tails.above * SCALE) as u64;
    above.wrapping_neg().wrapping_sub(u64::from(above == 0))
}

/// The law with its bounds and atoms applied.
struct Bounded<'a> {
    law: &'a LengthLaw,
    shape: Box<dyn Cumulative>,
    /// Tails of the bare shape at the largest length.
    end: Tails,
    shape_weight: f64,
    atoms: Vec<(f64, Uniform)>,
}

impl<'a> Bounded<'a> {
    fn new(law: &'a LengthLaw) -> Result<Self, LengthProblem> {
        if law.max > MAX_TOKENS {
            return Err(LengthProblem::new("max", law.max, format!("at most {MAX_TOKENS} tokens")));
        }
        if law.min > law.max {
            return Err(LengthProblem::new("min", law.min, format!("at most max, which is {}", law.max)));
        }
        let shape = prepare(&law.shape)?;
        let (atoms, shape_weight) = weigh(law)?;
        let end = shape.tails(law.max);
        if law.beyond == Beyond::Truncate && shape_weight > 0.0 && end.at_most <= 0.0 {
            let allowed = "a length the shape can have, or clipping instead of truncation";
            return Err(LengthProblem::new(
                "max",
                format!("{}, with no mass at or below it", law.max),
                allowed,
            ));
        }
        Ok(Self { law, shape, end, shape_weight, atoms })
    }

    /// The lengths that may have mass.
    fn span(&self) -> (u32, u32) {
        let (low, high) = self.shape.support();
        let shape = (self.shape_weight > 0.0)
            .then_some((low.clamp(self.law.min, self.law.max), high.clamp(self.law.min, self.law.max)));
        let spans = self.atoms.iter().map(|(_, atom)| atom.support()).chain(shape);
        spans.fold((self.law.max, self.law.min), |span, (low, high)| (span.0.min(low), span.1.max(high)))
    }

    fn tails(&self, tokens: u32) -> Tails {
        let mut sum = Tails::NOTHING;
        if self.shape_weight > 0.0 {
            sum.add(self.shape_weight, self.shape_tails(tokens));
        }
        for (weight, atom) in &self.atoms {
            sum.add(*weight, atom.tails(tokens));
        }
        sum
    }

    fn shape_tails(&self, tokens: u32) -> Tails {
        if tokens >= self.law.max {
            return Tails::ALL;
        }
        match self.law.beyond {
            Beyond::Clip => self.shape.tails(tokens),
            Beyond::Truncate => self.shape.tails(tokens).given_at_most(self.end),
        }
    }
}

/// Checks the atoms; returns those with mass, and the weight they leave to the shape.
fn weigh(law: &LengthLaw) -> Result<(Vec<(f64, Uniform)>, f64), LengthProblem> {
    let mut atoms = Vec::new();
    let mut total = 0.0;
    for (index, Atom { low, high, weight }) in law.atoms.iter().enumerate() {
        let field = |name: &str| format!("atoms[{index}].{name}");
        number_within(&field("weight"), *weight, 0.0, 1.0)?;
        for (name, tokens) in [("low", *low), ("high", *high)] {
            if tokens < law.min || tokens > law.max {
                let allowed = format!("{} to {}, the bounds of the law", law.min, law.max);
                return Err(LengthProblem::new(field(name), tokens, allowed));
            }
        }
        let pile = Uniform::new(*low, *high)
            .map_err(|problem| LengthProblem { field: field(&problem.field), ..problem })?;
        total += weight;
        if *weight > 0.0 {
            atoms.push((*weight, pile));
        }
    }
    if total > 1.0 + WEIGHT_TOLERANCE {
        return Err(LengthProblem::new("atoms", format!("weights that add up to {total}"), "at most 1"));
    }
    Ok((atoms, (1.0 - total).max(0.0)))
}
