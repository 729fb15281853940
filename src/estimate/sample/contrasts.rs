//! The contrasts of two arms that a sample gives by itself: rows or units as they are, within strata, in pairs.

use super::quantile_form::QuantileForm;
use super::strata::{Cells, check_strata, in_strata, matched};
use super::{Arms, Keeps, Sample, Target, UnitRow};
use crate::design::Structure;
use crate::estimate::weighting::named_lone_arm;
use crate::estimate::{ArmQuantile, Contrast};
use crate::stats::quantile::Spread;
use crate::stats::{
    ArmRatio, NotEstimable, UnitTotals, paired_ratio_difference, ratio_of_sums, stratified_ratio_difference,
    stratified_ratios, welch,
};

impl Sample<'_> {
    /// The arms' statistics. Within strata a ratio is the combined ratio, which weighs strata alike in both arms.
    ///
    /// # Errors
    /// When an arm has no rows that count.
    pub fn arms(&self) -> Result<Arms, NotEstimable> {
        match (self.target, &self.frame.structure) {
            (Target::Ratio, Structure::Pairs(pairs)) => {
                let matched = matched(&self.unit_rows(), pairs);
                let (treated, control): (Vec<_>, Vec<_>) = matched.into_iter().unzip();
                Ok(Arms { treated: ratio_of_sums(&treated)?, control: ratio_of_sums(&control)? })
            }
            (Target::Ratio, Structure::Strata(strata)) => {
                let units = self.unit_rows();
                check_strata(self, &units, strata)?;
                let (treated, control) =
                    stratified_ratios(&in_strata(&units, true, strata), &in_strata(&units, false, strata))?;
                Ok(Arms { treated, control })
            }
            (Target::Ratio, _) => {
                let (mut rows, mut y, mut x) = ([0_usize; 2], [0.0; 2], [0.0; 2]);
                self.each_row(|row| {
                    let arm = usize::from(self.frame.treated[row]);
                    rows[arm] += 1;
                    y[arm] += self.numerator[row];
                    x[arm] += self.denominator[row];
                });
                let ratio = |arm: usize| match rows[arm] {
                    0 => Err(NotEstimable::EmptyArm),
                    _ => ratio_of_sums(&[UnitTotals { numerator: y[arm], denominator: x[arm] }]),
                };
                Ok(Arms { treated: ratio(1)?, control: ratio(0)? })
            }
            (Target::Quantile(p), _) => {
                let found = self.quantile(p);
                let value = |spread: Option<Spread>| Ok(spread.ok_or(NotEstimable::EmptyArm)?.quantile);
                Ok(Arms { treated: value(found.treated)?, control: value(found.control)? })
            }
        }
    }

    /// The p quantile of both arms.
    pub(super) fn quantile(&self, p: f64) -> ArmQuantile {
        let known: &[ArmQuantile] = match self.keeps {
            Keeps::All => self.known[0],
            Keeps::AfterWashout => self.known[1],
            Keeps::After(_) | Keeps::Part(_) => &[],
        };
        known.iter().find(|known| known.p == p).copied().unwrap_or_else(|| {
            let keeps = |row: usize| self.looks_at(row);
            let columns = (self.numerator, self.denominator);
            ArmQuantile::of(self.frame, &[self.target], columns, keeps, true)[0]
        })
    }

    /// Every row its own unit.
    ///
    /// # Errors
    /// When an arm is empty, too small or without variance.
    pub fn by_row(&self) -> Result<Contrast, NotEstimable> {
        match self.target {
            Target::Ratio => self.contrast_rows(|row| self.numerator[row]),
            Target::Quantile(p) => {
                let influence = QuantileForm::of(self, p)?;
                influence.finish(&self.contrast_rows(|row| influence.value(self, row))?)
            }
        }
    }

    /// Rows summed within their randomised units, contrasted as the structure of the units asks.
    ///
    /// # Errors
    /// When an arm is empty, has fewer than two units (per stratum, where there are strata) or no variance.
    pub fn by_unit(&self) -> Result<Contrast, NotEstimable> {
        match self.target {
            Target::Ratio => self.contrast_units(&self.unit_rows()),
            Target::Quantile(p) => {
                QuantileForm::of(self, p)?.finish(&self.contrast_units(&self.linear_unit_rows()?)?)
            }
        }
    }

    /// Totals of every unit that has rows, whose ratios of sums are the arms' statistics: those of [`Sample::unit_rows`] for
    /// a ratio, and sums of the quantile's linear form in the unit's own arm for a quantile.
    ///
    /// # Errors
    /// When a quantile, or the density there, cannot be told.
    pub fn linear_unit_rows(&self) -> Result<Vec<UnitRow>, NotEstimable> {
        match self.target {
            Target::Ratio => Ok(self.unit_rows()),
            Target::Quantile(p) => {
                let influence = QuantileForm::of(self, p)?;
                Ok(self.totals(|row| influence.value(self, row)))
            }
        }
    }

    fn contrast_rows(&self, value: impl Fn(usize) -> f64 + Copy) -> Result<Contrast, NotEstimable> {
        let unit = |row: usize| {
            let totals = UnitTotals { numerator: value(row), denominator: self.denominator[row] };
            (self.frame.treated[row], totals)
        };
        let arms = if self.is_whole() {
            ArmRatio::of_both((0..self.frame.len()).map(unit))
        } else {
            ArmRatio::of_both(self.rows().map(unit))
        };
        let arms =
            arms.map_err(|reason| named_lone_arm(reason, self.rows().map(|row| self.frame.treated[row])))?;
        plain(&arms)
    }

    fn contrast_units(&self, units: &[UnitRow]) -> Result<Contrast, NotEstimable> {
        let pairs = match &self.frame.structure {
            Structure::Plain | Structure::Alternating => {
                let arms = ArmRatio::of_both(units.iter().map(|unit| (unit.treated, unit.totals)));
                return plain(
                    &arms.map_err(|reason| named_lone_arm(reason, units.iter().map(|unit| unit.treated)))?,
                );
            }
            Structure::Strata(strata) => match check_strata(self, units, strata)? {
                Cells::Several => {
                    let treated = in_strata(units, true, strata);
                    let control = in_strata(units, false, strata);
                    let difference = stratified_ratio_difference(&treated, &control)?;
                    let (treated, control) = stratified_ratios(&treated, &control)?;
                    return Ok(Contrast { arms: Some(Arms { treated, control }), difference });
                }
                Cells::Pairs => strata,
            },
            Structure::Pairs(pairs) => pairs,
        };
        let difference = paired_ratio_difference(&matched(units, pairs))?;
        Ok(Contrast { arms: Some(self.arms()?), difference })
    }
}

/// The difference of two arms whose units are independent: the control's and the treated.
fn plain([control, treated]: &[ArmRatio; 2]) -> Result<Contrast, NotEstimable> {
    let arms = Arms { treated: treated.value, control: control.value };
    Ok(Contrast { arms: Some(arms), difference: welch(treated, control)? })
}
