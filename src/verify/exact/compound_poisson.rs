//! A Poisson number of requests, each with its own use of memory: the law of the sum (Panjer, ASTIN Bulletin
//! 1981).

/// Law of the sum on 0..=`limit`, from the mean number `counts[b]` of requests that use b units:
/// q(0) = e^(−Σ counts) and j·q(j) = Σ_b b·`counts[b]`·q(j − b). Every term is positive: nothing cancels.
#[must_use]
pub fn panjer(counts: &[f64], limit: usize) -> Vec<f64> {
    let least = counts.iter().position(|count| *count > 0.0).unwrap_or(counts.len());
    let units_by_use = counts.iter().enumerate().map(|(units, count)| units as f64 * count);
    let weights: Vec<f64> = units_by_use.skip(least).collect();
    let mut flow = vec![0.0; limit + 1];
    let mut law = Vec::with_capacity(limit + 1);
    for j in 0..=limit {
        let probability = if j == 0 { libm::exp(-counts.iter().sum::<f64>()) } else { flow[j] / j as f64 };
        law.push(probability);
        let reached = flow.iter_mut().skip(j + least);
        reached.zip(&weights).for_each(|(flow, weight)| *flow += weight * probability);
    }
    law
}

/// Probability of a sum beyond the last value of `law`.
#[must_use]
pub fn beyond(law: &[f64]) -> f64 {
    1.0 - law.iter().sum::<f64>()
}

/// P(N ≤ n) for N ~ Poisson(`mean`), by adding up its terms.
#[must_use]
pub fn poisson_at_most(n: u32, mean: f64) -> f64 {
    let mut term = libm::exp(-mean);
    let mut sum = term;
    for k in 1..=n {
        term *= mean / f64::from(k);
        sum += term;
    }
    sum
}
