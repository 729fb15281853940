//! A replica at the end of a network: requests in transit, then the replica itself.

use std::collections::VecDeque;

use super::replica::{Job, Replica, ReplicaSink};
use crate::engine::Process;
use crate::units::SimTime;

/// A replica and the requests on their way to it.
#[derive(Clone, Debug)]
pub struct Node<R> {
    /// The replica.
    pub replica: R,
    /// By time of arrival and then by request.
    transit: VecDeque<(SimTime, Job)>,
}

impl<R: Replica> Node<R> {
    /// A node with nothing in transit.
    #[must_use]
    pub const fn new(replica: R) -> Self {
        Self { replica, transit: VecDeque::new() }
    }

    /// A request starts its way and arrives at `at`.
    pub fn send(&mut self, at: SimTime, job: Job) {
        let key = (at, job.request.index);
        let behind =
            self.transit.iter().rev().take_while(|(time, job)| (*time, job.request.index) > key).count();
        self.transit.insert(self.transit.len() - behind, (at, job));
    }

    /// A request arrives at `now` without a way to go; those that arrive at the same instant were sent before it.
    #[inline]
    pub fn receive<S: ReplicaSink>(&mut self, now: SimTime, job: Job, sink: &mut S) {
        while self.transit.front().is_some_and(|(time, _)| *time <= now) {
            self.step(sink);
        }
        self.replica.arrive(now, job, sink);
    }
}

impl<R: Replica, S: ReplicaSink> Process<S> for Node<R> {
    #[inline]
    fn next(&self) -> SimTime {
        let boundary = self.replica.next_boundary();
        self.transit.front().map_or(boundary, |(time, _)| boundary.min(*time))
    }

    #[inline]
    fn step(&mut self, sink: &mut S) {
        match self.transit.front() {
            Some((time, _)) if *time <= self.replica.next_boundary() => {
                if let Some((time, job)) = self.transit.pop_front() {
                    self.replica.arrive(time, job, sink);
                }
            }
            _ => self.replica.run_boundary(sink),
        }
    }
}
