//! Augmented weighting (Robins, Rotnitzky and Zhao, JASA 1994):
//! τ = mean of m₁(X) − m₀(X) + Z(Y − m₁(X))/e − (1 − Z)(Y − m₀(X))/(1 − e),
//! m linear in all state and covariate columns, or in those that `columns` names, fitted by least squares in each arm.
//!
//! With logged probabilities it is unbiased whatever m, and as precise as m is good. Influence of a row: its summand less τ.
//! Without columns m is the arm's mean.

use super::{Weighed, difference_by_influence};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, NamedColumn, Sample};
use crate::stats::{self, NotEstimable, least_squares, mean};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "aipw",
    about: "linear outcome models in `columns` (default: all) plus weighted residuals; influence by unit",
    units: &[Unit::Request, Unit::User, Unit::Saturation],
    needs: &[Column::Propensity],
    uses: &[Column::State, Column::Covariates],
    basic: &[],
    build: |section| Box::new(Aipw { columns: section.text("columns", Some("")) }),
};

struct Aipw {
    /// Names with commas between; all where empty.
    columns: String,
}

impl Aipw {
    fn columns<'a>(&self, sample: &Sample<'a>) -> Result<Vec<&'a NamedColumn>, NotEstimable> {
        let all = || sample.frame.state.iter().chain(&sample.frame.covariates);
        if self.columns.is_empty() {
            return Ok(all().collect());
        }
        let named =
            self.columns.split(',').map(str::trim).map(|name| all().find(|column| column.name == name));
        named.collect::<Option<_>>().ok_or(NotEstimable::missing_column("covariates"))
    }
}

impl Estimator for Aipw {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let weighed = Weighed::of(sample)?;
        let columns = self.columns(sample)?;
        let model = |arm: bool| -> Result<Vec<f64>, NotEstimable> {
            let own: Vec<usize> = (0..weighed.rows.len()).filter(|&t| weighed.treated[t] == arm).collect();
            let outcome: Vec<f64> = own.iter().map(|&t| weighed.value[t]).collect();
            let picked: Vec<Vec<f64>> = columns
                .iter()
                .map(|column| own.iter().map(|&t| column.values[weighed.rows[t]]).collect())
                .collect();
            // What does not vary within the arm says nothing there.
            let varies = |values: &[f64]| values.iter().any(|x| *x != values[0]);
            let used: Vec<usize> = (0..columns.len()).filter(|&at| varies(&picked[at])).collect();
            let ones = vec![1.0; own.len()];
            let mut design = vec![stats::Column { name: "intercept", values: &ones }];
            design.extend(
                used.iter().map(|&at| stats::Column { name: &columns[at].name, values: &picked[at] }),
            );
            let fit = least_squares(&outcome, &design, None)?;
            let (level, slopes) = fit.coefficients().split_first().ok_or(NotEstimable::TooFewUnits)?;
            let told = |row: &usize| {
                level
                    + used
                        .iter()
                        .zip(slopes)
                        .map(|(&at, slope)| slope * columns[at].values[*row])
                        .sum::<f64>()
            };
            Ok(weighed.rows.iter().map(told).collect())
        };
        let (treated, control) = (model(true)?, model(false)?);
        let (up, down) = (weighed.weights(true), weighed.weights(false));
        let terms: Vec<f64> = (0..weighed.rows.len())
            .map(|t| {
                let y = weighed.value[t];
                treated[t] - control[t] + up[t] * (y - treated[t]) - down[t] * (y - control[t])
            })
            .collect();
        let effect = mean(&terms)?;
        let influence: Vec<f64> = terms.iter().map(|term| term - effect).collect();
        let difference = difference_by_influence(sample, &weighed.rows, effect, &influence)?;
        Ok(Contrast { arms: None, difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
