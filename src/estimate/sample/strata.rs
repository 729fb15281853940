//! Units within strata and pairs: which cells they fill, and whether these show noise.

use std::collections::BTreeMap;

use super::{Sample, UnitRow};
use crate::stats::{ColumnName, NotEstimable, UnitTotals};

/// What the arms of strata hold.
pub(super) enum Cells {
    /// Two units or more, each.
    Several,
    /// One unit, each.
    Pairs,
}

/// The pairs of which both units are there: treated, control.
pub(super) fn matched(units: &[UnitRow], pairs: &[u32]) -> Vec<(UnitTotals, UnitTotals)> {
    let mut controls: BTreeMap<u32, UnitTotals> = BTreeMap::new();
    for unit in units.iter().filter(|unit| !unit.treated) {
        controls.entry(pairs[unit.unit]).or_insert(unit.totals);
    }
    let treated = units.iter().filter(|unit| unit.treated);
    treated.filter_map(|unit| Some((unit.totals, *controls.get(&pairs[unit.unit])?))).collect()
}

/// The units of one arm, each with its stratum.
pub(super) fn in_strata(units: &[UnitRow], treated: bool, strata: &[u32]) -> Vec<(u32, UnitTotals)> {
    let arm = units.iter().filter(|unit| unit.treated == treated);
    arm.map(|unit| (strata[unit.unit], unit.totals)).collect()
}

/// Whether each stratum has both arms and more than one unit in each, or all have one of each.
///
/// # Errors
/// `EmptyStratum` or `LoneUnit`, with the name of the stratum.
pub(super) fn check_strata(
    sample: &Sample<'_>,
    units: &[UnitRow],
    strata: &[u32],
) -> Result<Cells, NotEstimable> {
    let mut counts: BTreeMap<u32, [usize; 2]> = BTreeMap::new();
    for unit in units {
        counts.entry(strata[unit.unit]).or_default()[usize::from(unit.treated)] += 1;
    }
    if [0, 1].iter().any(|arm| counts.values().all(|count| count[*arm] == 0)) {
        return Err(NotEstimable::EmptyArm);
    }
    if let Some((stratum, _)) = counts.iter().find(|(_, count)| count.contains(&0)) {
        return Err(NotEstimable::EmptyStratum(ColumnName::new(&sample.stratum_name(*stratum))));
    }
    if counts.len() > 1 && counts.values().all(|count| *count == [1, 1]) {
        return Ok(Cells::Pairs);
    }
    match counts.iter().find(|(_, count)| count.contains(&1)) {
        Some((stratum, count)) => {
            let arm = if count[1] == 1 { "treated" } else { "control" };
            let cell = format!("{arm}, {}", sample.stratum_name(*stratum));
            Err(NotEstimable::LoneUnit(ColumnName::new(&cell)))
        }
        None => Ok(Cells::Several),
    }
}
