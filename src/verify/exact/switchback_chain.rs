//! Carry-over in switchbacks of a birth-death chain: what block designs find, in expectation over coins and
//! chain.

use super::birth_death::{BirthDeath, expectation, stationary};
use super::uniformisation::run;

/// The chain under both arms, and the length of a block. The outcome of a block is the time average of the
/// state.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks {
    /// The chain in control blocks.
    pub control: BirthDeath,
    /// The chain in treated blocks.
    pub treated: BirthDeath,
    /// Block length, in the chain's unit of time.
    pub length: f64,
}

/// Expected estimates under one fair coin per block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimates {
    /// Difference in means of whole blocks.
    pub difference_in_means: f64,
    /// Difference in means without the burn-in.
    pub after_burn_in: f64,
    /// Hu and Wager (arXiv 2209.00197): the burn-in of blocks whose arm did not change, and the rest of all
    /// blocks.
    pub bias_corrected: f64,
}

impl Blocks {
    /// Law at the start of a block under one fair coin per block: the fixed point of ν = ν(P0 + P1)/2.
    #[must_use]
    pub fn start(&self) -> Vec<f64> {
        self.settle(|law| {
            let ends = self.each(|chain| run(chain, law, self.length).end);
            ends[0].iter().zip(&ends[1]).map(|(control, treated)| f64::midpoint(*control, *treated)).collect()
        })
    }

    /// What one fair coin per block finds with a burn-in of `burn`, 0 < burn < length.
    #[must_use]
    pub fn independent(&self, burn: f64) -> Estimates {
        let start = self.start();
        let whole = self.each(|chain| mean(&run(chain, &start, self.length).average));
        let kept = self.each(|chain| {
            let after = run(chain, &start, burn).end;
            mean(&run(chain, &after, self.length - burn).average)
        });
        let repeated = self.each(|chain| {
            let before = run(chain, &start, self.length).end;
            mean(&run(chain, &before, burn).average)
        });
        let share = burn / self.length;
        let after_burn_in = kept[1] - kept[0];
        Estimates {
            difference_in_means: whole[1] - whole[0],
            after_burn_in,
            bias_corrected: share * (repeated[1] - repeated[0]) + (1.0 - share) * after_burn_in,
        }
    }

    /// What strict alternation finds without a burn-in.
    #[must_use]
    pub fn alternating(&self) -> f64 {
        let through = |law: &[f64]| run(&self.treated, law, self.length);
        let start = self.settle(|law| run(&self.control, &through(law).end, self.length).end);
        let treated = through(&start);
        mean(&treated.average) - mean(&run(&self.control, &treated.end, self.length).average)
    }

    /// Stationary mean of the treated chain less that of the control chain.
    #[must_use]
    pub fn total_effect(&self) -> f64 {
        let [control, treated] = self.each(|chain| mean(&stationary(chain)));
        treated - control
    }

    fn each<T>(&self, of: impl Fn(&BirthDeath) -> T) -> [T; 2] {
        [of(&self.control), of(&self.treated)]
    }

    /// Repeat `step` from the stationary law of the control chain until it changes nothing.
    fn settle(&self, step: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        let mut law = stationary(&self.control);
        // Contraction by at most e^(−slowest rate·length) a step: a thousand steps are far beyond any case.
        for _ in 0..1000 {
            let next = step(&law);
            let moved: f64 = next.iter().zip(&law).map(|(next, law)| (next - law).abs()).sum();
            law = next;
            if moved < 1e-14 {
                break;
            }
        }
        law
    }
}

fn mean(law: &[f64]) -> f64 {
    expectation(law, |k| k)
}

/// Slowest rate at which M/M/1/K forgets: λ + μ − 2√(λμ)·cos(π/(K + 1)) (Takács 1962; Morse 1955).
#[must_use]
pub fn slowest_relaxation(lambda: f64, mu: f64, room: u32) -> f64 {
    lambda + mu - 2.0 * (lambda * mu).sqrt() * libm::cos(std::f64::consts::PI / f64::from(room + 1))
}
