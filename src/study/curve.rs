//! The policy-value curve V(p) over replications: values, arms, direct and spillover effects and slope at each share.

use super::score::Graded;
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
    let mut found = Vec::new();
    let of_everybody = graded.truth.iter().filter(|truth| truth.segment == EVERYBODY);
    for truth in of_everybody.filter(|_| !shares.is_empty()) {
        let is_own =
            |candidate: &str, metric: &str| candidate == truth.candidate && metric == truth.metric.name;
        let rows: Vec<_> = graded.curve.iter().filter(|row| is_own(&row.candidate, row.metric)).collect();
        let replications: Vec<Truths> = graded
            .truth_rows
            .iter()
            .filter(|row| is_own(&row.candidate, row.metric) && row.segment == EVERYBODY)
            .map(|row| {
                let mut truths = Truths::new(vec![Some(row.value_control), Some(row.value_candidate)]);
                let points = rows.iter().filter(|point| point.replication == row.replication);
                points.for_each(|point| truths.add(1, point));
                truths
            })
            .collect();
        let measure = |of: &dyn Fn(&Truths) -> Option<f64>| -> Option<Measure> {
            let values: Vec<f64> = replications.iter().filter_map(of).collect();
            Measure::mean(&values).ok().or_else(|| Some(Measure { value: *values.first()?, mcse: 0.0 }))
        };
        let effect = |estimand: Estimand| measure(&|truths: &Truths| truths.effect(1, estimand));
        let ends = [0.0, 1.0];
        let mut all: Vec<f64> = shares.iter().copied().chain(ends).collect();
        all.sort_by(f64::total_cmp);
        for at in all {
            let (share, from) = (Some(at), 0.0);
            found.push(CurveSummary {
                candidate: truth.candidate.clone(),
                metric: truth.metric.name,
                share: at,
                value: measure(&|truths: &Truths| truths.value(1, at)),
                direct: effect(Estimand::Direct { share }),
                spillover: effect(Estimand::Spillover { share, from }),
                total: effect(Estimand::Total { share, from }),
                overall: effect(Estimand::Overall { share, from }),
                slope: effect(Estimand::Slope { share }),
            });
        }
    }
    found
}
