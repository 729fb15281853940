//! A policy that looks at the state.

use crate::estimate::{Frame, Point, Sample, Target};
use crate::rng::{Purpose, Streams, name_key};
use crate::verify::bench::estimator;
use crate::verify::exact::birth_death::{BirthDeath, expectation, stationary};
use crate::verify::ideal::Ideal;
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "O1",
    claim: "treating when the queue is short makes a treatment without any effect look excellent",
    derivation: "M/M/1, lambda 0.8, mu 1, P(N = n) = 0.2 * 0.8^n seen by arrivals; treated with probability \
                 e(N) = 0.9 below 3, 0.1 from 3 on, without any effect. E[N | T] = sum pi e n/sum pi e, E[N \
                 | C] likewise; in closed form with P(N < 3) = 1 - rho^3 and E[N; N < 3] = L - rho^3(L + 3). \
                 Weighted by 1/e and 1/(1 - e) both are L. Simulated: N of the engine at ends of windows, which is N \
                 seen by arrivals, and coins that look at it",
    source: "derived here; Rosenbaum and Rubin 1983 for the weights",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const LAMBDA: f64 = 0.8;
const SHORT: f64 = 3.0;

/// Probability of treatment given the number found.
fn propensity(n: f64) -> f64 {
    if n < SHORT { 0.9 } else { 0.1 }
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let law = stationary(&BirthDeath::servers(1, 600, LAMBDA, 1.0));
    let share = expectation(&law, propensity);
    let treated = expectation(&law, |n| propensity(n) * n) / share;
    let control = expectation(&law, |n| (1.0 - propensity(n)) * n) / (1.0 - share);

    let (number, long) = (LAMBDA / (1.0 - LAMBDA), libm::pow(LAMBDA, SHORT));
    let closed_share = 0.9 * (1.0 - long) + 0.1 * long;
    let short_part = number - long * (number + SHORT);
    let closed = (0.9 * short_part + 0.1 * (number - short_part)) / closed_share;

    vec![
        Check::function("P(T)", 0.490_400, share),
        Check::within("P(T) in closed form", closed_share, share, 1e-12),
        Check::function("E[N | T]", 1.494_290, treated),
        Check::within("E[N | T] in closed form", closed, treated, 1e-12),
        Check::function("E[N | C]", 6.411_303, control),
        Check::function("naive", -4.917_013, treated - control),
        Check::within("total probability", number, share * treated + (1.0 - share) * control, 1e-12),
    ]
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let queue = Ideal { rate: LAMBDA, seconds: 200_000, window: 10.0, ..Ideal::default() };
    let found: Vec<Vec<f64>> = bench
        .windows(&queue.scenario(), &[])
        .iter()
        .map(|line| line.iter().map(|window| f64::from(window.queue + window.running)).collect())
        .collect();
    let logs = bench.logs("treated when the queue is short", found.len() as u32, |number, streams| {
        Logged::draw(&found[number as usize], streams)
    });
    let column = |of: fn(&Logged) -> f64| logs.iter().map(of).collect::<Vec<f64>>();
    vec![
        Check::simulated("P(T)", 0.490_400, &column(|log| log.share), 0.03),
        Check::simulated("E[N | T]", 1.494_290, &column(|log| log.treated), 0.03),
        Check::simulated("E[N | C]", 6.411_303, &column(|log| log.control), 0.03),
        Check::simulated("naive", -4.917_013, &column(|log| log.treated - log.control), 0.03),
        Check::absolute("weighted by 1/e and 1/(1 - e)", 0.0, &column(|log| log.weighted), 0.1),
        Check::absolute("hajek", 0.0, &column(|log| log.hajek), 0.1),
        Check::absolute("horvitz_thompson", 0.0, &column(|log| log.horvitz_thompson), 0.1),
    ]
}

/// What an analyst makes of one log of the numbers found, each with a coin that looks at it and changes nothing.
struct Logged {
    share: f64,
    treated: f64,
    control: f64,
    weighted: f64,
    hajek: f64,
    horvitz_thompson: f64,
}

impl Logged {
    fn draw(found: &[f64], streams: Streams) -> Self {
        let coins = streams.family(Purpose::Assignment).keyed(name_key("short queue"));
        let treated: Vec<bool> = (0..).zip(found).map(|(at, n)| coins.uniform(at) < propensity(*n)).collect();
        let weights: Vec<f64> = treated
            .iter()
            .zip(found)
            .map(|(treated, n)| 1.0 / if *treated { propensity(*n) } else { 1.0 - propensity(*n) })
            .collect();
        let weighted: Vec<f64> = weights.iter().zip(found).map(|(weight, n)| weight * n).collect();
        let unit: Vec<u32> = (0..found.len() as u32).collect();
        let propensity = found.iter().map(|n| propensity(*n)).collect();
        let frame =
            Frame { units: unit.len(), unit, propensity, treated: treated.clone(), ..Frame::default() };
        let arms = |numerator: &[f64], denominator: &[f64]| {
            let sample = Sample::new(&frame, Target::Ratio, numerator, denominator);
            match estimator("difference_in_means").point(&sample) {
                Ok(Point { arms: Some(arms), .. }) => arms,
                other => panic!("{other:?}"),
            }
        };
        let ones = vec![1.0; found.len()];
        let naive = arms(found, &ones);
        let by = |name: &str| match estimator(name).point(&Sample::new(&frame, Target::Ratio, found, &ones)) {
            Ok(point) => point.effect,
            Err(reason) => panic!("{name}: {reason:?}"),
        };
        Self {
            share: treated.iter().filter(|treated| **treated).count() as f64 / found.len() as f64,
            treated: naive.treated,
            control: naive.control,
            weighted: arms(&weighted, &weights).effect(),
            hajek: by("hajek"),
            horvitz_thompson: by("horvitz_thompson"),
        }
    }
}
