//! Estimators for designs that treat different shares of different clusters (Hudgens and Halloran, JASA 2008): every cluster
//! gives a mean for each arm, and clusters are the units. Effects are candidate minus control; the paper prints the reverse.

mod cluster_arms;
pub(super) mod curve;
pub(super) mod effects;

#[cfg(test)]
mod sharing_tests;
