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
    /// Boundaries since the last one after which fewer requests were here.
    #[cfg(debug_assertions)]
    boundaries: u64,
}

/// No request needs so many boundaries: its tokens are fewer, and evictions only repeat them.
#[cfg(debug_assertions)]
const MOST_BOUNDARIES: u64 = 20_000_000;

impl<R: Replica> Node<R> {
    /// A node with nothing in transit.
    #[must_use]
    pub const fn new(replica: R) -> Self {
        Self {
            replica,
            transit: VecDeque::new(),
            #[cfg(debug_assertions)]
            boundaries: 0,
        }
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

    /// Run the boundary that is due. Law PROGRESS-1: time goes on, and requests end.
    #[inline]
    fn run_boundary<S: ReplicaSink>(&mut self, sink: &mut S) {
        #[cfg(debug_assertions)]
        let before = (self.replica.next_boundary(), self.replica.waiting() + self.replica.running());
        self.replica.run_boundary(sink);
        #[cfg(debug_assertions)]
        {
            let (now, present) = before;
            let left = self.replica.waiting() + self.replica.running();
            self.boundaries = if left < present { 0 } else { self.boundaries + 1 };
            let (next, count) = (self.replica.next_boundary(), self.boundaries);
            assert!(
                now < next,
                "PROGRESS-1: the boundary at {now} is followed by one at {next}, {left} are there"
            );
            assert!(
                count < MOST_BOUNDARIES,
                "PROGRESS-1: {count} boundaries to {now}, and none of {left} ends"
            );
        }
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
            _ => self.run_boundary(sink),
        }
    }
}
