//! The physics: replicas, gateways, clusters and the network between them.

pub mod replica;
