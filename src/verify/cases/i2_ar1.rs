//! What serial correlation does to the variance of a mean.

use crate::verify::exact::serial_correlation::{ar1_covariance, ar1_variance_of_mean, bartlett_sum};
use crate::verify::{Bench, Case, Check, Part};

pub(super) const CASE: Case = Case {
    id: "I2",
    claim: "the independent formula understates the variance of a correlated mean nineteenfold, and a short \
            Bartlett window by more than half",
    derivation: "gamma_k = phi^k/(1 - phi^2); long-run variance 1/(1 - phi)^2; Var(mean) = gamma_0/n((1 + \
                 phi)/(1 - phi) - 2 phi(1 - phi^n)/(n(1 - phi)^2)); Bartlett with L lags tends to sum (1 - \
                 |k|/(L+1)) gamma_k. Second route: n Var(mean) is that sum with L + 1 = n",
    source: "Priestley, Spectral Analysis and Time Series (1981); Newey and West 1987",
    parts: &[Part { tier: 0, check: functions }],
};

const PHI: f64 = 0.9;
const N: u32 = 1000;

fn functions(_: &Bench<'_>) -> Vec<Check> {
    let (count, of_mean) = (f64::from(N), ar1_variance_of_mean(PHI, N));
    let long_run = 1.0 / ((1.0 - PHI) * (1.0 - PHI));
    // phi^1000 is nothing; the weights take away sum |k| gamma_k/(L + 1) over all k.
    let missing = 2.0 * ar1_covariance(PHI, 1) * long_run / count;
    let windowed = bartlett_sum(PHI, N) + missing;
    vec![
        Check::function("Var(mean)", 0.099_053, of_mean),
        Check::within("Var(mean) by its covariances", bartlett_sum(PHI, N) / count, of_mean, 1e-12),
        Check::function("long-run variance", 100.0, long_run),
        Check::within("long-run variance by a window and what it misses", long_run, windowed, 1e-9),
        Check::function("n Var(mean) if independent", 5.263_158, ar1_covariance(PHI, 0)),
        Check::within("how much too small", 18.82, of_mean * count / ar1_covariance(PHI, 0), 5e-3),
        Check::function("Bartlett, L = 10", 40.902_348, bartlett_sum(PHI, 11)),
        Check::function("Bartlett, L = 50", 81.510_311, bartlett_sum(PHI, 51)),
    ]
}
