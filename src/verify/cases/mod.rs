//! The cases: one file each, and its two lines here.

mod c1_saturation;
mod c2_capacity_split;
mod i1_cluster_sizes;
mod i2_ar1;
mod i3_block_means;
mod i4_levels;
mod i5_small_logs;
mod m_identities;
mod o1_confounded;
mod o2_off_policy;
mod o4_unseen_load;
mod q1_m_m_1;
mod q2_erlang;
mod q3_m_m_4_10;
mod q4_m_g_1;
mod q5_supermarket;
mod q6_processor_sharing;
mod q7_m_g_inf;
mod r1_faster_service;
mod r2_faster_sharing;
mod r3_fast_lane;
mod r4_demand;
mod r5_kv_admission;
mod r6_overcommitment;
mod r7_balking;
mod r8_router;
mod r9_batching;
mod ramp;
mod s1_m_m_inf;
mod s2_heavy_tail;
mod s3_m_m_1_60;
mod s4_hu_wager_chain;
mod s5_minimax;
mod s6_two_states;

use super::Case;

/// The ladder, from queueing baselines to inference.
pub const CASES: &[Case] = &[
    q1_m_m_1::CASE,
    q2_erlang::CASE,
    q3_m_m_4_10::CASE,
    q4_m_g_1::CASE,
    q5_supermarket::CASE,
    q6_processor_sharing::CASE,
    q7_m_g_inf::CASE,
    r1_faster_service::CASE,
    r2_faster_sharing::CASE,
    r3_fast_lane::CASE,
    r4_demand::CASE,
    r5_kv_admission::CASE,
    r6_overcommitment::CASE,
    r7_balking::CASE,
    r8_router::CASE,
    r9_batching::CASE,
    c1_saturation::CASE,
    c2_capacity_split::CASE,
    s1_m_m_inf::CASE,
    s2_heavy_tail::CASE,
    s3_m_m_1_60::CASE,
    s4_hu_wager_chain::CASE,
    s5_minimax::CASE,
    s6_two_states::CASE,
    i1_cluster_sizes::CASE,
    i2_ar1::CASE,
    i3_block_means::CASE,
    i4_levels::CASE,
    i5_small_logs::CASE,
    o1_confounded::CASE,
    o2_off_policy::CASE,
    o4_unseen_load::CASE,
    m_identities::CASE,
];
