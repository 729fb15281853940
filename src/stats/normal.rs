//! The standard normal distribution: tails and quantiles.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// P(Z > z) = ½ erfc(z/√2). Never `1 − cdf`, which is zero from z ≈ 8.3 on. Relative error below 1e-12.
#[must_use]
pub fn normal_sf(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// P(Z ≤ z) = P(Z > −z).
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    normal_sf(-z)
}

/// The z with P(Z ≤ z) = `p`; −∞ at 0 and +∞ at 1.
///
/// Wichura's AS241 (Applied Statistics 37, 1988) followed by one Halley step on the smaller tail, or on the
/// mass around zero where that is the smaller number, so quantile(1 − p) = −quantile(p) exactly.
///
/// # Panics
/// When `p` is outside \[0, 1\].
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "a quantile needs a probability, not {p}");
    let tail = if p > 0.5 { 1.0 - p } else { p };
    let from_centre = 0.5 - tail;
    let magnitude = if tail == 0.0 {
        f64::INFINITY
    } else if from_centre <= 0.425 {
        let z = wichura_centre(from_centre);
        halley(z, 0.5 * libm::erf(z * FRAC_1_SQRT_2) - from_centre)
    } else {
        let z = wichura_tail(tail);
        // Below 1e-300 the density is about to underflow and the step would be noise.
        if tail < 1e-300 { z } else { halley(z, tail - normal_sf(z)) }
    };
    if p < 0.5 { -magnitude } else { magnitude }
}

/// One Halley step from `z` when the probability below `z` is too large by `excess`.
fn halley(z: f64, excess: f64) -> f64 {
    let u = excess * (2.0 * PI).sqrt() * libm::exp(0.5 * z * z);
    z - u / (1.0 + 0.5 * z * u)
}

/// c₀ + c₁x + c₂x² + …
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |value, c| value * x + c)
}

/// AS241 for |p − ½| ≤ 0.425, given that distance.
#[expect(clippy::excessive_precision, reason = "the coefficients as published")]
fn wichura_centre(from_centre: f64) -> f64 {
    const A: [f64; 8] = [
        3.387_132_872_796_366_608,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ];
    const B: [f64; 8] = [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561e3,
    ];
    let r = 0.180_625 - from_centre * from_centre;
    from_centre * polynomial(&A, r) / polynomial(&B, r)
}

/// AS241 for a tail below 0.075; gives the positive quantile.
#[expect(clippy::excessive_precision, reason = "the coefficients as published")]
fn wichura_tail(tail: f64) -> f64 {
    const C: [f64; 8] = [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_7e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_4e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        6.897_673_349_851_000_045_5e-1,
        1.481_039_764_274_800_745_9e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ];
    const E: [f64; 8] = [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        2.965_605_718_285_048_912_3e-1,
        2.653_218_952_657_612_309_3e-2,
        1.242_660_947_388_078_438_6e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        5.998_322_065_558_879_376_9e-1,
        1.369_298_809_227_358_053_1e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ];
    let r = (-libm::log(tail)).sqrt();
    if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
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
    fn the_tail_agrees_with_forty_digit_values_far_out() {
        close(normal_sf(3.0), 1.349_898_031_630_094_527e-3);
        close(normal_sf(6.0), 9.865_876_450_376_981_407e-10);
        close(normal_sf(10.0), 7.619_853_024_160_526_066e-24);
        close(normal_sf(30.0), 4.906_713_927_148_187_060e-198);
        assert_eq!(normal_cdf(0.0), 0.5);
        assert_eq!(normal_cdf(-6.0), normal_sf(6.0));
    }

    #[test]
    fn quantiles_agree_with_forty_digit_values() {
        close(normal_quantile(0.9), 1.281_551_565_544_600_467);
        close(normal_quantile(0.995), 2.575_829_303_548_900_761);
        close(normal_quantile(1e-10), -6.361_340_902_404_056_205);
        close(normal_quantile(0.3), -0.524_400_512_708_040_815_97);
        close(normal_quantile(0.075), -1.439_531_470_938_455_934_95);
        close(normal_quantile(0.0124), -2.244_503_873_165_393_257_90);
        close(normal_quantile(1e-5), -4.264_890_793_922_824_610_23);
        close(normal_quantile(1e-20), -9.262_340_089_798_407_579_57);
        close(normal_quantile(1e-100), -21.273_453_560_965_324_294_18);
        close(normal_quantile(0.499_999_999_9), -2.506_628_482_030_353_902_22e-10);
    }

    #[test]
    fn the_published_polynomials_are_good_to_sixteen_digits_before_the_halley_step() {
        // AS241 promises 1e-16; a mistyped coefficient would show although the step hides it. 1e-14 leaves
        // room for the rounding of ln and √.
        for (z, expected) in [
            (wichura_centre(0.2), 0.524_400_512_708_040_815_97),
            (wichura_centre(0.4), 1.281_551_565_544_600_467),
            (wichura_tail(0.0124), 2.244_503_873_165_393_257_90),
            (wichura_tail(1e-10), 6.361_340_902_404_056_205),
            (wichura_tail(1e-20), 9.262_340_089_798_407_579_57),
            (wichura_tail(1e-100), 21.273_453_560_965_324_294_18),
        ] {
            assert!((z / expected - 1.0).abs() < 1e-14, "{z} is not {expected}");
        }
    }

    #[test]
    fn quantiles_are_exactly_symmetric_and_increase() {
        let mut previous = normal_quantile(0.0);
        assert_eq!(previous, f64::NEG_INFINITY);
        // 1 − k/4096 is exact, so symmetry has no rounding to excuse.
        for k in 1..=4096 {
            let p = f64::from(k) / 4096.0;
            let z = normal_quantile(p);
            assert_eq!(z, -normal_quantile(1.0 - p), "p = {p}");
            assert!(z > previous, "p = {p}");
            previous = z;
        }
        assert_eq!(previous, f64::INFINITY);
    }

    #[test]
    fn quantiles_and_probabilities_undo_each_other() {
        // The error of z (1e-16 relative) grows by z² in the probability: z = 37 gives 1.4e-13.
        for exponent in 1..300 {
            let p = libm::pow(10.0, -f64::from(exponent));
            assert!((normal_cdf(normal_quantile(p)) / p - 1.0).abs() < 5e-13, "1e-{exponent}");
        }
    }
}
