//! A lognormal body with a power-law tail: the best simple form for long-context prompts, whose body is
//! not a power law and whose upper quarter is one.

use super::cumulative::{Cumulative, Tails};
use super::lognormal::Lognormal;
use super::power_law::PowerLaw;
use super::problem::{LengthProblem, number_within};

/// Body below the splice point, tail above it.
pub(super) struct Spliced {
    body_weight: f64,
    body: Lognormal,
    /// The untruncated body's mass on either side of the splice point.
    body_end: Tails,
    tail: PowerLaw,
}

impl Spliced {
    pub(super) fn new(
        body_weight: f64,
        (mu, sigma): (f64, f64),
        tail: PowerLaw,
    ) -> Result<Self, LengthProblem> {
        number_within("body_weight", body_weight, 0.0, 1.0)?;
        let body = Lognormal::new(mu, sigma)?;
        let body_end = body.tails_at_log(libm::log(tail.xmin));
        if body_weight > 0.0 && body_end.at_most <= 0.0 {
            let allowed = format!("a body with mass below xmin, which is {}", tail.xmin);
            return Err(LengthProblem::new("mu", mu, allowed));
        }
        Ok(Self { body_weight, body, body_end, tail })
    }

    fn body_tails(&self, tokens: u32) -> Tails {
        let edge = f64::from(tokens) + 0.5;
        if self.body_weight == 0.0 || edge >= self.tail.xmin {
            return Tails::ALL;
        }
        self.body.tails_at_log(libm::log(edge)).given_at_most(self.body_end)
    }
}

impl Cumulative for Spliced {
    fn tails(&self, tokens: u32) -> Tails {
        let mut sum = Tails::NOTHING;
        sum.add(self.body_weight, self.body_tails(tokens));
        sum.add(1.0 - self.body_weight, self.tail.tails(tokens));
        sum
    }

    fn support(&self) -> (u32, u32) {
        (0, self.tail.support().1)
    }
}
