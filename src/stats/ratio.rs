//! The difference of two ratios of sums over randomisation units: the central estimator of the crate.
//!
//! A metric such as "mean time to first token" is Σ(ms)/Σ(requests), but users, clusters or blocks were
//! randomised, not requests. The variance therefore comes from the units' totals by the delta method. With a
//! denominator of one per unit everything here is the ordinary difference in means. This file does not know
//! which metric it computes or who assigned the units; [`super::stratified`] and [`super::paired`] are the
//! same ratio under the two other ways to randomise.

use super::influence::{Influence, ratio};
use super::moments::sum_of;
use super::{Difference, NotEstimable, difference_from};

/// What one randomisation unit contributes to a ratio metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitTotals {
    /// The unit's sum of the quantity of interest (milliseconds, tokens, rejections).
    pub numerator: f64,
    /// What it is counted over (requests, seconds, or 1 for a plain mean); never negative. A unit with zero
    /// over zero was randomised like the others and still counts as a unit.
    pub denominator: f64,
}

/// The ratio of sums of one arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmRatio {
    /// R = Σy/Σx.
    pub value: f64,
    /// Delta-method variance of R over units; zero when every unit has the same ratio up to rounding.
    pub variance: f64,
    /// Randomisation units in the arm.
    pub n_units: usize,
}

impl ArmRatio {
    /// R = Σy/Σx and Var(R) = Σ(yᵢ − R xᵢ)² / (G(G − 1)) / x̄² over the G `units` of an arm, which is
    /// (s_y² − 2R s_xy + R² s_x²)/(G x̄²) (Cochran, Sampling Techniques, §2.11; Deng, Knoblich and Lu, KDD
    /// 2018). For xᵢ = 1 it is s²/G.
    ///
    /// # Errors
    /// `EmptyArm`, `TooFewUnits` under two units, `ZeroDenominator` when Σx is not positive, `Unobserved`
    /// when a total or a result is not finite.
    pub fn of(units: &[UnitTotals]) -> Result<Self, NotEstimable> {
        let mut sums = Sums::default();
        units.iter().for_each(|unit| sums.add(unit));
        let mut residuals = sums.fit()?;
        units.iter().for_each(|unit| residuals.add(unit));
        residuals.ratio()
    }

    /// [`ArmRatio::of`] for the control's units and the treated at once, each with whether it is treated, from totals that
    /// are made on the way: two passes, the second on residuals.
    ///
    /// # Errors
    /// As [`ArmRatio::of`] for either arm.
    pub fn of_both(
        units: impl Iterator<Item = (bool, UnitTotals)> + Clone,
    ) -> Result<[Self; 2], NotEstimable> {
        let mut arms = [Sums::default(); 2];
        for (treated, unit) in units.clone() {
            arms[usize::from(treated)].add(&unit);
        }
        let mut fits = [arms[0].fit()?, arms[1].fit()?];
        for (treated, unit) in units {
            fits[usize::from(treated)].add(&unit);
        }
        Ok([fits[0].ratio()?, fits[1].ratio()?])
    }
}

/// The first pass over an arm's units.
#[derive(Clone, Copy, Default)]
struct Sums {
    n_units: usize,
    numerator: f64,
    denominator: f64,
}

impl Sums {
    #[inline]
    fn add(&mut self, unit: &UnitTotals) {
        self.n_units += 1;
        self.numerator += unit.numerator;
        self.denominator += unit.denominator;
    }

    fn fit(&self) -> Result<Residuals, NotEstimable> {
        match self.n_units {
            0 => return Err(NotEstimable::EmptyArm),
            1 => return Err(NotEstimable::TooFewUnits),
            _ => {}
        }
        let value = ratio(self.numerator, self.denominator)?;
        Ok(Residuals { sums: *self, value, total: 0.0, squares: 0.0 })
    }
}

/// The second pass: sums of the residuals y − R x and of their squares.
#[derive(Clone, Copy)]
struct Residuals {
    sums: Sums,
    value: f64,
    total: f64,
    squares: f64,
}

impl Residuals {
    #[inline]
    fn add(&mut self, unit: &UnitTotals) {
        let residual = Influence::of(unit, self.value, 1.0).beyond_rounding();
        self.total += residual;
        self.squares += residual * residual;
    }

    fn ratio(&self) -> Result<ArmRatio, NotEstimable> {
        let n = self.sums.n_units as f64;
        let mean_denominator = self.sums.denominator / n;
        // The residuals sum to zero but for rounding: the correction of Chan, Golub and LeVeque (1983).
        let centred = (self.squares - self.total * self.total / n).max(0.0);
        let variance = centred / (n * (n - 1.0)) / mean_denominator / mean_denominator;
        if !variance.is_finite() {
            return Err(NotEstimable::Unobserved);
        }
        Ok(ArmRatio { value: self.value, variance, n_units: self.sums.n_units })
    }
}

/// R = Σy/Σx alone, for where no variance is asked for (the truth, a table of arm values).
///
/// # Errors
/// `EmptyArm`, `ZeroDenominator` when Σx is not positive, `Unobserved` when a total or R is not finite.
pub fn ratio_of_sums(units: &[UnitTotals]) -> Result<f64, NotEstimable> {
    if units.is_empty() {
        return Err(NotEstimable::EmptyArm);
    }
    ratio(sum_of(units.iter().map(|u| u.numerator)), sum_of(units.iter().map(|u| u.denominator)))
}

/// R_t − R_c with Welch's unequal variances (`vcov` "welch").
///
/// se² = V_t + V_c and Satterthwaite's df = (V_t + V_c)² / (V_t²/(G_t − 1) + V_c²/(G_c − 1)), V from
/// [`ArmRatio::of`] (Welch, Biometrika 1947). One arm may be constant; both may not.
///
/// # Errors
/// Those of [`ArmRatio::of`] for either arm; `ZeroVariance` when neither arm varies.
///
/// ```
/// use contention::stats::{UnitTotals, ratio_difference};
///
/// // Two users an arm: total waiting in ms over requests.
/// let user = |numerator, denominator| UnitTotals { numerator, denominator };
/// let treated = [user(300.0, 2.0), user(500.0, 2.0)];
/// let control = [user(100.0, 1.0), user(900.0, 7.0)];
/// let found = ratio_difference(&treated, &control)?;
/// assert_eq!(found.effect, 200.0 - 125.0);
/// # Ok::<(), contention::stats::NotEstimable>(())
/// ```
pub fn ratio_difference(treated: &[UnitTotals], control: &[UnitTotals]) -> Result<Difference, NotEstimable> {
    if treated.is_empty() || control.is_empty() {
        return Err(NotEstimable::EmptyArm);
    }
    welch(&ArmRatio::of(treated)?, &ArmRatio::of(control)?)
}

/// The contrast of two arms whose variances are independent, with Satterthwaite's degrees of freedom.
///
/// # Errors
/// `ZeroVariance` when neither arm varies.
pub fn welch(t: &ArmRatio, c: &ArmRatio) -> Result<Difference, NotEstimable> {
    let variance = t.variance + c.variance;
    if variance == 0.0 {
        return Err(NotEstimable::ZeroVariance);
    }
    // Shares of the variance instead of its squares, which would underflow for small units of measurement.
    let (share_t, share_c) = (t.variance / variance, c.variance / variance);
    let df = 1.0 / (share_t * share_t / (t.n_units - 1) as f64 + share_c * share_c / (c.n_units - 1) as f64);
    difference_from(t.value - c.value, variance.sqrt(), df, t.n_units + c.n_units, "welch")
}

#[cfg(test)]
mod tests {
    use super::super::Moments;
    use super::*;

    fn means(values: &[f64]) -> Vec<UnitTotals> {
        values.iter().map(|&numerator| UnitTotals { numerator, denominator: 1.0 }).collect()
    }

    fn totals(pairs: &[(f64, f64)]) -> Vec<UnitTotals> {
        pairs.iter().map(|&(numerator, denominator)| UnitTotals { numerator, denominator }).collect()
    }

    /// R's `sleep`: extra hours of sleep under two drugs.
    const DRUG_1: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const DRUG_2: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    #[track_caller]
    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
    }

    #[test]
    fn with_one_per_unit_it_is_the_welch_test_of_r() {
        // t.test(extra ~ group, sleep), printed with ten digits: 1e-9 relative.
        let found = ratio_difference(&means(&DRUG_1), &means(&DRUG_2)).unwrap();
        close(found.effect, -1.58, 1e-14);
        close(found.statistic, -1.860_813_467, 1e-9);
        close(found.df, 17.776_473_52, 1e-9);
        close(found.p_value, 0.079_394_140_2, 1e-9);
        close(found.conf_low, -3.365_483_231, 1e-9);
        close(found.conf_high, 0.205_483_231, 3e-9);
        assert_eq!((found.n_units, found.vcov), (20, "welch"));
    }

    #[test]
    fn with_one_per_unit_the_variance_is_that_of_a_mean() {
        let (arm, moments) = (ArmRatio::of(&means(&DRUG_2)).unwrap(), Moments::of(&DRUG_2).unwrap());
        close(arm.value, moments.mean, 1e-15);
        // Two ways to sum the same ten squares: a few roundings.
        close(arm.variance, moments.variance_of_mean(), 1e-14);
    }

    #[test]
    fn the_ratio_of_a_small_arm_agrees_with_a_calculation_by_hand() {
        // y = 2, 6, 4 over x = 1, 2, 3: R = 12/6 = 2, residuals 0, 2, −2, so Σe² = 8, G(G − 1) = 6, x̄ = 2 and
        // Var = 8/6/4 = 1/3. By moments: s_y² = 4, s_xy = 1, s_x² = 1, (4 − 2·2·1 + 4·1)/(3·4) = 1/3.
        let arm = ArmRatio::of(&totals(&[(2.0, 1.0), (6.0, 2.0), (4.0, 3.0)])).unwrap();
        assert_eq!((arm.value, arm.n_units), (2.0, 3));
        // One rounding of 8/6/4.
        close(arm.variance, 1.0 / 3.0, 1e-15);
    }

    #[test]
    fn the_residual_form_equals_the_delta_method_in_moments() {
        let units = totals(&[(3.1, 2.0), (0.0, 0.0), (9.7, 4.0), (1.2, 1.0), (22.0, 7.0), (5.5, 5.0)]);
        let y: Vec<f64> = units.iter().map(|u| u.numerator).collect();
        let x: Vec<f64> = units.iter().map(|u| u.denominator).collect();
        let both: Vec<f64> = units.iter().map(|u| u.numerator + u.denominator).collect();
        let [my, mx, mb] = [&y, &x, &both].map(|v| Moments::of(v).unwrap());
        let covariance = (mb.variance - my.variance - mx.variance) / 2.0;
        let arm = ArmRatio::of(&units).unwrap();
        let r = my.mean / mx.mean;
        let delta = my.variance - 2.0 * r * covariance + r * r * mx.variance;
        close(arm.value, r, 1e-15);
        // The moment form cancels two digits here.
        close(arm.variance, delta / (6.0 * mx.mean * mx.mean), 1e-13);
    }

    #[test]
    fn units_of_measurement_do_not_matter() {
        let (t, c) = (totals(&[(3.0, 2.0), (9.0, 4.0), (1.0, 1.0)]), totals(&[(5.0, 2.0), (4.0, 4.0)]));
        let plain = ratio_difference(&t, &c).unwrap();
        // A power of two: scaling is exact, also where squares of the variance would underflow.
        let scale = libm::ldexp(1.0, -300);
        let scaled = |units: &[UnitTotals]| -> Vec<UnitTotals> {
            units.iter().map(|u| UnitTotals { numerator: u.numerator * scale, ..*u }).collect()
        };
        let small = ratio_difference(&scaled(&t), &scaled(&c)).unwrap();
        assert_eq!((small.effect, small.p_value, small.df), (plain.effect * scale, plain.p_value, plain.df));
    }

    #[test]
    fn idle_units_count_as_units() {
        let busy = totals(&[(2.0, 1.0), (6.0, 2.0), (4.0, 3.0)]);
        let with_idle = [busy.clone(), totals(&[(0.0, 0.0)])].concat();
        let (a, b) = (ArmRatio::of(&busy).unwrap(), ArmRatio::of(&with_idle).unwrap());
        assert_eq!((a.value, b.n_units), (b.value, 4));
        // Σe² stays; G(G − 1) x̄² = G(G − 1)(Σx/G)² changes from 6·4 to 12·2.25.
        close(b.variance, 8.0 / 27.0, 1e-15);
    }

    #[test]
    fn proportional_totals_have_no_variance_even_after_rounding() {
        let units: Vec<UnitTotals> = (1..200)
            .map(|i| f64::from(i) * 0.37)
            .map(|denominator| UnitTotals { numerator: 0.1 * denominator, denominator })
            .collect();
        assert_eq!(ArmRatio::of(&units).unwrap().variance, 0.0);
        assert_eq!(ratio_difference(&units, &units), Err(NotEstimable::ZeroVariance));
    }

    #[test]
    fn one_constant_arm_leaves_the_degrees_of_freedom_of_the_other() {
        let found = ratio_difference(&means(&[1.0, 2.0, 4.0]), &means(&[0.0; 5])).unwrap();
        assert_eq!(found.df, 2.0);
    }

    #[test]
    fn what_cannot_be_answered_says_why() {
        let good = means(&[1.0, 2.0]);
        let refused = |t: &[UnitTotals]| {
            let (there, back) = (ratio_difference(t, &good), ratio_difference(&good, t));
            assert_eq!(there, back);
            there.unwrap_err()
        };
        assert_eq!(refused(&[]), NotEstimable::EmptyArm);
        assert_eq!(refused(&means(&[1.0])), NotEstimable::TooFewUnits);
        assert_eq!(refused(&totals(&[(0.0, 0.0), (0.0, 0.0)])), NotEstimable::ZeroDenominator);
        assert_eq!(refused(&totals(&[(f64::NAN, 1.0), (0.0, 1.0)])), NotEstimable::Unobserved);
        assert_eq!(refused(&means(&[1e300, -1e300])), NotEstimable::Unobserved);
        assert_eq!(ratio_difference(&[], &means(&[1.0])), Err(NotEstimable::EmptyArm));
    }
}
