//! A log of any origin as a table: from the cells of a CSV file to the [`Frame`](crate::estimate::Frame) and the outcomes
//! that estimators see.
//!
//! The flow is header → [`Selection`]s (which column plays which [`Role`]) → one pass over the rows that keeps only what was
//! selected ([`read()`]) → [`Tidy`], in order of time. It opens no file itself, and it knows neither designs nor truth: a log that
//! came from production and one that `simulate --log` wrote are read alike. Every mistake is a
//! [`Problem`](crate::settings::Problem) with its place, up to [`MOST_PROBLEMS`] of them at once.

mod arms;
mod cells;
mod census;
mod data;
mod decimal;
mod header;
mod key;
mod own_metric;
mod propensity;
mod reader;
mod role;

pub use arms::ArmNames;
pub use census::Census;
pub use data::{Grain, Outcome, Tidy};
pub use header::{Selection, is_own_log, own_arms, recognised, select};
pub use key::Key;
pub use own_metric::{OWN_QUANTITIES, OwnMetric, own_metric};
pub use propensity::ArmChance;
pub use reader::{Filter, LeftOut, read};
pub use role::{Kind, Role, flag_of};

/// More problems than this are not listed: they are mostly the same one.
pub const MOST_PROBLEMS: usize = 20;
