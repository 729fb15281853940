//! What an analyst of a switchback of K blocks finds on a finite chain, one fair coin per block: the expectation and
//! the variance of the difference in means, and the expectation of Welch's model of that variance. Exact for finite K,
//! whose arms are not independent: what is treated more often is followed by control more often.

use super::hu_wager_chain::{Arm, Block, Chain};

/// Exact moments, given that each arm has two blocks at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SwitchbackMoments {
    /// E of the difference in means of blocks.
    pub effect: f64,
    /// Its variance.
    pub variance: f64,
    /// E of s²/n of treated blocks plus s²/n of control blocks, the model's variance.
    pub model_variance: f64,
}

type Matrix = Vec<Vec<f64>>;

/// What one block does, by the state at its start and at its end: the probability, and the probability times the
/// block's mean and its square.
struct Passage {
    law: Matrix,
    mean: Matrix,
    square: Matrix,
}

impl Passage {
    fn of(arm: &Arm, block: Block, noise_variance: f64) -> Self {
        let states = arm.reward.len();
        let mut passage = Self { law: Vec::new(), mean: Vec::new(), square: Vec::new() };
        for from in 0..states {
            let mut law = vec![0.0; states];
            law[from] = 1.0;
            law = arm.after(&law, block.burn);
            let (mut sum, mut square) = (vec![0.0; states], vec![0.0; states]);
            for _ in block.burn..block.length {
                (law, sum, square) = (arm.forward(&law), arm.forward(&sum), arm.forward(&square));
                for (at, reward) in arm.reward.iter().enumerate() {
                    square[at] += reward * (2.0 * sum[at] + reward * law[at]);
                    sum[at] += reward * law[at];
                }
            }
            let kept = block.kept();
            let squares = square.iter().zip(&law);
            passage
                .square
                .push(squares.map(|(square, law)| (square / kept + noise_variance * law) / kept).collect());
            passage.mean.push(sum.iter().map(|sum| sum / kept).collect());
            passage.law.push(law);
        }
        passage
    }
}

/// What is carried from block to block beside the state, for one number of treated blocks so far: the probability of
/// the state, and the probability times sums over the blocks so far, by arm.
#[derive(Clone)]
struct Carried {
    law: Vec<f64>,
    /// Σ of the arm's block means.
    sum: [Vec<f64>; 2],
    /// The square of that sum.
    square: [Vec<f64>; 2],
    /// Product of the arms' sums.
    product: Vec<f64>,
    /// Σ of the squares of the arm's block means.
    squares: [Vec<f64>; 2],
}

impl Carried {
    fn nothing(states: usize) -> Self {
        let zero = || vec![0.0; states];
        let both = || [zero(), zero()];
        Self { law: zero(), sum: both(), square: both(), product: zero(), squares: both() }
    }

    /// Add what `past` becomes through a block of `arm`, which a coin chose.
    fn add(&mut self, past: &Self, arm: usize, passage: &Passage) {
        let Passage { law, mean, square } = passage;
        let other = 1 - arm;
        through(&mut self.law, &past.law, law, 0.5);
        through(&mut self.product, &past.product, law, 0.5);
        through(&mut self.product, &past.sum[other], mean, 0.5);
        for arm in [0, 1] {
            through(&mut self.sum[arm], &past.sum[arm], law, 0.5);
            through(&mut self.square[arm], &past.square[arm], law, 0.5);
            through(&mut self.squares[arm], &past.squares[arm], law, 0.5);
        }
        through(&mut self.sum[arm], &past.law, mean, 0.5);
        through(&mut self.square[arm], &past.sum[arm], mean, 1.0);
        through(&mut self.square[arm], &past.law, square, 0.5);
        through(&mut self.squares[arm], &past.law, square, 0.5);
    }
}

/// `into` += `scale`·`from`·`matrix`.
fn through(into: &mut [f64], from: &[f64], matrix: &Matrix, scale: f64) {
    for (weight, row) in from.iter().zip(matrix).filter(|(weight, _)| **weight != 0.0) {
        let weight = scale * weight;
        into.iter_mut().zip(row).for_each(|(into, entry)| *into += weight * entry);
    }
}

/// The moments of an experiment of `blocks` blocks from the law `start`, where each step is read with independent noise
/// of variance `noise_variance`.
#[must_use]
pub fn switchback_moments(
    chain: &Chain,
    block: Block,
    blocks: usize,
    start: &[f64],
    noise_variance: f64,
) -> SwitchbackMoments {
    let passages = [0, 1].map(|arm| Passage::of(&chain.arms[arm], block, noise_variance));
    // By the number of treated blocks.
    let mut carried = vec![Carried { law: start.to_vec(), ..Carried::nothing(start.len()) }];
    for done in 0..blocks {
        let mut next = vec![Carried::nothing(start.len()); done + 2];
        for (treated, past) in carried.iter().enumerate() {
            next[treated].add(past, 0, &passages[0]);
            next[treated + 1].add(past, 1, &passages[1]);
        }
        carried = next;
    }
    let (mut probability, mut effect, mut square, mut model) = (0.0, 0.0, 0.0, 0.0);
    for (treated, found) in carried.iter().enumerate() {
        if treated < 2 || blocks - treated < 2 {
            continue;
        }
        let count = [(blocks - treated) as f64, treated as f64];
        let mean = [0, 1].map(|arm| total(&found.sum[arm]) / count[arm]);
        let squared = [0, 1].map(|arm| total(&found.square[arm]) / count[arm]);
        probability += total(&found.law);
        effect += mean[1] - mean[0];
        square += squared[0] / count[0] + squared[1] / count[1]
            - 2.0 * total(&found.product) / (count[0] * count[1]);
        for arm in [0, 1] {
            model += (total(&found.squares[arm]) - squared[arm]) / (count[arm] * (count[arm] - 1.0));
        }
    }
    let effect = effect / probability;
    SwitchbackMoments {
        effect,
        variance: square / probability - effect * effect,
        model_variance: model / probability,
    }
}

fn total(values: &[f64]) -> f64 {
    values.iter().sum()
}
