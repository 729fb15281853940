//! The variance of an experiment by cluster, user or request for other durations and fleets, from the two truth worlds.
//!
//! As for blocks ([`super::block_variance`]): with m = p·a + (1 − p)·b the mean of a unit's residuals in both worlds,
//! Var(estimate) = Var(the run's own effect) + Σ over strata of (n_s/G)²·S²_s/(n_s·p·(1 − p)). Of S² one part stays however
//! long the experiment runs (a cluster or user that always is slower), the rest falls as T/T′. The part that stays is the
//! mean product of a unit's residuals in different batches of time; it is believed where it exceeds two of its standard
//! errors.

use super::kernel::jackknife_se;
use super::pilot::{BATCHES, Products, RowSpread, Series};
use crate::design::Structure;
use crate::stats::{Measure, Moments, NotEstimable};

/// Variances of one replication.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct UnitRun {
    /// The run's own effect, where it is part of the estimate.
    effect: f64,
    /// What the units' differences add.
    spread: f64,
    /// The part of it that no length of time takes away.
    persistent: f64,
}

/// Variances over all replications of a pilot.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitMoments {
    runs: Vec<UnitRun>,
    pilot_s: f64,
}

impl UnitMoments {
    /// Of an experiment that randomises clusters of this structure; a pair or stratum of one cluster counts as unstratified.
    ///
    /// # Errors
    /// `TooFewUnits` under two replications or four clusters.
    pub fn clusters(
        runs: &[(&Series, &Series)],
        structure: &Structure,
        share: f64,
        step_s: f64,
    ) -> Result<Self, NotEstimable> {
        let clusters = runs.first().map_or(0, |(series, _)| series.clusters);
        if runs.len() < 2 || clusters < 4 {
            return Err(NotEstimable::TooFewUnits);
        }
        let bins = runs[0].0.bins();
        let strata = match structure {
            Structure::Strata(strata) | Structure::Pairs(strata) if is_replicated(strata) => strata.clone(),
            _ => vec![0; clusters],
        };
        let worlds = |(a, b): &(&Series, &Series)| [cluster_sums(a, bins), cluster_sums(b, bins)];
        let sums: Vec<[Vec<[[f64; 2]; BATCHES]>; 2]> = runs.iter().map(worlds).collect();
        let totals = [0, 1].map(|world| {
            let cells = sums.iter().flat_map(|run| run[world].iter().flatten());
            cells.fold([0.0; 2], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]])
        });
        let ratios = totals.map(|total| total[0] / total[1]);
        // Of one cluster and batch.
        let means = totals.map(|total| total[1] / (runs.len() * clusters * BATCHES) as f64);
        if !ratios.iter().chain(&means).all(|value| value.is_finite()) {
            return Err(NotEstimable::EmptyArm);
        }
        let one = |run: &[Vec<[[f64; 2]; BATCHES]>; 2]| {
            let residual = |world: usize, cluster: usize, batch: usize| {
                let [numerator, denominator] = run[world][cluster][batch];
                (numerator - ratios[world] * denominator) / means[world]
            };
            let m = |cluster: usize, batch: usize| {
                share * residual(0, cluster, batch) + (1.0 - share) * residual(1, cluster, batch)
            };
            let over = |cluster: usize, of: &dyn Fn(usize) -> f64| {
                debug_assert!(cluster < clusters);
                (0..BATCHES).map(of).sum::<f64>() / BATCHES as f64
            };
            let whole: Vec<f64> = (0..clusters).map(|c| over(c, &|batch| m(c, batch))).collect();
            let spread = stratified(&whole, &strata, share);
            let by_batch: f64 = (0..BATCHES)
                .map(|batch| {
                    let values: Vec<f64> = (0..clusters).map(|cluster| m(cluster, batch)).collect();
                    stratified(&values, &strata, share)
                })
                .sum::<f64>()
                / BATCHES as f64;
            let batches = BATCHES as f64;
            let effect = (0..clusters)
                .map(|c| over(c, &|batch| residual(1, c, batch) - residual(0, c, batch)))
                .sum::<f64>()
                / clusters as f64;
            UnitRun { effect, spread, persistent: (batches * spread - by_batch) / (batches - 1.0) }
        };
        Ok(Self { runs: sums.iter().map(one).collect(), pilot_s: step_s * bins as f64 })
    }

    /// Of an experiment that randomises requests, or users.
    ///
    /// # Errors
    /// `TooFewUnits` under two replications with rows.
    pub fn rows(
        runs: &[Option<RowSpread>],
        by_user: bool,
        share: f64,
        pilot_s: f64,
    ) -> Result<Self, NotEstimable> {
        let rows: Option<Vec<RowSpread>> = runs.iter().copied().collect();
        let rows = rows.filter(|rows| rows.len() > 1).ok_or(NotEstimable::TooFewUnits)?;
        let of = |products: Products| {
            let [control, both, candidate] = products;
            let weighted = share * share * control
                + 2.0 * share * (1.0 - share) * both
                + (1.0 - share) * (1.0 - share) * candidate;
            weighted / (share * (1.0 - share))
        };
        let one = |row: &RowSpread| {
            if by_user {
                UnitRun { effect: 0.0, spread: of(row.users), persistent: of(row.users_persistent) }
            } else {
                UnitRun { effect: 0.0, spread: of(row.requests), persistent: 0.0 }
            }
        };
        Ok(Self { runs: rows.iter().map(one).collect(), pilot_s })
    }

    /// Standard error of the estimate of an experiment of `duration_s` seconds, with its jackknife error.
    #[must_use]
    pub fn std_error(&self, duration_s: f64) -> Measure {
        let floor = self.floor();
        let without: Vec<f64> = (0..self.runs.len())
            .map(|out| {
                let rest: Vec<UnitRun> =
                    self.runs.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, run)| *run).collect();
                variance(&rest, floor, self.pilot_s / duration_s).sqrt()
            })
            .collect();
        Measure {
            value: variance(&self.runs, floor, self.pilot_s / duration_s).sqrt(),
            mcse: jackknife_se(&without),
        }
    }

    /// The variance that no length of time takes away.
    fn floor(&self) -> f64 {
        let values: Vec<f64> = self.runs.iter().map(|run| run.persistent).collect();
        Measure::mean(&values).map_or(0.0, |mean| if mean.value > 2.0 * mean.mcse { mean.value } else { 0.0 })
    }

    /// The standard error below which no length of time leads; zero where there is none.
    #[must_use]
    pub fn floor_se(&self) -> f64 {
        self.floor().sqrt()
    }
}

fn variance(runs: &[UnitRun], floor: f64, times: f64) -> f64 {
    let spread = runs.iter().map(|run| run.spread).sum::<f64>() / runs.len() as f64;
    let effects: Vec<f64> = runs.iter().map(|run| run.effect).collect();
    let of_effect = Moments::of(&effects).map_or(0.0, |moments| moments.variance);
    of_effect * times + floor + (spread - floor).max(0.0) * times
}

/// By cluster and batch of time.
fn cluster_sums(series: &Series, bins: usize) -> Vec<[[f64; 2]; BATCHES]> {
    let mut sums = vec![[[0.0; 2]; BATCHES]; series.clusters];
    for bin in 0..bins {
        for (cluster, sum) in sums.iter_mut().enumerate() {
            let cell = series.of_cluster(bin, cluster);
            let sum = &mut sum[bin * BATCHES / bins];
            sum[0] += cell[0];
            sum[1] += cell[1];
        }
    }
    sums
}

fn members(strata: &[u32], stratum: u32) -> usize {
    strata.iter().filter(|&&other| other == stratum).count()
}

fn is_replicated(strata: &[u32]) -> bool {
    strata.iter().all(|&stratum| members(strata, stratum) >= 2)
}

/// Σ over strata of (n_s/G)²·S²_s/(n_s·p·(1 − p)).
fn stratified(values: &[f64], strata: &[u32], share: f64) -> f64 {
    let last = strata.iter().copied().max().unwrap_or(0);
    let count = values.len() as f64;
    (0..=last)
        .filter_map(|stratum| {
            let own: Vec<f64> = values
                .iter()
                .zip(strata)
                .filter(|(_, other)| **other == stratum)
                .map(|(value, _)| *value)
                .collect();
            let n = own.len() as f64;
            Moments::of(&own)
                .ok()
                .map(|moments| n / (count * count) * moments.variance / (share * (1.0 - share)))
        })
        .sum()
}

/// Degrees of freedom of a test on so many clusters of this structure.
#[must_use]
pub fn cluster_df(clusters: u32, structure: &Structure) -> f64 {
    let clusters = f64::from(clusters);
    match structure {
        Structure::Pairs(_) => clusters / 2.0 - 1.0,
        Structure::Strata(strata) if is_replicated(strata) => {
            let share = f64::from(strata.iter().copied().max().unwrap_or(0) + 1) / strata.len() as f64;
            clusters - 2.0 * share * clusters
        }
        _ => clusters - 2.0,
    }
    .max(1.0)
}
