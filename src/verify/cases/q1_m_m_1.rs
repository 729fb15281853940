//! M/M/1 and M/D/1.

use crate::verify::exact::birth_death::{BirthDeath, expectation, stationary, time_average_variance};
use crate::verify::exact::pollaczek_khinchine::{customer_average_variance, mean_wait};
use crate::verify::ideal::{CONSTANT, Ideal, seconds};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "Q1",
    claim: "one server in order of arrival has the textbook means, and averages over a run have the textbook \
            variances",
    derivation: "rho = lambda/mu: L = rho/(1-rho), W_q = rho/(mu-lambda), T = 1/(mu-lambda). T is \
                 exponential with rate mu-lambda, N is geometric. t*Var(time mean of N) -> 2 \
                 rho(1+rho)/(1-rho)^4 and n*Var(customer mean of W_q) -> rho(2+5rho-4rho^2+rho^3)/(1-rho)^4 \
                 at mu = 1, both from Poisson's equation: h is quadratic for Lindley's recursion. M/D/1 \
                 waits half as long: lambda/(2(1-rho)) at mean 1",
    source: "Kleinrock, Queueing Systems I (1975); Whitt 1989 and Daley 1968 for the variances",
    parts: &[Part { tier: 0, check: functions }, Part { tier: 1, check: simulated }],
};

const LAMBDA: f64 = 0.8;

/// t with P(T > t) = `tail` for the sojourn T ~ Exp(mu - lambda) at mu = 1.
fn sojourn_quantile(tail: f64) -> f64 {
    -libm::log(tail) / (1.0 - LAMBDA)
}

fn functions(_: &Bench<'_>) -> Vec<Check> {
    // P(N > 600) = 0.8^601 is below the last digit of every sum.
    let chain = BirthDeath::servers(1, 600, LAMBDA, 1.0);
    let law = stationary(&chain);
    let number = expectation(&law, |n| n);
    let (rho, idle) = (LAMBDA, 1.0 - LAMBDA);
    let idle4 = idle * idle * idle * idle;
    let of_number = 2.0 * rho * (1.0 + rho) / idle4;
    let of_waits = rho * (2.0 + 5.0 * rho - 4.0 * rho * rho + rho * rho * rho) / idle4;
    vec![
        Check::function("L", 4.0, number),
        Check::function("T by Little's law", 5.0, number / LAMBDA),
        Check::function("W_q", 4.0, mean_wait(LAMBDA, 1.0, 2.0)),
        Check::within(
            "L = lambda T with T by Pollaczek-Khinchine",
            LAMBDA * (mean_wait(LAMBDA, 1.0, 2.0) + 1.0),
            number,
            1e-9,
        ),
        Check::function("W_q of M/D/1", 2.0, mean_wait(LAMBDA, 1.0, 1.0)),
        Check::function("median of T", 3.465_736, sojourn_quantile(0.5)),
        Check::function("p99 of T", 23.025_851, sojourn_quantile(0.01)),
        Check::function("t Var(time mean of N)", 1800.0, of_number),
        Check::function("the same by Poisson's equation", of_number, time_average_variance(&chain, |n| n)),
        Check::function("n Var(customer mean of W_q)", 1976.0, of_waits),
        Check::function(
            "the same by Poisson's equation",
            of_waits,
            customer_average_variance(LAMBDA, [1.0, 2.0, 6.0, 24.0]),
        ),
    ]
}

fn simulated(bench: &Bench<'_>) -> Vec<Check> {
    let metrics = "\"queue_wait_ms_mean\", \"e2e_ms_mean\", \"e2e_ms_p50\", \"e2e_ms_p99\", \"requests_outstanding_mean\"";
    let exponential = bench.study(&Ideal { metrics, ..Ideal::default() }.scenario(), &[]);
    let constant = Ideal { size: CONSTANT, metrics: "\"queue_wait_ms_mean\"", ..Ideal::default() };
    let constant = bench.study(&constant.scenario(), &[]);
    vec![
        Check::simulated("W_q", 4.0, &seconds(exponential.control("queue_wait_ms_mean")), 0.03),
        Check::simulated("T", 5.0, &seconds(exponential.control("e2e_ms_mean")), 0.03),
        Check::simulated(
            "median of T",
            sojourn_quantile(0.5),
            &seconds(exponential.control("e2e_ms_p50")),
            0.03,
        ),
        Check::simulated(
            "p99 of T",
            sojourn_quantile(0.01),
            &seconds(exponential.control("e2e_ms_p99")),
            0.06,
        ),
        Check::simulated(
            "L, average over time",
            4.0,
            &exponential.control("requests_outstanding_mean"),
            0.03,
        ),
        Check::simulated("W_q of M/D/1", 2.0, &seconds(constant.control("queue_wait_ms_mean")), 0.03),
    ]
}
