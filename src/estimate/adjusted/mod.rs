//! Regressions on randomised units: covariates that were known before, and inference with few clusters.

pub(super) mod cluster_regression;
pub(super) mod cuped;
pub(super) mod ols_adjusted;
mod quantile_ranks;

use super::{NamedColumn, Sample};
use crate::stats::NotEstimable;

/// The covariates that `names` lists with commas between; all where it is empty.
fn covariates<'a>(sample: &Sample<'a>, names: &str) -> Result<Vec<&'a NamedColumn>, NotEstimable> {
    let all = &sample.frame.covariates;
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    let named = names.split(',').map(str::trim).map(|name| all.iter().find(|column| column.name == name));
    named.collect::<Option<_>>().ok_or(NotEstimable::missing_column("covariates"))
}
