//! How well an estimator did over replications whose truth is known: the scorer's arithmetic.
//!
//! It gets one row per replication and the truth, and must not know which design or estimator made them.
//! Formulas with their Monte-Carlo errors: Morris, White and Crowther (Statistics in Medicine 2019).

use super::{CONFIDENCE_LEVEL, Measure, NotEstimable, kolmogorov_sf, normal_quantile};

/// The truth is told from zero when it is this many of its standard errors away.
const CLEAR_OF_ZERO: f64 = 4.0;

/// The power at which the smallest detectable effect is told.
const POWER: f64 = 0.8;

/// What one replication reported, effects as treatment minus control. All numbers are finite, but for an end of the interval that
/// does not exist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replicate {
    /// The estimated effect, in the unit of the metric.
    pub estimate: f64,
    /// Its standard error as the estimator believes it.
    pub std_error: f64,
    /// Lower end of its interval at the crate's confidence level.
    pub conf_low: f64,
    /// Upper end of its interval.
    pub conf_high: f64,
    /// Its two-sided p-value of "no effect".
    pub p_value: f64,
    /// The true effect on this replication's own seed (everybody treated minus nobody treated). Pass the
    /// overall truth where there is none: then pairing gains nothing.
    pub paired_truth: f64,
}

/// The report card of an estimator, every measure with its Monte-Carlo standard error.
///
/// A truth that is estimated (standard error above zero) and lies within four standard errors of zero has no
/// known sign: measures that need one are `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Performance {
    /// Replications with an estimate: the denominator of every share below.
    pub n_replications: usize,
    /// Replications without one. They enter nothing else, so a large number spoils the comparison.
    pub n_failed: usize,
    /// The true effect and its standard error.
    pub truth: Measure,
    /// Mean estimate.
    pub mean_estimate: Measure,
    /// Mean estimate minus truth. Its error is sd(estimate − paired truth)/√n, which is right when the truth is
    /// the mean of the paired truths: noise that estimate and truth share on a seed cancels.
    pub bias: Measure,
    /// Bias as a share of the truth; `None` unless |truth| is more than four of its standard errors.
    pub rel_bias: Option<Measure>,
    /// Empirical standard error: the standard deviation of the estimates.
    pub emp_se: Measure,
    /// Model standard error: the root mean square of the standard errors reported. Compare with `emp_se`.
    pub model_se: Measure,
    /// Model over empirical standard error: one where the standard errors are honest about the noise.
    pub se_ratio: Option<Measure>,
    /// Root mean squared error against the truth.
    pub rmse: Measure,
    /// Share of intervals that contain the truth. A share of 0 or 1 has the error of [`Measure::share`].
    pub coverage: Measure,
    /// Bias-eliminated coverage: share of intervals that contain the mean estimate. Near the nominal level with
    /// a low `coverage`, it says that the noise is honest and the bias is to blame.
    pub be_coverage: Measure,
    /// Share of p-values below 1 − confidence level: power, or size when the truth is zero.
    pub power_or_size: Measure,
    /// Share of estimates whose sign is not that of the truth (an estimate of zero counts); `None` when the
    /// truth is zero or not told from it.
    pub sign_error: Option<Measure>,
    /// Type S: share of wrong signs among the estimates with p below 1 − confidence level; `None` when none is, or when the
    /// truth is zero or not told from it (Gelman and Carlin, Perspectives on Psychological Science 2014).
    pub type_s: Option<Measure>,
    /// Type M: mean size of those estimates over the size of the truth; `None` as for `type_s`.
    pub type_m: Option<Measure>,
    /// The smallest effect that an experiment of this length would find with 80 % power: (z₀.₉₇₅ + z₀.₈)·`emp_se`.
    pub detectable: Measure,
    /// What wrong decisions cost: `wrong_decision` times the size of the truth, in the unit of the metric.
    pub regret: Option<Measure>,
    /// Share of wrong decisions, `wrong_ship` or `missed_gain`. `None` when the sign of the truth is not known.
    pub wrong_decision: Option<Measure>,
    /// Share that ship (the interval excludes zero on the good side) although the truth is zero or harmful.
    /// Exactly zero, without error, when the truth is a gain.
    pub wrong_ship: Option<Measure>,
    /// Share that do not ship although the truth is a gain, however small: a low-powered design that is right
    /// about its noise is charged here. Exactly zero, without error, when the truth is no gain.
    pub missed_gain: Option<Measure>,
}

/// Scores `replicates` against `truth`, which has the standard error `truth_se` (zero when known exactly).
///
/// `n_failed` counts replications without an estimate. `higher_is_better` says which sign of the effect is a
/// gain. The decision rule is: ship if and only if the interval excludes zero on the good side.
///
/// # Errors
/// `TooFewUnits` under two replications with an estimate; `Unobserved` when a number is not finite.
pub fn performance(
    replicates: &[Replicate],
    n_failed: usize,
    truth: f64,
    truth_se: f64,
    higher_is_better: bool,
) -> Result<Performance, NotEstimable> {
    if replicates.len() < 2 {
        return Err(NotEstimable::TooFewUnits);
    }
    if !truth.is_finite() || !truth_se.is_finite() || !replicates.iter().all(Replicate::is_finite) {
        return Err(NotEstimable::Unobserved);
    }
    let n = replicates.len();
    let column = |of: fn(&Replicate) -> f64| -> Vec<f64> { replicates.iter().map(of).collect() };
    let count = |is: &dyn Fn(&Replicate) -> bool| replicates.iter().filter(|r| is(r)).count();
    let share = |is: &dyn Fn(&Replicate) -> bool| Measure::share(count(is), n);

    let estimates = column(|r| r.estimate);
    let mean_estimate = Measure::mean(&estimates)?;
    let paired_error = Measure::mean(&column(|r| r.estimate - r.paired_truth))?;
    let bias = Measure { value: mean_estimate.value - truth, mcse: paired_error.mcse };
    let squared_errors: Vec<f64> = estimates.iter().map(|e| (e - truth) * (e - truth)).collect();

    let clear_of_zero = truth.abs() > CLEAR_OF_ZERO * truth_se;
    let rel_bias =
        clear_of_zero.then(|| Measure { value: bias.value / truth, mcse: bias.mcse / truth.abs() });
    let wrong_sign = |r: &Replicate| r.estimate * truth.signum() <= 0.0;
    let sign_error = if clear_of_zero { Some(share(&wrong_sign)?) } else { None };

    let significant: Vec<&Replicate> =
        replicates.iter().filter(|r| r.p_value < 1.0 - CONFIDENCE_LEVEL).collect();
    let (type_s, type_m) = if clear_of_zero && !significant.is_empty() {
        let wrong = significant.iter().filter(|r| wrong_sign(r)).count();
        let sizes: Vec<f64> = significant.iter().map(|r| r.estimate.abs() / truth.abs()).collect();
        (Some(Measure::share(wrong, significant.len())?), Measure::mean(&sizes).ok())
    } else {
        (None, None)
    };

    let decision = if clear_of_zero || truth_se == 0.0 {
        let is_gain = if higher_is_better { truth > 0.0 } else { truth < 0.0 };
        let ships = count(&|r| if higher_is_better { r.conf_low > 0.0 } else { r.conf_high < 0.0 });
        Some(Decision::of(ships, n, is_gain)?)
    } else {
        None
    };

    let emp_se = Measure::standard_deviation(&estimates)?;
    let variances = column(|r| r.std_error * r.std_error);
    let model_se = Measure::root_mean(&variances)?;
    let times = |measure: Measure, factor: f64| Measure {
        value: measure.value * factor,
        mcse: measure.mcse * factor.abs(),
    };

    Ok(Performance {
        n_replications: n,
        n_failed,
        truth: Measure { value: truth, mcse: truth_se },
        mean_estimate,
        bias,
        rel_bias,
        emp_se,
        model_se,
        se_ratio: se_ratio(model_se, emp_se),
        rmse: Measure::root_mean(&squared_errors)?,
        coverage: share(&|r| r.holds(truth))?,
        be_coverage: share(&|r| r.holds(mean_estimate.value))?,
        power_or_size: share(&|r| r.p_value < 1.0 - CONFIDENCE_LEVEL)?,
        sign_error,
        type_s,
        type_m,
        detectable: times(emp_se, normal_quantile(0.5 + CONFIDENCE_LEVEL / 2.0) + normal_quantile(POWER)),
        regret: decision.map(|d| times(d.wrong, truth.abs())),
        wrong_decision: decision.map(|d| d.wrong),
        wrong_ship: decision.map(|d| d.wrong_ship),
        missed_gain: decision.map(|d| d.missed_gain),
    })
}

/// Model over empirical standard error, the relative errors of both added in squares; `None` without noise.
fn se_ratio(model_se: Measure, emp_se: Measure) -> Option<Measure> {
    if model_se.value == 0.0 || emp_se.value == 0.0 {
        return None;
    }
    let value = model_se.value / emp_se.value;
    let (a, b) = (model_se.mcse / model_se.value, emp_se.mcse / emp_se.value);
    Some(Measure { value, mcse: value * (a * a + b * b).sqrt() })
}

/// What an estimator says where there is no effect: both arms on the control, in the same draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnderNull {
    /// Replications with an estimate.
    pub n_replications: usize,
    /// Share of p-values below 1 − confidence level: the size of the test.
    pub size: Measure,
    /// Kolmogorov's test of uniform p-values: a small one says that they are not.
    pub uniform_p: f64,
}

impl UnderNull {
    /// From the p-values of replications without an effect.
    ///
    /// # Errors
    /// `TooFewUnits` without any.
    pub fn of(p_values: &[f64]) -> Result<Self, NotEstimable> {
        let n = p_values.len();
        let rejected = p_values.iter().filter(|p| **p < 1.0 - CONFIDENCE_LEVEL).count();
        let size = Measure::share(rejected, n)?;
        let mut sorted = p_values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let gap = |(at, p): (usize, &f64)| {
            let (below, upto) = (at as f64 / n as f64, (at + 1) as f64 / n as f64);
            (p - below).max(upto - p)
        };
        let distance = sorted.iter().enumerate().map(gap).fold(0.0, f64::max);
        // Stephens's correction of the limit law for finite n (JRSS B 1970).
        let root = (n as f64).sqrt();
        let uniform_p = kolmogorov_sf(distance * (root + 0.12 + 0.11 / root));
        Ok(Self { n_replications: n, size, uniform_p })
    }
}

impl Replicate {
    fn holds(&self, effect: f64) -> bool {
        self.conf_low <= effect && effect <= self.conf_high
    }

    fn is_finite(&self) -> bool {
        let numbers = [self.estimate, self.std_error, self.p_value, self.paired_truth];
        // An interval without an end holds everything on that side.
        numbers.iter().all(|value| value.is_finite()) && !self.conf_low.is_nan() && !self.conf_high.is_nan()
    }
}

/// Shares of wrong decisions. With one truth only one kind of mistake is possible.
#[derive(Clone, Copy)]
struct Decision {
    wrong: Measure,
    wrong_ship: Measure,
    missed_gain: Measure,
}

impl Decision {
    fn of(ships: usize, n: usize, is_gain: bool) -> Result<Self, NotEstimable> {
        let impossible = Measure { value: 0.0, mcse: 0.0 };
        let wrong = Measure::share(if is_gain { n - ships } else { ships }, n)?;
        let (wrong_ship, missed_gain) = if is_gain { (impossible, wrong) } else { (wrong, impossible) };
        Ok(Self { wrong, wrong_ship, missed_gain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An estimate with an interval of ± 2 standard errors.
    fn replicate(estimate: f64, std_error: f64, paired_truth: f64) -> Replicate {
        let (conf_low, conf_high) = (estimate - 2.0 * std_error, estimate + 2.0 * std_error);
        let p_value = if conf_low > 0.0 || conf_high < 0.0 { 0.01 } else { 0.5 };
        Replicate { estimate, std_error, conf_low, conf_high, p_value, paired_truth }
    }

    /// Estimates 1, 3, 5, 7 around a truth of 2 that is the mean of the paired truths.
    fn four() -> [Replicate; 4] {
        [
            replicate(1.0, 1.0, 1.5),
            replicate(3.0, 1.0, 1.5),
            replicate(5.0, 1.0, 2.5),
            replicate(7.0, 2.0, 2.5),
        ]
    }

    #[track_caller]
    fn close(found: Measure, value: f64, mcse: f64) {
        // Numbers of order one after at most a dozen roundings.
        assert!((found.value - value).abs() < 1e-14 && (found.mcse - mcse).abs() < 1e-14, "{found:?}");
    }

    #[test]
    fn four_replications_agree_with_a_calculation_by_hand() {
        let found = performance(&four(), 3, 2.0, 0.25, true).unwrap();
        assert_eq!((found.n_replications, found.n_failed), (4, 3));
        // Deviations ±1, ±3: variance 20/3.
        close(found.mean_estimate, 4.0, (20.0_f64 / 12.0).sqrt());
        // Paired errors −0.5, 1.5, 2.5, 4.5: deviations ±0.5, ±2.5, variance 13/3.
        close(found.bias, 2.0, (13.0_f64 / 12.0).sqrt());
        close(found.rel_bias.unwrap(), 1.0, (13.0_f64 / 12.0).sqrt() / 2.0);
        close(found.emp_se, (20.0_f64 / 3.0).sqrt(), (20.0_f64 / 18.0).sqrt());
        // s² = 1, 1, 1, 4: mean 7/4, variance 9/4.
        close(found.model_se, 1.75_f64.sqrt(), (2.25_f64 / (16.0 * 1.75)).sqrt());
        // Squared errors 1, 1, 9, 25: mean 9, Σ(· − 9)² = 384, so √(384/12)/(2·3).
        close(found.rmse, 3.0, 32.0_f64.sqrt() / 6.0);
        // Intervals [−1, 3], [1, 5], [3, 7], [3, 11] around 2 and around 4.
        close(found.coverage, 0.5, 0.25);
        close(found.be_coverage, 0.75, (3.0_f64 / 64.0).sqrt());
        close(found.power_or_size, 0.75, (3.0_f64 / 64.0).sqrt());
        // No estimate has the wrong sign: Wilson at z = 1 instead of "certainly never".
        close(found.sign_error.unwrap(), 0.0, 0.1);
        // One of four does not ship a gain.
        close(found.wrong_decision.unwrap(), 0.25, (3.0_f64 / 64.0).sqrt());
        close(found.missed_gain.unwrap(), 0.25, (3.0_f64 / 64.0).sqrt());
        assert_eq!(found.wrong_ship, Some(Measure { value: 0.0, mcse: 0.0 }));
    }

    #[test]
    fn significant_estimates_are_judged_by_sign_and_size() {
        let found = performance(&four(), 0, 2.0, 0.25, true).unwrap();
        // Significant: 3, 5, 7 (the first interval reaches below zero), none of the wrong sign, 1.5, 2.5 and 3.5 times 2.
        close(found.type_s.unwrap(), 0.0, 0.125);
        close(found.type_m.unwrap(), 2.5, (1.0_f64 / 3.0).sqrt());
        // √(7/4) over √(20/3); relative errors 0.75·0.5/1.75·… as above.
        assert!((found.se_ratio.unwrap().value - (1.75_f64 * 3.0 / 20.0).sqrt()).abs() < 1e-14);
        // 1.959964 + 0.841621 empirical standard errors.
        assert!((found.detectable.value - 2.801_585 * (20.0_f64 / 3.0).sqrt()).abs() < 1e-5);
        close(found.regret.unwrap(), 0.5, 2.0 * (3.0_f64 / 64.0).sqrt());
        let none = performance(&[replicate(0.1, 1.0, 2.0); 3], 0, 2.0, 0.25, true).unwrap();
        assert_eq!((none.type_s, none.type_m), (None, None));
    }

    #[test]
    fn even_p_values_are_uniform_and_small_ones_are_not() {
        let even: Vec<f64> = (0..100).map(|at| (f64::from(at) + 0.5) / 100.0).collect();
        let found = UnderNull::of(&even).unwrap();
        assert_eq!((found.n_replications, found.size.value), (100, 0.05));
        assert!(found.uniform_p > 0.999, "{found:?}");
        let small: Vec<f64> = even.iter().map(|p| p * p).collect();
        // The largest gap of p² from p is a quarter: far beyond the 0.136 of a test at 5 %.
        assert!(UnderNull::of(&small).unwrap().uniform_p < 1e-4);
        assert_eq!(UnderNull::of(&[]), Err(NotEstimable::TooFewUnits));
    }

    #[test]
    fn a_metric_to_be_lowered_turns_shipping_around() {
        let found = performance(&four(), 0, 2.0, 0.25, false).unwrap();
        // A rise of 2 is harm, and no interval lies below zero: nobody ships, nobody misses anything.
        assert_eq!(found.wrong_ship.unwrap().value, 0.0);
        assert_eq!(found.missed_gain.unwrap().value, 0.0);
        let mirrored = four().map(|r| replicate(-r.estimate, r.std_error, -r.paired_truth));
        let lowered = performance(&mirrored, 0, -2.0, 0.25, false).unwrap();
        let raised = performance(&four(), 0, 2.0, 0.25, true).unwrap();
        assert_eq!((lowered.wrong_decision, lowered.sign_error), (raised.wrong_decision, raised.sign_error));
        assert_eq!((lowered.rel_bias, lowered.coverage), (raised.rel_bias, raised.coverage));
    }

    #[test]
    fn shipping_a_known_zero_is_wrong() {
        let found = performance(&four(), 0, 0.0, 0.0, true).unwrap();
        assert_eq!(found.wrong_ship.unwrap().value, 0.75);
        assert_eq!(found.missed_gain, Some(Measure { value: 0.0, mcse: 0.0 }));
        assert_eq!((found.rel_bias, found.sign_error), (None, None));
    }

    #[test]
    fn a_truth_lost_in_its_own_noise_has_no_sign() {
        let found = performance(&four(), 0, 2.0, 0.5, true).unwrap();
        assert_eq!((found.rel_bias, found.sign_error), (None, None));
        assert_eq!((found.wrong_decision, found.wrong_ship, found.missed_gain), (None, None, None));
        assert_eq!(found.truth, Measure { value: 2.0, mcse: 0.5 });
    }

    #[test]
    fn identical_replications_have_no_monte_carlo_error_in_means() {
        let found = performance(&[replicate(0.1, 0.7, 0.3); 7], 0, 0.3, 0.0, true).unwrap();
        for measure in [found.mean_estimate, found.bias, found.emp_se, found.model_se, found.rmse] {
            assert_eq!(measure.mcse, 0.0);
        }
        assert_eq!(found.emp_se.value, 0.0);
    }

    #[test]
    fn noise_shared_with_the_truth_does_not_count_against_the_bias() {
        let luck = [0.3, -1.7, 2.2, -0.4, 0.9];
        let rows = luck.map(|l| replicate(5.0 + l, 1.0, 4.0 + l));
        let found = performance(&rows, 0, 4.26, 0.6, true).unwrap();
        // The paired error is 1 on every seed, up to the rounding of 5 + l and 4 + l.
        assert!(found.bias.mcse < 1e-15 && (found.bias.value - 1.0).abs() < 1e-14);
        assert!(found.mean_estimate.mcse > 0.5);
    }

    #[test]
    fn too_few_or_broken_replications_are_refused() {
        assert_eq!(performance(&four()[..1], 9, 0.0, 0.0, true), Err(NotEstimable::TooFewUnits));
        let mut broken = four();
        broken[2].p_value = f64::NAN;
        assert_eq!(performance(&broken, 0, 0.0, 0.0, true), Err(NotEstimable::Unobserved));
        assert_eq!(performance(&four(), 0, f64::NAN, 0.0, true), Err(NotEstimable::Unobserved));
    }
}
