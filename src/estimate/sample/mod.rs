//! The rows of one metric as an estimator sees them.

mod contrasts;
mod quantile_form;
mod strata;

use super::quantiles::ArmQuantile;
use super::{Frame, Point};
use crate::stats::quantile::{Spread, quantiles_and_densities};
use crate::stats::{NotEstimable, UnitTotals, ratio_of_sums};

/// What is contrasted between the arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Sum of numerators over sum of denominators.
    Ratio,
    /// The quantile of the numerators of rows with a denominator.
    Quantile(f64),
}

/// Which rows have an outcome. A row without one is not in the sample: it counts in no unit, no degree of freedom and no mean.
/// A row with a denominator of zero that was recorded is another thing: it was randomised like the others, and stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recorded<'a> {
    /// All.
    Always,
    /// Those with a denominator above zero: a latency exists where the request was completed.
    WhereCounted,
    /// Those that are marked, one mark a row of the frame.
    Rows(&'a [bool]),
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

impl From<Arms> for Point {
    fn from(arms: Arms) -> Self {
        Self { effect: arms.effect(), arms: Some(arms) }
    }
}

/// What one randomised unit contributes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitRow {
    /// Its number.
    pub unit: usize,
    /// Whether it got the candidate.
    pub treated: bool,
    /// The sums over its rows.
    pub totals: UnitTotals,
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
    /// Which rows have an outcome.
    recorded: Recorded<'a>,
    /// Which rows are looked at.
    keeps: Keeps,
    /// Quantiles that were found beforehand: over all rows, and over those after the washout.
    known: [&'a [ArmQuantile]; 2],
}

impl<'a> Sample<'a> {
    /// One metric's columns over the rows of a frame.
    #[must_use]
    pub const fn new(frame: &'a Frame, target: Target, numerator: &'a [f64], denominator: &'a [f64]) -> Self {
        let recorded = Recorded::Always;
        Self { frame, target, numerator, denominator, recorded, keeps: Keeps::All, known: [&[], &[]] }
    }

    /// With the rows that have an outcome.
    #[must_use]
    pub const fn recorded(self, recorded: Recorded<'a>) -> Self {
        Self { recorded, ..self }
    }

    /// With other numerators of the same rows.
    #[must_use]
    pub const fn with_numerator(self, numerator: &'a [f64]) -> Self {
        Self { numerator, known: [&[], &[]], ..self }
    }

    /// With quantiles that were found beforehand: over all rows, and over those after the washout.
    #[must_use]
    pub const fn with_quantiles(self, all: &'a [ArmQuantile], after_washout: &'a [ArmQuantile]) -> Self {
        Self { known: [all, after_washout], ..self }
    }

    /// The rows after the washout only.
    #[must_use]
    pub fn after_washout(self) -> Self {
        let keeps = if self.frame.washout.contains(&true) { Keeps::AfterWashout } else { Keeps::All };
        Self { keeps, ..self }
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

    /// What a message calls a stratum of the units.
    #[must_use]
    pub fn stratum_name(&self, stratum: u32) -> String {
        match self.frame.stratum_names.get(stratum as usize) {
            Some(name) => format!("stratum {name}"),
            None => format!("stratum {stratum}"),
        }
    }

    /// The rows that are looked at.
    pub fn rows(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.frame.len()).filter(|&row| self.looks_at(row))
    }

    fn looks_at(&self, row: usize) -> bool {
        self.is_recorded(row) && self.keeps(row)
    }

    /// Whether the row has an outcome.
    #[must_use]
    pub fn is_recorded(&self, row: usize) -> bool {
        match self.recorded {
            Recorded::Always => true,
            Recorded::WhereCounted => self.denominator[row] > 0.0,
            Recorded::Rows(marks) => marks[row],
        }
    }

    /// Whether all rows of the frame are looked at.
    fn is_whole(&self) -> bool {
        self.keeps == Keeps::All && matches!(self.recorded, Recorded::Always)
    }

    fn keeps(&self, row: usize) -> bool {
        match self.keeps {
            Keeps::All => true,
            Keeps::AfterWashout => !self.frame.is_in_washout(row),
            Keeps::After(burn_in_s) => self.frame.since_switch_s[row] >= burn_in_s,
            Keeps::Part(part) => self.frame.part[row] == part && !self.frame.is_in_washout(row),
        }
    }

    /// Do `one` for each row that is looked at; where that is all of them, without asking.
    #[inline]
    fn each_row(&self, one: impl FnMut(usize)) {
        if self.is_whole() {
            (0..self.frame.len()).for_each(one);
        } else {
            self.rows().for_each(one);
        }
    }

    /// One value for each row that is looked at, whose plain mean is the metric to first order: the numerator where every
    /// denominator is one; R + (y − R x)/x̄ for a ratio R of sums; q + (p − 1{y ≤ q})/f(q) for a quantile (Deng, Knoblich
    /// and Lu, KDD 2018). Estimators that weigh single rows work on these.
    ///
    /// # Errors
    /// When the metric itself cannot be told.
    pub fn values(&self) -> Result<Vec<f64>, NotEstimable> {
        self.values_of(&self.rows().collect::<Vec<_>>())
    }

    /// The rows that are looked at, and those between them that have no outcome: they too were treated or not, and met the
    /// others.
    pub fn arrivals(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.frame.len()).filter(|&row| self.keeps(row))
    }

    /// [`Sample::values`] for each of [`Sample::arrivals`]; a row without an outcome has the metric itself, as if it were
    /// like the others.
    ///
    /// # Errors
    /// When the metric itself cannot be told.
    pub fn arrival_values(&self) -> Result<Vec<f64>, NotEstimable> {
        self.values_of(&self.arrivals().collect::<Vec<_>>())
    }

    fn values_of(&self, rows: &[usize]) -> Result<Vec<f64>, NotEstimable> {
        match self.target {
            Target::Ratio => {
                let (mut y, mut x) = (0.0, 0.0);
                let mut plain = true;
                for &row in rows {
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
                let counts = |row: usize| self.denominator[row] > 0.0 && self.is_recorded(row);
                let mut values: Vec<f64> =
                    rows.iter().filter(|&&row| counts(row)).map(|&row| self.numerator[row]).collect();
                let share = values.len() as f64 / rows.len().max(1) as f64;
                let found = quantiles_and_densities(&mut values, &[p]).pop().flatten();
                let Spread { quantile, density, tied } = found.ok_or(NotEstimable::EmptyArm)?;
                if tied {
                    return Err(NotEstimable::TiedQuantile);
                }
                let density = density.ok_or(NotEstimable::ZeroVariance)?;
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

    /// Totals of every unit that has rows, in order of unit, with the arm of its last row.
    #[must_use]
    pub fn unit_rows(&self) -> Vec<UnitRow> {
        self.totals(|row| self.numerator[row])
    }

    fn totals(&self, value: impl Fn(usize) -> f64) -> Vec<UnitRow> {
        /// No row yet.
        const NONE: u8 = 2;
        let empty = (NONE, UnitTotals { numerator: 0.0, denominator: 0.0 });
        let mut units = vec![empty; self.frame.units];
        self.each_row(|row| {
            let (arm, totals) = &mut units[self.frame.unit[row] as usize];
            *arm = u8::from(self.frame.treated[row]);
            totals.numerator += value(row);
            totals.denominator += self.denominator[row];
        });
        let present = units.into_iter().enumerate().filter(|(_, (arm, _))| *arm != NONE);
        present.map(|(unit, (arm, totals))| UnitRow { unit, treated: arm == 1, totals }).collect()
    }
}
