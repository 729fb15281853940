//! What makes an estimate hard to believe, seen in the log alone: what was seen, what it may mean, what to try.

use super::columns::Plan;
use super::estimates::{FEW_DF, Found, takes_rows_for_units, unit_name, units_are_coarser};
use super::methods::Method;
use crate::report::numbers::short;
use crate::stats::{binomial_cdf, chi_squared_sf};
use crate::tidy::{Grain, Role, Tidy};

/// A warning with its code.
pub(super) struct Warning {
    pub code: &'static str,
    pub text: String,
}

/// Fewer expected units than this need the exact test.
const FEW_EXPECTED: f64 = 10.0;

/// A sample ratio that is less probable than this is an alarm.
const ALARM: f64 = 1e-3;

/// All warnings of an analysis.
pub(super) fn of(tidy: &mut Tidy, methods: &[Method], found: &[Found], plan: &Plan) -> Vec<Warning> {
    let shown = |method: &&Method| found.iter().any(|found| found.estimator == method.spec().name);
    let names = |wanted: &dyn Fn(&Method) -> bool| -> Vec<&str> {
        methods.iter().filter(shown).filter(|method| wanted(method)).map(|m| m.spec().name).collect()
    };
    let mut warnings = Vec::new();
    let mut warn = |code, text| warnings.push(Warning { code, text });
    let by_row = names(&takes_rows_for_units);
    if let Some((name, key)) = tidy.unit.as_ref().filter(|_| units_are_coarser(tidy) && !by_row.is_empty()) {
        warn(
            "W-UNIT",
            format!(
                "{} take{} {} rows for independent units, but only {} units of `{name}` were randomised: the standard \
                 error is too small. Try user_clustered.",
                by_row.join(", "),
                if by_row.len() == 1 { "s" } else { "" },
                tidy.frame.len(),
                key.distinct,
            ),
        );
    }
    let few =
        found.iter().filter_map(|found| found.result.ok().filter(|d| d.df < FEW_DF).map(|d| (found, d.df)));
    let few: Vec<String> =
        few.map(|(found, df)| format!("{} of {} ({df:.1})", found.estimator, found.metric)).collect();
    if !few.is_empty() {
        warn(
            "W-FEW",
            format!(
                "few degrees of freedom: {}. The interval stands or falls with the normality of a handful of units; \
                 randomise more of them, or finer ones.",
                few.join(", ")
            ),
        );
    }
    if !tidy.was_sorted {
        let column = plan.column(Role::Time).unwrap_or("time");
        warn(
            "W-ORDER",
            format!("rows were not in order of `{column}`; they were put in order, ties as in the file."),
        );
    }
    for (name, count) in &tidy.incomplete {
        warn("W-COLUMN", format!("`{name}` has {count} empty cells and is not used."));
    }
    warnings.extend(sample_ratio(tidy));
    warnings
}

/// Whether the units of the arms are as many as the constant probability of the candidate says.
fn sample_ratio(tidy: &mut Tidy) -> Option<Warning> {
    let share = *tidy.frame.propensity.first()?;
    let constant = tidy.frame.propensity.iter().all(|other| *other == share);
    if !constant || share <= 0.0 || share >= 1.0 {
        return None;
    }
    let grain = if tidy.unit.is_some() { Grain::Unit } else { Grain::Row };
    tidy.set_grain(grain).ok()?;
    let arms = tidy.unit_arms();
    if arms.iter().any(|seen| seen[0] && seen[1]) {
        return None;
    }
    let count = |arm: usize| arms.iter().filter(|seen| seen[arm]).count() as u64;
    let (control, treated) = (count(0), count(1));
    let p = sample_ratio_p(control, treated, share);
    (p < ALARM).then(|| Warning {
        code: "W-SRM",
        text: format!(
            "sample ratio mismatch: {treated} units of `{}` got {} and {control} got {}, where the probability was \
             {share} (p = {}). Units are missing from one arm, or the assignment is not what was logged: find out which \
             before believing any effect.",
            unit_name(tidy, grain),
            tidy.arms[1],
            tidy.arms[0],
            short(p),
        ),
    })
}

/// The p-value of the arms' counts: χ² with one degree of freedom, exact where few units are expected.
fn sample_ratio_p(control: u64, treated: u64, share: f64) -> f64 {
    let n = (control + treated) as f64;
    let expected = [n * (1.0 - share), n * share];
    if expected[0].min(expected[1]) < FEW_EXPECTED {
        let below = binomial_cdf(treated, control + treated, share);
        let above = match treated {
            0 => 1.0,
            _ => 1.0 - binomial_cdf(treated - 1, control + treated, share),
        };
        return (2.0 * below.min(above)).min(1.0);
    }
    let gap = treated as f64 - expected[1];
    chi_squared_sf(gap * gap / expected[0] + gap * gap / expected[1], 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_split_passes_and_a_lost_tenth_alarms() {
        // χ² = 100²/5000·2 = 4: p = 0.0455 (normal two-sided at 2).
        assert!((sample_ratio_p(5100, 4900, 0.5) - 0.045_500_263_896).abs() < 1e-10);
        assert!(sample_ratio_p(5500, 4500, 0.5) < 1e-20);
        // Nine of nine at a half: 2 · 2⁻⁹.
        assert!((sample_ratio_p(0, 9, 0.5) - 2.0 / 512.0).abs() < 1e-12);
        assert_eq!(sample_ratio_p(3, 3, 0.5), 1.0);
    }
}
