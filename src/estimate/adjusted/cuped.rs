//! CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013): y* = y − θ(x − x̄) with θ = S_xy/S_xx over both arms, Welch on y*, one value
//! a randomised unit.
//!
//! A unit's y is R + (G/n)·Σ(v − R) over its rows, v the linearised values, so that the mean of units is the metric R; its x
//! is the mean of the covariate `column` (the first where none is named) over its rows.

use super::covariates;
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{CovariateArm, NotEstimable, mean};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "cuped",
    about: "units' outcomes less what the pre-period covariate `column` predicts, Welch",
    units: &[Unit::Request, Unit::User, Unit::Cluster],
    needs: &[Column::Covariates],
    uses: &[],
    basic: &[],
    build: |section| Box::new(Cuped { column: section.text("column", Some("")) }),
};

struct Cuped {
    column: String,
}

/// A unit's arm, its outcome above the metric, its covariate, and its rows.
#[derive(Clone, Copy)]
struct UnitRows {
    treated: bool,
    excess: f64,
    covariate: f64,
    rows: f64,
}

impl Estimator for Cuped {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let columns = covariates(sample, &self.column)?;
        let covariate = &columns.first().ok_or(NotEstimable::missing_column("covariates"))?.values;
        let values = sample.values()?;
        let level = mean(&values)?;
        let mut units: Vec<Option<UnitRows>> = vec![None; sample.frame.units];
        for (row, value) in sample.rows().zip(&values) {
            let treated = sample.frame.treated[row];
            let unit = units[sample.frame.unit[row] as usize].get_or_insert(UnitRows {
                treated,
                excess: 0.0,
                covariate: 0.0,
                rows: 0.0,
            });
            unit.excess += value - level;
            unit.covariate += covariate[row];
            unit.rows += 1.0;
        }
        let units: Vec<UnitRows> = units.into_iter().flatten().collect();
        let scale = units.len() as f64 / values.len() as f64;
        let arm = |treated: bool| -> (Vec<f64>, Vec<f64>) {
            let own = units.iter().filter(|unit| unit.treated == treated);
            own.map(|unit| (level + scale * unit.excess, unit.covariate / unit.rows)).unzip()
        };
        let (treated, control) = (arm(true), arm(false));
        let found = crate::stats::cuped(
            CovariateArm { outcome: &treated.0, covariate: &treated.1 },
            CovariateArm { outcome: &control.0, covariate: &control.1 },
        )?;
        Ok(Contrast { arms: None, difference: found.difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
