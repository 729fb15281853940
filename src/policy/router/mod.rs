//! Routers: which replica serves a request.

mod least_kv;
mod least_outstanding;
mod nearest_with_fallback;
mod power_of_k;
mod random;
mod round_robin;

use super::{FleetView, PolicyContext, RequestView, Route, Spec};
use crate::units::Span;

/// How much of the fleet's present state a router looks at for one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// A few replicas, known before any state is read; or only scraped state.
    Few,
    /// Whole clusters as they are now.
    Many,
}

/// Decides which replica serves a request.
pub trait Router: Send + Sync {
    /// The same rule with the state of a new world.
    fn fresh(&self, context: &PolicyContext) -> Box<dyn Router>;

    /// How much present state one decision reads; it decides which driver is faster, never a result.
    fn reads(&self) -> Reads;

    /// Age bounds of the scraped signals that it reads; empty when it reads none.
    fn scrapes(&self) -> Vec<Span> {
        Vec::new()
    }

    /// Whether it may send a request beyond its home cluster.
    fn crosses_clusters(&self) -> bool {
        false
    }

    /// Choose.
    fn route(&mut self, request: &RequestView, fleet: &mut dyn FleetView) -> Route;
}

/// All routers.
pub const ROUTERS: &[Spec<dyn Router>] = &[
    random::SPEC,
    round_robin::SPEC,
    power_of_k::SPEC,
    least_outstanding::SPEC,
    least_kv::SPEC,
    nearest_with_fallback::SPEC,
];

/// What a rule with this staleness reads and scrapes.
fn reads_with(staleness: Span, fresh: Reads) -> Reads {
    if staleness == Span::ZERO { fresh } else { Reads::Few }
}

fn scrapes_with(staleness: Span) -> Vec<Span> {
    if staleness == Span::ZERO { Vec::new() } else { vec![staleness] }
}

/// The replica with the smallest load among `replicas`; ties are broken by the request's own draw.
fn smallest<L: Ord>(
    replicas: std::ops::Range<u32>,
    request: &RequestView,
    mut load: impl FnMut(u32) -> L,
) -> u32 {
    let mut draws = request.draws;
    let (mut best, mut ties) = (replicas.start, 0);
    let mut least: Option<L> = None;
    for replica in replicas {
        let found = load(replica);
        match least.as_ref().map(|least| found.cmp(least)) {
            Some(std::cmp::Ordering::Greater) => {}
            Some(std::cmp::Ordering::Equal) => {
                // Reservoir sampling: the n-th of equals replaces the choice with probability 1/n.
                ties += 1;
                if draws.below(ties) == 0 {
                    best = replica;
                }
            }
            _ => {
                (best, ties) = (replica, 1);
                least = Some(found);
            }
        }
    }
    best
}
