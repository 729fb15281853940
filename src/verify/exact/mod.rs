//! Closed forms: the exact side of the ladder. Free functions of numbers; nothing here knows the simulator.

pub mod balking;
pub mod batching;
pub mod birth_death;
pub mod cluster_tests;
pub mod compound_poisson;
pub mod erlang;
pub mod growing_memory;
pub mod hu_wager_chain;
pub mod kaufman_roberts;
pub mod marginal;
pub mod mean_field;
pub mod pollaczek_khinchine;
pub mod power_law;
pub mod priority;
pub mod quadrature;
pub mod serial_correlation;
pub mod sharing;
pub mod switchback;
pub mod switchback_chain;
pub mod switchback_moments;
pub mod two_states;
pub mod uniformisation;
