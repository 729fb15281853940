//! Means of the periods whose whole window was one arm, weighted by how probable that was (Bojinov, Simchi-Levi and Zhao,
//! arXiv 2009.00148). With Y_t the outcome of a period and P the probability of the distinct coins in its window of m + 1:
//! `switchback_horvitz_thompson` (1/(T − m)) Σ_{t>m} Y_t [1{window all 1}/P₁ − 1{window all 0}/P₀], unbiased for every design
//! with independent coins when carry-over ends after m periods, and noisy, because it contrasts levels;
//! `switchback_hajek` divides by the summed weights instead of T − m, which removes the level at the price of a ratio's bias.
//!
//! The standard error is the root of an unbiased estimate of an upper bound of the variance ([`super::windows`]), for Hájek
//! on the residuals of each arm; t with the coins less two. Hájek's takes forty coins and eight windows of each arm. Coins drawn without replacement (balanced orders) are not independent: the weights are then
//! right to order 1/blocks only; paired blocks are refused.

use super::periods::{period_values, periods};
use super::windows::{Chunk, Step, chunks, variance_bound, weighted_mean};
use crate::design::{Structure, Unit};
use crate::estimate::{Arms, Column, Contrast, Estimator, EstimatorSpec, Point, Sample};
use crate::settings::Section;
use crate::stats::{NotEstimable, difference_from, mean};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "switchback_horvitz_thompson",
    about: "periods whose last `order` + 1 were one arm, over the probability of their coins; variance bound",
    units: &[Unit::Block],
    needs: &[Column::Propensity],
    uses: &[],
    basic: &[],
    build: |section| {
        Box::new(Windowed { centred: section.flag("centred", false), ..Windowed::read(section) })
    },
};

pub(in crate::estimate) const HAJEK: EstimatorSpec = EstimatorSpec {
    name: "switchback_hajek",
    about: "as switchback_horvitz_thompson, with weights that sum to one in each arm",
    units: &[Unit::Block],
    needs: &[Column::Propensity],
    uses: &[],
    basic: &[],
    build: |section| Box::new(Windowed { normalised: true, ..Windowed::read(section) }),
};

/// Hájek's residuals are around means of few windows, and too small: it takes so many coins, and so many windows of each arm.
const FEWEST_COINS: usize = 40;
const FEWEST_WINDOWS: usize = 8;

struct Windowed {
    /// m: how many periods the fleet remembers.
    order: usize,
    /// Length of a period; zero for the design's blocks.
    period_s: f64,
    /// Whether weights are divided by their sum.
    normalised: bool,
    /// Whether the mean of all periods is subtracted first.
    centred: bool,
}

/// The chunks, and what sums of outcomes count for.
struct Weighted {
    chunks: Vec<Chunk>,
    arms: Arms,
    coins: usize,
}

impl Windowed {
    fn read(section: &Section<'_>) -> Self {
        Self {
            order: section.integer("order", Some(1), 0..=1000) as usize,
            period_s: section.duration("period", Some("0 s")).seconds(),
            normalised: false,
            centred: false,
        }
    }

    fn weighted(&self, sample: &Sample<'_>) -> Result<Weighted, NotEstimable> {
        if self.order > 0 && matches!(sample.frame.structure, Structure::Pairs(_)) {
            // The two blocks of a pair never have one arm.
            return Err(NotEstimable::NoOverlap);
        }
        let periods = periods(sample, self.period_s)?;
        let mut values = period_values(&periods)?;
        let level = if self.centred { mean(&values)? } else { 0.0 };
        values.iter_mut().for_each(|value| *value -= level);
        let steps: Vec<Step> = periods
            .iter()
            .zip(values)
            .map(|((at, period), value)| Step {
                at: *at,
                value,
                treated: period.treated,
                coin: period.coin,
                propensity: period.propensity,
            })
            .collect();
        let chunks = chunks(&steps, self.order);
        let any = |arm: bool| chunks.iter().any(|chunk| chunk.arm == Some(arm));
        if (self.normalised && !(any(true) && any(false))) || !(any(true) || any(false)) {
            return Err(NotEstimable::NoValidWindows);
        }
        let mean_of = |arm: bool| {
            let mean = weighted_mean(&chunks, arm, |chunk| chunk.sum);
            level + if self.normalised { mean / weighted_mean(&chunks, arm, weight) } else { mean }
        };
        let arms = Arms { treated: mean_of(true), control: mean_of(false) };
        let mut coins: Vec<u32> = steps.iter().map(|step| step.coin).collect();
        coins.dedup();
        Ok(Weighted { chunks, arms, coins: coins.len() })
    }
}

fn weight(chunk: &Chunk) -> f64 {
    chunk.periods as f64
}

impl Estimator for Windowed {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let Weighted { chunks, arms, coins } = self.weighted(sample)?;
        if self.normalised {
            let seen = |arm: bool| chunks.iter().filter(|chunk| chunk.arm == Some(arm)).count();
            if coins < FEWEST_COINS || seen(false).min(seen(true)) < FEWEST_WINDOWS {
                return Err(NotEstimable::BelowMinimum(FEWEST_COINS as u32));
            }
        }
        let variance = if self.normalised {
            let [control, treated] = [(false, arms.control), (true, arms.treated)]
                .map(|(arm, mean)| (mean, weighted_mean(&chunks, arm, weight)));
            variance_bound(&chunks, |chunk, arm| {
                let (mean, sum) = if arm { treated } else { control };
                (chunk.sum - mean * weight(chunk)) / sum
            })
        } else {
            variance_bound(&chunks, |chunk, _| chunk.sum)
        };
        let difference = difference_from(
            arms.effect(),
            variance.max(0.0).sqrt(),
            coins as f64 - 2.0,
            coins,
            "variance-bound",
        )?;
        Ok(Contrast { arms: Some(arms), difference })
    }

    fn ignores_levels(&self) -> bool {
        self.normalised || self.centred
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        let arms = self.weighted(sample)?.arms;
        Ok(Point { effect: arms.effect(), arms: Some(arms) })
    }
}
