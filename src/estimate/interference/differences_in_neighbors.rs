//! Differences in neighbours (Peng, Ye and Zheng, arXiv 2503.02271): a row's outcome answers for its own arm and for the arms
//! of its neighbours in a graph,
//! τ = (1/n)Σ_i {u_i (Y_i − b) + Σ_{c ∈ N(i)} u_c (ξ_i Y_i − b)}, u = (Z − e)/(e(1 − e)), ξ = Z(1 − e)/e + (1 − Z)e/(1 − e).
//!
//! Here the neighbours of a request are requests before it in the same cluster: the last `neighbours` of them, or those that
//! arrived within `overlap` before it, where that is given. With one cluster and e = ½ it is the truncated policy gradient
//! read backwards. b is the mean outcome. Interference that reaches beyond the graph is missed.

use super::{Path, read_lags};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{NotEstimable, mean};
use std::collections::{BTreeMap, VecDeque};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "differences_in_neighbors",
    about: "own arm and the arms of the last `neighbours` requests of the cluster, or of those within `overlap`",
    units: &[Unit::Request],
    needs: &[Column::Time],
    uses: &[Column::Cluster, Column::Propensity],
    basic: &[],
    build: |section| {
        section.ignore(&["overlap"]);
        Box::new(DifferencesInNeighbors {
            neighbours: section.integer("neighbours", Some(20), 1..=1_000_000) as usize,
            overlap_s: section.has("overlap").then(|| section.duration("overlap", None).seconds()),
            lags: read_lags(section),
        })
    },
};

struct DifferencesInNeighbors {
    neighbours: usize,
    overlap_s: Option<f64>,
    lags: Option<usize>,
}

/// The requests of a cluster that the next one has as neighbours: when they came, their tilts, and the sum of these.
#[derive(Default)]
struct Recent {
    rows: VecDeque<(f64, f64)>,
    sum: f64,
}

impl Recent {
    fn forget(&mut self, stays: impl Fn(usize, f64) -> bool) {
        while let Some(&(time, tilt)) = self.rows.front() {
            if stays(self.rows.len(), time) {
                break;
            }
            self.rows.pop_front();
            self.sum -= tilt;
        }
        if self.rows.is_empty() {
            self.sum = 0.0;
        }
    }
}

impl Estimator for DifferencesInNeighbors {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let path = Path::of(sample)?;
        let (tilt, baseline) = (path.tilt(), mean(&path.value)?);
        let mut clusters: BTreeMap<u32, Recent> = BTreeMap::new();
        let mut terms = Vec::with_capacity(tilt.len());
        for (t, &row) in path.rows.iter().enumerate() {
            let time = sample.frame.time_s.get(row).copied().unwrap_or(0.0);
            let recent = clusters.entry(sample.frame.cluster.get(row).copied().unwrap_or(0)).or_default();
            match self.overlap_s {
                Some(overlap_s) => recent.forget(|_, came| came >= time - overlap_s),
                None => recent.forget(|count, _| count <= self.neighbours),
            }
            let (e, y) = (path.propensity[t], path.value[t]);
            let xi = if path.treated[t] { (1.0 - e) / e } else { e / (1.0 - e) };
            terms.push(tilt[t] * (y - baseline) + recent.sum * (xi * y - baseline));
            recent.rows.push_back((time, tilt[t]));
            recent.sum += tilt[t];
        }
        Ok(Contrast { arms: None, difference: path.mean_of(&terms, self.lags)? })
    }

    fn ignores_levels(&self) -> bool {
        false
    }

    fn estimand(&self) -> Estimand {
        Estimand::Slope { share: None }
    }
}
