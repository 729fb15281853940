//! One comparison of an exact value with what our code says, and the verdict on it.

use crate::stats::{Moments, normal_quantile, student_t_sf};

/// Largest |z| that passes. P(|z| > 4) is 6.3e-5, so that a ladder of 150 simulated values raises a false alarm with
/// probability below 1 %: that is the multiple-testing allowance of the whole ladder. Seeds are fixed; a failure is a
/// finding and never a reason to widen this.
pub const Z_LIMIT: f64 = 4.0;

/// What our code says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// A pure function: compared within an absolute tolerance.
    Function {
        /// What it gives.
        value: f64,
        /// Largest absolute difference that passes: 1e-6, or half a unit of the last printed digit.
        tolerance: f64,
    },
    /// The mean of independent replications.
    Simulated {
        /// Mean over replications.
        mean: f64,
        /// Standard deviation over replications divided by √R.
        std_error: f64,
        /// Replications (R).
        replications: u64,
        /// Largest 4·SE, in absolute terms, at which the comparison still means something.
        teeth: f64,
        /// What whole tokens and iterations may add, in absolute terms: derived, and stated by the case.
        discreteness: f64,
    },
}

/// How a comparison ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The exact value is met.
    Pass,
    /// It is not.
    Fail,
    /// The simulation is too noisy to tell.
    Blunt,
}

impl Verdict {
    /// The verdict as a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Blunt => "TOO NOISY",
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is compared.
    pub what: String,
    /// The exact value.
    pub exact: f64,
    /// What our code says.
    pub evidence: Evidence,
}

impl Check {
    /// A pure function against a value known to 1e-6.
    #[must_use]
    pub fn function(what: impl Into<String>, exact: f64, value: f64) -> Self {
        Self::within(what, exact, value, 1e-6)
    }

    /// A pure function against a value known to `tolerance`.
    #[must_use]
    pub fn within(what: impl Into<String>, exact: f64, value: f64, tolerance: f64) -> Self {
        Self { what: what.into(), exact, evidence: Evidence::Function { value, tolerance } }
    }

    /// Replications of a simulation against an exact value; `teeth` is the largest 4·SE that still means something, as a
    /// share of |exact|.
    ///
    /// # Panics
    /// With fewer than two replications, or values that are not finite: a defect of the case.
    #[must_use]
    pub fn simulated(what: impl Into<String>, exact: f64, replications: &[f64], teeth: f64) -> Self {
        Self::absolute(what, exact, replications, teeth * exact.abs())
    }

    /// As [`Check::simulated`], with `teeth` in absolute terms: for exact values of zero.
    ///
    /// # Panics
    /// With fewer than two replications, or values that are not finite: a defect of the case.
    #[must_use]
    pub fn absolute(what: impl Into<String>, exact: f64, replications: &[f64], teeth: f64) -> Self {
        let what = what.into();
        let moments = match Moments::of(replications) {
            Ok(moments) => moments,
            Err(reason) => panic!("{what}: {reason:?} in {replications:?}"),
        };
        let evidence = Evidence::Simulated {
            mean: moments.mean,
            std_error: moments.variance_of_mean().sqrt(),
            replications: moments.n,
            teeth,
            discreteness: 0.0,
        };
        Self { what, exact, evidence }
    }

    /// A share of `of` replications against the probability claimed, with the standard error that the claim itself gives it;
    /// `teeth` in absolute terms.
    #[must_use]
    pub fn share(what: impl Into<String>, exact: f64, share: f64, of: usize, teeth: f64) -> Self {
        let evidence = Evidence::Simulated {
            mean: share,
            std_error: (exact * (1.0 - exact) / of as f64).sqrt(),
            replications: of as u64,
            teeth,
            discreteness: 0.0,
        };
        Self { what: what.into(), exact, evidence }
    }

    /// A p-value of what is claimed: it passes unless it is rarer than a |z| of [`Z_LIMIT`].
    #[must_use]
    pub fn p_value(what: impl Into<String>, p: f64) -> Self {
        let rare = 2.0 * crate::stats::normal_sf(Z_LIMIT);
        Self::within(what, 0.5, p, 0.5 - rare)
    }

    /// Allow for what whole tokens and iterations may add, as a share of |exact|; the case says why.
    #[must_use]
    pub fn discrete(mut self, share: f64) -> Self {
        if let Evidence::Simulated { discreteness, .. } = &mut self.evidence {
            *discreteness = share * self.exact.abs();
        }
        self
    }

    /// Whether something is allowed for beside the standard error.
    #[must_use]
    pub fn has_allowance(&self) -> bool {
        matches!(self.evidence, Evidence::Simulated { discreteness, .. } if discreteness > 0.0)
    }

    /// What our code says.
    #[must_use]
    pub const fn value(&self) -> f64 {
        match self.evidence {
            Evidence::Function { value, .. } => value,
            Evidence::Simulated { mean, .. } => mean,
        }
    }

    /// The normal score of Student's t = (simulated − exact)/SE with R − 1 degrees of freedom: standard normal when the
    /// claim holds. The allowed discreteness is taken off first. `None` for functions, and where nothing varies.
    #[must_use]
    pub fn z(&self) -> Option<f64> {
        let Evidence::Simulated { mean, std_error, replications, discreteness, .. } = self.evidence else {
            return None;
        };
        if std_error == 0.0 {
            return None;
        }
        let apart = mean - self.exact;
        let t = (apart.abs() - discreteness).max(0.0) / std_error;
        let tail = student_t_sf(t, (replications - 1) as f64).max(f64::MIN_POSITIVE);
        Some(-normal_quantile(tail) * apart.signum())
    }

    /// Whether the exact value is met.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.evidence {
            Evidence::Function { value, tolerance } if (value - self.exact).abs() <= tolerance => {
                Verdict::Pass
            }
            Evidence::Function { .. } => Verdict::Fail,
            Evidence::Simulated { std_error, teeth, .. } if 4.0 * std_error > teeth => Verdict::Blunt,
            Evidence::Simulated { mean, .. } => match self.z() {
                Some(z) if z.abs() <= Z_LIMIT => Verdict::Pass,
                // Nothing varies: then it must be exact to rounding.
                None if (mean - self.exact).abs() <= 1e-9 * self.exact.abs().max(1.0) => Verdict::Pass,
                _ => Verdict::Fail,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_of_replications_is_students_t_on_the_normal_scale() {
        // Mean 2, standard error 1, four degrees of freedom: t = 2 has a two-sided p of 0.116117 (tables of Student's t).
        let values = [2.0 - 10f64.sqrt(), 2.0, 2.0 + 10f64.sqrt(), 2.0, 2.0];
        let check = Check::absolute("a mean", 0.0, &values, 10.0);
        let Evidence::Simulated { mean, std_error, .. } = check.evidence else { panic!("simulated") };
        assert!((mean - 2.0).abs() < 1e-12 && (std_error - 1.0).abs() < 1e-12);
        let z = check.z().expect("it varies");
        assert!((2.0 * crate::stats::normal_sf(z) - 0.116_117).abs() < 1e-6, "{z}");
    }

    #[test]
    fn a_wrong_value_fails_and_a_noisy_one_is_called_noisy() {
        let values: Vec<f64> = (0..40).map(|at| 1.0 + f64::from(at % 5) * 0.01).collect();
        assert_eq!(Check::simulated("right", 1.02, &values, 0.05).verdict(), Verdict::Pass);
        assert_eq!(Check::simulated("wrong", 1.08, &values, 0.05).verdict(), Verdict::Fail);
        assert_eq!(Check::simulated("noisy", 1.02, &values, 0.001).verdict(), Verdict::Blunt);
        assert_eq!(Check::function("right", 0.5, 0.500_000_9).verdict(), Verdict::Pass);
        assert_eq!(Check::function("wrong", 0.5, 0.500_002).verdict(), Verdict::Fail);
    }
}
