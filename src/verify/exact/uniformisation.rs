//! The law of a birth-death chain after a while, and its average over that while (Jensen 1953; Grassmann
//! 1977).

use super::birth_death::BirthDeath;

/// A chain over a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Law at the end.
    pub end: Vec<f64>,
    /// Law averaged over the stretch.
    pub average: Vec<f64>,
}

/// Run `chain` from the law `start` for `time` > 0.
///
/// With U = I + Q/r, r the largest exit rate and J ~ Poisson(r·time) jumps: end = Σ_n P(J = n)·start·Uⁿ and
/// average = Σ_n P(J > n)·start·Uⁿ/(r·time). Every term is positive, so nothing cancels. r·time has to stay
/// below 700, where e^(−r·time) is still a normal number.
#[must_use]
pub fn run(chain: &BirthDeath, start: &[f64], time: f64) -> Stretch {
    let exits = (0..start.len()).map(|k| exit_rate(chain, k));
    let rate = exits.fold(0.0, f64::max);
    let jumps = rate * time;
    let mut law = start.to_vec();
    let mut stretch = Stretch { end: vec![0.0; law.len()], average: vec![0.0; law.len()] };
    let mut probability = libm::exp(-jumps);
    let mut more = 1.0 - probability;
    // Ten standard deviations and forty jumps beyond the mean leave less than 1e-20.
    let last = (jumps + 10.0 * jumps.sqrt() + 40.0) as u32;
    for n in 1..=last {
        for (k, weight) in law.iter().enumerate() {
            stretch.end[k] += probability * weight;
            stretch.average[k] += more / jumps * weight;
        }
        law = jump(chain, rate, &law);
        probability *= jumps / f64::from(n);
        more = (more - probability).max(0.0);
    }
    stretch
}

fn exit_rate(chain: &BirthDeath, k: usize) -> f64 {
    let up = chain.up.get(k).copied().unwrap_or(0.0);
    let down = if k == 0 { 0.0 } else { chain.down[k - 1] };
    up + down
}

/// law·(I + Q/rate).
fn jump(chain: &BirthDeath, rate: f64, law: &[f64]) -> Vec<f64> {
    let mut next = law.to_vec();
    for (k, (up, down)) in chain.up.iter().zip(&chain.down).enumerate() {
        let net = (law[k] * up - law[k + 1] * down) / rate;
        next[k] -= net;
        next[k + 1] += net;
    }
    next
}
