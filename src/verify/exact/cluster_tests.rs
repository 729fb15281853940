//! How often nominal tests of a balanced cluster trial reject a true null: G normal cluster means, half of
//! them treated (Bell and McCaffrey 2002; Cameron and Miller, J. Human Resources 2015).

use super::quadrature::simpson;
use crate::stats::{normal_quantile, student_t_quantile, student_t_two_sided_p};

/// Cluster-robust variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variance {
    /// Plain residuals.
    Cr0,
    /// Times G/(G − 1), and nothing else.
    Cr1,
    /// Residuals by (I − H)^(−1/2): unbiased here.
    Cr2,
    /// Residuals by (I − H)^(−1): the jackknife.
    Cr3,
}

/// Law that the statistic is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Standard normal.
    Normal,
    /// Student's t with G − 1 degrees of freedom.
    ClustersLessOne,
}

/// The Student t with G − 2 degrees of freedom at which the statistic reaches its two-sided 5 % value. With g
/// = G/2 a statistic is t·√(g/(g−1)) for CR0, that times √((G−1)/G) for CR1, t for CR2 and t·√((g−1)/g) for
/// CR3.
#[must_use]
pub fn critical_t(clusters: u32, variance: Variance, reference: Reference) -> f64 {
    let all = f64::from(clusters);
    let arm = all / 2.0;
    let inflation = match variance {
        Variance::Cr0 => arm / (arm - 1.0),
        Variance::Cr1 => arm / (arm - 1.0) * (all - 1.0) / all,
        Variance::Cr2 => 1.0,
        Variance::Cr3 => (arm - 1.0) / arm,
    };
    let critical = match reference {
        Reference::Normal => normal_quantile(0.975),
        Reference::ClustersLessOne => student_t_quantile(0.975, all - 1.0),
    };
    critical / inflation.sqrt()
}

/// Probability that the test rejects.
#[must_use]
pub fn size(clusters: u32, variance: Variance, reference: Reference) -> f64 {
    student_t_two_sided_p(critical_t(clusters, variance, reference), f64::from(clusters) - 2.0)
}

/// Probability that Welch's test rejects. With g clusters an arm and b the treated arm's share of the two sums of squares, b is
/// Beta((g − 1)/2, (g − 1)/2) and independent of the pooled t on 2g − 2; Welch asks for t(ν), ν = (g − 1)/(b² + (1 − b)²).
#[must_use]
pub fn welch_size(clusters: u32) -> f64 {
    let arm = f64::from(clusters) / 2.0;
    let weight = |b: f64| libm::pow(b * (1.0 - b), (arm - 3.0) / 2.0);
    let rejects = |b: f64| {
        let df = (arm - 1.0) / (b * b + (1.0 - b) * (1.0 - b));
        student_t_two_sided_p(student_t_quantile(0.975, df), 2.0 * arm - 2.0)
    };
    simpson(0.0, 1.0, 200, |b| weight(b) * rejects(b)) / simpson(0.0, 1.0, 200, weight)
}

/// P(|T| > t) for an even number of degrees of freedom, as a finite sum: with s = t/√(df + t²) and c = df/(df
/// + t²), 1 − s(1 + c/2 + (1·3)/(2·4)·c² + … up to c^(df/2 − 1)) (Abramowitz and Stegun 26.7.4).
#[must_use]
pub fn two_sided_p_even(t: f64, df: u32) -> f64 {
    let all = f64::from(df) + t * t;
    let (sine, cosine_squared) = (t / all.sqrt(), f64::from(df) / all);
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..df / 2 {
        term *= cosine_squared * f64::from(2 * k - 1) / f64::from(2 * k);
        sum += term;
    }
    1.0 - sine * sum
}

/// Smallest two-sided p that re-randomising can give: 2/C(G, G/2).
#[must_use]
pub fn smallest_randomisation_p(clusters: u32) -> f64 {
    let arm = clusters / 2;
    let choices: f64 = (1..=arm).map(|k| f64::from(arm + k) / f64::from(k)).product();
    2.0 / choices
}
