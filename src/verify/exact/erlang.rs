//! Erlang's formulas for c servers (Erlang 1917; Kleinrock, Queueing Systems I, 1975).

/// Probability that an arrival is lost by c servers without a queue, at an offered load of `a` erlang:
/// B(0) = 1, B(k) = a·B(k−1)/(k + a·B(k−1)).
#[must_use]
pub fn erlang_b(servers: u32, a: f64) -> f64 {
    (1..=servers).fold(1.0, |b, k| a * b / (f64::from(k) + a * b))
}

/// Probability that an arrival has to wait for one of c servers, at an offered load of `a` < c erlang.
#[must_use]
pub fn erlang_c(servers: u32, a: f64) -> f64 {
    let (b, c) = (erlang_b(servers, a), f64::from(servers));
    c * b / (c - a * (1.0 - b))
}

/// Mean wait before service in M/M/c with unit service rate times `mu`, in the time unit of 1/`mu`⁻¹.
#[must_use]
pub fn mmc_wait(servers: u32, lambda: f64, mu: f64) -> f64 {
    erlang_c(servers, lambda / mu) / (f64::from(servers) * mu - lambda)
}
