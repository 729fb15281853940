//! A switchback's log as a series of periods, each of one arm and one coin.

use crate::estimate::{Column, Frame, Sample};
use crate::stats::{ColumnName, NotEstimable, UnitTotals, ratio_of_sums};
use std::collections::BTreeMap;

/// One period of a switchback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Period {
    /// The unit whose coin decided it.
    pub coin: u32,
    /// How that coin fell.
    pub treated: bool,
    /// The probability that it fell for the candidate.
    pub propensity: f64,
    /// Its totals.
    pub totals: UnitTotals,
}

/// The periods that have rows, in order, each with its number. Periods are `length_s` seconds long, counted from the start
/// of the first row's block; with a length of zero they are the design's blocks (its units, where no blocks are logged).
///
/// # Errors
/// `MixedArms` when a period holds more than one coin; `MissingColumn`; those of [`Sample::terms`].
pub(super) fn periods(sample: &Sample<'_>, length_s: f64) -> Result<Vec<(usize, Period)>, NotEstimable> {
    let frame = sample.frame;
    let number = numbering(frame, length_s)?;
    let mut periods: BTreeMap<usize, Period> = BTreeMap::new();
    for (row, term) in sample.rows().zip(sample.terms()?) {
        let period = periods.entry(number(row)).or_insert(Period {
            coin: frame.unit[row],
            treated: frame.treated[row],
            propensity: frame.propensity.get(row).copied().unwrap_or(0.5),
            totals: UnitTotals { numerator: 0.0, denominator: 0.0 },
        });
        if period.coin != frame.unit[row] || period.treated != frame.treated[row] {
            return Err(NotEstimable::MixedArms);
        }
        period.totals.numerator += term.numerator;
        period.totals.denominator += term.denominator;
    }
    Ok(periods.into_iter().collect())
}

/// Whether units follow one another in time, as blocks do.
///
/// # Errors
/// `NoOrder`.
pub(super) fn in_order(frame: &Frame) -> Result<(), NotEstimable> {
    if frame.in_order.units { Ok(()) } else { Err(NotEstimable::NoOrder(ColumnName::new("unit"))) }
}

fn numbering(frame: &Frame, length_s: f64) -> Result<Box<dyn Fn(usize) -> usize + '_>, NotEstimable> {
    if length_s > 0.0 {
        frame.require(&[Column::Time])?;
        let start =
            frame.time_s.first().map_or(0.0, |first| first - frame.since_switch_s.first().unwrap_or(&0.0));
        return Ok(Box::new(move |row| ((frame.time_s[row] - start) / length_s + 1e-9) as usize));
    }
    if frame.has(Column::Block) {
        if !frame.in_order.blocks {
            return Err(NotEstimable::NoOrder(ColumnName::new("block")));
        }
        return Ok(Box::new(|row| frame.block[row] as usize));
    }
    in_order(frame)?;
    Ok(Box::new(|row| frame.unit[row] as usize))
}

/// One value a period whose plain mean is the metric: R + (y − R x)/x̄ over periods.
pub(super) fn period_values(periods: &[(usize, Period)]) -> Result<Vec<f64>, NotEstimable> {
    let totals: Vec<UnitTotals> = periods.iter().map(|(_, period)| period.totals).collect();
    let ratio = ratio_of_sums(&totals)?;
    let mean = totals.iter().map(|totals| totals.denominator).sum::<f64>() / totals.len() as f64;
    if totals.iter().all(|totals| totals.denominator == mean) {
        return Ok(totals.iter().map(|totals| totals.numerator / mean).collect());
    }
    Ok(totals.iter().map(|totals| ratio + (totals.numerator - ratio * totals.denominator) / mean).collect())
}
