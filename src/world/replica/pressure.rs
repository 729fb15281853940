//! Episodes of KV exhaustion on one replica: from the boundary that evicts to the next one that admits.

use super::{Episode, ReplicaSink};
use crate::units::{ReplicaId, SimTime};

/// Whether the replica is out of KV blocks, and since when.
#[derive(Clone, Copy, Debug, Default)]
pub struct KvPressure {
    open: Option<(SimTime, u32)>,
}

impl KvPressure {
    /// A request was evicted at `now`.
    pub fn evicted(&mut self, now: SimTime) {
        let (_, touched) = self.open.get_or_insert((now, 0));
        *touched += 1;
    }

    /// A request was admitted at `now`: an open episode ends.
    #[inline]
    pub fn admitted(&mut self, replica: ReplicaId, now: SimTime, sink: &mut impl ReplicaSink) {
        if let Some((start, touched)) = self.open.take() {
            sink.kv_exhausted(replica, Episode { start, end: now, touched });
        }
    }
}
