//! Cells of cluster and block, each with an arm of its own: difference of size-weighted means over cells.
//!
//! A cell's share in the arm's ratio R is d = (y − R x)/Σx, with a minus sign for controls. Clusters keep their level and
//! blocks share the weather, so that cells are not independent where the arms do not average this out: V sums the squares
//! of Σd within clusters, within blocks, or V_cluster + V_block − V_cell for both (Cameron, Gelbach and Miller, Journal of
//! Business and Economic Statistics 2011; the larger one-way variance where that is smaller). Each part times G/(G − 1);
//! t with G − 1 degrees of freedom, G the smaller count.

use crate::design::Unit;
use crate::estimate::weighting::arm_name;
use crate::estimate::{Arms, Column, Contrast, Estimator, EstimatorSpec, Point, Sample};
use crate::stats::{ColumnName, NotEstimable, UnitTotals, difference_from, ratio_of_sums};
use std::collections::{BTreeMap, BTreeSet};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "cluster_switchback",
    about: "cells of cluster and block after the washout; robust to clusters, to blocks or to `both`",
    units: &[Unit::ClusterBlock],
    needs: &[Column::Cluster, Column::Block],
    uses: &[],
    basic: &[Unit::ClusterBlock],
    build: |section| {
        let choices =
            &[("cell", By::Cell), ("cluster", By::Cluster), ("block", By::Block), ("both", By::Both)];
        let by = section.choice("robust_to", Some("both"), choices);
        Box::new(ClusterSwitchback { by: by.unwrap_or(By::Both) })
    },
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Cell,
    Cluster,
    Block,
    Both,
}

struct ClusterSwitchback {
    by: By,
}

/// A cell of the design: where, when, and how it fell.
type Cell = (u32, u32, bool);

/// Totals of the cells, in order.
fn cells(sample: &Sample<'_>) -> Result<Vec<(Cell, UnitTotals)>, NotEstimable> {
    let mut cells: BTreeMap<Cell, UnitTotals> = BTreeMap::new();
    let frame = sample.frame;
    for (row, term) in sample.rows().zip(sample.terms()?) {
        let cell = (frame.cluster[row], frame.block[row], frame.treated[row]);
        let totals = cells.entry(cell).or_insert(UnitTotals { numerator: 0.0, denominator: 0.0 });
        totals.numerator += term.numerator;
        totals.denominator += term.denominator;
    }
    Ok(cells.into_iter().collect())
}

fn arms_of(cells: &[(Cell, UnitTotals)]) -> Result<Arms, NotEstimable> {
    let ratio = |arm: bool| {
        let own = cells.iter().filter(|((_, _, treated), _)| *treated == arm);
        ratio_of_sums(&own.map(|(_, totals)| *totals).collect::<Vec<_>>())
    };
    Ok(Arms { treated: ratio(true)?, control: ratio(false)? })
}

/// G/(G − 1)·Σ_g (Σ_{i in g} d_i)² and G, over the groups that `of` names.
fn grouped<T: Ord>(cells: &[(Cell, f64)], of: impl Fn(&Cell) -> T) -> (f64, usize) {
    let mut sums: BTreeMap<T, f64> = BTreeMap::new();
    for (cell, share) in cells {
        *sums.entry(of(cell)).or_insert(0.0) += share;
    }
    let groups = sums.len();
    let squares: f64 = sums.values().map(|sum| sum * sum).sum();
    (squares * groups as f64 / (groups as f64 - 1.0), groups)
}

impl ClusterSwitchback {
    /// Whether each arm has cells in several of the groups whose noise is to be seen.
    fn check(&self, cells: &[(Cell, UnitTotals)]) -> Result<(), NotEstimable> {
        for arm in [false, true] {
            let own = || cells.iter().map(|(cell, _)| cell).filter(|cell| cell.2 == arm);
            let count = own().count();
            let clusters = own().map(|cell| cell.0).collect::<BTreeSet<u32>>().len();
            let blocks = own().map(|cell| cell.1).collect::<BTreeSet<u32>>().len();
            let fewest = match self.by {
                By::Cell => count,
                By::Cluster => clusters,
                By::Block => blocks,
                By::Both => clusters.min(blocks),
            };
            if fewest < 2 {
                return Err(NotEstimable::LoneUnit(ColumnName::new(&arm_name(arm))));
            }
        }
        Ok(())
    }
}

impl Estimator for ClusterSwitchback {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let cells = cells(&sample.after_washout())?;
        let arms = arms_of(&cells)?;
        self.check(&cells)?;
        let size = |arm: bool| -> f64 {
            cells.iter().filter(|((_, _, own), _)| *own == arm).map(|(_, totals)| totals.denominator).sum()
        };
        let (treated, control) = (size(true), size(false));
        let shares: Vec<(Cell, f64)> = cells
            .iter()
            .map(|(cell, totals)| {
                let (ratio, size) = if cell.2 { (arms.treated, treated) } else { (arms.control, -control) };
                (*cell, (totals.numerator - ratio * totals.denominator) / size)
            })
            .collect();
        let cell = grouped(&shares, |cell| *cell);
        let cluster = grouped(&shares, |cell| cell.0);
        let block = grouped(&shares, |cell| cell.1);
        let (variance, groups, vcov) = match self.by {
            By::Cell => (cell.0, cell.1, "CR1-cell"),
            By::Cluster => (cluster.0, cluster.1, "CR1-cluster"),
            By::Block => (block.0, block.1, "CR1-block"),
            By::Both => {
                let both = (cluster.0 + block.0 - cell.0).max(cluster.0).max(block.0);
                (both, cluster.1.min(block.1), "CR1-two-way")
            }
        };
        let df = groups as f64 - 1.0;
        let difference = difference_from(arms.effect(), variance.sqrt(), df, cells.len(), vcov)?;
        Ok(Contrast { arms: Some(arms), difference })
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        let arms = arms_of(&cells(&sample.after_washout())?)?;
        Ok(Point { effect: arms.effect(), arms: Some(arms) })
    }
}
