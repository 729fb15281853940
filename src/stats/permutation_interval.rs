//! The interval of a randomisation test of a difference of two ratios: the effects that the test does not reject, exactly. It
//! does not know how the assignments were made.

/// What one assignment makes of a hypothetical effect τ: with the treated outcomes less τ, its statistic is
/// `level` − τ·`slope`. The assignment that was used has the estimate for its level and the slope one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnderShift {
    /// The statistic of the outcomes as they are.
    pub level: f64,
    /// By how much the statistic falls when every treated outcome falls by one: from −1 to 1.
    pub slope: f64,
}

/// The effects τ of which more than `alpha` of the assignments are as extreme as the one that was used: from, to, and the
/// highest confidence level at which both ends exist. An end that does not exist is infinite.
///
/// An assignment is as extreme where |level − τ slope| ≥ |estimate − τ|: between (estimate − level)/(1 − slope) and (estimate +
/// level)/(1 + slope), a stretch that holds the estimate. So the share of extreme assignments falls on both sides of the
/// estimate, in steps at the ends of these stretches, and no search is needed (Garthwaite, Biometrics 1996, has the idea for one
/// end). `redrawn` are assignments that were drawn, or all there are; where they were drawn, the used one counts once more.
#[must_use]
pub fn permutation_interval(
    estimate: f64,
    redrawn: &[UnderShift],
    exact: bool,
    alpha: f64,
) -> (f64, f64, f64) {
    let (mut lows, mut highs) =
        (Vec::with_capacity(redrawn.len() + 1), Vec::with_capacity(redrawn.len() + 1));
    for assignment in redrawn {
        let UnderShift { level, slope } = *assignment;
        let quotient =
            |top: f64, bottom: f64| Some(top / bottom).filter(|end| bottom.abs() > 1e-12 && end.is_finite());
        // The used assignment and its mirror image are as extreme whatever the effect; so is what is not a number, because
        // nothing is known about it.
        let ends = quotient(estimate - level, 1.0 - slope).zip(quotient(estimate + level, 1.0 + slope));
        let (low, high) = ends.map_or((f64::NEG_INFINITY, f64::INFINITY), |(first, second)| {
            (first.min(second), first.max(second))
        });
        lows.push(low);
        highs.push(high);
    }
    if !exact {
        lows.push(f64::NEG_INFINITY);
        highs.push(f64::INFINITY);
    }
    let count = highs.len();
    // So many extreme assignments are still a rejection.
    let allowed = (alpha * count as f64 * (1.0 + 1e-12)) as usize;
    lows.sort_by(f64::total_cmp);
    highs.sort_by(|a, b| b.total_cmp(a));
    let end = |ends: &[f64], none: f64| ends.get(allowed).copied().unwrap_or(none);
    let unbounded = highs.iter().filter(|end| end.is_infinite()).count();
    let low = end(&lows, f64::NEG_INFINITY);
    let high = end(&highs, f64::INFINITY);
    (low, high, 1.0 - unbounded as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::super::Mechanism;
    use super::*;

    /// Statistics of all splits of `values`, the treated being those of `arms`.
    fn all(values: &[f64], arms: &[bool]) -> (f64, Vec<UnderShift>) {
        let treated = arms.iter().filter(|arm| **arm).count();
        let mechanism = Mechanism::complete(values.len(), treated);
        let under = |drawn: &[bool]| {
            let mean = |of: &dyn Fn(usize) -> f64, arm: bool| {
                let own: Vec<f64> = (0..values.len()).filter(|u| drawn[*u] == arm).map(of).collect();
                own.iter().sum::<f64>() / own.len() as f64
            };
            let level = |unit: usize| values[unit];
            let slope = |unit: usize| if arms[unit] { 1.0 } else { 0.0 };
            UnderShift {
                level: mean(&level, true) - mean(&level, false),
                slope: mean(&slope, true) - mean(&slope, false),
            }
        };
        let mut drawn = vec![false; values.len()];
        let found = (0..mechanism.count().unwrap())
            .map(|index| {
                mechanism.nth(index, &mut drawn);
                under(&drawn)
            })
            .collect();
        (under(arms).level, found)
    }

    #[test]
    fn the_interval_holds_what_the_test_does_not_reject_and_nothing_else() {
        let values = [3.1, 0.2, 4.4, 1.9, 2.5, 0.9, 3.6, 1.2];
        let arms = [true, false, true, false, true, false, true, false];
        let (estimate, found) = all(&values, &arms);
        let (low, high, level) = permutation_interval(estimate, &found, true, 0.05);
        let p = |tau: f64| {
            let bar = (estimate - tau).abs() - 1e-9;
            let extreme = found.iter().filter(|a| (a.level - tau * a.slope).abs() >= bar).count();
            extreme as f64 / found.len() as f64
        };
        // All 70 splits: 3 of them are a rejection, 4 are none.
        assert!(p(low + 1e-6) > 0.05 && p(high - 1e-6) > 0.05, "{low} {high}");
        assert!(p(low - 1e-6) <= 0.05 && p(high + 1e-6) <= 0.05, "{low} {high}");
        assert!((level - (1.0 - 2.0 / 70.0)).abs() < 1e-15);
    }

    #[test]
    fn three_against_three_have_no_interval_at_95_percent_but_one_at_90() {
        let (estimate, found) =
            all(&[3.1, 2.2, 4.0, 5.0, 6.1, 5.6], &[false, false, false, true, true, true]);
        let (low, high, level) = permutation_interval(estimate, &found, true, 0.05);
        assert!(low.is_infinite() && high.is_infinite() && (level - 0.9).abs() < 1e-15);
        let (low, high, _) = permutation_interval(estimate, &found, true, 0.1);
        assert!(low.is_finite() && high.is_finite() && low < estimate && estimate < high);
    }
}
