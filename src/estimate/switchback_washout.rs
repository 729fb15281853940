//! As `switchback_blocks`, with the washout at the start of each block left out.

use super::Estimator;
use crate::design::Unit;

pub(super) const ESTIMATOR: Estimator = Estimator {
    name: "switchback_washout",
    about: "size-weighted block means after the washout, blocks as units, Welch t",
    estimand: "gte",
    unit: Unit::Block,
    leaves_out_washout: true,
    estimate: |sample| sample.by_unit(),
};
