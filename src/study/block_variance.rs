//! The variance of a switchback's estimate for blocks that nobody ran, from the series of the two truth worlds.
//!
//! Let a_k and b_k be the residuals of block k in the worlds of all-control and all-candidate (numerator minus ratio times
//! denominator, over the mean denominator of a block), p the share of candidates, m = p·a + (1 − p)·b and d = b − a. Blocks
//! of which each counts in one world then give, but for carry-over, the run's own effect plus a sum over the blocks' coins, and
//!
//!   Var(estimate) = Var(mean of d) + S²/(K·p·(1 − p)),
//!
//! exactly for balanced counts, with S² by order: random and complete, the variance of m over the run's blocks; balanced,
//! within hours; paired, half of the mean squared difference within pairs; alternating, K times the squared mean of
//! (−1)^k·m. Other durations T′ than the pilot's T: the variance of the run's mean falls as T/T′, and S² grows by what the
//! mean of a longer run no longer takes away: E S² = K/(K − 1)·(γ − V_T), γ the variance about the mean of all runs.

use super::carry_over::STRATUM_S;
use super::kernel::jackknife_se;
use super::pilot::Series;
use crate::design::Order;
use crate::stats::{Measure, Moments, NotEstimable};

/// Residuals of the fleet in both truth worlds, for all replications.
#[derive(Clone, Debug)]
pub struct FleetSeries {
    /// By replication and world: running sums of numerators and denominators, from nothing on.
    sums: Vec<[Vec<[f64; 2]>; 2]>,
    ratios: [f64; 2],
    step_s: f64,
}

/// How blocks are cut and coins fall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Block length in bins.
    pub length: usize,
    /// Bins left out at its start.
    pub washout: usize,
    /// How arms follow each other.
    pub order: Order,
    /// Share of candidates.
    pub share: f64,
}

/// Moments of one replication's blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
struct RunMoments {
    /// S².
    spread: f64,
    /// Mean of m.
    mean: f64,
    /// Mean of d.
    effect: f64,
    /// Mean square of m, and mean product of neighbours.
    serial: [f64; 2],
}

/// What blocks of one length say, over all replications.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockMoments {
    runs: Vec<RunMoments>,
    cut: Cut,
    block_s: f64,
    /// Blocks of the pilot.
    pub blocks: usize,
}

impl FleetSeries {
    /// From the worlds of all-control and all-candidate of each replication.
    ///
    /// # Errors
    /// `TooFewUnits` under two replications; `EmptyArm` where nothing counts.
    pub fn of(runs: &[(&Series, &Series)], step_s: f64) -> Result<Self, NotEstimable> {
        if runs.len() < 2 {
            return Err(NotEstimable::TooFewUnits);
        }
        let running = |series: &Series| -> Vec<[f64; 2]> {
            let mut sums = vec![[0.0; 2]];
            let mut sum = [0.0; 2];
            for bin in 0..series.bins() {
                let cell = series.fleet(bin);
                sum = [sum[0] + cell[0], sum[1] + cell[1]];
                sums.push(sum);
            }
            sums
        };
        let sums: Vec<[Vec<[f64; 2]>; 2]> = runs.iter().map(|(a, b)| [running(a), running(b)]).collect();
        let ratios = [0, 1].map(|world| {
            let total = sums.iter().fold([0.0; 2], |total, run| {
                let last = run[world].last().copied().unwrap_or_default();
                [total[0] + last[0], total[1] + last[1]]
            });
            total[0] / total[1]
        });
        if ratios.iter().all(|ratio| ratio.is_finite()) {
            Ok(Self { sums, ratios, step_s })
        } else {
            Err(NotEstimable::EmptyArm)
        }
    }

    /// The moments of blocks cut so; `None` where fewer than four fit.
    #[must_use]
    pub fn blocks(&self, cut: Cut) -> Option<BlockMoments> {
        let bins = self.sums[0][0].len() - 1;
        let blocks = bins / cut.length;
        if blocks < 4 || cut.washout >= cut.length {
            return None;
        }
        let block_s = self.step_s * cut.length as f64;
        let kept = |run: &[[f64; 2]], block: usize| {
            let (from, to) = (run[block * cut.length + cut.washout], run[(block + 1) * cut.length]);
            [to[0] - from[0], to[1] - from[1]]
        };
        let mean_denominator = [0, 1].map(|world| {
            let all: f64 = self
                .sums
                .iter()
                .map(|run| (0..blocks).map(|block| kept(&run[world], block)[1]).sum::<f64>())
                .sum();
            all / (self.sums.len() * blocks) as f64
        });
        let group = group(&cut, block_s, blocks);
        let runs = self.sums.iter().map(|run| {
            let residual = |world: usize, block: usize| {
                let [numerator, denominator] = kept(&run[world], block);
                (numerator - self.ratios[world] * denominator) / mean_denominator[world]
            };
            let pairs: Vec<(f64, f64)> =
                (0..blocks).map(|block| (residual(0, block), residual(1, block))).collect();
            RunMoments::of(&pairs, &cut, group)
        });
        Some(BlockMoments { runs: runs.collect(), cut, block_s, blocks })
    }
}

/// Blocks within which half get the candidate: of an hour, where the order balances and an hour has two, or of the run.
fn group(cut: &Cut, block_s: f64, blocks: usize) -> usize {
    let of_hour = (STRATUM_S / block_s) as usize;
    if cut.order == Order::Balanced && of_hour >= 2 { of_hour.min(blocks) } else { blocks }
}

impl RunMoments {
    fn of(pairs: &[(f64, f64)], cut: &Cut, group: usize) -> Self {
        let count = pairs.len() as f64;
        let m: Vec<f64> = pairs.iter().map(|(a, b)| cut.share * a + (1.0 - cut.share) * b).collect();
        let mean = m.iter().sum::<f64>() / count;
        let spread = match cut.order {
            Order::Paired => {
                let squares = m.chunks_exact(2).map(|pair| (pair[0] - pair[1]) * (pair[0] - pair[1]));
                squares.sum::<f64>() / (2 * (m.len() / 2)) as f64
            }
            Order::Alternating => {
                let signed = m.iter().enumerate().map(
                    |(at, value)| {
                        if at % 2 == 0 { value - mean } else { mean - value }
                    },
                );
                let sum = signed.sum::<f64>();
                sum * sum / count
            }
            _ => {
                let groups: Vec<f64> = m
                    .chunks_exact(group)
                    .filter_map(|group| Moments::of(group).ok().map(|moments| moments.variance))
                    .collect();
                groups.iter().sum::<f64>() / groups.len() as f64
            }
        };
        let neighbours = m.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / (count - 1.0);
        let square = m.iter().map(|value| value * value).sum::<f64>() / count;
        let effect = pairs.iter().map(|(a, b)| b - a).sum::<f64>() / count;
        Self { spread, mean, effect, serial: [square, neighbours] }
    }
}

impl BlockMoments {
    /// The time of the pilot's blocks together.
    fn pilot_s(&self) -> f64 {
        self.block_s * self.blocks as f64
    }

    /// Blocks in an experiment of this length.
    #[must_use]
    pub fn count(&self, duration_s: f64) -> u32 {
        (duration_s / self.block_s + 1e-9) as u32
    }

    /// Degrees of freedom of a test on `count` blocks: two arms, or pairs.
    #[must_use]
    pub fn df(&self, count: u32) -> f64 {
        let df = if self.cut.order == Order::Paired { count / 2 } else { count };
        f64::from(df) - if self.cut.order == Order::Paired { 1.0 } else { 2.0 }
    }

    /// Correlation of m in adjacent blocks.
    #[must_use]
    pub fn adjacent_correlation(&self) -> f64 {
        let sum = |at: usize| self.runs.iter().map(|run| run.serial[at]).sum::<f64>();
        sum(1) / sum(0)
    }

    /// Standard error of the estimate of an experiment of `duration_s` seconds, with its jackknife error over replications.
    #[must_use]
    pub fn std_error(&self, duration_s: f64) -> Measure {
        let all: Vec<&RunMoments> = self.runs.iter().collect();
        let without: Vec<f64> = (0..all.len())
            .map(|out| {
                let rest: Vec<&RunMoments> =
                    all.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, run)| *run).collect();
                self.variance(&rest, duration_s).sqrt()
            })
            .collect();
        Measure { value: self.variance(&all, duration_s).sqrt(), mcse: jackknife_se(&without) }
    }

    fn variance(&self, runs: &[&RunMoments], duration_s: f64) -> f64 {
        let column = |of: fn(&RunMoments) -> f64| -> Vec<f64> { runs.iter().map(|run| of(run)).collect() };
        let variance = |values: &[f64]| Moments::of(values).map_or(0.0, |moments| moments.variance);
        let pilot_s = self.pilot_s();
        let of_effect = variance(&column(|run| run.effect));
        let of_mean = variance(&column(|run| run.mean));
        let spread = column(|run| run.spread).iter().sum::<f64>() / runs.len() as f64;
        let count = f64::from(self.count(duration_s).max(2));
        let share = self.cut.share;
        let (spread, excess) = match self.cut.order {
            Order::Paired | Order::Alternating => (spread, 1.0),
            order => {
                let small = group(&self.cut, self.block_s, self.blocks) as f64;
                let large = group(&self.cut, self.block_s, count as usize) as f64;
                let about_all = spread * (small - 1.0) / small;
                let grown = of_mean * self.blocks as f64 * (1.0 / small - 1.0 / large);
                let spread = (about_all + grown).max(0.0) * large / (large - 1.0);
                (spread, if order == Order::Random { 1.0 + 1.0 / count } else { 1.0 })
            }
        };
        of_effect * pilot_s / duration_s + spread * excess / (count * share * (1.0 - share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    /// Replications of an AR(1) in time, the same in both worlds but for a shift of 3.
    fn runs(phi: f64, bins: usize, replications: u64) -> Vec<(Series, Series)> {
        let streams = Streams::new(7, 0).family(crate::rng::Purpose::Assignment);
        (0..replications)
            .map(|replication| {
                let draws = streams.keyed(replication);
                let normal = |at: usize| {
                    crate::stats::normal_quantile(draws.uniform(at as u64).clamp(1e-12, 1.0 - 1e-12))
                };
                let mut state = normal(bins) / (1.0 - phi * phi).sqrt();
                let (mut a, mut b) = (Series::new(bins, 1), Series::new(bins, 1));
                for bin in 0..bins {
                    state = phi * state + normal(bin);
                    a.add(bin, 0, 5.0 * (10.0 + state), 5.0);
                    b.add(bin, 0, 5.0 * (13.0 + state), 5.0);
                }
                (a, b)
            })
            .collect()
    }

    fn moments(phi: f64, bins: usize, replications: u64, cut: Cut) -> BlockMoments {
        let runs = runs(phi, bins, replications);
        let pairs: Vec<(&Series, &Series)> = runs.iter().map(|(a, b)| (a, b)).collect();
        FleetSeries::of(&pairs, 1.0).unwrap().blocks(cut).unwrap()
    }

    #[test]
    fn white_noise_gives_the_textbook_variance_for_every_order() {
        for order in [Order::Random, Order::Complete, Order::Balanced, Order::Paired, Order::Alternating] {
            let cut = Cut { length: 10, washout: 2, order, share: 0.5 };
            let found = moments(0.0, 800, 400, cut);
            for duration in [800.0, 3200.0] {
                let blocks = f64::from(found.count(duration));
                // A block mean has variance 1/8; the effect itself does not vary.
                let excess = if order == Order::Random { 1.0 + 1.0 / blocks } else { 1.0 };
                let expected = (4.0 / blocks / 8.0 * excess).sqrt();
                let se = found.std_error(duration);
                assert!((se.value - expected).abs() < 4.0 * se.mcse, "{order:?}: {se:?} {expected}");
                assert!(se.mcse < 0.04 * expected);
            }
        }
    }

    #[test]
    fn a_short_pilot_of_a_correlated_series_foretells_a_long_run() {
        let cut = Cut { length: 8, washout: 0, order: Order::Complete, share: 0.5 };
        let short = moments(0.95, 200, 3000, cut).std_error(1600.0);
        let long = moments(0.95, 1600, 400, cut).std_error(1600.0);
        let gap = short.value - long.value;
        assert!(gap.abs() < 4.0 * (short.mcse.powi(2) + long.mcse.powi(2)).sqrt(), "{short:?} {long:?}");
        // What a short run takes for the spread of its blocks would be too small by far.
        let alone = moments(0.95, 200, 3000, cut).runs.iter().map(|run| run.spread).sum::<f64>() / 3000.0;
        assert!((4.0 * alone / 200.0).sqrt() < 0.95 * long.value);
    }

    #[test]
    fn neighbours_of_an_ar1_correlate_as_its_closed_form_says() {
        let phi = 0.8_f64;
        let found = moments(phi, 4000, 60, Cut { length: 1, washout: 0, order: Order::Random, share: 0.5 });
        // 240,000 values: the correlation is known to 0.002.
        assert!((found.adjacent_correlation() - phi).abs() < 0.01);
    }
}
