//! Difference of arm means over requests, with users as the randomised units: the standard error follows the sums within
//! users (delta method for a ratio of sums over users, Welch degrees of freedom).

use super::{Estimand, EstimatorSpec, Simple};
use crate::design::Unit;

pub(super) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "user_clustered",
    about: "arm means over requests, standard error clustered by user, Welch",
    units: &[Unit::User],
    needs: &[],
    uses: &[],
    basic: &[Unit::User],
    build: |_| {
        Box::new(Simple {
            estimate: |sample| sample.by_unit(),
            point: |sample| sample.arms(),
            estimand: Estimand::Direct { share: None },
        })
    },
};
