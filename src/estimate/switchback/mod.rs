//! Estimators for fleets that switch between the arms in blocks of time: what is done about the state that a block
//! inherits from the one before.

pub(super) mod bias_corrected;
pub(super) mod blocks;
pub(super) mod burn_in;
#[cfg(all(test, feature = "cli"))]
mod chain_tests;
pub(super) mod cluster_switchback;
pub(super) mod horvitz_thompson;
pub(super) mod paired;
mod periods;
pub(super) mod regression;
pub(super) mod washout;
mod windows;
