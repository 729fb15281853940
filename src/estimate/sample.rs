//! The rows of one metric as an estimator sees them.

use super::{Contrast, Frame};
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

/// The rows of one metric.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Who got what.
    pub frame: &'a Frame,
    /// What is contrasted.
    pub target: Target,
    /// Numerators.
    pub numerator: &'a [f64],
    /// Denominators; 0 where the row does not count.
    pub denominator: &'a [f64],
    /// Which rows are looked at.
    keeps: Keeps,
}

/// Which rows of a log are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Keeps {
    /// All.
    All,
    /// Those after the design's washout.
    AfterWashout,
    /// Those this many seconds after the start of their block, or later.
    After(f64),
    /// Those of this part of a two-part design, after the washout.
    Part(u8),
}

/// The two arms' statistics, of which every effect is the difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arms {
    /// The candidate's.
    pub treated: f64,
    /// The control's.
    pub control: f64,
}

impl Arms {
    /// Candidate minus control.
    #[must_use]
    pub const fn effect(&self) -> f64 {
        self.treated - self.control
    }
}

impl<'a> Sample<'a> {
    /// One metric's columns over the rows of a frame.
    #[must_use]
    pub const fn new(frame: &'a Frame, target: Target, numerator: &'a [f64], denominator: &'a [f64]) -> Self {
        Self { frame, target, numerator, denominator, keeps: Keeps::All }
    }

    /// The rows after the washout only.
    #[must_use]
    pub const fn after_washout(self) -> Self {
        Self { keeps: Keeps::AfterWashout, ..self }
    }

    /// The rows that arrived `burn_in_s` seconds after the start of their block, or later.
    #[must_use]
    pub const fn after(self, burn_in_s: f64) -> Self {
        Self { keeps: Keeps::After(burn_in_s), ..self }
    }

    /// The rows of one part of a two-part design, after the washout.
    #[must_use]
    pub const fn part(self, part: u8) -> Self {
        Self { keeps: Keeps::Part(part), ..self }
    }

    /// The rows that are looked at.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.frame.len()).filter(|&row| match self.keeps {
            Keeps::All => true,
            Keeps::AfterWashout => !self.frame.is_in_washout(row),
            Keeps::After(burn_in_s) => self.frame.since_switch_s[row] >= burn_in_s,
            Keeps::Part(part) => self.frame.part[row] == part && !self.frame.is_in_washout(row),
        })
    }

    fn rows_of(&self, treated: bool) -> impl Iterator<Item = usize> + '_ {
        self.rows().filter(move |&row| self.frame.treated[row] == treated)
    }

    /// One value for each row that is looked at, whose plain mean is the metric to first order: the numerator where every
    /// denominator is one; R + (y − R x)/x̄ for a ratio R of sums; q + (p − 1{y ≤ q})/f(q) for a quantile (Deng, Knoblich
    /// and Lu, KDD 2018). Estimators that weigh single rows work on these.
    ///
    /// # Errors
    /// When the metric itself cannot be told.
    pub fn values(&self) -> Result<Vec<f64>, NotEstimable> {
        let rows: Vec<usize> = self.rows().collect();
        match self.target {
            Target::Ratio => {
                let (mut y, mut x) = (0.0, 0.0);
                let mut plain = true;
                for &row in &rows {
                    y += self.numerator[row];
                    x += self.denominator[row];
                    plain &= self.denominator[row] == 1.0;
                }
                if plain {
                    return Ok(rows.iter().map(|&row| self.numerator[row]).collect());
                }
                let ratio = ratio_of_sums(&[UnitTotals { numerator: y, denominator: x }])?;
                let mean = x / rows.len() as f64;
                let value =
                    |&row: &usize| ratio + (self.numerator[row] - ratio * self.denominator[row]) / mean;
                Ok(rows.iter().map(value).collect())
            }
            Target::Quantile(p) => {
                let counts = |row: usize| self.denominator[row] > 0.0;
                let mut values: Vec<f64> =
                    rows.iter().filter(|&&row| counts(row)).map(|&row| self.numerator[row]).collect();
                let share = values.len() as f64 / rows.len().max(1) as f64;
                let quantile = quantile_in_place(&mut values, p).ok_or(NotEstimable::EmptyArm)?;
                let density = density_at_quantile(&mut values, p).ok_or(NotEstimable::ZeroVariance)?;
                let value = |&row: &usize| {
                    let below = if self.numerator[row] <= quantile { 1.0 } else { 0.0 };
                    quantile + if counts(row) { (p - below) / density / share } else { 0.0 }
                };
                Ok(rows.iter().map(value).collect())
            }
        }
    }

    /// Numerators and denominators of the rows that are looked at, whose ratio of sums is the metric: the metric's own for
    /// a ratio, and for a quantile its [`Sample::values`] over ones. Estimators that sum rows within blocks or cells work
    /// on these.
    ///
    /// # Errors
    /// When the metric itself cannot be told.
    pub fn terms(&self) -> Result<Vec<UnitTotals>, NotEstimable> {
        if let Target::Ratio = self.target {
            let term =
                |row| UnitTotals { numerator: self.numerator[row], denominator: self.denominator[row] };
            return Ok(self.rows().map(term).collect());
        }
        let values = self.values()?;
        Ok(values.into_iter().map(|numerator| UnitTotals { numerator, denominator: 1.0 }).collect())
    }

    /// The arms' statistics. Within strata a ratio is the combined ratio, which weighs strata alike in both arms.
    ///
    /// # Errors
    /// When an arm has no rows that count.
    pub fn arms(&self) -> Result<Arms, NotEstimable> {
        if let (Structure::Strata(strata), Target::Ratio) = (&self.frame.structure, self.target) {
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
                for row in self.rows_of(treated) {
                    any = true;
                    totals.numerator += self.numerator[row];
                    totals.denominator += self.denominator[row];
                }
                if any { ratio_of_sums(&[totals]) } else { Err(NotEstimable::EmptyArm) }
            }
            Target::Quantile(p) => {
                quantile_in_place(&mut self.values_of(treated), p).ok_or(NotEstimable::EmptyArm)
            }
        }
    }

    /// The values of an arm's rows that count.
    fn values_of(&self, treated: bool) -> Vec<f64> {
        self.rows_of(treated)
            .filter(|&row| self.denominator[row] > 0.0)
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
                sample
                    .rows_of(treated)
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
            match &sample.frame.structure {
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

    /// Totals of every unit that has rows, in order of unit, with the arm of its last row.
    #[must_use]
    pub fn totals(&self, numerator: &[f64]) -> Vec<(usize, bool, UnitTotals)> {
        let empty = (None, UnitTotals { numerator: 0.0, denominator: 0.0 });
        let mut units = vec![empty; self.frame.units];
        for row in self.rows() {
            let (arm, totals) = &mut units[self.frame.unit[row] as usize];
            *arm = Some(self.frame.treated[row]);
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
            return Ok(Contrast { arms: Some(self.arms()?), difference: ratios(self, self.numerator)? });
        };
        let quantile_and_density = |treated| {
            let mut values = self.values_of(treated);
            let quantile = quantile_in_place(&mut values, p).ok_or(NotEstimable::EmptyArm)?;
            let density = density_at_quantile(&mut values, p).ok_or(NotEstimable::ZeroVariance)?;
            Ok::<_, NotEstimable>((quantile, density))
        };
        let (treated, control) = (quantile_and_density(true)?, quantile_and_density(false)?);
        let influence: Vec<f64> = (0..self.frame.len())
            .map(|row| {
                if self.denominator[row] == 0.0 {
                    return 0.0;
                }
                let (quantile, density) = if self.frame.treated[row] { treated } else { control };
                let below = if self.numerator[row] <= quantile { 1.0 } else { 0.0 };
                quantile + (p - below) / density
            })
            .collect();
        let linear = ratios(self, &influence)?;
        let arms = Arms { treated: treated.0, control: control.0 };
        let difference =
            difference_from(arms.effect(), linear.std_error, linear.df, linear.n_units, linear.vcov)?;
        Ok(Contrast { arms: Some(arms), difference })
    }
}

/// The units of one arm, each with its stratum.
fn in_strata(units: &[(usize, bool, UnitTotals)], treated: bool, strata: &[u32]) -> Vec<(u32, UnitTotals)> {
    let arm = units.iter().filter(|(_, arm, _)| *arm == treated);
    arm.map(|(unit, _, totals)| (strata[*unit], *totals)).collect()
}
