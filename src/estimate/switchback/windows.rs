//! Windows of m + 1 periods and the coins that decide them (Bojinov, Simchi-Levi and Zhao, arXiv 2009.00148).
//!
//! When the state forgets what was done more than m periods ago, the outcome of a period whose window was all of one arm is
//! what that arm would always give. Such a window has the probability of its *distinct* coins, however many periods each
//! coin decided. Periods whose windows hold the same coins form a chunk: they are seen or not seen together.

/// One period in order of time: its outcome, its arm, the coin that decided it and the coin's probability of the candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Its number; windows do not reach over a gap in the numbers.
    pub at: usize,
    /// Its outcome.
    pub value: f64,
    /// Its arm.
    pub treated: bool,
    /// Its coin.
    pub coin: u32,
    /// The probability that the coin fell for the candidate.
    pub propensity: f64,
}

/// Neighbouring periods whose windows hold the same coins.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The distinct coins, each with its probability.
    coins: Vec<(u32, f64)>,
    /// The arm, where all coins fell alike.
    pub arm: Option<bool>,
    /// Σ of the outcomes.
    pub sum: f64,
    /// Periods.
    pub periods: usize,
}

impl Chunk {
    /// The probability that all its coins fall for `arm`.
    #[must_use]
    pub fn probability(&self, arm: bool) -> f64 {
        self.coins.iter().map(|(_, p)| if arm { *p } else { 1.0 - p }).product()
    }

    /// The probability that the coins which two chunks share fall for `arm`; `None` where they share none.
    fn shared(&self, other: &Self, arm: bool) -> Option<f64> {
        let shared = |coin: &u32| other.coins.iter().any(|(own, _)| own == coin);
        let mut common =
            self.coins.iter().filter(|(coin, _)| shared(coin)).map(|(_, p)| if arm { *p } else { 1.0 - p });
        let first = common.next()?;
        Some(first * common.product::<f64>())
    }
}

/// The chunks of a carry-over of `order` periods.
#[must_use]
pub fn chunks(steps: &[Step], order: usize) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    for window in steps.windows(order + 1) {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { continue };
        if last.at.checked_sub(first.at) != Some(order) {
            continue;
        }
        let mut coins: Vec<(u32, f64)> = window.iter().map(|step| (step.coin, step.propensity)).collect();
        coins.dedup_by_key(|(coin, _)| *coin);
        let arm = window.iter().all(|step| step.treated == last.treated).then_some(last.treated);
        match chunks.last_mut().filter(|chunk| chunk.coins == coins) {
            Some(chunk) => {
                chunk.sum += last.value;
                chunk.periods += 1;
            }
            None => chunks.push(Chunk { coins, arm, sum: last.value, periods: 1 }),
        }
    }
    chunks
}

/// Σ over seen chunks of `arm` of `sum`/probability, over all periods with a window: Horvitz and Thompson's mean of the arm.
#[must_use]
pub fn weighted_mean(chunks: &[Chunk], arm: bool, sum: impl Fn(&Chunk) -> f64) -> f64 {
    let periods: usize = chunks.iter().map(|chunk| chunk.periods).sum();
    let seen = chunks.iter().filter(|chunk| chunk.arm == Some(arm));
    seen.map(|chunk| sum(chunk) / chunk.probability(arm)).sum::<f64>() / periods as f64
}

/// The unbiased estimate of an upper bound of the variance of the difference of two [`weighted_mean`]s.
///
/// With S1_g, S0_g the sums that a chunk would have under each arm and p(g∩h) the probability that the coins shared by two
/// chunks all fall for the arm, the variance times (periods)² is
/// Σ_{g,h sharing coins} (1/p₁(g∩h) − 1) S1_g S1_h + (1/p₀(g∩h) − 1) S0_g S0_h + 2 S1_g S0_h.
/// Both arms of a period are never seen, so 2 S1_g S0_h is bounded by S1_g² + S0_h². Products within an arm are estimated by
/// what is seen over its probability p(g)p(h)/p(g∩h). For fair coins at 1, 2m + 1, 3m + 1, … these are the coefficients 6 at
/// the two ends, 24 inside, and 16 and 8 for neighbours. `sum` tells what a chunk's sum counts for in the arm it was seen in.
#[must_use]
pub fn variance_bound(chunks: &[Chunk], sum: impl Fn(&Chunk, bool) -> f64) -> f64 {
    let mut total = 0.0;
    for (at, chunk) in chunks.iter().enumerate() {
        // Coins are in order of time: chunks that share some are neighbours.
        let after = chunks[at + 1..].iter().take_while(|other| chunk.shared(other, true).is_some());
        let before = chunks[..at].iter().rev().take_while(|other| chunk.shared(other, true).is_some());
        let Some(arm) = chunk.arm else { continue };
        let (own, seen) = (sum(chunk, arm), chunk.probability(arm));
        let alike = 1 + after.clone().count() + before.count();
        total += own * own * (1.0 / seen - 1.0 + alike as f64) / seen;
        for other in after.filter(|other| other.arm == Some(arm)) {
            let Some(shared) = chunk.shared(other, arm) else { continue };
            let together = seen * other.probability(arm) / shared;
            total += 2.0 * own * sum(other, arm) * (1.0 / shared - 1.0) / together;
        }
    }
    let periods: usize = chunks.iter().map(|chunk| chunk.periods).sum();
    total / (periods * periods) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Randomisation points 1, 2m + 1, …, (n − 2)m + 1 of n·m periods: the coin of each period.
    fn minimax_coins(n: usize, m: usize) -> Vec<u32> {
        (0..n * m).map(|t| (t / m).clamp(1, n - 2) as u32 - 1).collect()
    }

    fn steps(coins: &[u32], fallen: u32, p: f64, outcome: impl Fn(usize, &[bool]) -> f64) -> Vec<Step> {
        let arms: Vec<bool> = coins.iter().map(|coin| fallen >> coin & 1 == 1).collect();
        let value = |at: usize| outcome(at, &arms);
        let step =
            |at: usize| Step { at, value: value(at), treated: arms[at], coin: coins[at], propensity: p };
        (0..coins.len()).map(step).collect()
    }

    /// Mean and variance of the effect and mean of the bound over all falls of the coins.
    fn enumerated(coins: &[u32], m: usize, p: f64, outcome: impl Fn(usize, &[bool]) -> f64) -> [f64; 3] {
        let count = coins.last().unwrap() + 1;
        let (mut mean, mut square, mut bound) = (0.0, 0.0, 0.0);
        for fallen in 0..1_u32 << count {
            let heads = fallen.count_ones();
            let weight = libm::pow(p, f64::from(heads)) * libm::pow(1.0 - p, f64::from(count - heads));
            let chunks = chunks(&steps(coins, fallen, p, &outcome), m);
            let effect = weighted_mean(&chunks, true, |c| c.sum) - weighted_mean(&chunks, false, |c| c.sum);
            mean += weight * effect;
            square += weight * effect * effect;
            bound += weight * variance_bound(&chunks, |chunk, _| chunk.sum);
        }
        [mean, square - mean * mean, bound]
    }

    /// An outcome that remembers the last two periods: a level of its own, a gain now and what treatment left behind.
    fn remembers_two(at: usize, arms: &[bool]) -> f64 {
        let was = |back: usize| if at >= back && arms[at - back] { 1.0 } else { 0.0 };
        let level = ((at * 7) % 11) as f64;
        level + 2.0 * was(0) + 0.5 * level * was(1) + 1.5 * was(2) * was(0)
    }

    #[test]
    fn the_published_example_has_its_variance_and_its_bound() {
        // T = 10, m = 2, points 1 5 7, y_t(1) = t, y_t(0) = t/2 (S5; six printed decimals).
        let outcome = |at: usize, arms: &[bool]| (at + 1) as f64 * if arms[at] { 1.0 } else { 0.5 };
        let [mean, variance, bound] = enumerated(&minimax_coins(5, 2), 2, 0.5, outcome);
        assert!((mean - 3.25).abs() < 1e-12, "{mean}");
        assert!((variance - 77.148_438).abs() < 5e-7, "{variance}");
        assert!((bound - 85.156_250).abs() < 5e-7, "{bound}");
    }

    #[test]
    fn over_all_paths_of_the_coins_the_estimate_is_unbiased_and_the_variance_and_its_bound_are_exact() {
        let m = 2;
        for n in 5..=7 {
            let coins = minimax_coins(n, m);
            let all = |arm: bool| -> Vec<f64> {
                let arms = vec![arm; n * m];
                (0..n * m).map(|at| remembers_two(at, &arms)).collect()
            };
            let (treated, control) = (all(true), all(false));
            let chunk = |of: &[f64], k: usize| of[(k + 1) * m..(k + 2) * m].iter().sum::<f64>();
            let sums: Vec<(f64, f64)> =
                (0..n - 1).map(|k| (chunk(&treated, k), chunk(&control, k))).collect();
            let (mut effect, mut variance, mut bound) = (0.0, 0.0, 0.0);
            for (k, (s1, s0)) in sums.iter().enumerate() {
                let is_end = k == 0 || k == n - 2;
                effect += s1 - s0;
                variance += if is_end {
                    (s1 + s0) * (s1 + s0)
                } else {
                    3.0 * s1 * s1 + 3.0 * s0 * s0 + 2.0 * s1 * s0
                };
                bound += if is_end { 3.0 } else { 6.0 } * (s1 * s1 + s0 * s0);
                if let Some((t1, t0)) = sums.get(k + 1) {
                    variance += 2.0 * (s1 + s0) * (t1 + t0);
                    bound += 2.0 * (s1 * t1 + s0 * t0);
                }
            }
            let seen = ((n - 1) * m) as f64;
            let found = enumerated(&coins, m, 0.5, remembers_two);
            // Sums of at most 32 terms of size 1e4.
            for (found, exact) in
                found.iter().zip([effect / seen, variance / seen / seen, bound / seen / seen])
            {
                assert!(
                    (found - exact).abs() < 1e-10 * exact.abs().max(1.0),
                    "n {n}: {found} is not {exact}"
                );
            }
        }
    }

    #[test]
    fn unfair_coins_on_blocks_of_one_period_are_weighted_right_and_bounded_from_above() {
        let coins: Vec<u32> = (0..9).collect();
        let [mean, variance, bound] = enumerated(&coins, 2, 0.3, remembers_two);
        let arms = |arm| vec![arm; 9];
        let effect: f64 =
            (2..9).map(|at| remembers_two(at, &arms(true)) - remembers_two(at, &arms(false))).sum();
        assert!((mean - effect / 7.0).abs() < 1e-10, "{mean}");
        assert!(bound > variance && variance > 0.0, "{variance} {bound}");
    }

    #[test]
    fn windows_do_not_reach_over_a_gap() {
        let mut steps = steps(&[0, 1, 2, 3], 0, 0.5, |at, _| at as f64);
        steps.remove(1);
        let chunks = chunks(&steps, 1);
        assert_eq!((chunks.len(), chunks[0].sum), (1, 3.0));
    }
}
