//! What a policy does to the demand itself: whether a request comes, and how long prompt and answer are. A cheaper model, a
//! prompt compressor or a price changes what the fleet is asked for, not how it is served.

mod as_sent;
mod balk;
mod shorter;

use super::{FleetView, Route, Spec};
use crate::units::Span;

/// What becomes of a request before it is served. It has no state: the world carries it out, so that no policy needs to read
/// the length of an answer to make it shorter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Demand {
    /// It comes as it was sent.
    AsSent,
    /// Prompt and answer are shorter.
    Shorter {
        /// Factor on prompt tokens, at most 1.
        prompt_factor: f64,
        /// Factor on output tokens, at most 1.
        output_factor: f64,
        /// Answers are cut here.
        max_output_tokens: u32,
    },
    /// Its user looks at the load of the chosen replica and may not send it at all.
    Balk {
        /// Probability of sending it to an idle replica.
        probability: f64,
        /// With n outstanding requests there the probability falls by the factor 1/(1 + aversion·n).
        aversion: f64,
        /// Nobody joins this many outstanding requests.
        at_most: u32,
    },
}

/// A demand rule as a family member.
pub trait DemandRule: Send + Sync {
    /// The rule in the world's terms.
    fn demand(&self) -> Demand;
}

impl DemandRule for Demand {
    fn demand(&self) -> Demand {
        *self
    }
}

/// All demand rules.
pub const DEMANDS: &[Spec<dyn DemandRule>] = &[as_sent::SPEC, shorter::SPEC, balk::SPEC];

impl Demand {
    /// Whether the request comes, given its own uniform `luck` and what its user sees at `route`.
    #[inline]
    pub fn joins(&self, luck: impl FnOnce() -> f64, route: Route, fleet: &mut dyn FleetView) -> bool {
        match *self {
            Self::AsSent | Self::Shorter { .. } => true,
            Self::Balk { probability, aversion, at_most } => {
                let outstanding = fleet.outstanding(route.replica, Span::ZERO);
                outstanding < at_most && luck() * (1.0 + aversion * f64::from(outstanding)) < probability
            }
        }
    }
}
