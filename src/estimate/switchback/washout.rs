//! As `switchback_blocks`, with the washout at the start of each block left out.

use crate::design::Unit;
use crate::estimate::{Estimand, EstimatorSpec, Simple};

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "switchback_washout",
    about: "size-weighted block means after the washout, blocks as units, Welch t",
    units: &[Unit::Block],
    needs: &[],
    uses: &[],
    basic: &[Unit::Block],
    build: |_| {
        Box::new(Simple {
            estimate: |sample| sample.after_washout().by_unit(),
            point: |sample| sample.after_washout().arms(),
            estimand: Estimand::Gte,
        })
    },
};
