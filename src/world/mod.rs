//! The physics: replicas, gateways, clusters and the network between them.

pub mod boards;
pub mod books;
pub mod layout;
pub mod node;
pub mod replica;
pub mod run;
pub mod sight;

pub use layout::{Cluster, Layout};
pub use run::{Flow, Setup, run};
