//! The ways of requests that were served, as the log tells them.

use super::trial::{Trial, World};
use crate::record::Outcome;
use crate::units::{SimTime, Span};

/// The way of a request that a replica served.
#[derive(Clone, Copy, Debug)]
pub struct Stay {
    /// Its number.
    pub request: usize,
    /// The serving replica.
    pub replica: usize,
    /// When it left its gateway.
    pub sent: SimTime,
    /// When it reached the replica.
    pub reached: SimTime,
    /// When it was admitted first.
    pub admitted: SimTime,
    /// When its first token was written.
    pub first_token: SimTime,
    /// When its last token was written.
    pub finished: SimTime,
}

impl Trial {
    /// The one-way delay between a request's user and the cluster that served or refused it.
    #[must_use]
    pub fn delay(&self, request: usize, outcome: &Outcome) -> Span {
        self.scenario.layout.delay(self.requests[request].region, outcome.cluster)
    }

    /// The way of one request of a world; `None` when no replica served it.
    #[must_use]
    pub fn stay(&self, world: &World, request: usize) -> Option<Stay> {
        let outcome = &world.traces.outcomes[request];
        if !outcome.status.is_served() {
            return None;
        }
        let sent = self.requests[request].arrival;
        let delay = self.delay(request, outcome);
        let reached = sent + delay;
        Some(Stay {
            request,
            replica: outcome.replica.index(),
            sent,
            reached,
            admitted: reached + outcome.queue_wait,
            // Times at the user less the way back; CAUSE-1 says that they are no less than that.
            first_token: SimTime((sent + outcome.ttft).0.saturating_sub(delay.0)),
            finished: SimTime((sent + outcome.end_to_end).0.saturating_sub(delay.0)),
        })
    }

    /// The ways of all served requests of a world by replica, in the order in which they reached it.
    #[must_use]
    pub fn stays(&self, world: &World) -> Vec<Vec<Stay>> {
        let mut stays = vec![Vec::new(); self.scenario.layout.replica_count() as usize];
        for stay in (0..self.requests.len()).filter_map(|request| self.stay(world, request)) {
            stays[stay.replica].push(stay);
        }
        for stays in &mut stays {
            stays.sort_by_key(|stay| (stay.reached, stay.request));
        }
        stays
    }
}
