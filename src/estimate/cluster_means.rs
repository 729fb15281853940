//! Difference of size-weighted cluster means with clusters as units and Student's t: Welch for complete randomisation,
//! within strata or pair differences where the design has them.

use super::Estimator;
use crate::design::Unit;

pub(super) const ESTIMATOR: Estimator = Estimator {
    name: "cluster_means",
    about: "size-weighted cluster means, clusters as units, t; strata and pairs as designed",
    estimand: "gte",
    unit: Unit::Cluster,
    leaves_out_washout: false,
    estimate: |sample| sample.by_unit(),
};
