//! What each cluster shows: its share of candidates and the means of its arms.

use crate::estimate::Sample;
use crate::stats::{NotEstimable, UnitTotals};
use std::collections::{BTreeMap, BTreeSet};

/// A cluster under one share of candidates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ClusterArms {
    /// Its number.
    pub cluster: u32,
    /// The share that the design gave it.
    pub share: f64,
    /// Its controls' and its treated rows' totals.
    arms: [UnitTotals; 2],
}

impl ClusterArms {
    /// The mean of an arm, where it has rows that count.
    pub(super) fn mean(&self, treated: bool) -> Option<f64> {
        let UnitTotals { numerator, denominator } = self.arms[usize::from(treated)];
        (denominator > 0.0).then(|| numerator / denominator)
    }

    /// The mean of all its rows.
    pub(super) fn whole(&self) -> Option<f64> {
        let [control, treated] = self.arms;
        let size = control.denominator + treated.denominator;
        (size > 0.0).then(|| (control.numerator + treated.numerator) / size)
    }
}

/// How many different clusters there are.
pub(super) fn count(clusters: &[ClusterArms]) -> usize {
    clusters.iter().map(|cluster| cluster.cluster).collect::<BTreeSet<u32>>().len()
}

/// The clusters in order; one that was under several shares counts once for each.
pub(super) fn cluster_arms(sample: &Sample<'_>) -> Result<Vec<ClusterArms>, NotEstimable> {
    let frame = sample.frame;
    let mut clusters: BTreeMap<(u32, u64), ClusterArms> = BTreeMap::new();
    for (row, term) in sample.rows().zip(sample.terms()?) {
        let share = frame.saturation[row];
        let nothing = UnitTotals { numerator: 0.0, denominator: 0.0 };
        let own = clusters.entry((frame.cluster[row], share.to_bits())).or_insert(ClusterArms {
            cluster: frame.cluster[row],
            share,
            arms: [nothing, nothing],
        });
        let arm = &mut own.arms[usize::from(frame.treated[row])];
        arm.numerator += term.numerator;
        arm.denominator += term.denominator;
    }
    Ok(clusters.into_values().collect())
}
