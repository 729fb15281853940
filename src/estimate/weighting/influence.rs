//! Contrasts of two weighted arms, with the parts of the error summed within randomised units.

use crate::estimate::{Arms, Contrast, Sample};
use crate::stats::{ColumnName, NotEstimable, PartsByUnit, WeightedMean};

/// The name of an arm in a reason.
pub(in crate::estimate) fn arm_name(treated: bool) -> String {
    if treated { "the treated arm".to_owned() } else { "the control arm".to_owned() }
}

/// `reason`, where it is `TooFewUnits` and an arm has one unit only: `LoneUnit` with the arm's name. `arms` are the units' arms.
pub(in crate::estimate) fn named_lone_arm(
    reason: NotEstimable,
    arms: impl Iterator<Item = bool>,
) -> NotEstimable {
    if reason != NotEstimable::TooFewUnits {
        return reason;
    }
    let mut counts = [0_usize; 2];
    arms.for_each(|treated| counts[usize::from(treated)] += 1);
    match counts {
        [_, 1] => NotEstimable::LoneUnit(ColumnName::new(&arm_name(true))),
        [1, _] => NotEstimable::LoneUnit(ColumnName::new(&arm_name(false))),
        _ => reason,
    }
}

/// The difference of the arms' weighted means (`vcov` "influence"): `weight` gives the weight of a looked-at row, by its
/// position among them. Rows of zero weight do not count.
///
/// # Errors
/// `NoOverlap` where an arm has no weight; `LoneUnit` where it has one unit; `ZeroVariance`; `Unobserved`.
pub(super) fn difference_of_weighted_arms(
    sample: &Sample<'_>,
    rows: &[usize],
    values: &[f64],
    weight: impl Fn(usize, bool) -> f64,
) -> Result<Contrast, NotEstimable> {
    let unit = |row: usize| sample.frame.unit[row];
    let arm = |treated: bool| {
        let own = rows.iter().zip(values).enumerate();
        let weighted = own.map(|(at, (&row, &value))| (unit(row), weight(at, treated), value));
        WeightedMean::of(weighted, || arm_name(treated)).map_err(|reason| match reason {
            NotEstimable::EmptyArm => NotEstimable::NoOverlap,
            other => other,
        })
    };
    let (treated, control) = (arm(true)?, arm(false)?);
    let mut parts = PartsByUnit::new(sample.frame.units);
    parts.add_arm(true, &treated.parts);
    parts.add_arm(false, &control.parts);
    let arms = Arms { treated: treated.mean, control: control.mean };
    let difference = parts.difference(arms.effect(), [control.df, treated.df], "influence")?;
    Ok(Contrast { arms: Some(arms), difference })
}

/// A mean over rows of summands, one each, with every unit in the arms of its rows (`vcov` "influence"): V = G/(G − 1)·Σ_u
/// (Σ_{i in u} ψ_i)²/n², ψ the summands less their mean.
///
/// # Errors
/// `LoneUnit` where an arm has one unit; `ZeroVariance`; `Unobserved`.
pub(super) fn difference_by_summands(
    sample: &Sample<'_>,
    rows: &[usize],
    effect: f64,
    summands: &[f64],
) -> Result<Contrast, NotEstimable> {
    let n = rows.len() as f64;
    let mut parts = PartsByUnit::new(sample.frame.units);
    for (&row, summand) in rows.iter().zip(summands) {
        // Parts of controls count against the treated; a summand is one whole.
        let treated = sample.frame.treated[row];
        let part = (summand - effect) / n;
        parts.add_to_arm(sample.frame.unit[row], treated, if treated { part } else { -part });
    }
    let units = parts.units() as f64;
    for treated in [false, true] {
        if parts.units_of(treated) < 2 {
            return Err(NotEstimable::LoneUnit(crate::stats::ColumnName::new(&arm_name(treated))));
        }
    }
    let df = [false, true].map(|treated| parts.units_of(treated) as f64 - 1.0);
    parts.scale((units / (units - 1.0)).sqrt());
    Ok(Contrast { arms: None, difference: parts.difference(effect, df, "influence")? })
}
