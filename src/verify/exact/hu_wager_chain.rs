//! The illustration of Hu and Wager (arXiv 2209.00197, Table 1): a level on 0..=20 that rises or falls
//! by the state of a market, rises more often under treatment, and pays more there.

/// Highest level.
pub const TOP: u32 = 20;
/// The market is 1, 2 or 3.
pub const MARKETS: u32 = 3;
/// Probability that the market stays as it is; else it is drawn anew, all three alike.
pub const MARKET_STAYS: f64 = 0.5;
/// Variance of what is read on top of the reward.
pub const NOISE_VARIANCE: f64 = 9.0;

/// How the level falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fall {
    /// By the market, as it rises.
    ByMarket,
    /// To zero.
    ToZero,
}

/// Probability that the level rises.
#[must_use]
pub const fn rise_probability(treated: bool) -> f64 {
    if treated { 0.7 } else { 0.3 }
}

/// The level after a rise or a fall.
#[must_use]
pub fn moved(level: u32, market: u32, rises: bool, fall: Fall) -> u32 {
    match (rises, fall) {
        (true, _) => (level + market).min(TOP),
        (false, Fall::ByMarket) => level.saturating_sub(market),
        (false, Fall::ToZero) => 0,
    }
}

/// What a level pays.
#[must_use]
pub fn reward(level: u32, treated: bool) -> f64 {
    f64::from(level) * if treated { 1.5 } else { 1.0 }
}

/// A finite chain under one arm; states are numbered.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Where a step leads from each state, with probabilities.
    pub steps: Vec<Vec<(usize, f64)>>,
    /// What a state pays when a step has led to it.
    pub reward: Vec<f64>,
}

/// The chain under both arms, the control's first.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Control and treatment.
    pub arms: [Arm; 2],
}

/// A block of a switchback: its steps, and how many of them are dropped at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// All steps.
    pub length: u32,
    /// Steps dropped.
    pub burn: u32,
}

impl Block {
    /// Steps that count.
    #[must_use]
    pub fn kept(self) -> f64 {
        f64::from(self.length - self.burn)
    }
}

/// The number of a state.
#[must_use]
pub const fn number(level: u32, market: u32) -> usize {
    (level * MARKETS + market - 1) as usize
}

/// Level and market of a state.
#[must_use]
pub const fn state(number: usize) -> (u32, u32) {
    (number as u32 / MARKETS, number as u32 % MARKETS + 1)
}

impl Chain {
    /// A step: the market is drawn, the level moves by it, the reward is read.
    #[must_use]
    pub fn illustration(fall: Fall) -> Self {
        Self { arms: [false, true].map(|treated| Arm::illustration(treated, fall)) }
    }

    /// Stationary mean reward of treatment less that of control.
    #[must_use]
    pub fn total_effect(&self) -> f64 {
        let [control, treated] = self.each(|arm| dot(&arm.stationary(), &arm.reward));
        treated - control
    }

    /// Law at the start of a block of `length` under one fair coin per block: the fixed point of ν = ν(P0 + P1)/2.
    #[must_use]
    pub fn start(&self, length: u32) -> Vec<f64> {
        let mut law = self.arms[0].stationary();
        // Every block brings the law closer by a factor that is far from one for all blocks of the cases.
        for _ in 0..1000 {
            let [control, treated] = self.each(|arm| arm.after(&law, length));
            let sum: Vec<f64> =
                control.iter().zip(&treated).map(|(control, treated)| control + treated).collect();
            // Rounding would wear the law away, block by block.
            let whole: f64 = sum.iter().sum();
            let next: Vec<f64> = sum.iter().map(|weight| weight / whole).collect();
            let apart: f64 = next.iter().zip(&law).map(|(next, law)| (next - law).abs()).sum();
            law = next;
            if apart < 1e-14 {
                break;
            }
        }
        law
    }

    /// Mean of treated less mean of control blocks under one fair coin per block, in a long experiment.
    #[must_use]
    pub fn difference_in_means(&self, block: Block) -> f64 {
        let start = self.start(block.length);
        let [control, treated] = self.each(|arm| arm.mean_from(&start, block));
        treated - control
    }

    fn each<T>(&self, of: impl Fn(&Arm) -> T) -> [T; 2] {
        [of(&self.arms[0]), of(&self.arms[1])]
    }
}

impl Arm {
    fn illustration(treated: bool, fall: Fall) -> Self {
        let states = 0..number(TOP + 1, 1);
        let steps = |from: usize| {
            let (level, market) = state(from);
            let mut steps = Vec::new();
            for next in 1..=MARKETS {
                let drawn = (1.0 - MARKET_STAYS) / f64::from(MARKETS);
                let weight = if next == market { MARKET_STAYS + drawn } else { drawn };
                let rise = rise_probability(treated);
                for (rises, probability) in [(true, rise), (false, 1.0 - rise)] {
                    steps.push((number(moved(level, next, rises, fall), next), weight * probability));
                }
            }
            steps
        };
        Self {
            steps: states.clone().map(steps).collect(),
            reward: states.map(|number| reward(state(number).0, treated)).collect(),
        }
    }

    /// The law one step later.
    #[must_use]
    pub fn forward(&self, law: &[f64]) -> Vec<f64> {
        let mut next = vec![0.0; law.len()];
        for (weight, steps) in law.iter().zip(&self.steps) {
            for (to, probability) in steps {
                next[*to] += weight * probability;
            }
        }
        next
    }

    /// What each state is worth one step earlier.
    #[must_use]
    pub fn backward(&self, value: &[f64]) -> Vec<f64> {
        let worth = |steps: &Vec<(usize, f64)>| steps.iter().map(|(to, p)| p * value[*to]).sum();
        self.steps.iter().map(worth).collect()
    }

    /// The law `steps` steps later.
    #[must_use]
    pub fn after(&self, law: &[f64], steps: u32) -> Vec<f64> {
        (0..steps).fold(law.to_vec(), |law, _| self.forward(&law))
    }

    /// Mean reward of a block's kept steps from `start`, by the law step by step.
    #[must_use]
    pub fn mean_from(&self, start: &[f64], block: Block) -> f64 {
        let mut law = self.after(start, block.burn);
        let mut sum = 0.0;
        for _ in block.burn..block.length {
            law = self.forward(&law);
            sum += dot(&law, &self.reward);
        }
        sum / block.kept()
    }

    /// Stationary law by state reduction, which subtracts nothing (Grassmann, Taksar and Heyman 1985).
    #[must_use]
    pub fn stationary(&self) -> Vec<f64> {
        let count = self.steps.len();
        let mut flow = vec![vec![0.0; count]; count];
        for (from, steps) in self.steps.iter().enumerate() {
            for (to, probability) in steps {
                flow[from][*to] += probability;
            }
        }
        for last in (1..count).rev() {
            let leaves: f64 = flow[last][..last].iter().sum();
            let out = flow[last].clone();
            for row in &mut flow[..last] {
                row[last] /= leaves;
                let into = row[last];
                for (through, out) in row[..last].iter_mut().zip(&out) {
                    *through += into * out;
                }
            }
        }
        let mut law = vec![1.0];
        for to in 1..count {
            law.push(law.iter().zip(&flow).map(|(weight, row)| weight * row[to]).sum());
        }
        let total: f64 = law.iter().sum();
        law.iter().map(|weight| weight / total).collect()
    }
}

/// Σ law·value.
#[must_use]
pub fn dot(law: &[f64], value: &[f64]) -> f64 {
    law.iter().zip(value).map(|(weight, value)| weight * value).sum()
}
