//! A coin at every step of a chain that remembers.

use crate::estimate::{Frame, NamedColumn, NamedEstimator, Sample, Target};
use crate::rng::{Purpose, Streams};
use crate::verify::bench::{estimator, estimator_with};
use crate::verify::exact::two_states::{FROM, TwoStates};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "S6",
    claim: "with a coin at every step the naive difference sees only what treatment pays at once; the truncated \
            policy gradient sees k steps further, differences in Q the whole slope V'(p)",
    derivation: "P(next = 1 | s, a) = q_s + b_s a, q = (.2, .7), outcome 5s + a. With c = sum pi_s b_s and r = P(1 | \
                 1) - P(1 | 0): TPG_k = 1 + 5c(1 + r + … + r^(k-1)), DQ = 1 + 5c/(1 - r) = V'(p). Second route: \
                 central differences of V. With b = (.1, .1) V is straight and DQ is the GTE at every p",
    source: "derived here; Johari, Peng and Xing, arXiv 2506.05308; Farias, Li, Peng and Zheng, NeurIPS 2022",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const BENT: TwoStates = TwoStates { more: [0.3, 0.1] };
const STRAIGHT: TwoStates = TwoStates { more: [0.1, 0.1] };

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = vec![
        Check::function("V(0)", 2.0, BENT.value(0.0)),
        Check::function("V(1)", 4.571_429, BENT.value(1.0)),
        Check::function("GTE", 2.571_429, BENT.value(1.0) - BENT.value(0.0)),
    ];
    for (p, value, limits, slope) in [
        (0.1, 2.311_538, [2.057_692, 2.565_385, 2.809_077, 2.982_196], 3.034_024),
        (0.5, 3.416_667, [1.916_667, 2.283_333, 2.430_000, 2.512_133], 2.527_778),
        (0.9, 4.355_882, [1.808_824, 2.067_647, 2.150_471, 2.185_455], 2.189_446),
    ] {
        checks.push(Check::function(format!("V({p})"), value, BENT.value(p)));
        checks.push(Check::function(format!("naive at {p}"), 1.0, BENT.gradient(p, 0)));
        for (horizon, printed) in [1, 2, 3, 5].into_iter().zip(limits) {
            checks.push(Check::function(format!("TPG_{horizon} at {p}"), printed, BENT.gradient(p, horizon)));
        }
        checks.push(Check::function(format!("DQ at {p}"), slope, BENT.slope(p)));
        let step = 1e-4;
        let differences = (BENT.value(p + step) - BENT.value(p - step)) / (2.0 * step);
        // Central differences: h²V'''/6, and rounding over h.
        checks.push(Check::within(format!("V'({p}) by differences"), differences, BENT.slope(p), 1e-7));
    }
    for (horizon, printed) in (1..).zip([1.5, 1.75, 1.875, 1.937_5, 1.968_75, 1.984_375]) {
        checks.push(Check::function(
            format!("TPG_{horizon}, straight V"),
            printed,
            STRAIGHT.gradient(0.5, horizon),
        ));
    }
    for p in [0.1, 0.5, 0.9] {
        checks.push(Check::within(
            format!("DQ is the GTE at {p}, straight V"),
            2.0,
            STRAIGHT.slope(p),
            1e-12,
        ));
    }
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (p, horizons, teeth) in
        [(0.1, &[2, 5][..], 0.12), (0.5, &[1, 2, 5][..], 0.06), (0.9, &[2, 5][..], 0.2)]
    {
        let mut estimators = vec![estimator("difference_in_means"), estimator("differences_in_q")];
        let gradient = |k: &u32| estimator_with("truncated_policy_gradient", &format!("horizon = {k}"));
        estimators.extend(horizons.iter().map(gradient));
        let logs = bench.logs(&format!("two states at {p}"), 40, |_, streams| found(&estimators, p, streams));
        let column = |at: usize| logs.iter().map(|log| log[at]).collect::<Vec<f64>>();
        // The plain difference takes in which state the treated happened to find: its error is that of levels of five.
        checks.push(Check::simulated(format!("naive at {p}"), 1.0, &column(0), 0.15));
        checks.push(Check::simulated(format!("DQ at {p}"), BENT.slope(p), &column(1), 0.08));
        for (at, horizon) in horizons.iter().enumerate() {
            let exact = BENT.gradient(p, *horizon);
            checks.push(Check::simulated(format!("TPG_{horizon} at {p}"), exact, &column(at + 2), teeth));
        }
    }
    checks
}

/// What the estimators find on one log of the chain.
fn found(estimators: &[NamedEstimator], p: f64, streams: Streams) -> Vec<f64> {
    const STEPS: u32 = 20_000;
    let draws = streams.family(Purpose::ChainStep);
    let (mut frame, mut y, mut found) = (Frame::default(), Vec::new(), Vec::new());
    let mut state = usize::from(draws.uniform(u64::from(STEPS)) < BENT.occupied(p));
    for step in 0..STEPS {
        let mut draw = draws.stream(u64::from(step));
        let treated = draw.uniform() < p;
        let arm = f64::from(u8::from(treated));
        frame.treated.push(treated);
        frame.unit.push(step);
        frame.time_s.push(f64::from(step));
        frame.propensity.push(p);
        found.push(state as f64);
        y.push(5.0 * state as f64 + arm);
        state = usize::from(draw.uniform() < FROM[state] + BENT.more[state] * arm);
    }
    frame.units = y.len();
    frame.state = vec![NamedColumn { name: "level".to_owned(), values: found }];
    let ones = vec![1.0; y.len()];
    let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
    let effect = |estimator: &NamedEstimator| match estimator.point(&sample) {
        Ok(point) => point.effect,
        Err(reason) => panic!("{}: {reason:?}", estimator.name),
    };
    estimators.iter().map(effect).collect()
}
