//! CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013): y* = y − θ(x − x̄) with θ = S_xy/S_xx over both arms, Welch on y*, one value
//! a randomised unit.
//!
//! A unit's y is R + (G/n)·Σ(v − R) over its rows, v the linearised values, so that the mean of units is the metric R; its x
//! are the means of the covariates over its rows: of all that were named, or of those that `column` lists. θ is fitted to the
//! units, which Welch's degrees of freedom do not know: with fewer than twenty units and ten for each covariate the test rejects
//! too often, and is refused.

use super::covariates;
use crate::design::Unit;
use crate::estimate::weighting::named_lone_arm;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{self, NotEstimable, mean};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "cuped",
    about: "units' outcomes less what the pre-period covariates predict (`column`, default all), Welch",
    units: &[Unit::Request, Unit::User, Unit::Cluster],
    needs: &[Column::Covariates],
    uses: &[],
    basic: &[],
    build: |section| Box::new(Cuped { column: section.text("column", Some("")) }),
};

struct Cuped {
    column: String,
}

/// So many units are the least, and so many for each covariate.
const FEWEST_UNITS: (usize, usize) = (20, 10);

/// A unit's arm, its outcome above the metric, the sums of its covariates, and its rows.
#[derive(Clone)]
struct UnitRows {
    treated: bool,
    excess: f64,
    covariates: Vec<f64>,
    rows: f64,
}

impl Estimator for Cuped {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let columns = covariates(sample, &self.column)?;
        let values = sample.values()?;
        let level = mean(&values)?;
        let mut units: Vec<Option<UnitRows>> = vec![None; sample.frame.units];
        for (row, value) in sample.rows().zip(&values) {
            let treated = sample.frame.treated[row];
            let unit = units[sample.frame.unit[row] as usize].get_or_insert_with(|| UnitRows {
                treated,
                excess: 0.0,
                covariates: vec![0.0; columns.len()],
                rows: 0.0,
            });
            unit.excess += value - level;
            unit.covariates.iter_mut().zip(&columns).for_each(|(sum, column)| *sum += column.values[row]);
            unit.rows += 1.0;
        }
        let units: Vec<UnitRows> = units.into_iter().flatten().collect();
        let least = FEWEST_UNITS.0.max(FEWEST_UNITS.1 * columns.len());
        if units.len() < least {
            return Err(NotEstimable::BelowMinimum(least as u32));
        }
        let scale = units.len() as f64 / values.len() as f64;
        let outcome: Vec<f64> = units.iter().map(|unit| level + scale * unit.excess).collect();
        let treated: Vec<bool> = units.iter().map(|unit| unit.treated).collect();
        let means: Vec<Vec<f64>> = (0..columns.len())
            .map(|at| units.iter().map(|unit| unit.covariates[at] / unit.rows).collect())
            .collect();
        let columns: Vec<stats::Column<'_>> = columns
            .iter()
            .zip(&means)
            .map(|(column, values)| stats::Column { name: &column.name, values })
            .collect();
        let found = stats::cuped(&outcome, &treated, &columns)
            .map_err(|reason| named_lone_arm(reason, treated.iter().copied()))?;
        Ok(Contrast { arms: None, difference: found.difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
