//! Two ways to move many processes through time; both give the same bytes.
//!
//! *Lazy* advances a process only when somebody looks at it: no event queue at all. It is legal unless something
//! reacts to events of several processes in their global order. *Global* runs all processes in the order of their
//! next events, held in a tournament tree.

use super::Tournament;
use crate::units::SimTime;

/// Something with a next event.
pub trait Process<Out> {
    /// When its next event is due; [`SimTime::NEVER`] when there is none.
    fn next(&self) -> SimTime;

    /// Run the next event.
    fn step(&mut self, out: &mut Out);

    /// Run all events strictly before `now`.
    #[inline]
    fn advance(&mut self, now: SimTime, out: &mut Out) {
        while self.next() < now {
            self.step(out);
        }
    }
}

/// Which driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverKind {
    /// Advance what is looked at.
    Lazy,
    /// Run everything in global order.
    Global,
}

/// Moves processes through time.
#[derive(Clone, Debug)]
pub enum Driver {
    /// Advance what is looked at.
    Lazy,
    /// Run everything in global order; the tree holds each process's next event.
    Global(Tournament),
}

impl Driver {
    /// A driver for `count` idle processes.
    #[must_use]
    pub fn new(kind: DriverKind, count: usize) -> Self {
        match kind {
            DriverKind::Lazy => Self::Lazy,
            DriverKind::Global => Self::Global(Tournament::new(count)),
        }
    }

    /// Before anything happens at `now`: the global driver runs all events strictly before it.
    #[inline(always)]
    pub fn catch_up<Out, P: Process<Out>>(&mut self, processes: &mut [P], now: SimTime, out: &mut Out) {
        if let Self::Global(tree) = self {
            run_before(tree, processes, now, out);
        }
    }

    /// Make one process current as of `now`.
    #[inline]
    pub fn touch<Out, P: Process<Out>>(&self, process: &mut P, now: SimTime, out: &mut Out) {
        if matches!(self, Self::Lazy) {
            process.advance(now, out);
        }
    }

    /// A process got a new next event from outside.
    #[inline]
    pub fn rescheduled(&mut self, index: usize, next: SimTime) {
        if let Self::Global(tree) = self
            && tree.key(index) != next.0
        {
            tree.set(index, next.0);
        }
    }

    /// Make all processes current as of `now`, in order.
    pub fn sync_all<Out, P: Process<Out>>(&mut self, processes: &mut [P], now: SimTime, out: &mut Out) {
        self.catch_up(processes, now, out);
        for process in processes {
            self.touch(process, now, out);
        }
    }
}

/// Run all events strictly before `now` in the order of time, ties by process.
fn run_before<Out, P: Process<Out>>(tree: &mut Tournament, processes: &mut [P], now: SimTime, out: &mut Out) {
    loop {
        let (due, index) = tree.min();
        if due >= now.0 {
            break;
        }
        processes[index].step(out);
        tree.set(index, processes[index].next().0);
    }
}
