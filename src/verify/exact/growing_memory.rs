//! Requests that hold their prompt from the start and one more token per output token, all admitted: shot
//! noise (Campbell 1909; Kingman, Poisson Processes, 1993).

use super::power_law::BoundedPareto;

/// A stream of requests that all grow alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growing {
    /// Requests per second.
    pub per_s: f64,
    /// Seconds for one output token.
    pub token_s: f64,
    /// Prompt tokens of each.
    pub prompt: u32,
    /// Law of the output tokens.
    pub output: BoundedPareto,
    /// Whole number of output tokens after which a request is cut off.
    pub cut: f64,
}

/// Stationary means of what is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Mean number of requests in flight.
    pub in_flight: f64,
    /// Mean memory, in tokens.
    pub mean: f64,
    /// Variance of the memory, in tokens².
    pub variance: f64,
}

/// With r = per_s·token_s, prompt P and output O: r·E O in flight, mean r(P·E O + E O²/2), variance
/// r(P²·E O + P·E O² + E O³/3).
#[must_use]
pub fn held(stream: &Growing) -> Held {
    let [m1, m2, m3] = [1, 2, 3].map(|k| stream.output.moment_cut_at(stream.cut, k));
    let (rate, prompt) = (stream.per_s * stream.token_s, f64::from(stream.prompt));
    Held {
        in_flight: rate * m1,
        mean: rate * (prompt * m1 + m2 / 2.0),
        variance: rate * (prompt * prompt * m1 + prompt * m2 + m3 / 3.0),
    }
}

/// Mean number in flight by the whole tokens they hold, from none up to the most that one can hold. Outputs
/// are rounded to whole tokens and a token counts once it is finished, so that k of them are there at the
/// rate of P(O > k + 1/2).
#[must_use]
pub fn in_flight_by_tokens(stream: &Growing) -> Vec<f64> {
    let most = stream.cut.min(stream.output.high) as u32;
    let grown = (0..most).map(|k| stream.per_s * stream.token_s * stream.output.tail(f64::from(k) + 0.5));
    (0..stream.prompt).map(|_| 0.0).chain(grown).collect()
}
