//! Infinitely many servers of rate one, where some arrivals join the shorter of two sampled queues
//! (Mitzenmacher, IEEE TPDS 2001; Vvedenskaya, Dobrushin and Karpelevich 1996).

use super::marginal::ArmMeans;

/// Mean sojourn when everybody takes the better of two: Σ_{k≥0} λ^(2^(k+1) − 2), with λ arrivals per server.
#[must_use]
pub fn best_of_two_sojourn(lambda: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 0.0);
    while term > 1e-18 {
        sum += term;
        // 2^(k+2) − 2 = 2·(2^(k+1) − 2) + 2.
        term *= term * lambda * lambda;
    }
    sum
}

/// Share of servers with at least k present, k = 0, 1, …, when a `share` of the arrivals takes the better of
/// two and the others go anywhere: s_0 = 1, s_{k+1} = λ((1 − share)·s_k + share·s_k²).
#[must_use]
pub fn queue_tails(lambda: f64, share: f64) -> Vec<f64> {
    let mut tails = Vec::new();
    let mut tail = 1.0;
    while tail > 1e-18 {
        tails.push(tail);
        tail = lambda * ((1.0 - share) * tail + share * tail * tail);
    }
    tails
}

/// Mean sojourns in both arms: an arrival finds at least k with probability s_k² by the better of two, s_k
/// otherwise.
#[must_use]
pub fn sojourns(lambda: f64, share: f64) -> ArmMeans {
    let tails = queue_tails(lambda, share);
    ArmMeans { share, treated: tails.iter().map(|tail| tail * tail).sum(), control: tails.iter().sum() }
}
