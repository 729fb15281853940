//! Waiting in M/G/1, first come first served (Pollaczek 1930, Khinchine 1932; Takács, Oper. Res. 1962, for
//! the moments).

/// Mean wait before service, λ·m2/(2(1 − λ·m1)), from the first two moments m1, m2 of the service time. The
/// unit is that of m1; `lambda` is per that unit.
#[must_use]
pub fn mean_wait(lambda: f64, m1: f64, m2: f64) -> f64 {
    lambda * m2 / (2.0 * (1.0 - lambda * m1))
}

/// First three moments of the wait from the first four of the service time:
/// E W^k = λ/(1 − ρ)·Σ_{i=1..k} C(k,i)·m_{i+1}/(i+1)·E W^(k−i).
#[must_use]
pub fn wait_moments(lambda: f64, service: [f64; 4]) -> [f64; 3] {
    let [m1, m2, m3, m4] = service;
    let scale = lambda / (1.0 - lambda * m1);
    let first = scale * m2 / 2.0;
    let second = scale * (2.0 * (m2 / 2.0) * first + m3 / 3.0);
    let third = scale * (3.0 * (m2 / 2.0) * second + 3.0 * (m3 / 3.0) * first + m4 / 4.0);
    [first, second, third]
}

/// lim n·Var(mean wait of n successive customers), in the squared unit of the wait.
///
/// Lindley's recursion W' = (W + S − A)⁺ has the Poisson solution h(w) = c(w² + 2w/λ), c = λ/(2(1 − ρ)): its
/// value at zero makes the reflection drop out, so that E h(W') = c·E(w + S)². Hence 2·Cov(W, h(W)) − Var W.
#[must_use]
pub fn customer_average_variance(lambda: f64, service: [f64; 4]) -> f64 {
    let [first, second, third] = wait_moments(lambda, service);
    let c = lambda / (2.0 * (1.0 - lambda * service[0]));
    let variance = second - first * first;
    let with_square = third - first * second;
    2.0 * c * (with_square + 2.0 * variance / lambda) - variance
}

/// E W of M/G/1 without the formula: the mean number that a departure leaves behind, by Little's law.
///
/// `more_arrivals(m)` is P(more than m arrivals during one service). Between the states below j and the rest,
/// as many steps lead up as down: π(j)·k0 = π(0)·P(K > j−1) + Σ_{1≤i<j} π(i)·P(K > j−i), from π(0) = 1 − ρ,
/// up to `last`.
#[must_use]
pub fn mean_wait_from_departures(
    lambda: f64,
    m1: f64,
    last: usize,
    more_arrivals: impl Fn(f64) -> f64,
) -> f64 {
    let more: Vec<f64> = (0..last).map(|m| more_arrivals(m as f64)).collect();
    let mut left = vec![1.0 - lambda * m1];
    for j in 1..=last {
        let from_empty = left[0] * more[j - 1];
        let from_others: f64 = (1..j).map(|i| left[i] * more[j - i]).sum();
        left.push((from_empty + from_others) / (1.0 - more[0]));
    }
    let in_system: f64 = left.iter().enumerate().map(|(j, weight)| j as f64 * weight).sum();
    in_system / lambda - m1
}
