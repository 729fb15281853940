//! The two-state chain (S6) and the balking queue (R7): what the estimators find on their logs and on their laws.

use super::differences_in_q::Transitions;
use super::weighted_direct_effect::{FoundState, weighted_direct_effect};
use crate::estimate::fixture::estimator;
use crate::estimate::{Frame, NamedColumn, Sample, Target};
use crate::rng::{Purpose, Streams};
use crate::stats::{Difference, Moments};
use crate::verify::exact::balking::Balking;
use crate::verify::exact::birth_death::stationary;
use std::collections::VecDeque;

/// P(next = 1 | s, a) = FROM[s] + MORE[s]·a, outcome 5s + a.
const FROM: [f64; 2] = [0.2, 0.7];
const MORE: [f64; 2] = [0.3, 0.1];

fn two_states(p: f64, rows: u64, replication: u64) -> (Frame, Vec<f64>) {
    let draws = Streams::new(6, replication).family(Purpose::ChainStep);
    let (mut frame, mut y, mut found, mut state) = (Frame::default(), Vec::new(), Vec::new(), 0);
    for t in 0..rows {
        let mut draw = draws.stream(t);
        let treated = draw.uniform() < p;
        let arm = f64::from(u8::from(treated));
        frame.treated.push(treated);
        frame.unit.push(t as u32);
        frame.propensity.push(p);
        found.push(state as f64);
        y.push(5.0 * state as f64 + arm);
        state = usize::from(draw.uniform() < FROM[state] + MORE[state] * arm);
    }
    frame.units = y.len();
    frame.state = vec![NamedColumn { name: "level".to_owned(), values: found }];
    (frame, y)
}

const QUEUE: Balking = Balking { potential: 4.0, mu: 3.0, balk: 0.2, room: 40 };
const JOIN: [f64; 2] = [0.5, 0.9];

/// Potential arrivals at a balking queue, what each found and whether it joined.
fn balking(p: f64, rows: u64, replication: u64) -> (Frame, Vec<f64>) {
    let draws = Streams::new(7, replication).family(Purpose::ChainStep);
    let (mut frame, mut joined, mut found, mut number) = (Frame::default(), Vec::new(), Vec::new(), 2_u32);
    let leaves = QUEUE.mu / (QUEUE.mu + QUEUE.potential);
    for t in 0..rows {
        let mut draw = draws.stream(t);
        let treated = draw.uniform() < p;
        let joins = draw.uniform() < JOIN[usize::from(treated)] * QUEUE.readiness(f64::from(number));
        frame.treated.push(treated);
        frame.unit.push(t as u32);
        frame.propensity.push(p);
        found.push(f64::from(number));
        joined.push(f64::from(u8::from(joins)));
        number += u32::from(joins);
        while number > 0 && draw.uniform() < leaves {
            number -= 1;
        }
    }
    frame.units = joined.len();
    frame.state = vec![NamedColumn { name: "outstanding".to_owned(), values: found }];
    (frame, joined)
}

fn over(
    logs: impl Fn(u64) -> (Frame, Vec<f64>),
    replications: u64,
    kind: &str,
    options: &str,
) -> Vec<Difference> {
    let estimator = estimator(kind, options);
    (0..replications)
        .map(|replication| {
            let (mut frame, y) = logs(replication);
            if frame.time_s.is_empty() {
                frame.time_s = (0..y.len()).map(|at| at as f64).collect();
            }
            let ones = vec![1.0; y.len()];
            estimator.estimate(&Sample::new(&frame, Target::Ratio, &y, &ones)).unwrap().difference
        })
        .collect()
}

/// The mean is `exact` within four of its standard errors, which are `teeth` of it at most; the model's variance is that of
/// the estimates within four standard errors of a variance and a tenth.
#[track_caller]
fn agrees(exact: f64, teeth: f64, found: &[Difference]) {
    let moments = Moments::of(&found.iter().map(|found| found.effect).collect::<Vec<_>>()).unwrap();
    let error = moments.variance_of_mean().sqrt();
    assert!((moments.mean - exact).abs() < 4.0 * error, "{} ± {error} is not {exact}", moments.mean);
    assert!(4.0 * error < teeth * exact.abs(), "no teeth: {error}");
    let model = found.iter().map(|found| found.std_error * found.std_error).sum::<f64>() / found.len() as f64;
    let tolerance = 0.1 + 4.0 * (2.0 / (found.len() as f64 - 1.0)).sqrt();
    assert!((model / moments.variance - 1.0).abs() < tolerance, "{model} for {}", moments.variance);
}

#[test]
fn the_truncated_policy_gradient_finds_its_limit_at_every_horizon() {
    for (horizon, exact) in [(0, 1.0), (1, 1.916_667), (2, 2.283_333), (5, 2.512_133)] {
        let found = over(
            |r| two_states(0.5, 20_000, r),
            40,
            "truncated_policy_gradient",
            &format!("horizon = {horizon}"),
        );
        agrees(exact, 0.06, &found);
    }
    let found = over(|r| two_states(0.1, 20_000, r), 40, "truncated_policy_gradient", "horizon = 3");
    agrees(2.809_077, 0.1, &found);
}

#[test]
fn differences_in_q_find_the_slope_of_the_two_state_chain_at_every_share() {
    for (p, exact) in [(0.1, 3.034_024), (0.5, 2.527_778), (0.9, 2.189_446)] {
        agrees(exact, 0.08, &over(|r| two_states(p, 20_000, r), 40, "differences_in_q", ""));
        // A polynomial of degree one is every function of two states.
        agrees(exact, 0.08, &over(|r| two_states(p, 20_000, r), 40, "differences_in_q_lstd", "degree = 1"));
    }
}

#[test]
fn neighbours_of_one_cluster_at_even_shares_are_the_policy_gradient_read_backwards() {
    let (mut frame, y) = two_states(0.5, 5000, 0);
    frame.time_s = (0..y.len()).map(|at| at as f64).collect();
    let ones = vec![1.0; y.len()];
    let sample = Sample::new(&frame, Target::Ratio, &y, &ones);
    let forward = estimator("truncated_policy_gradient", "horizon = 3").estimate(&sample).unwrap();
    let backward = estimator("differences_in_neighbors", "neighbours = 3").estimate(&sample).unwrap();
    // They differ by the three rows at the end only, in a mean of 5000 terms of size 40.
    assert!((forward.difference.effect - backward.difference.effect).abs() < 4.0 * 3.0 * 40.0 / 5000.0);
    agrees(
        2.43,
        0.06,
        &over(|r| two_states(0.5, 20_000, r), 40, "differences_in_neighbors", "neighbours = 3"),
    );
}

/// The law of the balking queue's transitions at the share p, and its direct effect.
fn balking_law(p: f64) -> (Transitions, f64) {
    let average = p * JOIN[1] + (1.0 - p) * JOIN[0];
    let law = stationary(&QUEUE.chain(average));
    let states = law.len();
    let leaves = QUEUE.mu / (QUEUE.mu + QUEUE.potential);
    // From k just after an arrival to what the next one finds.
    let found_next = |k: usize, j: usize| {
        let tail = libm::pow(leaves, (k - j) as f64);
        if j == 0 { tail } else { tail * (1.0 - leaves) }
    };
    let mut exact = Transitions {
        moves: vec![vec![0.0; states]; states],
        outcome: vec![0.0; states],
        contrast: vec![0.0; states],
    };
    let mut direct = 0.0;
    for (k, weight) in law.iter().enumerate() {
        let ready = QUEUE.readiness(k as f64);
        let joins = average * ready;
        exact.outcome[k] = weight * joins;
        direct += weight * (JOIN[1] - JOIN[0]) * ready;
        for j in 0..=k {
            exact.moves[k][j] += weight * (1.0 - joins) * found_next(k, j);
            exact.contrast[j] -= weight * (JOIN[1] - JOIN[0]) * ready * found_next(k, j);
        }
        for j in 0..=(k + 1).min(states - 1) {
            exact.moves[k][j] += weight * joins * found_next(k + 1, j);
            exact.contrast[j] += weight * (JOIN[1] - JOIN[0]) * ready * found_next(k + 1, j);
        }
    }
    (exact, direct)
}

#[test]
fn on_the_exact_law_of_the_balking_queue_differences_in_q_are_the_slope_and_so_is_the_idle_time_formula() {
    for (p, naive, slope) in
        [(0.1, 0.336_417, 0.258_100), (0.5, 0.312_315, 0.203_649), (0.9, 0.287_108, 0.150_691)]
    {
        let (law, direct) = balking_law(p);
        let worth = law.worth().unwrap();
        let later: f64 = law.contrast.iter().zip(&worth).map(|(contrast, worth)| contrast * worth).sum();
        assert!((direct - naive).abs() < 5e-7 && (direct + later - slope).abs() < 5e-7, "{direct} {later}");
        let average = p * JOIN[1] + (1.0 - p) * JOIN[0];
        let identity = (JOIN[1] - JOIN[0]) * QUEUE.joined_slope_by_values(average);
        // Forty-one equations; the worth of the rarest state is not needed to full precision.
        assert!((direct + later - identity).abs() < 1e-10, "{}", direct + later - identity);
        let found: Vec<FoundState> = stationary(&QUEUE.chain(average))
            .iter()
            .enumerate()
            .map(|(k, weight)| {
                let rows = [(1.0 - p) * weight, p * weight];
                let ready = QUEUE.readiness(k as f64);
                FoundState { rows, joined: [0, 1].map(|arm| rows[arm] * JOIN[arm] * ready) }
            })
            .collect();
        assert!((weighted_direct_effect(&found, p) - identity).abs() < 1e-12);
        // The lean weighs to zero on average: a shift of all outcomes moves nothing.
        let frequencies = law.moves.iter().map(|row| row.iter().sum::<f64>());
        let lean: f64 = law.lean().unwrap().iter().zip(frequencies).map(|(lean, d)| lean * d).sum();
        assert!(lean.abs() < 1e-10, "{lean}");
    }
}

#[test]
fn on_logs_of_the_balking_queue_all_find_the_slope_and_the_plain_difference_half_too_much() {
    let logs = |r| balking(0.5, 40_000, r);
    agrees(0.312_315, 0.04, &over(logs, 40, "difference_in_means", ""));
    for (kind, options, teeth) in [
        ("differences_in_q", "bins = 60", 0.06),
        ("differences_in_q_lstd", "degree = 3", 0.06),
        ("weighted_direct_effect", "", 0.06),
        ("truncated_policy_gradient", "horizon = 60", 0.2),
    ] {
        agrees(0.203_649, teeth, &over(logs, 40, kind, options));
    }
}

/// A single server in order of arrival, λ = ½, service at rate 1 or, treated, 1.25: time in system and number found.
fn faster_service(rows: u64, replication: u64) -> (Frame, Vec<f64>) {
    let draws = Streams::new(8, replication).family(Purpose::ChainStep);
    let (mut frame, mut y, mut found) = (Frame::default(), Vec::new(), Vec::new());
    let (mut now, mut inside) = (0.0, VecDeque::new());
    for t in 0..rows {
        let mut draw = draws.stream(t);
        let treated = draw.uniform() < 0.5;
        now -= libm::log(draw.uniform()) / 0.5;
        while inside.front().is_some_and(|leaves| *leaves <= now) {
            inside.pop_front();
        }
        let service = -libm::log(draw.uniform()) / if treated { 1.25 } else { 1.0 };
        let leaves = inside.back().copied().unwrap_or(now) + service;
        frame.treated.push(treated);
        frame.unit.push(t as u32);
        frame.time_s.push(now);
        frame.propensity.push(0.5);
        found.push(inside.len() as f64);
        y.push(leaves - now);
        inside.push_back(leaves);
    }
    frame.units = y.len();
    frame.state = vec![NamedColumn { name: "outstanding".to_owned(), values: found }];
    (frame, y)
}

#[test]
fn the_mixture_by_little_finds_the_slope_of_faster_service_and_is_no_noisier_than_the_policy_gradient() {
    // T(p) = m + λs/(2(1 − λm)) with m = 1 − .2p and s = 2(1 − .36p); at ½ the derivative is
    // −.2 − .72λ/(2·.55) − .2λ²·1.64/(2·.3025).
    let slope = -0.2 - 0.36 / 1.1 - 0.2 * 0.25 * 1.64 / 0.605;
    let logs = |r| faster_service(40_000, r);
    let mixed = over(logs, 60, "little_mix", "horizon = 40\nunit = \"1 s\"");
    agrees(slope, 0.45, &mixed);
    let gradient = over(logs, 60, "truncated_policy_gradient", "horizon = 40");
    let spread = |found: &[Difference]| {
        Moments::of(&found.iter().map(|found| found.effect).collect::<Vec<_>>()).unwrap().variance
    };
    assert!(spread(&mixed) < 1.1 * spread(&gradient));
}
