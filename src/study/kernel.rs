//! The response kernel of a metric: how much of the effect is there t after a switch, measured by worlds on the same draws.
//!
//! Over all switches and replications, with the value of a world in the bin t after the switch a ratio of sums, E the effect
//! over all bins, and D(t) the effect in the bins t after a switch,
//!
//! - after a switch to the candidate, G_up(t) = (Y_mixed − Y_control − w·(D(t) − E))/E;
//! - after a switch to the control, G_down(t) = (Y_candidate − Y_mixed − w·(D(t) − E))/E.
//!
//! The term w·(D(t) − E) has expectation zero and takes away what these instants alone have of the effect. Right after a
//! switch the mixed world is still that of the old arm, so that w = 0 leaves no noise; long after, it is that of the new one,
//! and w = 1 leaves none: w = 1 − e^(−t/τ), with τ the area of the kernel that w = 1 gives. Standard errors are jackknives
//! over replications.
//!
//! Request metrics go by arrival, so that the end of a block feels the next switch. The last quarter of a block is read as time
//! before that switch: there G_up(−v) = (Y_mixed − Y_control)/E in blocks of the control, G_down likewise.

use super::carry_over::Response;
use super::pilot::Worlds;
use crate::stats::{Measure, NotEstimable, student_t_quantile};

/// Sums of one replication, or of several.
#[derive(Clone, Debug, PartialEq)]
struct Sums {
    /// By lag, direction (up, down) and world (control, candidate, mixed): numerator and denominator.
    lags: Vec<[[[f64; 2]; 3]; 2]>,
    /// Of all bins, by world.
    whole: [[f64; 2]; 2],
}

impl Sums {
    fn of(worlds: &Worlds, block: usize, lead: usize) -> Self {
        let mut sums = Self { lags: vec![Default::default(); block], whole: Default::default() };
        let series = [&worlds.control, &worlds.candidate, &worlds.switching];
        let bins = worlds.control.bins();
        for bin in 0..bins {
            // No traffic follows the last block, hence no other arm's.
            let is_before_a_switch = (bin / block + 1) * block < bins;
            let is_lag = bin % block < block - lead || is_before_a_switch;
            let is_first = (bin / block).is_multiple_of(2);
            let direction = usize::from(is_first != worlds.candidate_first);
            for (world, series) in series.iter().enumerate() {
                let cell = series.fleet(bin);
                let lag = &mut sums.lags[bin % block][direction][world];
                if is_lag {
                    add(lag, cell, 1.0);
                }
                if world < 2 {
                    add(&mut sums.whole[world], cell, 1.0);
                }
            }
        }
        sums
    }

    fn add(&mut self, other: &Self, sign: f64) {
        for (own, other) in
            self.lags.iter_mut().flatten().flatten().zip(other.lags.iter().flatten().flatten())
        {
            add(own, *other, sign);
        }
        for (own, other) in self.whole.iter_mut().zip(other.whole) {
            add(own, other, sign);
        }
    }

    fn effect(&self) -> f64 {
        ratio(self.whole[1]) - ratio(self.whole[0])
    }

    /// 1 − G by lag after switches up and down, with weights `w` by lag.
    fn remaining(&self, w: impl Fn(usize) -> f64) -> [Vec<f64>; 2] {
        let effect = self.effect();
        [0, 1].map(|direction| {
            let mut last = 1.0;
            let share = |lag: usize| {
                let [control, candidate, mixed] = self.lags[lag][direction].map(ratio);
                let own = w(lag) * (candidate - control - effect);
                let there = if direction == 0 { mixed - control } else { candidate - mixed };
                1.0 - (there - own) / effect
            };
            (0..self.lags.len())
                .map(|lag| {
                    let now = share(lag);
                    // A bin without any request takes over what its neighbour said.
                    last = if now.is_finite() { now } else { last };
                    last
                })
                .collect()
        })
    }
}

fn add(sum: &mut [f64; 2], cell: [f64; 2], sign: f64) {
    sum[0] += sign * cell[0];
    sum[1] += sign * cell[1];
}

fn ratio(cell: [f64; 2]) -> f64 {
    cell[0] / cell[1]
}

/// The measured response of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Length of a bin.
    pub step_s: f64,
    /// G after switches to the candidate, by bin.
    pub up: Vec<Measure>,
    /// G after switches to the control, by bin.
    pub down: Vec<Measure>,
    /// The true effect, over the bins.
    pub effect: Measure,
    /// Bins at the end of a block that are read as time before the next switch.
    pub lead: usize,
    /// The mean response of both directions.
    pub response: Response,
    /// The same without each replication, for jackknives.
    pub without: Vec<Response>,
    /// The seconds that a switch costs: the area of 1 − G after it.
    pub lost_s: Measure,
    /// The seconds that it costs before it comes: the area of G before it.
    pub lead_s: Measure,
    /// First time since the switch from which on less than 5 % of the other arm remains, as far as noise can tell; `None`
    /// where that is not reached within the first three quarters of a block.
    pub relaxation_s: Option<f64>,
}

/// What counts as gone.
pub const RELAXED: f64 = 0.05;

/// An effect below so many standard errors has no kernel.
pub const CLEAR: f64 = 4.0;

/// The kernel of one metric from its replications, with `block` bins of `step_s` seconds between switches, of which the last
/// `lead` are read as time before the next one.
///
/// # Errors
/// `TooFewUnits` under two replications; `ZeroVariance` where the effect is not clear of zero, so that there is nothing to
/// respond.
pub fn kernel(runs: &[&Worlds], (block, lead): (usize, usize), step_s: f64) -> Result<Kernel, NotEstimable> {
    if runs.len() < 2 || lead >= block {
        return Err(NotEstimable::TooFewUnits);
    }
    let each: Vec<Sums> = runs.iter().map(|worlds| Sums::of(worlds, block, lead)).collect();
    let mut total = each[0].clone();
    each[1..].iter().for_each(|sums| total.add(sums, 1.0));
    let without: Vec<Sums> = each
        .iter()
        .map(|sums| {
            let mut rest = total.clone();
            rest.add(sums, -1.0);
            rest
        })
        .collect();
    let effects: Vec<f64> = without.iter().map(Sums::effect).collect();
    let effect = Measure { value: total.effect(), mcse: jackknife_se(&effects) };
    if !effect.value.is_finite() || effect.value.abs() <= CLEAR * effect.mcse || effect.value == 0.0 {
        return Err(NotEstimable::ZeroVariance);
    }
    let first = mean(&total.remaining(|_| 1.0));
    let tau = first.iter().sum::<f64>().clamp(1.0, (block as f64 / 3.0).max(1.0));
    let weight = |lag: usize| -libm::expm1(-(lag as f64 + 0.5) / tau);
    let found = total.remaining(weight);
    let others: Vec<[Vec<f64>; 2]> = without.iter().map(|sums| sums.remaining(weight)).collect();
    let measures = |direction: usize| -> Vec<Measure> {
        (0..block)
            .map(|lag| {
                let values: Vec<f64> = others.iter().map(|other| other[direction][lag]).collect();
                Measure { value: 1.0 - found[direction][lag], mcse: jackknife_se(&values) }
            })
            .collect()
    };
    let after = block - lead;
    let response_of = |found: &[Vec<f64>; 2]| {
        let remaining = mean(found);
        let before: Vec<f64> = remaining[after..].iter().rev().copied().collect();
        Response::new(step_s, &remaining[..after], &before)
    };
    let response = response_of(&found);
    let responses: Vec<Response> = others.iter().map(response_of).collect();
    let end = step_s * block as f64;
    let measure = |area: &dyn Fn(&Response) -> f64| {
        let values: Vec<f64> = responses.iter().map(area).collect();
        Measure { value: area(&response), mcse: jackknife_se(&values) }
    };
    let (up, down) = (measures(0), measures(1));
    Ok(Kernel {
        step_s,
        relaxation_s: relaxation(&mean(&found)[..after], &others, step_s),
        up,
        down,
        effect,
        lead,
        lost_s: measure(&|response| response.after(end)),
        lead_s: measure(&|response| response.before(end)),
        response,
        without: responses,
    })
}

/// The mean of both directions.
fn mean(directions: &[Vec<f64>; 2]) -> Vec<f64> {
    directions[0].iter().zip(&directions[1]).map(|(up, down)| f64::midpoint(*up, *down)).collect()
}

/// First bin from which on no bin is above the limit beyond its noise, while those that follow are below it in the mean. With
/// so many bins some are two errors off by luck: the noise is Student's t at 5 % over all bins together.
fn relaxation(remaining: &[f64], others: &[[Vec<f64>; 2]], step_s: f64) -> Option<f64> {
    let last = remaining.len();
    let errors = student_t_quantile(1.0 - 0.05 / last as f64, others.len() as f64 - 1.0);
    let se = |lag: usize| {
        let values: Vec<f64> =
            others.iter().map(|other| f64::midpoint(other[0][lag], other[1][lag])).collect();
        jackknife_se(&values)
    };
    let is_above = |lag: &usize| remaining[*lag] > RELAXED + errors * se(*lag);
    let first = (0..last).rev().find(is_above).map_or(0, |lag| lag + 1);
    let is_reached = |from: &usize| {
        let rest = &remaining[*from..];
        remaining[*from] <= RELAXED && rest.iter().sum::<f64>() <= RELAXED * rest.len() as f64
    };
    let from = (first..last).find(is_reached)?;
    (4 * from <= 3 * last).then_some(from as f64 * step_s)
}

impl Kernel {
    /// The kernel in order of time: start of the bin in seconds since the switch, negative before it, with G_up and G_down.
    #[must_use]
    pub fn points(&self) -> Vec<(f64, Measure, Measure)> {
        let after = self.up.len() - self.lead;
        let left = |measure: &Measure| Measure { value: 1.0 - measure.value, mcse: measure.mcse };
        let before = (after..self.up.len()).map(|lag| {
            let t = lag as f64 - self.up.len() as f64;
            (t * self.step_s, left(&self.down[lag]), left(&self.up[lag]))
        });
        let since = (0..after).map(|lag| (lag as f64 * self.step_s, self.up[lag], self.down[lag]));
        before.chain(since).collect()
    }
}

/// √((R − 1)/R·Σ(θ₍₋ᵣ₎ − mean)²) over leave-one-out values.
#[must_use]
pub fn jackknife_se(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares * (n - 1.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::pilot::Series;
    use super::*;

    /// A fleet at 10 and 14, where the mixed world relaxes with e^−t/3 bins.
    fn worlds(offset: f64, candidate_first: bool) -> Worlds {
        let (bins, block) = (80, 20);
        let series = |value: &dyn Fn(usize) -> f64| {
            let mut series = Series::new(bins, 1);
            (0..bins).for_each(|bin| series.add(bin, 0, 2.0 * value(bin), 2.0));
            series
        };
        let mixed = |bin: usize| {
            let is_candidate = (bin / block).is_multiple_of(2) == candidate_first;
            let left = libm::exp(-((bin % block) as f64) / 3.0);
            offset + if is_candidate { 14.0 - 4.0 * left } else { 10.0 + 4.0 * left }
        };
        Worlds {
            control: series(&|_| 10.0 + offset),
            candidate: series(&|_| 14.0 + offset),
            switching: series(&mixed),
            candidate_first,
        }
    }

    #[test]
    fn a_kernel_without_noise_is_found_exactly() {
        let runs = [worlds(0.0, true), worlds(3.0, false), worlds(-1.0, true)];
        let found = kernel(&runs.iter().collect::<Vec<_>>(), (20, 0), 0.5).unwrap();
        assert_eq!(found.effect.value, 4.0);
        for (lag, (up, down)) in found.up.iter().zip(&found.down).enumerate() {
            let expected = 1.0 - libm::exp(-(lag as f64) / 3.0);
            // Rounding of sums of three.
            assert!((up.value - expected).abs() < 1e-12 && (down.value - expected).abs() < 1e-12, "{lag}");
            assert!(up.mcse < 1e-12);
        }
        // e^−lag/3 is below 5 % from lag 9 on.
        assert_eq!(found.relaxation_s, Some(4.5));
    }

    #[test]
    fn the_end_of_a_block_is_the_time_before_the_next_switch() {
        let runs = [worlds(0.0, true), worlds(3.0, false)];
        let found = kernel(&runs.iter().collect::<Vec<_>>(), (20, 5), 0.5).unwrap();
        let points = found.points();
        assert_eq!(points.len(), 20);
        assert_eq!((points[0].0, points[4].0, points[5].0), (-2.5, -0.5, 0.0));
        // What has not relaxed by then, e^−19/3, stands in the last bin.
        assert!((points[4].1.value - libm::exp(-19.0 / 3.0)).abs() < 1e-12, "{:?}", points[4]);
        let whole = kernel(&runs.iter().collect::<Vec<_>>(), (20, 0), 0.5).unwrap();
        assert!((found.lost_s.value + found.lead_s.value - whole.lost_s.value).abs() < 1e-12);
    }

    #[test]
    fn an_effect_that_is_not_there_has_no_kernel() {
        let mut runs = [worlds(0.0, true), worlds(1.0, false)];
        for run in &mut runs {
            run.candidate = run.control.clone();
        }
        assert!(kernel(&runs.iter().collect::<Vec<_>>(), (20, 0), 0.5).is_err());
    }
}
