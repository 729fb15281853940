//! Processor-sharing pools whose arms differ in size (C1): exact means, with a small known noise between pools.

use crate::estimate::fixture::estimator;
use crate::estimate::{Contrast, Estimand, Frame, Sample, Target};

/// Mean time of an arm at share p: E X_z/(1 − .8(.8p + 1 − p)).
fn sojourn(treated: bool, p: f64) -> f64 {
    (if treated { 0.8 } else { 1.0 }) / (1.0 - 0.8 * (1.0 - 0.2 * p))
}

/// Four pools at each share, each with 100 rows; pool j is off by noise[j] throughout.
fn pools(shares: &[f64], noise: [f64; 4]) -> (Frame, Vec<f64>) {
    let (mut frame, mut y) = (Frame::default(), Vec::new());
    for (s, &share) in shares.iter().enumerate() {
        for (j, noise) in noise.iter().enumerate() {
            for row in 0..100 {
                let treated = f64::from(row) < 100.0 * share;
                frame.treated.push(treated);
                frame.cluster.push((4 * s + j) as u32);
                frame.unit.push(y.len() as u32);
                frame.saturation.push(share);
                y.push(sojourn(treated, share) + noise);
            }
        }
    }
    frame.units = y.len();
    (frame, y)
}

fn found(frame: &Frame, y: &[f64], kind: &str, options: &str) -> (Contrast, Estimand) {
    let ones = vec![1.0; y.len()];
    let estimator = estimator(kind, options);
    let contrast = estimator.estimate(&Sample::new(frame, Target::Ratio, y, &ones)).unwrap();
    (contrast, estimator.estimator.estimand())
}

const NOISE: [f64; 4] = [0.3, -0.1, -0.3, 0.1];

#[test]
fn the_effects_of_two_shares_are_those_of_the_exact_pool_means() {
    let (frame, mut y) = pools(&[0.25, 0.75], NOISE);
    for (kind, exact) in [
        ("saturation_spillover", -1.041_667),
        ("saturation_total", -1.666_667),
        ("saturation_overall", -1.302_083),
    ] {
        let (contrast, _) = found(&frame, &y, kind, "");
        let difference = contrast.difference;
        assert!((difference.effect - exact).abs() < 5e-7, "{kind}: {difference:?}");
        // Σd² = .2 over 4·3 in each group; Welch on two groups of four that vary alike: 6 degrees of freedom.
        assert!((difference.std_error - (0.2_f64 / 12.0 * 2.0).sqrt()).abs() < 1e-12);
        assert!((difference.df - 6.0).abs() < 1e-9 && difference.n_units == 8);
    }
    // Pools that are off as a whole drop out of the paired direct effect, so give the treated something of their own.
    for (row, y) in y.iter_mut().enumerate() {
        *y += if frame.treated[row] { NOISE[frame.cluster[row] as usize % 4] } else { 0.0 };
    }
    for (options, exact, share) in [("", -0.625, 0.75), ("at = 0.25", -0.833_333, 0.25)] {
        let (contrast, estimand) = found(&frame, &y, "saturation_direct", options);
        let difference = contrast.difference;
        assert!((difference.effect - exact).abs() < 5e-7, "{difference:?}");
        assert!((difference.std_error - (0.2_f64 / 12.0).sqrt()).abs() < 1e-12 && difference.df == 3.0);
        assert_eq!(estimand, Estimand::Direct { share: Some(share) });
    }
}

#[test]
fn straight_lines_through_two_shares_miss_six_per_cent_of_the_launch_effect_and_a_parabola_through_five_misses_less()
 {
    let (frame, y) = pools(&[0.25, 0.75], NOISE);
    let (linear, estimand) = found(&frame, &y, "saturation_regression", "");
    assert!((linear.difference.effect + 2.604_167).abs() < 5e-7, "{linear:?}");
    let arms = linear.arms.unwrap();
    assert!((arms.treated - 2.083_333).abs() < 5e-7 && (arms.control - 4.687_5).abs() < 5e-7);
    assert_eq!((linear.difference.vcov, estimand), ("HC2", Estimand::Gte));
    // Eight clusters less the two coefficients of a line.
    assert!((linear.difference.df - 6.0).abs() < 1e-9, "{}", linear.difference.df);
    let (frame, y) = pools(&[0.1, 0.3, 0.5, 0.7, 0.9], NOISE);
    let (quadratic, _) = found(&frame, &y, "saturation_regression", "shape = \"quadratic\"");
    let exact = sojourn(true, 1.0) - sojourn(false, 0.0);
    assert!((exact + 2.777_778).abs() < 5e-7);
    // 1/(.2 + .16p) is no parabola either: 2.9 % are left.
    assert!((quadratic.difference.effect - exact).abs() < 0.03 * exact.abs(), "{quadratic:?}");
}
