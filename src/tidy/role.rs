//! What a column of a log can be.

use crate::estimate::Column;

/// What a column of a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Which policy the row got.
    Treatment,
    /// The randomised unit.
    Unit,
    /// Cluster, pool or region.
    Cluster,
    /// Arrival time.
    Time,
    /// Block of time.
    Block,
    /// Seconds since the start of the block.
    SinceSwitch,
    /// Whether the row lies in the washout after a switch.
    Washout,
    /// Probability of the candidate.
    Propensity,
    /// Probability of one arm of several: its place in the list that the user gave.
    ArmPropensity(u8),
    /// The cluster's share of candidates.
    Saturation,
    /// The part of a two-part design.
    Part,
    /// The user's own coin.
    UserCoin,
    /// The pool's own coin.
    PoolCoin,
    /// An outcome of the same row under the other policy.
    Shadow,
    /// Stratum within which units were randomised.
    Strata,
    /// Pair of units of which one was treated.
    Pairs,
    /// What could be seen before the decision.
    State,
    /// What was fixed before the assignment.
    Covariate,
    /// What is to be compared.
    Outcome,
    /// What the outcome is counted over.
    Denominator,
    /// Whether the row belongs to the measured time; others are left out.
    Measured,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name of an arm.
    Arm,
    /// A name or number that only tells things apart.
    Key,
    /// A number.
    Number,
    /// 0 or 1, false or true.
    Coin,
}

impl Role {
    /// What its cells hold.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Treatment => Kind::Arm,
            Self::Unit | Self::Cluster | Self::Block | Self::Strata | Self::Pairs => Kind::Key,
            Self::Washout | Self::UserCoin | Self::PoolCoin | Self::Measured => Kind::Coin,
            _ => Kind::Number,
        }
    }

    /// The option of `analyze` that names it.
    #[must_use]
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Treatment => "--treatment",
            Self::Unit => "--unit",
            Self::Cluster => "--cluster",
            Self::Time => "--time",
            Self::Block => "--block",
            Self::SinceSwitch => "--since-switch",
            Self::Washout => "--washout",
            Self::Propensity | Self::ArmPropensity(_) => "--propensity",
            Self::Saturation => "--saturation",
            Self::Part => "--part",
            Self::UserCoin | Self::PoolCoin => "--factors",
            Self::Shadow => "--shadow",
            Self::Strata => "--strata",
            Self::Pairs => "--pairs",
            Self::State => "--state",
            Self::Covariate => "--covariates",
            Self::Outcome => "--outcome",
            Self::Denominator => "--denominator",
            Self::Measured => "--where",
        }
    }

    /// Whether a row may lack it.
    #[must_use]
    pub const fn may_be_missing(self) -> bool {
        matches!(self, Self::Outcome | Self::Denominator | Self::Shadow)
    }

    /// The least and the largest number allowed, and these in words.
    pub(super) const fn range(self) -> (f64, f64, &'static str) {
        match self {
            Self::Denominator => (0.0, f64::MAX, "a number of at least 0, or nothing"),
            Self::Propensity | Self::ArmPropensity(_) | Self::Saturation => {
                (0.0, 1.0, "a number from 0 to 1")
            }
            Self::Part => (0.0, 1.0, "0 or 1"),
            Self::Outcome | Self::Shadow => (f64::MIN, f64::MAX, "a number, or nothing where there is none"),
            _ => (f64::MIN, f64::MAX, "a number"),
        }
    }
}

/// The option that names a column which an estimator needs.
#[must_use]
pub const fn flag_of(column: Column) -> &'static str {
    match column {
        Column::Time => Role::Time.flag(),
        Column::Cluster => Role::Cluster.flag(),
        Column::Block => Role::Block.flag(),
        Column::SinceSwitch => Role::SinceSwitch.flag(),
        Column::Propensity => Role::Propensity.flag(),
        Column::Saturation => Role::Saturation.flag(),
        Column::Part => Role::Part.flag(),
        Column::Factors => Role::UserCoin.flag(),
        Column::Shadow => Role::Shadow.flag(),
        Column::State => Role::State.flag(),
        Column::Covariates => Role::Covariate.flag(),
    }
}
