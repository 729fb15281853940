//! Difference of size-weighted block means after a burn-in: the rows that arrive in the first `burn_in` of their block are
//! dropped. As `switchback_washout`, with a length of its own and a choice of variance.
//!
//! With K blocks the jackknife is (K − 1)·mean_j(τ₋ⱼ − τ̄)² over the blocks left out one by one (Hu and Wager, arXiv
//! 2209.00197, who find an error of order √(log T/T) after a burn-in of order log T); its t has K − 2 degrees of freedom.

use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimator, EstimatorSpec, Point, Sample};
use crate::stats::{NotEstimable, UnitTotals, difference_from, jackknife, ratio_of_sums};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "switchback_burn_in",
    about: "size-weighted block means after `burn_in` (default: the design's washout); Welch or `jackknife`",
    units: &[Unit::Block, Unit::ClusterBlock],
    needs: &[Column::SinceSwitch],
    uses: &[],
    basic: &[],
    build: |section| {
        let burn_in_s = read_burn_in(section);
        let jackknife = section.choice("variance", Some("welch"), &[("welch", false), ("jackknife", true)]);
        Box::new(BurnIn { burn_in_s, jackknife: jackknife.unwrap_or(false) })
    },
};

/// The length of the burn-in in seconds, where one is given.
pub(super) fn read_burn_in(section: &crate::settings::Section<'_>) -> Option<f64> {
    section.ignore(&["burn_in"]);
    section.has("burn_in").then(|| section.duration("burn_in", None).seconds())
}

struct BurnIn {
    burn_in_s: Option<f64>,
    jackknife: bool,
}

impl BurnIn {
    fn kept<'a>(&self, sample: &Sample<'a>) -> Sample<'a> {
        self.burn_in_s.map_or_else(|| sample.after_washout(), |burn_in_s| sample.after(burn_in_s))
    }
}

impl Estimator for BurnIn {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let kept = self.kept(sample);
        if !self.jackknife {
            return kept.by_unit();
        }
        let arms = kept.arms()?;
        let blocks = block_totals(&kept)?;
        let found = jackknife(blocks.len(), |kept| difference_of(&blocks, kept))?;
        let df = blocks.len() as f64 - 2.0;
        let difference = difference_from(arms.effect(), found.std_error, df, blocks.len(), "jackknife")?;
        Ok(Contrast { arms: Some(arms), difference })
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        self.kept(sample).arms().map(|arms| Point { effect: arms.effect(), arms: Some(arms) })
    }
}

/// Totals of the blocks that have rows, in order, with their arms.
fn block_totals(sample: &Sample<'_>) -> Result<Vec<(bool, UnitTotals)>, NotEstimable> {
    let mut blocks = vec![None; sample.frame.units];
    for (row, term) in sample.rows().zip(sample.terms()?) {
        let (_, totals) = blocks[sample.frame.unit[row] as usize]
            .get_or_insert((sample.frame.treated[row], UnitTotals { numerator: 0.0, denominator: 0.0 }));
        totals.numerator += term.numerator;
        totals.denominator += term.denominator;
    }
    Ok(blocks.into_iter().flatten().collect())
}

/// Ratio of sums of the treated blocks less that of the controls, among the blocks that are kept.
fn difference_of(blocks: &[(bool, UnitTotals)], kept: &[usize]) -> Result<f64, NotEstimable> {
    let arm = |wanted: bool| -> Vec<UnitTotals> {
        kept.iter()
            .map(|&at| blocks[at])
            .filter(|(arm, _)| *arm == wanted)
            .map(|(_, totals)| totals)
            .collect()
    };
    Ok(ratio_of_sums(&arm(true))? - ratio_of_sums(&arm(false))?)
}
