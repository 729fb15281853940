//! The rows of one metric as an estimator sees them.

use crate::design::Structure;
use crate::stats::{
    Difference, NotEstimable, UnitTotals, density_at_quantile, difference_from, paired_ratio_difference,
    quantile_in_place, ratio_difference, ratio_of_sums, stratified_ratio_difference, stratified_ratios,
};

/// What is contrasted between the arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Sum of numerators over sum of denominators.
    Ratio,
    /// The quantile of the numerators of rows with a denominator.
    Quantile(f64),
}

/// The rows of one metric: parallel columns.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// What is contrasted.
    pub target: Target,
    /// Numerators.
    pub numerator: &'a [f64],
    /// Denominators; 0 where the row does not count.
    pub denominator: &'a [f64],
    /// Whether the row's unit got the candidate.
    pub treated: &'a [bool],
    /// The row's randomised unit; the numbers are below `units`.
    pub unit: &'a [u32],
    /// How many units there can be.
    pub units: usize,
    /// How the units hang together.
    pub structure: &'a Structure,
}

/// The two arms' statistics, of which every effect is the difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arms {
    /// The candidate's.
    pub treated: f64,
    /// The control's.
    pub control: f64,
}

/// The arms' statistics, and the inference about their difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// The arms' statistics.
    pub arms: Arms,
    /// Effect, standard error and interval.
    pub difference: Difference,
}

impl Arms {
    /// Candidate minus control.
    #[must_use]
    pub const fn effect(&self) -> f64 {
        self.treated - self.control
    }
}

impl Sample<'_> {
    /// The arms' statistics. Within strata a ratio is the combined ratio, which weighs strata alike in both arms.
    ///
    /// # Errors
    /// When an arm has no rows that count.
    pub fn arms(&self) -> Result<Arms, NotEstimable> {
        if let (Structure::Strata(strata), Target::Ratio) = (self.structure, self.target) {
            let units = self.totals(self.numerator);
            let (treated, control) =
                stratified_ratios(&in_strata(&units, true, strata), &in_strata(&units, false, strata))?;
            return Ok(Arms { treated, control });
        }
        Ok(Arms { treated: self.statistic(true)?, control: self.statistic(false)? })
    }

    fn statistic(&self, treated: bool) -> Result<f64, NotEstimable> {
        match self.target {
            Target::Ratio => {
                let mut totals = UnitTotals { numerator: 0.0, denominator: 0.0 };
                let mut any = false;
                for row in (0..self.treated.len()).filter(|&row| self.treated[row] == treated) {
                    any = true;
                    totals.numerator += self.numerator[row];
                    totals.denominator += self.denominator[row];
                }
                if any { ratio_of_sums(&[totals]) } else { Err(NotEstimable::EmptyArm) }
            }
            Target::Quantile(p) => {
                quantile_in_place(&mut self.values(treated), p).ok_or(NotEstimable::EmptyArm)
            }
        }
    }

    /// The values of an arm's rows that count.
    fn values(&self, treated: bool) -> Vec<f64> {
        (0..self.treated.len())
            .filter(|&row| self.treated[row] == treated && self.denominator[row] > 0.0)
            .map(|row| self.numerator[row])
            .collect()
    }

    /// Every row its own unit.
    ///
    /// # Errors
    /// When an arm is empty, too small or without variance.
    pub fn by_row(&self) -> Result<Contrast, NotEstimable> {
        self.contrast(|sample, numerator| {
            let arm = |treated: bool| -> Vec<UnitTotals> {
                (0..sample.treated.len())
                    .filter(|&row| sample.treated[row] == treated)
                    .map(|row| UnitTotals { numerator: numerator[row], denominator: sample.denominator[row] })
                    .collect()
            };
            ratio_difference(&arm(true), &arm(false))
        })
    }

    /// Rows summed within their randomised units, contrasted as the structure of the units asks.
    ///
    /// # Errors
    /// When an arm is empty, has fewer than two units (per stratum, where there are strata) or no variance.
    pub fn by_unit(&self) -> Result<Contrast, NotEstimable> {
        self.contrast(|sample, numerator| {
            let units = sample.totals(numerator);
            let arm = |treated: bool| units.iter().filter(move |(_, arm, _)| *arm == treated);
            match sample.structure {
                Structure::Plain => {
                    let totals = |treated| arm(treated).map(|(_, _, totals)| *totals).collect::<Vec<_>>();
                    ratio_difference(&totals(true), &totals(false))
                }
                Structure::Strata(strata) => stratified_ratio_difference(
                    &in_strata(&units, true, strata),
                    &in_strata(&units, false, strata),
                ),
                Structure::Pairs(pairs) => {
                    let partner =
                        |unit: usize| arm(false).find(move |(other, _, _)| pairs[*other] == pairs[unit]);
                    let matched: Vec<(UnitTotals, UnitTotals)> = arm(true)
                        .filter_map(|(unit, _, treated)| {
                            partner(*unit).map(|(_, _, control)| (*treated, *control))
                        })
                        .collect();
                    paired_ratio_difference(&matched)
                }
            }
        })
    }

    /// Totals of every unit that has rows, in order of unit.
    fn totals(&self, numerator: &[f64]) -> Vec<(usize, bool, UnitTotals)> {
        let empty = (None, UnitTotals { numerator: 0.0, denominator: 0.0 });
        let mut units = vec![empty; self.units];
        for row in 0..self.treated.len() {
            let (arm, totals) = &mut units[self.unit[row] as usize];
            *arm = Some(self.treated[row]);
            totals.numerator += numerator[row];
            totals.denominator += self.denominator[row];
        }
        units
            .into_iter()
            .enumerate()
            .filter_map(|(unit, (arm, totals))| arm.map(|arm| (unit, arm, totals)))
            .collect()
    }

    /// A contrast of ratios as it is; a contrast of quantiles by the ratio contrast of their influence values
    /// q + (p − 1{y ≤ q})/f(q), whose mean is the quantile and whose unit totals carry its variance.
    fn contrast(
        &self,
        ratios: impl Fn(&Self, &[f64]) -> Result<Difference, NotEstimable>,
    ) -> Result<Contrast, NotEstimable> {
        let Target::Quantile(p) = self.target else {
            return Ok(Contrast { arms: self.arms()?, difference: ratios(self, self.numerator)? });
        };
        let quantile_and_density = |treated| {
            let mut values = self.values(treated);
            let quantile = quantile_in_place(&mut values, p).ok_or(NotEstimable::EmptyArm)?;
            let density = density_at_quantile(&mut values, p).ok_or(NotEstimable::ZeroVariance)?;
            Ok::<_, NotEstimable>((quantile, density))
        };
        let (treated, control) = (quantile_and_density(true)?, quantile_and_density(false)?);
        let influence: Vec<f64> = (0..self.treated.len())
            .map(|row| {
                if self.denominator[row] == 0.0 {
                    return 0.0;
                }
                let (quantile, density) = if self.treated[row] { treated } else { control };
                let below = if self.numerator[row] <= quantile { 1.0 } else { 0.0 };
                quantile + (p - below) / density
            })
            .collect();
        let linear = ratios(self, &influence)?;
        let arms = Arms { treated: treated.0, control: control.0 };
        let difference =
            difference_from(arms.effect(), linear.std_error, linear.df, linear.n_units, linear.vcov)?;
        Ok(Contrast { arms, difference })
    }
}

/// The units of one arm, each with its stratum.
fn in_strata(units: &[(usize, bool, UnitTotals)], treated: bool, strata: &[u32]) -> Vec<(u32, UnitTotals)> {
    let arm = units.iter().filter(|(_, arm, _)| *arm == treated);
    arm.map(|(unit, _, totals)| (strata[*unit], *totals)).collect()
}
