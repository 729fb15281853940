//! Difference of size-weighted block means with blocks as units, all of each block used. What the previous block left
//! behind is counted for the present one.

use super::Estimator;
use crate::design::Unit;

pub(super) const ESTIMATOR: Estimator = Estimator {
    name: "switchback_blocks",
    about: "size-weighted block means, blocks as units, whole blocks, Welch t",
    estimand: "gte",
    unit: Unit::Block,
    leaves_out_washout: false,
    estimate: |sample| sample.by_unit(),
};
