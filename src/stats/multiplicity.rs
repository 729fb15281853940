//! Adjusted p-values for a family of tests. The answer has the order of the input; a test that has no p-value
//! is left out of the count and stays empty.

/// How a family of p-values is adjusted. Holm is meant for primary metrics, Benjamini–Hochberg for secondary
/// ones; guardrails need none, because each of them must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplicity {
    /// m·p: any error in the family at most α.
    Bonferroni,
    /// Step down, max_{j≤k} (m − j + 1) p₍ⱼ₎: the same promise, never worse (Holm 1979).
    Holm,
    /// Step up, min_{j≥k} (m − j + 1) p₍ⱼ₎: for independent or positively dependent tests (Hochberg 1988).
    Hochberg,
    /// min_{j≥k} (m/j) p₍ⱼ₎: the expected share of false discoveries (Benjamini and Hochberg 1995).
    BenjaminiHochberg,
    /// Benjamini–Hochberg times Σ1/j: under any dependence (Benjamini and Yekutieli 2001).
    BenjaminiYekutieli,
}

/// The adjusted p-values in input order, at most one.
///
/// # Panics
/// When a p-value is outside \[0, 1\].
///
/// ```
/// use contention::stats::{Multiplicity, adjust_p_values};
///
/// let adjusted = adjust_p_values(&[Some(0.02), None, Some(0.01)], Multiplicity::Bonferroni);
/// assert_eq!(adjusted, [Some(0.04), None, Some(0.02)]);
/// ```
#[must_use]
pub fn adjust_p_values(p_values: &[Option<f64>], method: Multiplicity) -> Vec<Option<f64>> {
    let mut present: Vec<(usize, f64)> =
        p_values.iter().enumerate().filter_map(|(at, p)| p.map(|p| (at, p))).collect();
    assert!(present.iter().all(|(_, p)| (0.0..=1.0).contains(p)), "a p-value lies between 0 and 1");
    present.sort_by(|a, b| a.1.total_cmp(&b.1));
    let m = present.len() as f64;
    let harmonic: f64 = (1..=present.len()).map(|j| 1.0 / j as f64).sum();
    let factor = |rank: usize| match method {
        Multiplicity::Bonferroni => m,
        Multiplicity::Holm | Multiplicity::Hochberg => m - rank as f64,
        Multiplicity::BenjaminiHochberg => m / (rank + 1) as f64,
        Multiplicity::BenjaminiYekutieli => harmonic * m / (rank + 1) as f64,
    };
    let mut adjusted: Vec<f64> =
        present.iter().enumerate().map(|(rank, (_, p))| (factor(rank) * p).min(1.0)).collect();
    match method {
        Multiplicity::Bonferroni => {}
        Multiplicity::Holm => {
            for rank in 1..adjusted.len() {
                adjusted[rank] = adjusted[rank].max(adjusted[rank - 1]);
            }
        }
        _ => {
            for rank in (1..adjusted.len()).rev() {
                adjusted[rank - 1] = adjusted[rank - 1].min(adjusted[rank]);
            }
        }
    }
    let mut answer = vec![None; p_values.len()];
    for ((at, _), p) in present.iter().zip(adjusted) {
        answer[*at] = Some(p);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Multiplicity; 5] = [
        Multiplicity::Bonferroni,
        Multiplicity::Holm,
        Multiplicity::Hochberg,
        Multiplicity::BenjaminiHochberg,
        Multiplicity::BenjaminiYekutieli,
    ];

    #[test]
    fn three_tests_agree_with_the_textbook_and_keep_their_order() {
        // facts/statistics.md, section 14.
        for (method, expected) in ALL.into_iter().zip([
            [0.03, 0.12, 0.09],
            [0.03, 0.06, 0.06],
            [0.03, 0.04, 0.04],
            [0.03, 0.04, 0.04],
            [0.055, 0.22 / 3.0, 0.22 / 3.0],
        ]) {
            let found = adjust_p_values(&[Some(0.01), Some(0.04), Some(0.03)], method);
            for (found, expected) in found.iter().zip(expected) {
                assert!((found.unwrap() - expected).abs() < 1e-15, "{method:?}: {found:?}");
            }
        }
    }

    #[test]
    fn missing_tests_stay_missing_and_do_not_count() {
        for method in ALL {
            let (with, without) = (
                adjust_p_values(&[None, Some(0.2), Some(0.001), None], method),
                adjust_p_values(&[Some(0.2), Some(0.001)], method),
            );
            assert_eq!(with, [None, without[0], without[1], None]);
            assert_eq!(adjust_p_values(&[None], method), [None]);
        }
    }

    #[test]
    fn adjusting_never_reorders_and_never_helps() {
        let raw: Vec<f64> = (0..40_u32).map(|i| f64::from(i * 17 % 40) / 40.0).collect();
        for method in ALL {
            let given: Vec<_> = raw.iter().copied().map(Some).collect();
            let found = adjust_p_values(&given, method);
            for (i, a) in found.iter().enumerate() {
                assert!(a.unwrap() >= raw[i] && a.unwrap() <= 1.0);
                for (j, b) in found.iter().enumerate() {
                    assert!(raw[i] > raw[j] || a.unwrap() <= b.unwrap());
                }
            }
        }
    }
}
