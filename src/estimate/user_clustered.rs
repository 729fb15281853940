//! Difference of arm means over requests, with users as the randomised units: the standard error follows the sums within
//! users (delta method for a ratio of sums over users, Welch degrees of freedom).

use super::Estimator;
use crate::design::Unit;

pub(super) const ESTIMATOR: Estimator = Estimator {
    name: "user_clustered",
    about: "arm means over requests, standard error clustered by user, Welch",
    estimand: "gte",
    unit: Unit::User,
    leaves_out_washout: false,
    estimate: |sample| sample.by_unit(),
};
