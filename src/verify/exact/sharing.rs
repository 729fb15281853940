//! A server that splits its rate equally among all present (Kelly, Reversibility and Stochastic Networks,
//! 1979: the symmetric queue). The law of the numbers depends on the sizes through their means alone.

use super::marginal::ArmMeans;

/// Mean sojourns E X_z/(1 − ρ) at a server of rate one, where a `share` of the Poisson(`lambda`) arrivals is
/// treated and has mean size `treated`, the others `control`.
#[must_use]
pub fn sojourns(lambda: f64, treated: f64, control: f64, share: f64) -> ArmMeans {
    let sizes = ArmMeans { share, treated, control };
    let idle = 1.0 - lambda * sizes.mean();
    ArmMeans { share, treated: treated / idle, control: control / idle }
}

/// Two classes that share a server.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoClasses {
    /// Arrivals per unit of time, by class.
    pub arrivals: [f64; 2],
    /// Mean sizes, by class.
    pub sizes: [f64; 2],
    /// Total rate with n = 1, 2, … present; a further arrival is turned away.
    pub rates: Vec<f64>,
}

impl TwoClasses {
    /// π(i, j) ∝ C(i+j, i)·ρ1^i·ρ2^j/Π_{n≤i+j} rate(n), as rows by i with i + j ≤ the number of rates.
    #[must_use]
    pub fn product_form(&self) -> Vec<Vec<f64>> {
        let [load1, load2] = [0, 1].map(|class| self.arrivals[class] * self.sizes[class]);
        let room = self.rates.len();
        let mut law: Vec<Vec<f64>> = Vec::with_capacity(room + 1);
        let mut total = 0.0;
        for i in 0..=room {
            let mut row: Vec<f64> = Vec::with_capacity(room + 1 - i);
            for j in 0..=room - i {
                let weight = match (law.last(), row.last()) {
                    (Some(fewer), _) => {
                        fewer[j] * load1 * (i + j) as f64 / (i as f64 * self.rates[i + j - 1])
                    }
                    (None, Some(fewer)) => fewer * load2 / self.rates[j - 1],
                    (None, None) => 1.0,
                };
                total += weight;
                row.push(weight);
            }
            law.push(row);
        }
        law.iter_mut().flatten().for_each(|weight| *weight /= total);
        law
    }

    /// Largest |flow out − flow in| over the states of `law` when sizes are exponential: zero for the
    /// stationary law, and for no other.
    #[must_use]
    pub fn imbalance(&self, law: &[Vec<f64>]) -> f64 {
        let room = self.rates.len();
        let at = |i: usize, j: usize| law.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0.0);
        let leave = |class: usize, mine: usize, all: usize| {
            if mine == 0 { 0.0 } else { self.rates[all - 1] * mine as f64 / all as f64 / self.sizes[class] }
        };
        let mut worst = 0.0_f64;
        for i in 0..=room {
            for j in 0..=room - i {
                let n = i + j;
                let enter = if n < room { self.arrivals[0] + self.arrivals[1] } else { 0.0 };
                let out = at(i, j) * (enter + leave(0, i, n) + leave(1, j, n));
                let mut inward = 0.0;
                if i > 0 {
                    inward += at(i - 1, j) * self.arrivals[0];
                }
                if j > 0 {
                    inward += at(i, j - 1) * self.arrivals[1];
                }
                if n < room {
                    inward += at(i + 1, j) * leave(0, i + 1, n + 1) + at(i, j + 1) * leave(1, j + 1, n + 1);
                }
                worst = worst.max((out - inward).abs());
            }
        }
        worst
    }

    /// Mean sojourns of the admitted by Little's law: the mean number of a class over its admitted rate.
    #[must_use]
    pub fn sojourns(&self, law: &[Vec<f64>]) -> [f64; 2] {
        let (mut present, mut full) = ([0.0; 2], 0.0);
        for (i, row) in law.iter().enumerate() {
            for (j, weight) in row.iter().enumerate() {
                present[0] += i as f64 * weight;
                present[1] += j as f64 * weight;
                if i + j == self.rates.len() {
                    full += weight;
                }
            }
        }
        [0, 1].map(|class| present[class] / (self.arrivals[class] * (1.0 - full)))
    }

    /// P(i + j = n).
    #[must_use]
    pub fn number_law(law: &[Vec<f64>], n: usize) -> f64 {
        (0..=n).filter_map(|i| law.get(i)?.get(n - i)).sum()
    }
}
