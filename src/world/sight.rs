//! How a policy sees the fleet: fresh signals advance the replica that is looked at, stale ones come from a board.

use std::ops::Range;

use super::boards::{Board, Signals};
use super::books::Books;
use super::layout::Layout;
use super::node::Node;
use super::replica::Replica;
use crate::engine::{Driver, Process};
use crate::policy::{FleetView, KvLoad, RequestView};
use crate::record::Tally;
use crate::units::{ClusterId, ReplicaId, SimTime, Span};

/// The fleet at one instant, through the eyes of a gateway.
pub(super) struct Sight<'a, R, T> {
    pub(super) now: SimTime,
    pub(super) layout: &'a Layout,
    pub(super) nodes: &'a mut [Node<R>],
    pub(super) driver: &'a Driver,
    pub(super) books: &'a mut Books<T>,
    pub(super) boards: &'a [Board],
    /// The replicas of each cluster that this gateway may use.
    pub(super) replicas: &'a [Range<u32>],
}

impl<R: Replica, T: Tally> Sight<'_, R, T> {
    fn stale(&self, replica: ReplicaId, staleness: Span) -> Signals {
        let board = self.boards.iter().find(|board| board.period == staleness);
        board.map_or_else(Signals::default, |board| board.signals[replica.index()])
    }

    #[inline]
    fn touch(&mut self, replica: ReplicaId) {
        self.driver.touch(&mut self.nodes[replica.index()], self.now, self.books);
    }
}

impl<R: Replica, T: Tally> FleetView for Sight<'_, R, T>
where
    Node<R>: Process<Books<T>>,
{
    fn clusters(&self) -> u16 {
        self.layout.clusters.len() as u16
    }

    #[inline]
    fn replicas(&self, cluster: ClusterId) -> Range<u32> {
        self.replicas[cluster.index()].clone()
    }

    fn by_distance(&self, cluster: ClusterId) -> &[ClusterId] {
        self.layout.by_distance(cluster)
    }

    #[inline]
    fn outstanding(&mut self, replica: ReplicaId, staleness: Span) -> u32 {
        if staleness != Span::ZERO {
            return self.stale(replica, staleness).outstanding;
        }
        self.touch(replica);
        self.books.outstanding[replica.index()]
    }

    fn waiting(&mut self, replica: ReplicaId, staleness: Span) -> u32 {
        if staleness != Span::ZERO {
            return self.stale(replica, staleness).waiting;
        }
        self.touch(replica);
        self.nodes[replica.index()].replica.waiting()
    }

    fn has_room(&mut self, replica: ReplicaId, request: &RequestView) -> bool {
        self.touch(replica);
        let replica = &self.nodes[replica.index()].replica;
        replica.has_room(self.now, request.prompt_tokens, request.max_output_tokens)
    }

    fn kv_load(&mut self, replica: ReplicaId, staleness: Span) -> KvLoad {
        if staleness != Span::ZERO {
            return self.stale(replica, staleness).kv;
        }
        self.touch(replica);
        let used = self.nodes[replica.index()].replica.kv_blocks_used(self.now);
        let cluster = self.layout.cluster_of(replica);
        KvLoad {
            used: u64::from(used),
            capacity: u64::from(self.layout.clusters[cluster.index()].engine.kv_blocks),
        }
    }
}
