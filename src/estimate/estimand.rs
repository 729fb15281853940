//! What an estimator aims at.

use std::fmt;

/// An effect of the candidate policy. `share` is the share of units that the candidate decides; `None` stands for the
/// share of the design that made the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Estimand {
    /// Everybody on the candidate minus everybody on the control: V(1) − V(0), the launch decision.
    Gte,
    /// What the treated request itself gains in the world of this share: mean of the treated minus mean of the controls
    /// when single requests are randomised.
    Direct {
        /// The world.
        share: Option<f64>,
    },
    /// What interference hides from an experiment on single requests: the launch effect less the direct effect.
    Interference {
        /// The world of the direct effect.
        share: Option<f64>,
    },
    /// V′(p): what one more treated request does to all requests together (Hu, Li and Wager, Biometrika 2022).
    Slope {
        /// The world.
        share: Option<f64>,
    },
    /// Mean of the controls in one world minus that in another (Hudgens and Halloran, JASA 2008).
    Spillover {
        /// The world.
        share: Option<f64>,
        /// The world compared with.
        from: f64,
    },
    /// Mean of the treated in one world minus that of the controls in another: direct and spillover together.
    Total {
        /// The world.
        share: Option<f64>,
        /// The world compared with.
        from: f64,
    },
    /// Mean of all in one world minus that in another.
    Overall {
        /// The world.
        share: Option<f64>,
        /// The world compared with.
        from: f64,
    },
}

impl Estimand {
    /// The word of the `estimand` column, without the worlds.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gte => "gte",
            Self::Direct { .. } => "direct",
            Self::Interference { .. } => "interference",
            Self::Slope { .. } => "slope",
            Self::Spillover { .. } => "spillover",
            Self::Total { .. } => "total",
            Self::Overall { .. } => "overall",
        }
    }

    /// Whether somebody might take an estimate of it for what a launch does.
    #[must_use]
    pub const fn is_of_a_launch(self) -> bool {
        !matches!(self, Self::Interference { .. } | Self::Spillover { .. })
    }

    /// The same effect in the world of this share, where none was named.
    #[must_use]
    pub const fn at(self, own: f64) -> Self {
        const fn or(share: Option<f64>, own: f64) -> Option<f64> {
            match share {
                None => Some(own),
                named => named,
            }
        }
        match self {
            Self::Gte => Self::Gte,
            Self::Direct { share } => Self::Direct { share: or(share, own) },
            Self::Interference { share } => Self::Interference { share: or(share, own) },
            Self::Slope { share } => Self::Slope { share: or(share, own) },
            Self::Spillover { share, from } => Self::Spillover { share: or(share, own), from },
            Self::Total { share, from } => Self::Total { share: or(share, own), from },
            Self::Overall { share, from } => Self::Overall { share: or(share, own), from },
        }
    }
}

impl Estimand {
    /// From the text that it is printed as.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, worlds) = match text.strip_suffix(')') {
            Some(text) => text.split_once('(')?,
            None => (text, ""),
        };
        let (share, from) = match worlds.split_once("against ") {
            Some((share, from)) => (share.trim(), from.parse().ok()?),
            None => (worlds, 0.0),
        };
        let share = if share.is_empty() { None } else { Some(share.parse().ok()?) };
        Some(match name {
            "gte" => Self::Gte,
            "direct" => Self::Direct { share },
            "interference" => Self::Interference { share },
            "slope" => Self::Slope { share },
            "spillover" => Self::Spillover { share, from },
            "total" => Self::Total { share, from },
            "overall" => Self::Overall { share, from },
            _ => return None,
        })
    }
}

impl fmt::Display for Estimand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())?;
        match *self {
            Self::Direct { share: Some(share) }
            | Self::Interference { share: Some(share) }
            | Self::Slope { share: Some(share) } => {
                write!(out, "({share})")
            }
            Self::Spillover { share, from } | Self::Total { share, from } | Self::Overall { share, from } => {
                match share {
                    Some(share) => write!(out, "({share} against {from})"),
                    None => write!(out, "(against {from})"),
                }
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Estimand;

    #[test]
    fn what_is_printed_is_read_back() {
        for share in [None, Some(0.25)] {
            for estimand in [
                Estimand::Gte,
                Estimand::Direct { share },
                Estimand::Interference { share },
                Estimand::Slope { share },
                Estimand::Spillover { share, from: 0.1 },
                Estimand::Total { share, from: 0.0 },
                Estimand::Overall { share, from: 0.5 },
            ] {
                assert_eq!(Estimand::parse(&estimand.to_string()), Some(estimand), "{estimand}");
            }
        }
        assert_eq!(Estimand::parse("launch"), None);
    }
}
