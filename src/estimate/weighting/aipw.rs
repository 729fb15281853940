//! Augmented weighting (Robins, Rotnitzky and Zhao, JASA 1994):
//! τ = mean of m₁(X) − m₀(X) + Z(Y − m₁(X))/e − (1 − Z)(Y − m₀(X))/(1 − e),
//! m linear in all state and covariate columns, or in those that `columns` names, fitted by least squares in each arm.
//!
//! With logged probabilities it is unbiased whatever m, and as precise as m is good. Without columns m is the arm's mean.
//!
//! The error: each arm's part is a weighted sum of its outcomes, Σ ω Y with ω_i = 1/(n e_i) + v'(X'X)⁻¹x_i and v the mean of x
//! over all rows less its weighted mean over the arm's; its variance is HC2's ([`crate::stats::functional()`]), which knows that
//! a model fitted to few rows leaves residuals that are too small. What m₁ − m₀ varies between rows is added. An arm needs more
//! rows than columns.

use super::{Weighed, arm_name, named_lone_arm};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, NamedColumn, Sample};
use crate::stats::{self, ColumnName, NotEstimable, PartsByUnit, functional, least_squares, mean};

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

/// The outcome model of an arm.
struct Model {
    /// m of every row that is looked at.
    told: Vec<f64>,
    /// Part of each row of the arm in the error: its position among the rows that are looked at, and the part.
    parts: Vec<(usize, f64)>,
    df: f64,
    /// Coefficients that were fitted.
    fitted: usize,
}

impl Model {
    fn of(weighed: &Weighed, columns: &[&NamedColumn], arm: bool) -> Result<Self, NotEstimable> {
        let n = weighed.rows.len();
        let own: Vec<usize> = (0..n).filter(|&at| weighed.treated[at] == arm).collect();
        let outcome: Vec<f64> = own.iter().map(|&at| weighed.value[at]).collect();
        let mut names = vec!["intercept"];
        // Centred within the arm: a column's level costs no digits.
        let mut all: Vec<Vec<f64>> = vec![vec![1.0; n]];
        for column in columns {
            let values = |at: usize| column.values[weighed.rows[at]];
            let centre = mean(&own.iter().map(|&at| values(at)).collect::<Vec<_>>())?;
            // What does not vary within the arm says nothing there.
            if own.iter().any(|&at| values(at) != centre) {
                names.push(&column.name);
                all.push((0..n).map(|at| values(at) - centre).collect());
            }
        }
        let picked: Vec<Vec<f64>> =
            all.iter().map(|values| own.iter().map(|&at| values[at]).collect()).collect();
        let design: Vec<stats::Column<'_>> =
            names.iter().zip(&picked).map(|(name, values)| stats::Column { name, values }).collect();
        let fit = least_squares(&outcome, &design, None)
            .map_err(|reason| named_lone_arm(reason, own.iter().map(|_| arm)))?;
        let chance = |at: usize| if arm { weighed.propensity[at] } else { 1.0 - weighed.propensity[at] };
        let rows = n as f64;
        let gap: Vec<f64> = all
            .iter()
            .map(|values| {
                let weighted = own.iter().map(|&at| values[at] / chance(at)).sum::<f64>();
                (values.iter().sum::<f64>() - weighted) / rows
            })
            .collect();
        let q = fit.rotated(&gap);
        let omega = |row: usize, z: &[f64]| {
            1.0 / (rows * chance(own[row])) + z.iter().zip(&q).map(|(z, q)| z * q).sum::<f64>()
        };
        let found = functional(&fit, omega).map_err(|reason| match reason {
            NotEstimable::ZeroVariance => NotEstimable::LoneUnit(ColumnName::new(&arm_name(arm))),
            other => other,
        })?;
        let told = |at: usize| fit.coefficients().iter().zip(&all).map(|(b, values)| b * values[at]).sum();
        Ok(Self {
            told: (0..n).map(told).collect(),
            parts: own.iter().copied().zip(found.parts).collect(),
            df: found.df,
            fitted: fit.k(),
        })
    }
}

impl Estimator for Aipw {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let weighed = Weighed::of(sample)?;
        let columns = self.columns(sample)?;
        let models = [Model::of(&weighed, &columns, false)?, Model::of(&weighed, &columns, true)?];
        let rows = weighed.rows.len() as f64;
        let effects: Vec<f64> = models[1].told.iter().zip(&models[0].told).map(|(t, c)| t - c).collect();
        let (up, down) = (weighed.weights(true), weighed.weights(false));
        let terms: Vec<f64> = (0..weighed.rows.len())
            .map(|at| {
                let y = weighed.value[at];
                effects[at] + up[at] * (y - models[1].told[at]) - down[at] * (y - models[0].told[at])
            })
            .collect();
        let effect = mean(&terms)?;
        let unit = |at: usize| sample.frame.unit[weighed.rows[at]];
        let mut parts = PartsByUnit::new(sample.frame.units);
        for (arm, model) in [false, true].into_iter().zip(&models) {
            model.parts.iter().for_each(|(at, part)| parts.add_to_arm(unit(*at), arm, *part));
        }
        // Units of several rows: what the models took from the units counts as for any regression on units, G/(G − k).
        let coarse = parts.units() < weighed.rows.len();
        let mut df = [models[0].df, models[1].df];
        for treated in [false, true] {
            let (own, model) = (parts.units_of(treated), &models[usize::from(treated)]);
            if own < 2 || (coarse && own <= model.fitted) {
                return Err(NotEstimable::LoneUnit(ColumnName::new(&arm_name(treated))));
            }
            if coarse {
                let left = (own - model.fitted) as f64;
                df[usize::from(treated)] = model.df.min(left);
                parts.scale_arm(treated, (own as f64 / left).sqrt());
            }
        }
        let level = mean(&effects)?;
        // In squares n/(n − 1), as any variance around its own mean.
        let spread = 1.0 / (rows * (rows - 1.0)).sqrt();
        effects
            .iter()
            .enumerate()
            .for_each(|(at, own)| parts.add_to_neither(unit(at), (own - level) * spread));
        Ok(Contrast { arms: None, difference: parts.difference(effect, df, "influence")? })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}
