//! Difference of arm means with requests as independent units: what most A/B tests report.
//!
//! Welch's standard error and degrees of freedom. Right for request-randomised traffic that does not interfere; its
//! limit under interference is the direct effect at the present share, not the global effect.

use super::{Estimand, EstimatorSpec, Simple};
use crate::design::Unit;

pub(super) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "difference_in_means",
    about: "arm means over requests, requests as independent units, Welch",
    units: &[Unit::Request],
    needs: &[],
    uses: &[],
    basic: &[Unit::Request],
    build: |_| {
        Box::new(Simple {
            estimate: |sample| sample.by_row(),
            point: |sample| sample.arms(),
            estimand: Estimand::Direct { share: None },
        })
    },
};
