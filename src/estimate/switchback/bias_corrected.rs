//! The bias-corrected switchback of Hu and Wager (arXiv 2209.00197): the rows of a burn-in are used where the block before
//! had the same arm, because then there was no switch to recover from.
//!
//! τ = s·[R(early, W_k = W_{k−1} = 1) − R(early, W_k = W_{k−1} = 0)] + (1 − s)·[R(late, 1) − R(late, 0)], where early rows
//! arrive in the first `burn_in` of a block, late ones after it, and s is the early rows' share of the denominators (b/ℓ in
//! the paper, to which it is equal in steady traffic; with this s a log without switches gives back the metric). Ratios R
//! are ratios of sums, so that blocks count by their size. A block without one before it gives nothing.
//! The variance leaves out two neighbours of K blocks at a time, (K − 3)²/(2(K − 2))·mean_j(τ₋ⱼ − τ)²; t with K − 2 degrees
//! of freedom. It takes twenty blocks.

use super::burn_in::read_burn_in;
use super::periods::in_order;
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimator, EstimatorSpec, Point, Sample};
use crate::stats::{NotEstimable, UnitTotals, difference_from, jackknife_adjacent_pairs, ratio_of_sums};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "switchback_bias_corrected",
    about: "burn-in rows after a block of the same arm, the others after `burn_in`; jackknife of two neighbours",
    units: &[Unit::Block],
    needs: &[Column::SinceSwitch],
    uses: &[],
    basic: &[],
    build: |section| Box::new(BiasCorrected { burn_in_s: read_burn_in(section) }),
};

/// With fewer blocks the jackknife rejects too often where there is no effect: few follow one of their own arm.
const FEWEST_BLOCKS: usize = 20;

struct BiasCorrected {
    /// The design's washout where none is given.
    burn_in_s: Option<f64>,
}

/// A block that has another just before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FollowingBlock {
    /// Its arm.
    pub treated: bool,
    /// Whether the block before had the same arm.
    pub same_before: bool,
    /// Its rows within the burn-in.
    pub early: UnitTotals,
    /// Its rows after the burn-in.
    pub late: UnitTotals,
}

/// The bias-corrected effect with early rows weighing `share`, from the blocks at the `kept` positions.
///
/// # Errors
/// `EmptyArm` where no treated or no control block follows one of its own arm; `ZeroDenominator`.
pub fn bias_corrected(
    blocks: &[FollowingBlock],
    share: f64,
    kept: impl Iterator<Item = usize> + Clone,
) -> Result<f64, NotEstimable> {
    let ratio = |wanted: &dyn Fn(&FollowingBlock) -> Option<UnitTotals>| {
        ratio_of_sums(&kept.clone().filter_map(|at| wanted(&blocks[at])).collect::<Vec<_>>())
    };
    let early = |arm: bool| ratio(&|b| (b.treated == arm && b.same_before).then_some(b.early));
    let late = |arm: bool| ratio(&|b| (b.treated == arm).then_some(b.late));
    let burnt = if share > 0.0 { early(true)? - early(false)? } else { 0.0 };
    Ok(share * burnt + (1.0 - share) * (late(true)? - late(false)?))
}

impl BiasCorrected {
    fn blocks(&self, sample: &Sample<'_>) -> Result<(Vec<FollowingBlock>, f64), NotEstimable> {
        let frame = sample.frame;
        in_order(frame)?;
        let nothing = UnitTotals { numerator: 0.0, denominator: 0.0 };
        let mut cells = vec![None; frame.units];
        for (row, term) in sample.rows().zip(sample.terms()?) {
            let is_early = match self.burn_in_s {
                Some(burn_in_s) => frame.since_switch_s[row] < burn_in_s,
                None => frame.is_in_washout(row),
            };
            let (_, early, late) =
                cells[frame.unit[row] as usize].get_or_insert((frame.treated[row], nothing, nothing));
            let totals = if is_early { early } else { late };
            totals.numerator += term.numerator;
            totals.denominator += term.denominator;
        }
        let blocks: Vec<FollowingBlock> = cells
            .windows(2)
            .filter_map(|pair| {
                let ((before, _, _), (treated, early, late)) = (pair[0]?, pair[1]?);
                Some(FollowingBlock { treated, same_before: before == treated, early, late })
            })
            .collect();
        let early: f64 = blocks.iter().map(|block| block.early.denominator).sum();
        let late: f64 = blocks.iter().map(|block| block.late.denominator).sum();
        Ok((blocks, early / (early + late)))
    }
}

impl Estimator for BiasCorrected {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let (blocks, share) = self.blocks(sample)?;
        // Block 0 of the jackknife is the one that only precedes.
        let count = blocks.len() + 1;
        if count < FEWEST_BLOCKS {
            return Err(NotEstimable::BelowMinimum(FEWEST_BLOCKS as u32));
        }
        let among = |kept: &[usize]| {
            let own = kept.iter().filter_map(|block| block.checked_sub(1));
            bias_corrected(&blocks, share, own)
        };
        let found = jackknife_adjacent_pairs(count, among)?;
        let df = count as f64 - 2.0;
        let difference = difference_from(found.estimate, found.std_error, df, count, "jackknife-2")?;
        Ok(Contrast { arms: None, difference })
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        let (blocks, share) = self.blocks(sample)?;
        Ok(Point { effect: bias_corrected(&blocks, share, 0..blocks.len())?, arms: None })
    }
}
