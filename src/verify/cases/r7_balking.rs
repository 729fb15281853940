//! Arrivals that join the less readily the longer the queue.

use super::ramp::simulated_ramp;
use super::ramp::{Marginal, bias, marginal};
use crate::estimate::{Frame, NamedColumn, NamedEstimator, Sample, Target};
use crate::rng::{Purpose, Streams};
use crate::verify::bench::{estimator, estimator_with};
use crate::verify::exact::balking::Balking;
use crate::verify::exact::marginal::{ArmMeans, slope};
use crate::verify::exact::quadrature::simpson;
use crate::verify::ideal::{Ideal, ONE_SERVER, by_request, request_design};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "R7",
    claim: "differences in Q find the slope V'(p) exactly, which at p = 1/2 is the total effect up to second \
            order, while naive is half too large",
    derivation: "birth-death chain with rates Lambda a_p g(k), g(k) = 1/(1 + 0.2k), and mu; V(p) = a_p sum \
                 pi g; naive = (a1 - a0) sum pi g. DQ = (a1 - a0) sum pi(k) g(k)(1 + h(k+1) - h(k)), Qh = \
                 -(r - pi r), r(k) = Lambda a_p g(k). Second route: V'(a) = (mu/Lambda) pi(0) sum_{i<40} P(N \
                 > i)/a. Third: central differences of V. The integral of V' over p is the total effect",
    source: "model of Li, Johari, Kuang and Wager, arXiv 2302.12093; DQ of Farias et al., NeurIPS 2022; \
             identity derived here",
    parts: &[
        Part { tier: 0, check: functions },
        Part { tier: 1, check: simulated },
        Part { tier: 1, check: logged },
    ],
};

pub(super) const QUEUE: Balking = Balking { potential: 4.0, mu: 3.0, balk: 0.2, room: 40 };
pub(super) const CONTROL_JOIN: f64 = 0.5;
pub(super) const TREATED_JOIN: f64 = 0.9;

/// Joined share of the potential arrivals, when arms join with probability a0·g and a1·g.
fn joined(a0: f64, a1: f64, p: f64) -> ArmMeans {
    let ready = QUEUE.mean_readiness(p * a1 + (1.0 - p) * a0);
    ArmMeans { share: p, treated: a1 * ready, control: a0 * ready }
}

/// Differences in Q at the treated share p.
fn joined_dq(a0: f64, a1: f64, p: f64) -> f64 {
    (a1 - a0) * QUEUE.joined_slope_by_values(p * a1 + (1.0 - p) * a0)
}

/// The mean number in the system, which is the same for both arms.
fn number(p: f64) -> ArmMeans {
    let mean = QUEUE.mean_number(p * TREATED_JOIN + (1.0 - p) * CONTROL_JOIN);
    ArmMeans { share: p, treated: mean, control: mean }
}

/// Differences in Q on the mean number.
fn number_dq(p: f64) -> f64 {
    let contrast = TREATED_JOIN - CONTROL_JOIN;
    contrast * QUEUE.number_slope_by_values(p * TREATED_JOIN + (1.0 - p) * CONTROL_JOIN)
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let mut checks = contrasts();
    for (p, share) in
        [(0.0, 0.427_689), (0.25, 0.491_364), (0.5, 0.546_552), (0.75, 0.593_237), (1.0, 0.631_727)]
    {
        let arms = joined(CONTROL_JOIN, TREATED_JOIN, p);
        checks.push(Check::function(format!("V({p}), joined"), share, arms.mean()));
    }
    for (p, mean) in
        [(0.0, 1.052_323), (0.1, 1.177_795), (0.5, 1.751_725), (0.9, 2.441_163), (1.0, 2.630_788)]
    {
        checks.push(Check::function(format!("mean N at {p}"), mean, number(p).mean()));
    }
    checks.push(Check::function("GTE on mean N", 1.578_465, number(1.0).mean() - number(0.0).mean()));
    for (p, dq) in [(0.1, 1.290_135), (0.5, 1.580_538), (0.9, 1.862_979)] {
        checks.push(Check::function(format!("DQ on mean N at {p}"), dq, number_dq(p)));
        checks.push(Check::within(
            format!("the same by differences at {p}"),
            slope(number, p),
            number_dq(p),
            1e-8,
        ));
    }
    let arms = |p| joined(CONTROL_JOIN, TREATED_JOIN, p);
    let rows = [
        Marginal { share: 0.1, mean: 0.454_164, direct: 0.336_417, slope: 0.258_100, indirect: -0.078_318 },
        Marginal { share: 0.5, mean: 0.546_552, direct: 0.312_315, slope: 0.203_649, indirect: -0.108_666 },
        Marginal { share: 0.9, mean: 0.617_282, direct: 0.287_108, slope: 0.150_691, indirect: -0.136_416 },
    ];
    checks.extend(marginal(&rows, 0.204_038, arms));
    checks.extend(bias(0.070_982, -0.037_295, 0.108_277, arms));
    let whole = simpson(0.0, 1.0, 50, |p| joined_dq(CONTROL_JOIN, TREATED_JOIN, p));
    checks.push(Check::within("DQ over the whole ramp", arms(1.0).mean() - arms(0.0).mean(), whole, 1e-8));
    checks
}

fn contrasts() -> Vec<Check> {
    // Arms, share, GTE, naive, DQ, and what is printed of their relative biases in per cent, with half its
    // last digit.
    type Row = (f64, f64, f64, f64, f64, f64, f64, (f64, f64));
    const ROWS: [Row; 5] = [
        (0.5, 0.9, 0.5, 0.204_038, 0.312_315, 0.203_649, 53.1, (-0.19, 5e-3)),
        (0.6, 0.8, 0.5, 0.101_873, 0.156_158, 0.101_825, 53.3, (-0.048, 5e-4)),
        (0.65, 0.75, 0.5, 0.050_918, 0.078_079, 0.050_912, 53.3, (-0.012, 5e-4)),
        (0.5, 0.9, 0.1, 0.204_038, 0.336_417, 0.258_100, 64.9, (26.5, 5e-2)),
        (0.5, 0.9, 0.9, 0.204_038, 0.287_108, 0.150_691, 40.7, (-26.1, 5e-2)),
    ];
    let mut checks = Vec::new();
    for (a0, a1, p, total, naive, dq, naive_percent, (dq_percent, half_digit)) in ROWS {
        let (arms, found) = (joined(a0, a1, p), joined_dq(a0, a1, p));
        let effect = joined(a0, a1, 1.0).mean() - joined(a0, a1, 0.0).mean();
        let idle = (a1 - a0) * QUEUE.joined_slope_by_idle_time(p * a1 + (1.0 - p) * a0);
        let percent = |estimate: f64| 100.0 * (estimate / effect - 1.0);
        let name = format!("{a0} to {a1} at {p}");
        checks.push(Check::function(format!("GTE, {name}"), total, effect));
        checks.push(Check::function(format!("naive, {name}"), naive, arms.contrast()));
        checks.push(Check::function(format!("DQ, {name}"), dq, found));
        checks.push(Check::within(format!("DQ = slope by idle time, {name}"), idle, found, 1e-12));
        checks.push(Check::within(
            format!("DQ = slope by differences, {name}"),
            slope(|p| joined(a0, a1, p), p),
            found,
            1e-8,
        ));
        checks.push(Check::within(
            format!("% bias of naive, {name}"),
            naive_percent,
            percent(arms.contrast()),
            5e-2,
        ));
        checks.push(Check::within(format!("% bias of DQ, {name}"), dq_percent, percent(found), half_digit));
    }
    checks
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let policy = |join: f64| {
        format!(
            "{ONE_SERVER}\ndemand = {{ kind = \"balk\", probability = {join}, aversion = {}, at_most = {} }}",
            QUEUE.balk, QUEUE.room
        )
    };
    let (control, candidate) = (policy(CONTROL_JOIN), policy(TREATED_JOIN));
    let queue = Ideal {
        // In units of the mean service, which is a second here.
        rate: QUEUE.potential / QUEUE.mu,
        control: &control,
        candidate: Some(&candidate),
        designs: &[0.1, 0.5, 0.9].map(by_request).concat(),
        metrics: "\"served_share\", \"requests_outstanding_mean\"",
        seconds: 20_000,
        warm_up: 500,
        ..Ideal::default()
    };
    let study = bench.study(&queue.scenario(), &[]);
    let arms = |p| joined(CONTROL_JOIN, TREATED_JOIN, p);
    let mut checks = simulated_ramp(&study, "served_share", 1.0, 0.5, arms, 0.03);
    for share in [0.1, 0.9] {
        let naive = study.estimate(&request_design(share), "served_share");
        checks.push(Check::simulated(format!("naive at {share}"), arms(share).contrast(), &naive, 0.03));
    }
    let present = "requests_outstanding_mean";
    checks.push(Check::simulated("mean N at 0", number(0.0).mean(), &study.control(present), 0.03));
    checks.push(Check::simulated("mean N at 1", number(1.0).mean(), &study.candidate(present), 0.03));
    checks
}

/// What the registered estimators find on logs of the chain: who came, what it found, whether it joined.
fn logged(bench: &Bench<'_>) -> Vec<Check> {
    let estimators = [
        estimator("difference_in_means"),
        estimator_with("differences_in_q", "bins = 60"),
        estimator("weighted_direct_effect"),
    ];
    let total =
        joined(CONTROL_JOIN, TREATED_JOIN, 1.0).mean() - joined(CONTROL_JOIN, TREATED_JOIN, 0.0).mean();
    let mut checks = Vec::new();
    for (p, percent) in [(0.1, 26.5), (0.5, -0.19), (0.9, -26.1)] {
        let logs = bench.logs(&format!("balking at {p}"), 40, |_, streams| found(&estimators, p, streams));
        let column = |at: usize| logs.iter().map(|log| log[at]).collect::<Vec<f64>>();
        let (naive, dq) =
            (joined(CONTROL_JOIN, TREATED_JOIN, p).contrast(), joined_dq(CONTROL_JOIN, TREATED_JOIN, p));
        checks.push(Check::simulated(format!("naive on logs at {p}"), naive, &column(0), 0.05));
        checks.push(Check::simulated(
            format!("DQ on logs at {p} ({percent} % of the effect)"),
            dq,
            &column(1),
            0.1,
        ));
        checks.push(Check::simulated(format!("slope by idle time on logs at {p}"), dq, &column(2), 0.1));
        let bias: Vec<f64> = column(1).iter().map(|found| 100.0 * (found / total - 1.0)).collect();
        // A tenth of the effect: at the ends of the ramp the bias is far beyond it.
        checks.push(Check::absolute(
            format!("% bias of DQ on logs at {p}"),
            100.0 * (dq / total - 1.0),
            &bias,
            10.0,
        ));
    }
    checks
}

fn found(estimators: &[NamedEstimator], p: f64, streams: Streams) -> Vec<f64> {
    const ARRIVALS: u32 = 40_000;
    const FIRST: u32 = 500;
    let draws = streams.family(Purpose::ChainStep);
    let (mut frame, mut y, mut seen, mut number) = (Frame::default(), Vec::new(), Vec::new(), 2_u32);
    let leaves = QUEUE.mu / (QUEUE.mu + QUEUE.potential);
    for arrival in 0..ARRIVALS + FIRST {
        let mut draw = draws.stream(u64::from(arrival));
        let treated = draw.uniform() < p;
        let join = if treated { TREATED_JOIN } else { CONTROL_JOIN };
        let joins = draw.uniform() < join * QUEUE.readiness(f64::from(number));
        if arrival >= FIRST {
            frame.treated.push(treated);
            frame.unit.push(arrival - FIRST);
            frame.propensity.push(p);
            seen.push(f64::from(number));
            y.push(f64::from(u8::from(joins)));
        }
        number += u32::from(joins);
        while number > 0 && draw.uniform() < leaves {
            number -= 1;
        }
    }
    frame.units = y.len();
    frame.time_s = (0..y.len()).map(|at| at as f64).collect();
    frame.state = vec![NamedColumn { name: "outstanding".to_owned(), values: seen }];
    let ones = vec![1.0; y.len()];
    let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
    let effect = |estimator: &NamedEstimator| match estimator.point(&sample) {
        Ok(point) => point.effect,
        Err(reason) => panic!("{}: {reason:?}", estimator.name),
    };
    estimators.iter().map(effect).collect()
}
