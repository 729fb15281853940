//! Decisions. A policy reads views, never the world: if a real gateway could not know it, the view does not have it.
//!
//! A newcomer adds a router, admission rule, limiter or scheduler as one file and its two lines in that family's
//! `mod.rs`; the list there feeds `contention list`, the error messages, the docs and the property tests.

pub mod admission;
pub mod demand;
pub mod family;
pub mod limiter;
pub mod named;
pub mod priority;
pub mod router;
pub mod scheduler;
pub mod view;

pub use family::{Scope, Spec};
pub use named::{Axis, Policy};
pub use view::{FleetView, KvLoad, PolicyContext, RequestView, Route};
