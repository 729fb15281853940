//! What a gateway decided about a request, as far as the log shows it.

use crate::record::{Outcome, Status};
use crate::units::{ArmId, ClusterId, ReplicaId};

/// What a gateway decided. That a queue was full was decided later, at the replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    home: ClusterId,
    cluster: ClusterId,
    arm: ArmId,
    refused: Option<Status>,
    /// Where it was sent, as far as the log says.
    replica: Option<ReplicaId>,
}

impl Decision {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let was_sent = outcome.status.is_served() || outcome.status == Status::QueueFull;
        Self {
            home: outcome.home,
            cluster: outcome.cluster,
            arm: outcome.arm,
            refused: (!was_sent).then_some(outcome.status),
            replica: outcome.status.is_served().then_some(outcome.replica),
        }
    }

    /// Whether two logs can show one decision.
    pub(super) fn agrees_with(self, other: Self) -> bool {
        let known = self.replica.and(other.replica);
        let seen = |decision: Self| Self { replica: known.and(decision.replica), ..decision };
        seen(self) == seen(other)
    }
}
