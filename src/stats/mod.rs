//! Arithmetic on slices: moments, quantiles, ratio differences, tail probabilities, performance measures.
//!
//! This module is the bottom of the analysis side: numbers go in, a small struct or a reason comes out
//! ([`NotEstimable`]). It must not know designs, arms' names, metrics, policies, simulated time, files or
//! threads, and nothing in it draws random numbers. Estimators choose the units and call it; the scorer calls
//! [`performance()`]. Sums run in input order and every transcendental function is `libm`'s, so a result is the
//! same on every machine.

pub mod difference;
pub mod incomplete_beta;
mod influence;
pub mod linear_system;
pub mod measure;
pub mod moments;
pub mod normal;
pub mod not_estimable;
pub mod paired;
pub mod performance;
pub mod quantile;
pub mod ratio;
pub mod serial;
pub mod stratified;
pub mod student;

pub use difference::{CONFIDENCE_LEVEL, Difference, SMALLEST_P, difference_from};
pub use incomplete_beta::regularized_incomplete_beta;
pub use linear_system::{solve_system, transposed};
pub use measure::Measure;
pub use moments::{Moments, mean, sum};
pub use normal::{normal_cdf, normal_quantile, normal_sf};
pub use not_estimable::NotEstimable;
pub use paired::paired_ratio_difference;
pub use performance::{Performance, Replicate, performance};
pub use quantile::{density_at_quantile, quantile_in_place, quantiles_in_place};
pub use ratio::{ArmRatio, UnitTotals, ratio_difference, ratio_of_sums};
pub use serial::{cube_root_lags, plug_in_lags, serial_variance_of_mean, serial_variance_of_sum};
pub use stratified::{stratified_ratio_difference, stratified_ratios};
pub use student::{student_t_quantile, student_t_sf, student_t_two_sided_p};
