//! The policy-value curve V(p) over replications: values, arms, direct and spillover effects and slope at each share.

use std::collections::BTreeMap;

use super::score::{Graded, Truth};
use super::segment::EVERYBODY;
use super::truth::Truths;
use crate::estimate::Estimand;
use crate::stats::Measure;

/// One share of the curve of one candidate and metric; means over replications with their standard errors. `None` where a
/// world says nothing: there are no controls at share 1 and no treated at share 0.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveSummary {
    /// The candidate policy.
    pub candidate: String,
    /// The metric.
    pub metric: &'static str,
    /// Share of the candidate.
    pub share: f64,
    /// V(p).
    pub value: Option<Measure>,
    /// Mean of the treated.
    pub value_treated: Option<Measure>,
    /// Mean of the controls.
    pub value_control: Option<Measure>,
    /// Mean of the treated minus mean of the controls.
    pub direct: Option<Measure>,
    /// Mean of the controls minus V(0).
    pub spillover: Option<Measure>,
    /// Mean of the treated minus V(0).
    pub total: Option<Measure>,
    /// V(p) − V(0).
    pub overall: Option<Measure>,
    /// V′(p), from the share and its two neighbours.
    pub slope: Option<Measure>,
}

/// The curves of a study, by candidate, metric and share; empty where no curve was asked for.
#[must_use]
pub fn curve_summaries(graded: &Graded, shares: &[f64]) -> Vec<CurveSummary> {
    let truths = graded.truth.iter().filter(|truth| truth.segment == EVERYBODY);
    truths.flat_map(|truth| curve_summary(graded, truth, shares)).collect()
}

/// The curve of the candidate and metric of a truth, by share; empty where no curve was asked for.
#[must_use]
pub fn curve_summary(graded: &Graded, truth: &Truth, shares: &[f64]) -> Vec<CurveSummary> {
    if shares.is_empty() {
        return Vec::new();
    }
    let is_own = |candidate: &str, metric: &str| metric == truth.metric.name && candidate == truth.candidate;
    let ends = graded.truth_rows.iter().filter(|row| row.segment == EVERYBODY);
    let mut replications: BTreeMap<u32, Truths> = ends
        .filter(|row| is_own(&row.candidate, row.metric))
        .map(|row| (row.replication, Truths::new(vec![Some(row.value_control), Some(row.value_candidate)])))
        .collect();
    for row in graded.curve.iter().filter(|row| is_own(&row.candidate, row.metric)) {
        if let Some(truths) = replications.get_mut(&row.replication) {
            truths.add(1, row);
        }
    }
    let measure = |of: &dyn Fn(&Truths) -> Option<f64>| -> Option<Measure> {
        let values: Vec<f64> = replications.values().filter_map(of).collect();
        Measure::mean(&values).ok().or_else(|| Some(Measure { value: *values.first()?, mcse: 0.0 }))
    };
    let effect = |estimand: Estimand| measure(&|truths: &Truths| truths.effect(1, estimand));
    let mut all: Vec<f64> = shares.iter().copied().chain([0.0, 1.0]).collect();
    all.sort_by(f64::total_cmp);
    let summary = |at: f64| {
        let (share, from) = (Some(at), 0.0);
        CurveSummary {
            candidate: truth.candidate.clone(),
            metric: truth.metric.name,
            share: at,
            value: measure(&|truths: &Truths| truths.value(1, at)),
            value_treated: measure(&|truths: &Truths| truths.value_treated(1, at)),
            value_control: measure(&|truths: &Truths| truths.value_control(1, at)),
            direct: effect(Estimand::Direct { share }),
            spillover: effect(Estimand::Spillover { share, from }),
            total: effect(Estimand::Total { share, from }),
            overall: effect(Estimand::Overall { share, from }),
            slope: effect(Estimand::Slope { share }),
        }
    };
    all.into_iter().map(summary).collect()
}
