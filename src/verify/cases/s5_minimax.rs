//! Where a switchback tosses its coins.

use crate::design::{minimax_points, minimax_risk};
use crate::estimate::{Frame, Sample, Target};
use crate::verify::bench::estimator_with;
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "S5",
    claim: "with a carry-over of m periods coins at 1, 2m+1, 3m+1, … have the smallest worst-case risk, and the \
            Horvitz-Thompson estimate is unbiased with a variance below its bound",
    derivation: "risk = sum over t, s > m of 2^(o+1) 1{o > 0}/(T - m)^2, o the coins shared by the windows [t-m, t] \
                 and [s-m, s]. Second route: all 2^(T-1) sets of points. Variance and bound: T = 10, m = 2, points 1 \
                 5 7, y_t(1) = t, y_t(0) = t/2, over all eight falls of the coins, by the registered estimator",
    source: "Bojinov, Simchi-Levi and Zhao, arXiv 2009.00148; risks by enumeration",
    parts: &[Part { tier: 0, check: functions }],
};

/// Periods, carry-over, points, their risk and that of the runner-up.
type Row = (u32, u32, &'static [u32], f64, f64);

const PRINTED: [Row; 6] = [
    (12, 2, &[1, 5, 7, 9], 2.56, 2.6),
    (10, 2, &[1, 5, 7], 3.0, 3.062_5),
    (12, 3, &[1, 7], 3.555_556, 3.604_938),
    (15, 3, &[1, 7, 10], 3.0, 3.027_778),
    (8, 1, &[1, 3, 4, 5, 6, 7], 1.959_184, 2.040_816),
    (9, 3, &[1], 4.0, 4.111_111),
];

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (periods, carry_over, points, risk, runner_up) in PRINTED {
        let name = format!("T {periods}, m {carry_over}");
        let own = minimax_points(periods, carry_over);
        let as_printed = if own == points { 1.0 } else { 0.0 };
        checks.push(Check::within(format!("points as printed, {name}"), 1.0, as_printed, 0.0));
        checks.push(Check::function(format!("risk, {name}"), risk, minimax_risk(periods, carry_over, &own)));
        let mut risks: Vec<f64> = (0..1_u32 << (periods - 1))
            .map(|set| {
                let later = (2..=periods).filter(|period| set >> (period - 2) & 1 == 1);
                let points: Vec<u32> = std::iter::once(1).chain(later).collect();
                minimax_risk(periods, carry_over, &points)
            })
            .collect();
        risks.sort_by(f64::total_cmp);
        checks.push(Check::function(format!("smallest of all sets, {name}"), risk, risks[0]));
        checks.push(Check::function(format!("runner-up, {name}"), runner_up, risks[1]));
    }
    checks.extend(example());
    checks
}

/// The mean, the variance and the mean bound of the estimate over all falls of the coins.
fn example() -> Vec<Check> {
    const PERIODS: u32 = 10;
    let points = minimax_points(PERIODS, 2);
    let estimator = estimator_with("switchback_horvitz_thompson", "order = 2\nperiod = \"1 s\"");
    let (mut mean, mut square, mut bound) = (0.0, 0.0, 0.0);
    let falls = 1_u32 << points.len();
    for fallen in 0..falls {
        let (mut frame, mut y) = (Frame::default(), Vec::new());
        for t in 1..=PERIODS {
            let coin = points.partition_point(|&point| point <= t) as u32 - 1;
            let treated = fallen >> coin & 1 == 1;
            frame.treated.push(treated);
            frame.unit.push(coin);
            frame.block.push(coin);
            frame.since_switch_s.push(f64::from(t - points[coin as usize]));
            frame.time_s.push(f64::from(t - 1));
            frame.propensity.push(0.5);
            y.push(f64::from(t) * if treated { 1.0 } else { 0.5 });
        }
        frame.units = points.len();
        let ones = vec![1.0; y.len()];
        let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
        match estimator.estimate(&sample) {
            Ok(found) => {
                mean += found.difference.effect;
                square += found.difference.effect * found.difference.effect;
                bound += found.difference.std_error * found.difference.std_error;
            }
            // No window of one arm: the estimate is 0 and so is its bound.
            Err(reason) => panic!("{fallen:b}: {reason:?}"),
        }
    }
    let falls = f64::from(falls);
    let mean = mean / falls;
    vec![
        Check::function("mean of the example: (3 + … + 10)/8/2", 3.25, mean),
        Check::function("variance of the example", 77.148_438, square / falls - mean * mean),
        Check::function("mean bound of the example", 85.156_25, bound / falls),
    ]
}
