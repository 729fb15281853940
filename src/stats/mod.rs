//! Arithmetic on slices: moments, quantiles, ratio differences, tail probabilities, performance measures.
//!
//! This module is the bottom of the analysis side: numbers go in, a small struct or a reason comes out
//! ([`NotEstimable`]). It must not know designs, arms' names, metrics, policies, simulated time, files or
//! threads. Only bootstraps and permutations draw, from the keyed streams that their caller hands in. Estimators
//! choose the units and call it; the scorer calls [`performance()`]. Sums run in a fixed order and every
//! transcendental function is `libm`'s, so a result is the same on every machine.

mod beta_order;
pub mod block_bootstrap;
pub mod bootstrap;
pub mod buckets;
pub mod clustered;
pub mod clusters;
pub mod column_name;
pub mod covariance;
pub mod covariate;
pub mod difference;
pub mod functional;
pub mod grouped_quantiles;
pub mod heteroskedastic;
pub mod incomplete_beta;
pub mod incomplete_gamma;
mod influence;
pub mod inversion;
pub mod jackknife;
pub mod linear;
pub mod linear_system;
pub mod measure;
pub mod mechanism;
pub mod moments;
pub mod multiplicity;
pub mod newey_west;
pub mod normal;
pub mod not_estimable;
pub mod paired;
pub mod performance;
pub mod permutation;
pub mod permutation_interval;
pub mod quantile;
pub mod quantile_interval;
pub mod ratio;
mod satterthwaite;
pub mod stratified;
pub mod student;
pub mod tails;
mod triangle;
pub mod weighted_mean;
pub mod wild_bootstrap;

pub use beta_order::beta_exceeds;
pub use block_bootstrap::{BlockScheme, block_bootstrap_limit, block_bootstrap_mean, block_length};
pub use bootstrap::{Bootstrap, cluster_bootstrap};
pub use buckets::{BucketCounts, bucket_of, largest_of, smallest_of};
pub use clustered::{ClusterKind, FEW_EFFECTIVE_CLUSTERS, clustered, clustered_test};
pub use clusters::Clusters;
pub use column_name::ColumnName;
pub use covariance::{Covariance, JointTest};
pub use covariate::{Adjustment, Cuped, adjusted_difference, cuped, post_stratified_difference};
pub use difference::{CONFIDENCE_LEVEL, Difference, SMALLEST_P, difference_from};
pub use functional::{Functional, check_rows, functional};
pub use grouped_quantiles::grouped_quantiles;
pub use heteroskedastic::{HcKind, heteroskedastic};
pub use incomplete_beta::regularized_incomplete_beta;
pub use incomplete_gamma::regularized_gamma_q;
pub use inversion::invert_test;
pub use jackknife::{Jackknife, jackknife, jackknife_adjacent_pairs};
pub use linear::{Column, LinearFit, least_squares};
pub use linear_system::{solve_system, transposed};
pub use measure::Measure;
pub use mechanism::Mechanism;
pub use moments::{Moments, mean, sum};
pub use multiplicity::{Multiplicity, adjust_p_values};
pub use newey_west::{SmallSample, newey_west, newey_west_label, newey_west_lag, newey_west_mean};
pub use normal::{normal_cdf, normal_quantile, normal_sf};
pub use not_estimable::NotEstimable;
pub use paired::paired_ratio_difference;
pub use performance::{Performance, Replicate, UnderNull, performance};
pub use permutation::{
    ENUMERATED_ASSIGNMENTS, PERMUTATION_DRAWS, PermutationTest, permutation_test, randomisation_test,
};
pub use permutation_interval::{UnderShift, permutation_interval};
pub use quantile::{density_at_quantile, quantile_in_place, quantiles_in_place};
pub use quantile_interval::{maritz_jarrett, order_statistic_interval, quantile_difference};
pub use ratio::{ArmRatio, UnitTotals, ratio_difference, ratio_of_sums, welch};
pub use stratified::{stratified_ratio_difference, stratified_ratios};
pub use student::{student_t_quantile, student_t_sf, student_t_two_sided_p};
pub use tails::{binomial_cdf, chi_squared_sf, f_sf, kolmogorov_sf};
pub use weighted_mean::{PartsByUnit, WeightedMean, welch_df};
pub use wild_bootstrap::{ENUMERATED_CLUSTERS, WILD_DRAWS, WildBootstrap, WildNull, WildTest, WildWeights};
