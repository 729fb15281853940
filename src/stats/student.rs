//! Student's t distribution for real degrees of freedom: tails and quantiles. Welch's and Satterthwaite's
//! degrees of freedom are not whole numbers, and with many units they reach millions.

use super::incomplete_beta::{power_term, regularized_incomplete_beta};
use super::normal::{normal_quantile, normal_sf};

/// P(T > t) for Student's t with `df` > 0 degrees of freedom; infinite `df` means the normal.
///
/// Relative error below 1e-12 for `df` up to 1e7 and |t| up to 1e150, on the small tail as on the large one.
///
/// # Panics
/// When `df` is not positive or `t` is NaN.
#[must_use]
pub fn student_t_sf(t: f64, df: f64) -> f64 {
    let tail = 0.5 * student_t_two_sided_p(t, df);
    if t > 0.0 { tail } else { 1.0 - tail }
}

/// P(|T| > |t|) for Student's t with `df` > 0 degrees of freedom: I_x(df/2, ½) with x = df/(df + t²).
///
/// # Panics
/// When `df` is not positive or `t` is NaN.
#[must_use]
pub fn student_t_two_sided_p(t: f64, df: f64) -> f64 {
    assert!(df > 0.0 && !t.is_nan(), "Student's t needs df > 0 and a number, not df = {df}, t = {t}");
    if df.is_infinite() {
        return 2.0 * normal_sf(t.abs());
    }
    let (inside, outside) = shares(t.abs(), df);
    regularized_incomplete_beta(df / 2.0, 0.5, inside, outside)
}

/// The t with P(T ≤ t) = `p` for `df` > 0 degrees of freedom; −∞ at 0 and +∞ at 1.
///
/// Newton's method on ln(probability) against ln t, where both ends are nearly straight lines, inside a
/// bracket. It works on the smaller tail, so that quantile(1 − p) = −quantile(p), or on the mass between zero
/// and t where that is the smaller number.
///
/// # Panics
/// When `p` is outside \[0, 1\] or `df` is not positive.
#[must_use]
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    assert!(df > 0.0 && (0.0..=1.0).contains(&p), "a t quantile needs df > 0 and 0 <= p <= 1: {df}, {p}");
    let tail = if p > 0.5 { 1.0 - p } else { p };
    let magnitude = if tail == 0.5 {
        0.0
    } else if tail == 0.0 {
        f64::INFINITY
    } else if df.is_infinite() {
        -normal_quantile(tail)
    } else {
        positive_quantile(tail, df)
    };
    if p < 0.5 { -magnitude } else { magnitude }
}

/// The t > 0 with P(T > t) = `tail`, 0 < tail < ½.
fn positive_quantile(tail: f64, df: f64) -> f64 {
    let central = tail > 0.25;
    let target = libm::log(if central { 1.0 - 2.0 * tail } else { 2.0 * tail });
    let z = -normal_quantile(tail);
    // Cornish–Fisher to first order: a start only, poor for small df.
    let mut log_t = libm::log(z + z * (z * z + 1.0) / (4.0 * df.max(1.0)));
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for _ in 0..200 {
        let (inside, outside) = shares(libm::exp(log_t), df);
        let mass = if central {
            regularized_incomplete_beta(0.5, df / 2.0, outside, inside)
        } else {
            regularized_incomplete_beta(df / 2.0, 0.5, inside, outside)
        };
        let excess = libm::log(mass) - target;
        if (excess > 0.0) == central {
            high = log_t
        } else {
            low = log_t
        }
        // d ln(mass) / d ln t = ± 2 t pdf(t) / mass.
        let slope = 2.0 * power_term(df / 2.0, 0.5, inside, outside) / mass;
        let newton = log_t - if central { excess / slope } else { -excess / slope };
        let next = if newton > low && newton < high {
            newton
        } else if low.is_finite() && high.is_finite() {
            0.5 * (low + high)
        } else {
            log_t + if low.is_finite() { 2.0 } else { -2.0 }
        };
        // A step in ln t is a relative step in t.
        let done = (next - log_t).abs() <= 1e-15;
        log_t = next;
        if done {
            break;
        }
    }
    libm::exp(log_t)
}

/// (df/(df + t²), t²/(df + t²)), neither by subtraction.
fn shares(t: f64, df: f64) -> (f64, f64) {
    if t * t > df {
        let ratio = df / t / t;
        (ratio / (1.0 + ratio), 1.0 / (1.0 + ratio))
    } else {
        let ratio = t / df * t;
        (1.0 / (1.0 + ratio), ratio / (1.0 + ratio))
    }
}

#[cfg(test)]
#[expect(clippy::excessive_precision, reason = "reference values as computed")]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        // The accuracy the module promises.
        assert!((found / expected - 1.0).abs() <= 1e-12, "{found:e} is not {expected:e}");
    }

    #[test]
    fn tails_agree_with_forty_digit_values() {
        // facts/statistics.md section 2, then mpmath with 50 digits.
        close(student_t_sf(2.5, 7.3), 0.019_825_117_332_800_235_42);
        close(student_t_sf(1.0, 5.0), 0.181_608_733_824_561_312_8);
        close(student_t_sf(10.0, 30.0), 2.287_625_704_114_806_596e-11);
        close(student_t_sf(2.0, 0.5), 0.222_757_445_091_565_615_59);
        close(student_t_sf(40.0, 3.0), 1.719_034_039_457_926_417e-5);
        close(student_t_sf(1e-3, 12.0), 0.499_609_273_765_324_734_6);
        close(student_t_sf(1e8, 1.0), 3.183_098_861_837_906_609e-9);
    }

    #[test]
    fn tails_keep_their_accuracy_at_ten_million_degrees_of_freedom() {
        close(student_t_sf(1.7, 1e6), 0.044_565_618_245_174_384_52);
        close(student_t_sf(0.1, 1e7), 0.460_172_163_725_276_188_3);
        close(student_t_sf(1.96, 1e7), 0.024_997_909_012_657_094_07);
        close(student_t_sf(5.0, 1e7), 2.866_564_037_504_269_496e-7);
        close(student_t_sf(30.0, 1e7), 5.007_306_845_408_900_111e-198);
    }

    #[test]
    fn one_degree_of_freedom_is_the_cauchy_distribution() {
        for t in [1e-9, 0.01, 0.3, 1.0, 1.7, 5.0, 1e4, 1e100] {
            close(student_t_sf(t, 1.0), libm::atan2(1.0, t) / std::f64::consts::PI);
        }
    }

    #[test]
    fn the_two_tails_sum_to_one_and_infinite_freedom_is_normal() {
        for df in [0.1, 1.0, 17.8, 1e4, f64::INFINITY] {
            assert_eq!(student_t_sf(0.0, df), 0.5);
            assert_eq!(student_t_sf(f64::INFINITY, df), 0.0);
            assert_eq!(student_t_sf(-2.0, df), 1.0 - student_t_sf(2.0, df));
        }
        assert_eq!(student_t_sf(2.0, f64::INFINITY), normal_sf(2.0));
        // At df = 1e15 the difference from the normal, (z³ + z)/(4 df), is below the last digit.
        close(student_t_sf(2.0, 1e15), normal_sf(2.0));
    }

    #[test]
    fn quantiles_agree_with_forty_digit_values() {
        close(student_t_quantile(0.975, 0.5), 164.557_673_480_488_533_02);
        close(student_t_quantile(0.975, 1.0), 12.706_204_736_174_704_646);
        close(student_t_quantile(0.975, 2.0), 4.302_652_729_749_463_852_3);
        close(student_t_quantile(0.975, 17.776_473_52), 2.102_817_241_536_966_037_8);
        close(student_t_quantile(0.975, 30.0), 2.042_272_456_301_238_31);
        close(student_t_quantile(0.975, 250_000.0), 1.959_973_473_670_135_571_2);
        close(student_t_quantile(0.975, 1e7), 1.959_964_221_767_205_490_4);
        close(student_t_quantile(1e-10, 5.0), -156.825_592_708_894_317_49);
        close(student_t_quantile(0.6, 4.0), 0.270_722_294_707_597_424_96);
        close(student_t_quantile(0.5001, 9.0), 2.577_087_755_343_103_555e-4);
    }

    #[test]
    fn quantiles_undo_tails_over_the_whole_range() {
        for df in [0.2, 1.0, 2.5, 9.0, 120.0, 1e5, 1e7, f64::INFINITY] {
            for p in [0.499, 0.4, 0.26, 0.25, 0.24, 0.1, 0.025, 1e-3, 1e-8, 1e-15] {
                let t = student_t_quantile(p, df);
                assert_eq!(student_t_quantile(1.0 - p, df), -student_t_quantile(1.0 - (1.0 - p), df));
                // Twice the promise: one error in each direction.
                assert!((student_t_sf(-t, df) / p - 1.0).abs() < 2e-12, "p = {p}, df = {df}: {t}");
            }
            assert_eq!(student_t_quantile(0.5, df), 0.0);
            assert_eq!(student_t_quantile(1.0, df), f64::INFINITY);
        }
    }
}
