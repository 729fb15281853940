//! Difference of size-weighted block means with blocks as units, all of each block used. What the previous block left
//! behind is counted for the present one.

use crate::design::Unit;
use crate::estimate::{Estimand, EstimatorSpec, Simple};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "switchback_blocks",
    about: "size-weighted block means, blocks as units, Welch t",
    units: &[Unit::Block],
    needs: &[],
    uses: &[],
    basic: &[Unit::Block],
    build: |_| {
        Box::new(Simple {
            estimate: |sample| sample.by_unit(),
            point: |sample| sample.arms(),
            estimand: Estimand::Gte,
        })
    },
};
