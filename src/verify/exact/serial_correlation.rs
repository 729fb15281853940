//! How much less a correlated series tells than an independent one: AR(1), and blocks of M/M/∞ (Newey and
//! West 1987 for the Bartlett weights).

/// γ_k = φ^k/(1 − φ²) of an AR(1) with unit innovations.
#[must_use]
pub fn ar1_covariance(phi: f64, lag: u32) -> f64 {
    libm::pow(phi, f64::from(lag)) / (1.0 - phi * phi)
}

/// Variance of the mean of n values: γ_0/n·((1 + φ)/(1 − φ) − 2φ(1 − φ^n)/(n(1 − φ)²)).
#[must_use]
pub fn ar1_variance_of_mean(phi: f64, n: u32) -> f64 {
    let (count, rest) = (f64::from(n), 1.0 - phi);
    let edge = 2.0 * phi * (1.0 - libm::pow(phi, count)) / (count * rest * rest);
    ar1_covariance(phi, 0) / count * ((1.0 + phi) / rest - edge)
}

/// Σ_{|k|<window} (1 − |k|/window)·γ_k: the limit of a Bartlett estimate with window − 1 lags, and n times
/// the variance of the mean of n = window values.
#[must_use]
pub fn bartlett_sum(phi: f64, window: u32) -> f64 {
    let weighted =
        (1..window).map(|lag| (1.0 - f64::from(lag) / f64::from(window)) * ar1_covariance(phi, lag));
    ar1_covariance(phi, 0) + 2.0 * weighted.sum::<f64>()
}

/// Variance of the time average over x service times of the number in M/M/∞ with mean `load`:
/// (2·load/x²)(x − 1 + e^−x).
#[must_use]
pub fn block_mean_variance(load: f64, x: f64) -> f64 {
    2.0 * load / (x * x) * (x - 1.0 + libm::exp(-x))
}

/// Covariance of the averages over two adjacent blocks: load·((1 − e^−x)/x)².
#[must_use]
pub fn adjacent_block_covariance(load: f64, x: f64) -> f64 {
    let leftover = -libm::expm1(-x) / x;
    load * leftover * leftover
}
