//! Why there is no number. A result row never holds NaN: it holds a value or one of these reasons, whose
//! code goes into the row's `note` column. Reasons know nothing about which estimator gave them.

use super::ColumnName;
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
    /// The quantity belongs to hardware that both arms share, so no arm owns it.
    SharedBetweenArms,
    /// A unit, or a period of time, holds both arms or more than one coin.
    MixedArms,
    /// The log does not have a column that is needed. Holds its name.
    MissingColumn(ColumnName),
    /// The state or value asked for was never observed, or was not a finite number.
    Unobserved,
    /// A column of a regression is a combination of the columns before it. Holds its name.
    RankDeficient(ColumnName),
    /// Some units could have been in one arm only, or no unit is left where both arms were possible.
    NoOverlap,
    /// An outcome is the same for a whole group of rows, so its coefficient runs off to infinity.
    Separation,
    /// Nothing was observed before the change.
    NoPrePeriod,
    /// Nothing was observed after the change.
    NoPostPeriod,
    /// Too few untreated units to build a comparison from.
    NoDonors,
    /// The treatment does not change at the cutoff.
    NoJumpInTreatment,
    /// Too few rows near the cutoff on one side.
    NoObsInBandwidth,
    /// No stretch of time was spent under one arm for long enough.
    NoValidWindows,
    /// An iteration stopped before it found its answer.
    NotConverged,
    /// Many values are equal to the quantile, so that its noise follows no density.
    TiedQuantile,
    /// A cell of the comparison (a stratum's arm, an arm) has one unit, whose noise cannot be told. Holds the cell.
    LoneUnit(ColumnName),
    /// A stratum has units of one arm only. Holds the stratum.
    EmptyStratum(ColumnName),
    /// The order of the labels in a column matters, and they have none. Holds the column.
    NoOrder(ColumnName),
    /// The arm is the same in all rows of a group, where it should have been drawn for each request. Holds the column of
    /// the groups.
    NotByRequest(ColumnName),
    /// So few assignments could have been drawn that no test exists.
    FewAssignments,
    /// The column is the arm, or the outcome, so it cannot be a covariate. Holds its name.
    NoCovariate(ColumnName),
    /// The probability of an arm is not known.
    UnknownPropensity,
    /// The method has no theory for so few: it needs this many.
    BelowMinimum(u32),
}

impl NotEstimable {
    /// The log has no column of this name.
    #[must_use]
    pub const fn missing_column(name: &str) -> Self {
        Self::MissingColumn(ColumnName::new(name))
    }

    /// The text of the `note` column: the code, and after a colon the column that it is about.
    #[must_use]
    pub fn note(&self) -> String {
        match self {
            Self::MissingColumn(name)
            | Self::RankDeficient(name)
            | Self::LoneUnit(name)
            | Self::EmptyStratum(name)
            | Self::NoOrder(name)
            | Self::NotByRequest(name)
            | Self::NoCovariate(name) => format!("{}:{name}", self.code()),
            Self::BelowMinimum(least) => format!("{}:{least}", self.code()),
            _ => self.code().to_owned(),
        }
    }

    /// The reason of a `note`.
    #[must_use]
    pub fn parse(note: &str) -> Option<Self> {
        const NAMED: [fn(ColumnName) -> NotEstimable; 7] = [
            NotEstimable::MissingColumn,
            NotEstimable::RankDeficient,
            NotEstimable::LoneUnit,
            NotEstimable::EmptyStratum,
            NotEstimable::NoOrder,
            NotEstimable::NotByRequest,
            NotEstimable::NoCovariate,
        ];
        let behind = |code: &str| note.strip_prefix(code)?.strip_prefix(':');
        for reason in NAMED {
            if let Some(name) = behind(reason(ColumnName::new("")).code()) {
                return Some(reason(ColumnName::new(name)));
            }
        }
        if let Some(least) = behind(Self::BelowMinimum(0).code()) {
            return least.parse().ok().map(Self::BelowMinimum);
        }
        let plain = [
            Self::EmptyArm,
            Self::TooFewUnits,
            Self::ZeroVariance,
            Self::ZeroDenominator,
            Self::SharedBetweenArms,
            Self::MixedArms,
            Self::Unobserved,
            Self::NoOverlap,
            Self::Separation,
            Self::NoPrePeriod,
            Self::NoPostPeriod,
            Self::NoDonors,
            Self::NoJumpInTreatment,
            Self::NoObsInBandwidth,
            Self::NoValidWindows,
            Self::NotConverged,
            Self::TiedQuantile,
            Self::FewAssignments,
            Self::UnknownPropensity,
        ];
        plain.into_iter().find(|reason| reason.code() == note)
    }

    /// The fixed code written to the `note` column of a result row.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyArm => "ne:empty_arm",
            Self::TooFewUnits => "ne:n_too_small",
            Self::ZeroVariance => "ne:zero_variance",
            Self::ZeroDenominator => "ne:zero_denominator",
            Self::MixedArms => "ne:mixed_arms",
            Self::SharedBetweenArms => "ne:shared_between_arms",
            Self::MissingColumn(_) => "ne:missing_column",
            Self::Unobserved => "ne:unobserved_state",
            Self::RankDeficient(_) => "ne:rank_deficient",
            Self::NoOverlap => "ne:no_overlap",
            Self::Separation => "ne:separation",
            Self::NoPrePeriod => "ne:no_pre_period",
            Self::NoPostPeriod => "ne:no_post_period",
            Self::NoDonors => "ne:no_donors",
            Self::NoJumpInTreatment => "ne:no_jump_in_treatment",
            Self::NoObsInBandwidth => "ne:no_obs_in_bandwidth",
            Self::NoValidWindows => "ne:no_valid_windows",
            Self::NotConverged => "ne:not_converged",
            Self::TiedQuantile => "ne:tied_quantile",
            Self::LoneUnit(_) => "ne:lone_unit",
            Self::EmptyStratum(_) => "ne:empty_stratum",
            Self::NoOrder(_) => "ne:no_order",
            Self::NotByRequest(_) => "ne:not_by_request",
            Self::FewAssignments => "ne:few_assignments",
            Self::NoCovariate(_) => "ne:no_covariate",
            Self::UnknownPropensity => "ne:unknown_propensity",
            Self::BelowMinimum(_) => "ne:below_minimum",
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
            Self::MixedArms => out.write_str(
                "a unit or a period has rows of both arms, or of more than one coin, so that it was not what was randomised",
            ),
            Self::SharedBetweenArms => out.write_str(
                "both arms share the replicas that it is measured on, so it cannot be split between them",
            ),
            Self::MissingColumn(column) => write!(out, "the log has no column `{column}`"),
            Self::Unobserved => out.write_str("the state or value asked for was never observed"),
            Self::RankDeficient(column) => {
                write!(out, "the column `{column}` is a combination of the columns before it: leave it out")
            }
            Self::NoOverlap => {
                out.write_str("some units could only ever be in one arm: nothing to compare with")
            }
            Self::Separation => {
                out.write_str("a column predicts the outcome perfectly, so its effect has no finite size")
            }
            Self::NoPrePeriod => out.write_str("nothing was observed before the change"),
            Self::NoPostPeriod => out.write_str("nothing was observed after the change"),
            Self::NoDonors => out.write_str("too few untreated units to build a comparison from"),
            Self::NoJumpInTreatment => out.write_str("the treatment does not change at the cutoff"),
            Self::NoObsInBandwidth => out.write_str("too few observations near the cutoff on one side"),
            Self::NoValidWindows => out
                .write_str("no window lies wholly under one arm: use longer blocks or a shorter carry-over"),
            Self::NotConverged => {
                out.write_str("the iteration did not converge, so its last value is no answer")
            }
            Self::TiedQuantile => out.write_str(
                "many values are equal to the quantile, so that its standard error cannot be told: compare means, or shares \
                 above a threshold",
            ),
            Self::LoneUnit(cell) => {
                write!(out, "{cell} has one unit only, and one unit does not show how much units vary")
            }
            Self::EmptyStratum(stratum) => write!(out, "{stratum} has units of one arm only"),
            Self::NoOrder(column) => {
                write!(out, "the labels of `{column}` have no order, and this method needs one")
            }
            Self::NotByRequest(column) => write!(
                out,
                "all rows of a `{column}` got the same arm, and this method needs arms that were drawn for each request"
            ),
            Self::FewAssignments => {
                out.write_str("so few assignments could have been drawn that no test of an effect exists")
            }
            Self::NoCovariate(column) => {
                write!(out, "the column `{column}` is the arm or the outcome, so it is no covariate")
            }
            Self::UnknownPropensity => out.write_str("the probability of one of the two arms is not known"),
            Self::BelowMinimum(least) => {
                write!(out, "the method's standard error is not to be trusted with so few: it needs {least} or more")
            }
        }
    }
}

impl std::error::Error for NotEstimable {}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [NotEstimable; 27] = [
        NotEstimable::EmptyArm,
        NotEstimable::TooFewUnits,
        NotEstimable::ZeroVariance,
        NotEstimable::ZeroDenominator,
        NotEstimable::SharedBetweenArms,
        NotEstimable::Unobserved,
        NotEstimable::MissingColumn(ColumnName::new("time")),
        NotEstimable::RankDeficient(ColumnName::new("price")),
        NotEstimable::NoOverlap,
        NotEstimable::Separation,
        NotEstimable::NoPrePeriod,
        NotEstimable::NoPostPeriod,
        NotEstimable::NoDonors,
        NotEstimable::NoJumpInTreatment,
        NotEstimable::NoObsInBandwidth,
        NotEstimable::NoValidWindows,
        NotEstimable::NotConverged,
        NotEstimable::MixedArms,
        NotEstimable::TiedQuantile,
        NotEstimable::LoneUnit(ColumnName::new("the treated arm of 7")),
        NotEstimable::EmptyStratum(ColumnName::new("stratum 7")),
        NotEstimable::NoOrder(ColumnName::new("block")),
        NotEstimable::NotByRequest(ColumnName::new("cluster")),
        NotEstimable::FewAssignments,
        NotEstimable::NoCovariate(ColumnName::new("z")),
        NotEstimable::UnknownPropensity,
        NotEstimable::BelowMinimum(50),
    ];

    #[test]
    fn every_reason_has_its_own_code_and_sentence() {
        for (i, a) in ALL.iter().enumerate() {
            assert!(a.code().starts_with("ne:"));
            assert_eq!(NotEstimable::parse(&a.note()), Some(*a));
            for b in &ALL[..i] {
                assert_ne!(a.code(), b.code());
                assert_ne!(a.to_string(), b.to_string());
            }
        }
    }

    #[test]
    fn a_reason_that_carries_an_explanation_prints_it() {
        assert!(ALL[6].to_string().contains("`time`"));
        assert!(ALL[7].to_string().contains("`price`"));
    }
}
