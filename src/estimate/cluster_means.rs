//! Difference of size-weighted cluster means with clusters as units and Student's t: Welch for complete randomisation,
//! within strata or pair differences where the design has them.

use super::{Estimand, EstimatorSpec, Simple};
use crate::design::Unit;

pub(super) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "cluster_means",
    about: "size-weighted cluster means, clusters as units, t; strata and pairs as designed",
    units: &[Unit::Cluster],
    needs: &[],
    uses: &[],
    basic: &[Unit::Cluster],
    build: |_| {
        Box::new(Simple {
            estimate: |sample| sample.by_unit(),
            point: |sample| sample.arms(),
            estimand: Estimand::Gte,
        })
    },
};
