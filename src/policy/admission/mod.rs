//! Admission: whether the chosen replica should get the request at all.

mod always;
mod concurrency_cap;
mod kv_fit;
mod kv_headroom;
mod queue_bound;

use super::{FleetView, RequestView, Route, Spec};
use crate::units::Span;

/// Decides whether a routed request is taken.
pub trait Admission: Send + Sync {
    /// The same rule with the state of a new world.
    fn fresh(&self) -> Box<dyn Admission>;

    /// Age bounds of the scraped signals that it reads; empty when it reads none.
    fn scrapes(&self) -> Vec<Span> {
        Vec::new()
    }

    /// Whether the request may go to `route`; if not it is rejected.
    fn admits(&mut self, request: &RequestView, route: Route, fleet: &mut dyn FleetView) -> bool;
}

/// All admission rules.
pub const ADMISSIONS: &[Spec<dyn Admission>] =
    &[always::SPEC, queue_bound::SPEC, concurrency_cap::SPEC, kv_headroom::SPEC, kv_fit::SPEC];
