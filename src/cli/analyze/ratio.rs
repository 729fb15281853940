//! The sample ratio: whether the arms have as many units as they should, over all arms of the file.

use super::columns::Plan;
use super::warnings::Warning;
use crate::cli::Failure;
use crate::report::numbers::short;
use crate::settings::{Place, Problem, Problems};
use crate::stats::{binomial_cdf, chi_squared_sf};
use crate::tidy::{Census, Grain, Tidy};

/// Two arms with fewer expected units than this need the exact test.
const FEW_EXPECTED: f64 = 10.0;

/// Several arms with fewer expected units than this, and χ² is not to be trusted.
const TOO_FEW_EXPECTED: f64 = 5.0;

/// A sample ratio that is less probable than this is an alarm.
const ALARM: f64 = 1e-3;

/// With more arms than this nobody is asked whether equal shares were meant.
const MOST_ARMS: usize = 5;

/// What the sample ratio says.
#[derive(Default)]
pub(super) struct SampleRatio {
    pub warning: Option<Warning>,
    pub notes: Vec<String>,
}

/// The sample ratio against the split that was expected, else against the logged propensities; without either, a note where
/// equal shares would be an alarm.
///
/// # Errors
/// When the expected split does not fit the arms.
pub(super) fn check(tidy: &mut Tidy, plan: &Plan, expected: Option<&str>) -> Result<SampleRatio, Failure> {
    let arms = tidy.census.arms.len();
    if let Some(text) = expected {
        let weights =
            split(text, &tidy.census.arms).map_err(|problem| Failure::Invalid(Problems(vec![*problem])))?;
        let shown: Vec<String> = weights.iter().map(|weight| short_weight(*weight)).collect();
        return Ok(against(&tidy.census, &weights, &format!("{} was expected", shown.join(":"))));
    }
    let chances: Option<Vec<f64>> = tidy
        .census
        .arms
        .iter()
        .map(|arm| plan.chances.iter().find(|chance| chance.arm == *arm).and_then(|chance| chance.constant))
        .collect();
    if let Some(weights) = chances.filter(|weights| weights.iter().all(|weight| *weight > 0.0)) {
        let shown: Vec<String> = weights.iter().map(|weight| short_weight(*weight)).collect();
        return Ok(against(&tidy.census, &weights, &format!("the probabilities were {}", shown.join(", "))));
    }
    if !tidy.frame.propensity.is_empty() {
        return Ok(SampleRatio { warning: against_propensity(tidy), notes: Vec::new() });
    }
    let mut found = SampleRatio::default();
    if let Some(units) = &tidy.census.units
        && arms <= MOST_ARMS
    {
        let equal = vec![1.0; arms];
        let p = p_value(units, &equal);
        if p < ALARM && (arms == 2 || least_expected(units, &equal) >= TOO_FEW_EXPECTED) {
            let ones = vec!["1"; arms].join(":");
            found.notes.push(format!(
                "{}: if {ones} was meant, p = {}; say --expected",
                counts(&tidy.census, units),
                short(p)
            ));
        }
    }
    Ok(found)
}

/// A weight as it was written, or nearly so.
fn short_weight(weight: f64) -> String {
    format!("{}", libm::round(weight * 1e6) / 1e6)
}

/// The arms with their units: `450 rows got ctl, 300 got b`.
fn counts(census: &Census, units: &[u64]) -> String {
    let what = match census.columns.is_empty() {
        true => "rows".to_owned(),
        false => format!("units of `{}`", census.unit_name()),
    };
    let mut parts: Vec<String> =
        units.iter().zip(&census.arms).map(|(count, arm)| format!("{count} got {arm}")).collect();
    parts[0] = format!("{} {what} got {}", units[0], census.arms[0]);
    parts.join(", ")
}

fn against(census: &Census, weights: &[f64], expectation: &str) -> SampleRatio {
    let Some(units) = &census.units else {
        let note = match census.columns.is_empty() {
            true => "the sample ratio is not checked: there are too many arms".to_owned(),
            false => format!(
                "the sample ratio is not checked: some units of `{}` got several arms",
                census.unit_name()
            ),
        };
        return SampleRatio { warning: None, notes: vec![note] };
    };
    let least = least_expected(units, weights);
    if units.len() > 2 && least < TOO_FEW_EXPECTED {
        let note = format!(
            "the sample ratio is not checked: of {} arms one expects {} units, and the test needs {TOO_FEW_EXPECTED}",
            units.len(),
            short(least)
        );
        return SampleRatio { warning: None, notes: vec![note] };
    }
    let p = p_value(units, weights);
    let warning = (p < ALARM).then(|| alarm(&format!("{}, where {expectation}", counts(census, units)), p));
    SampleRatio { warning, notes: Vec::new() }
}

fn alarm(seen: &str, p: f64) -> Warning {
    Warning {
        code: "W-SRM",
        text: format!(
            "sample ratio mismatch: {seen} (p = {}). Units are missing from an arm, or the assignment is not what was \
             logged: find out which before believing any effect.",
            short(p),
        ),
    }
}

/// The weights of an expected split in the order of the arms.
fn split(text: &str, arms: &[String]) -> Result<Vec<f64>, Box<Problem>> {
    let problem = |found: String| {
        let place = Place::Argument(format!("--expected {text}"));
        let ones = vec!["1"; arms.len()].join(":");
        let allowed = format!(
            "a weight above 0 for each of the {} arms {}, such as {ones}",
            arms.len(),
            arms.join(", ")
        );
        Box::new(Problem { place, path: "expected".to_owned(), found, allowed })
    };
    let weight = |text: &str| {
        let value = text.trim().parse::<f64>().ok().filter(|value| *value > 0.0 && value.is_finite());
        value.ok_or_else(|| problem(format!("`{}`", text.trim())))
    };
    if !text.contains('=') {
        let weights = text.split(':').map(weight).collect::<Result<Vec<f64>, _>>()?;
        let plural = if weights.len() == 1 { "" } else { "s" };
        return match weights.len() == arms.len() {
            true => Ok(weights),
            false => Err(problem(format!("{} weight{plural}", weights.len()))),
        };
    }
    let mut weights = vec![None; arms.len()];
    for part in text.split(',') {
        let (arm, value) = part.rsplit_once('=').ok_or_else(|| problem(format!("\"{part}\"")))?;
        let at = arms.iter().position(|known| known == arm.trim());
        let at = at.ok_or_else(|| problem(format!("no row with the arm \"{}\"", arm.trim())))?;
        if weights[at].replace(weight(value)?).is_some() {
            return Err(problem(format!("\"{}\" twice", arm.trim())));
        }
    }
    let missing = weights.iter().position(Option::is_none);
    match missing {
        Some(at) => Err(problem(format!("no weight of \"{}\"", arms[at]))),
        None => Ok(weights.into_iter().flatten().collect()),
    }
}

/// Whether the units of the two arms that are compared are as many as their propensities say.
fn against_propensity(tidy: &mut Tidy) -> Option<Warning> {
    let is = |column: &Option<(String, crate::tidy::Key)>| {
        column.as_ref().is_some_and(|(name, _)| tidy.census.columns == [name.clone()])
    };
    let grain = match tidy.census.columns.len() {
        0 if tidy.census.units.is_none() => return None,
        0 => Grain::Row,
        1 if is(&tidy.unit) => Grain::Unit,
        1 if is(&tidy.cluster) => Grain::Cluster,
        1 => Grain::Block,
        _ => Grain::Cell,
    };
    tidy.set_grain(grain).ok()?;
    let frame = &tidy.frame;
    let mut units: Vec<Option<(bool, f64)>> = vec![None; frame.units];
    for ((unit, treated), share) in frame.unit.iter().zip(&frame.treated).zip(&frame.propensity) {
        let own = units[*unit as usize].get_or_insert((*treated, *share));
        // A unit of both arms, or of several coins, has no probability of its own.
        if *own != (*treated, *share) {
            return None;
        }
    }
    let units: Vec<(bool, f64)> = units.into_iter().flatten().collect();
    let treated = units.iter().filter(|(treated, _)| *treated).count() as u64;
    let control = units.len() as u64 - treated;
    let census = Census {
        arms: tidy.arms.to_vec(),
        units: Some(vec![control, treated]),
        columns: tidy.census.columns.clone(),
    };
    let seen = counts(&census, &[control, treated]);
    let (_, share) = *units.first()?;
    if units.iter().all(|(_, other)| *other == share) {
        if share <= 0.0 || share >= 1.0 {
            return None;
        }
        let p = p_value(&[control, treated], &[1.0 - share, share]);
        let said = format!("{seen}, where the probability of {} was {share}", tidy.arms[1]);
        return (p < ALARM).then(|| alarm(&said, p));
    }
    let expected: f64 = units.iter().map(|(_, share)| share).sum();
    let variance: f64 = units.iter().map(|(_, share)| share * (1.0 - share)).sum();
    if variance < TOO_FEW_EXPECTED {
        return None;
    }
    let gap = treated as f64 - expected;
    let p = chi_squared_sf(gap * gap / variance, 1.0);
    let said = format!("{seen}, where the probabilities of {} sum to {}", tidy.arms[1], short(expected));
    (p < ALARM).then(|| alarm(&said, p))
}

fn expectations(units: &[u64], weights: &[f64]) -> Vec<f64> {
    let n: u64 = units.iter().sum();
    let whole: f64 = weights.iter().sum();
    weights.iter().map(|weight| n as f64 * weight / whole).collect()
}

fn least_expected(units: &[u64], weights: &[f64]) -> f64 {
    expectations(units, weights).into_iter().fold(f64::INFINITY, f64::min)
}

/// The p-value of the arms' counts: χ² with one degree of freedom less than there are arms; of two arms with few expected
/// units, exact.
fn p_value(units: &[u64], weights: &[f64]) -> f64 {
    let expected = expectations(units, weights);
    if let ([control, treated], [_, _]) = (units, weights)
        && least_expected(units, weights) < FEW_EXPECTED
    {
        let (n, share) = (control + treated, weights[1] / (weights[0] + weights[1]));
        let below = binomial_cdf(*treated, n, share);
        let above = match treated {
            0 => 1.0,
            _ => 1.0 - binomial_cdf(treated - 1, n, share),
        };
        return (2.0 * below.min(above)).min(1.0);
    }
    let gaps = units.iter().zip(&expected).map(|(count, expected)| {
        let gap = *count as f64 - expected;
        gap * gap / expected
    });
    chi_squared_sf(gaps.sum(), units.len() as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_split_passes_and_a_lost_tenth_alarms() {
        // χ² = 100²/5000·2 = 4: p = 0.0455 (normal two-sided at 2).
        assert!((p_value(&[5100, 4900], &[1.0, 1.0]) - 0.045_500_263_896).abs() < 1e-10);
        assert!(p_value(&[5500, 4500], &[0.5, 0.5]) < 1e-20);
        // Nine of nine at a half: 2 · 2⁻⁹.
        assert!((p_value(&[0, 9], &[2.0, 2.0]) - 2.0 / 512.0).abs() < 1e-12);
        assert_eq!(p_value(&[3, 3], &[1.0, 1.0]), 1.0);
        // Three arms: χ² = (20² + 10² + 10²)/100 = 6 with two degrees of freedom, e⁻³.
        assert!((p_value(&[120, 90, 90], &[1.0; 3]) - libm::exp(-3.0)).abs() < 1e-12);
        assert_eq!(p_value(&[60, 60, 120], &[1.0, 1.0, 2.0]), 1.0);
    }

    #[test]
    fn splits_are_read_by_place_and_by_name() {
        let arms = ["ctl", "-1", "c"].map(str::to_owned);
        assert_eq!(split("1:2:1", &arms).ok(), Some(vec![1.0, 2.0, 1.0]));
        assert_eq!(split("c=3, ctl=1,-1=2", &arms).ok(), Some(vec![1.0, 2.0, 3.0]));
        for text in
            ["1:1", "1:0:1", "1:-1:1", "ctl=1,c=1", "ctl=1,b=1,c=1", "", "a", "ctl=1,ctl=1,c=1", "inf:1:1"]
        {
            let problem = split(text, &arms).expect_err(text);
            assert!(problem.allowed.contains("3 arms ctl, -1, c"), "{problem}");
        }
    }
}
