//! Post-stratification: τ = Σ_s (n_s/n)(Ȳ_1s − Ȳ_0s) over strata of the rows (Miratrix, Sekhon and Yu, JRSS B 2013).
//!
//! Strata are the levels of the state or covariate column `by` (at most `bins` groups of equal frequency), and the design's
//! own strata where none is named. Within strata of what decided the arm this removes confounding without a propensity.
//! Influence of a row: n/n_arm,s·(n_s/n)·(Y − Ȳ_arm,s), plus the stratum's own difference less τ.

use super::difference_by_influence;
use crate::design::{Structure, Unit};
use crate::estimate::bins::levels;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::NotEstimable;
use std::collections::BTreeMap;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "post_stratified",
    about: "differences within strata of the column `by` (default: the design's), weighted by size",
    units: &[Unit::Request, Unit::User, Unit::Cluster],
    needs: &[],
    uses: &[Column::State, Column::Covariates],
    basic: &[],
    build: |section| {
        let by = section.text("by", Some(""));
        Box::new(PostStratified { by, bins: section.integer("bins", Some(10), 1..=1000) as usize })
    },
};

struct PostStratified {
    by: String,
    bins: usize,
}

impl PostStratified {
    fn strata(&self, sample: &Sample<'_>, rows: &[usize]) -> Result<Vec<usize>, NotEstimable> {
        let frame = sample.frame;
        if self.by.is_empty() {
            let Structure::Strata(strata) = &frame.structure else {
                return Err(NotEstimable::missing_column("strata"));
            };
            return Ok(rows.iter().map(|&row| strata[frame.unit[row] as usize] as usize).collect());
        }
        let column = frame.state.iter().chain(&frame.covariates).find(|column| column.name == self.by);
        let values = &column.ok_or(NotEstimable::missing_column("by"))?.values;
        Ok(levels(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>(), self.bins))
    }
}

/// Rows and sums of the controls and of the treated of a stratum.
#[derive(Clone, Copy, Default)]
struct Stratum {
    rows: [f64; 2],
    sum: [f64; 2],
}

impl Stratum {
    fn mean(&self, arm: usize) -> f64 {
        self.sum[arm] / self.rows[arm]
    }

    fn size(&self) -> f64 {
        self.rows[0] + self.rows[1]
    }
}

impl Estimator for PostStratified {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let rows: Vec<usize> = sample.rows().collect();
        let (stratum, value) = (self.strata(sample, &rows)?, sample.values()?);
        let arm: Vec<usize> = rows.iter().map(|&row| usize::from(sample.frame.treated[row])).collect();
        let mut strata: BTreeMap<usize, Stratum> = BTreeMap::new();
        for t in 0..rows.len() {
            let own = strata.entry(stratum[t]).or_default();
            own.rows[arm[t]] += 1.0;
            own.sum[arm[t]] += value[t];
        }
        if strata.values().any(|stratum| stratum.rows[0] == 0.0 || stratum.rows[1] == 0.0) {
            return Err(NotEstimable::EmptyArm);
        }
        let n = rows.len() as f64;
        let effect: f64 = strata.values().map(|own| own.size() / n * (own.mean(1) - own.mean(0))).sum();
        let influence: Vec<f64> = (0..rows.len())
            .map(|t| {
                let own = &strata[&stratum[t]];
                let sign = if arm[t] == 1 { 1.0 } else { -1.0 };
                let within = sign * own.size() / own.rows[arm[t]] * (value[t] - own.mean(arm[t]));
                within + own.mean(1) - own.mean(0) - effect
            })
            .collect();
        let difference = difference_by_influence(sample, &rows, effect, &influence)?;
        Ok(Contrast { arms: None, difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
