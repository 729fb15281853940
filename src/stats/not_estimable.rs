//! Why there is no number. A result row never holds NaN: it holds a value or one of these reasons, whose
//! code goes into the row's `note` column. Reasons know nothing about which estimator gave them.

use std::fmt;

/// The reason why the data cannot answer. Not an error of the user's file and not a bug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotEstimable {
    /// An arm has no unit at all.
    EmptyArm,
    /// Too few units (or replications) for a variance: fewer than two in an arm or in a stratum's arm.
    TooFewUnits,
    /// Nothing varies, so the standard error would be zero, and zero is not an answer.
    ZeroVariance,
    /// The denominator of the ratio is zero over a whole arm.
    ZeroDenominator,
    /// The quantity belongs to hardware that both arms share, so no arm owns it. Holds the reason.
    SharedBetweenArms(&'static str),
    /// The log does not have a column that is needed. Holds its name.
    MissingColumn(&'static str),
    /// The state or value asked for was never observed, or was not a finite number.
    Unobserved,
}

impl NotEstimable {
    /// The fixed code written to the `note` column of a result row.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyArm => "ne:empty_arm",
            Self::TooFewUnits => "ne:n_too_small",
            Self::ZeroVariance => "ne:zero_variance",
            Self::ZeroDenominator => "ne:zero_denominator",
            Self::SharedBetweenArms(_) => "ne:shared_between_arms",
            Self::MissingColumn(_) => "ne:missing_column",
            Self::Unobserved => "ne:unobserved_state",
        }
    }
}

impl fmt::Display for NotEstimable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyArm => out.write_str("one arm has no units, so there is nothing to compare"),
            Self::TooFewUnits => out
                .write_str("fewer than two units where a variance is needed, so there is no standard error"),
            Self::ZeroVariance => {
                out.write_str("the values do not vary between units, so the noise cannot be estimated")
            }
            Self::ZeroDenominator => out
                .write_str("the metric's denominator is zero over a whole arm, so the ratio does not exist"),
            Self::SharedBetweenArms(reason) => {
                write!(out, "both arms share what is measured, so it cannot be split between them: {reason}")
            }
            Self::MissingColumn(column) => write!(out, "the log has no column `{column}`"),
            Self::Unobserved => out.write_str("the state or value asked for was never observed"),
        }
    }
}

impl std::error::Error for NotEstimable {}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [NotEstimable; 7] = [
        NotEstimable::EmptyArm,
        NotEstimable::TooFewUnits,
        NotEstimable::ZeroVariance,
        NotEstimable::ZeroDenominator,
        NotEstimable::SharedBetweenArms("one fleet"),
        NotEstimable::Unobserved,
        NotEstimable::MissingColumn("time"),
    ];

    #[test]
    fn every_reason_has_its_own_code_and_sentence() {
        for (i, a) in ALL.iter().enumerate() {
            assert!(a.code().starts_with("ne:"));
            for b in &ALL[..i] {
                assert_ne!(a.code(), b.code());
                assert_ne!(a.to_string(), b.to_string());
            }
        }
    }

    #[test]
    fn a_reason_that_carries_an_explanation_prints_it() {
        assert!(ALL[4].to_string().ends_with("one fleet"));
    }
}
