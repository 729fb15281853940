//! Chains that move one step up or down on the states 0..=K: their stationary law, and what a step is worth
//! (Kleinrock, Queueing Systems I, 1975, chapter 3; Whitt, Asymptotic formulas for Markov processes, 1992).

/// A birth-death chain on 0..=K; rates are per unit of time.
#[derive(Clone, Debug, PartialEq)]
pub struct BirthDeath {
    /// Rate from k to k + 1, for k = 0..K.
    pub up: Vec<f64>,
    /// Rate from k + 1 to k, for k = 0..K.
    pub down: Vec<f64>,
}

impl BirthDeath {
    /// The chain on 0..=`last` that goes up from k at rate `up(k)` and down from k at rate `down(k)`.
    #[must_use]
    pub fn new(last: u32, up: impl Fn(f64) -> f64, down: impl Fn(f64) -> f64) -> Self {
        Self {
            up: (0..last).map(|k| up(f64::from(k))).collect(),
            down: (1..=last).map(|k| down(f64::from(k))).collect(),
        }
    }

    /// The number in M/M/c/K: c servers of rate `mu`, at most `room` ≥ c in the system, Poisson arrivals at
    /// rate `lambda`.
    #[must_use]
    pub fn servers(servers: u32, room: u32, lambda: f64, mu: f64) -> Self {
        Self::new(room, |_| lambda, |k| mu * k.min(f64::from(servers)))
    }
}

/// π(k) ∝ Π_{i<k} up(i)/down(i+1), summing to one.
#[must_use]
pub fn stationary(chain: &BirthDeath) -> Vec<f64> {
    let mut law = vec![1.0];
    let mut weight = 1.0;
    for (up, down) in chain.up.iter().zip(&chain.down) {
        weight *= up / down;
        law.push(weight);
    }
    let total: f64 = law.iter().sum();
    law.iter_mut().for_each(|weight| *weight /= total);
    law
}

/// Σ law(k)·value(k).
#[must_use]
pub fn expectation(law: &[f64], value: impl Fn(f64) -> f64) -> f64 {
    law.iter().enumerate().map(|(k, weight)| weight * value(k as f64)).sum()
}

/// What one more in the system is worth: h(k+1) − h(k) for k = 0..K, where h solves Poisson's equation
/// Qh = −(r − πr) for rewards r(k) per unit of time.
///
/// Detailed balance telescopes the equation into π(k)·up(k)·(h(k+1) − h(k)) = Σ_{i>k} π(i)(r(i) − πr), which
/// is also −Σ_{i≤k}: the side with the smaller terms is used, because the other one cancels.
#[must_use]
pub fn value_steps(chain: &BirthDeath, reward: impl Fn(f64) -> f64) -> Vec<f64> {
    let law = stationary(chain);
    let average = expectation(&law, &reward);
    let excess: Vec<f64> =
        law.iter().enumerate().map(|(k, weight)| weight * (reward(k as f64) - average)).collect();
    let magnitude: f64 = excess.iter().map(|term| term.abs()).sum();
    let mut above: Vec<f64> = excess
        .iter()
        .rev()
        .scan(0.0, |sum, term| {
            let beyond = *sum;
            *sum += term;
            Some(beyond)
        })
        .collect();
    above.reverse();
    let (mut below, mut magnitude_below) = (0.0, 0.0);
    let mut steps = Vec::with_capacity(chain.up.len());
    for (k, up) in chain.up.iter().enumerate() {
        below += excess[k];
        magnitude_below += excess[k].abs();
        let flow = if 2.0 * magnitude_below < magnitude { -below } else { above[k] };
        steps.push(flow / (law[k] * up));
    }
    steps
}

/// lim t·Var((1/t)∫_0^t r(X_s) ds) = 2 Σ_k π(k)·up(k)·(h(k+1) − h(k))², in r's unit squared times time.
#[must_use]
pub fn time_average_variance(chain: &BirthDeath, reward: impl Fn(f64) -> f64) -> f64 {
    let (law, steps) = (stationary(chain), value_steps(chain, reward));
    let terms = steps.iter().zip(&chain.up).zip(&law);
    2.0 * terms.map(|((step, up), weight)| weight * up * step * step).sum::<f64>()
}
