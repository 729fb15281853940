//! Estimators for designs that give coins to users and to pools, each for itself: a request sees the treatment where both
//! coins fell for it.

mod cells;
pub(super) mod multiple_randomization;
pub(super) mod tsri;
