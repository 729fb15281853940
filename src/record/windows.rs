//! The timeline: what each cluster looked like in each window of time.

use super::{BoundaryEvent, BoundaryKind};
use crate::units::{ClusterId, SimTime, Span};

/// One cluster in one window. Gauges are read once, at the window's end; integrals are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Requests that reached the cluster's gateway.
    pub arrivals: u32,
    /// Those of them that a candidate policy decided.
    pub candidate_arrivals: u32,
    /// Those of them that were turned away.
    pub rejections: u32,
    /// Those of them that were served within their objectives.
    pub good: u32,
    /// Evictions on the cluster's replicas.
    pub preemptions: u32,
    /// Waiting requests.
    pub queue: u32,
    /// Running requests.
    pub running: u32,
    /// KV blocks in use.
    pub kv_used: u32,
    /// Integral over the window of the requests sent to the cluster's replicas and not finished, in request-picoseconds.
    pub outstanding_ps: u64,
    /// Boundary episodes that begin here, by kind.
    pub events: [u32; 5],
    /// Their length in picoseconds, by kind.
    pub event_ps: [u64; 5],
    /// Requests they touched, by kind.
    pub event_touched: [u32; 5],
}

/// All windows of a world, by window and then by cluster.
#[derive(Clone, Debug)]
pub struct Windows {
    /// Start of the first window that lies whole in the measured time.
    from: SimTime,
    /// End of the last one; [`SimTime::NEVER`] while the horizon is not known.
    to: SimTime,
    length: Span,
    clusters: usize,
    rows: Vec<Window>,
    /// The first row of the present window, and where it ends.
    current: usize,
    current_end: SimTime,
}

impl Windows {
    /// No windows yet; the measured time is from `warm_up` to `horizon`.
    #[must_use]
    pub fn new(length: Span, clusters: usize, warm_up: SimTime, horizon: SimTime) -> Self {
        let from = SimTime(warm_up.0.div_ceil(length.0) * length.0);
        let mut windows = Self {
            from,
            to: SimTime::NEVER,
            length,
            clusters,
            rows: Vec::new(),
            current: 0,
            current_end: SimTime::ZERO + length,
        };
        windows.end_at(horizon);
        windows.begin(SimTime::ZERO, std::iter::empty());
        windows
    }

    /// The measured time ends at `horizon`.
    pub(super) fn end_at(&mut self, horizon: SimTime) {
        if horizon != SimTime::NEVER {
            self.to = SimTime(horizon.0 / self.length.0 * self.length.0).max(self.from);
        }
    }

    /// Hours that one cluster is measured in whole windows.
    #[must_use]
    pub fn measured_hours(&self) -> f64 {
        self.to.since(self.from).seconds() / 3600.0
    }

    /// Whether the window that starts at `start` lies whole in the measured time.
    #[must_use]
    pub fn is_measured(&self, start: SimTime) -> bool {
        start >= self.from && start < self.to
    }

    /// The rows of windows that lie whole in the measured time.
    pub fn measured_rows(&self) -> impl Iterator<Item = (SimTime, ClusterId, &Window)> {
        self.rows().filter(|(start, _, _)| self.is_measured(*start))
    }

    /// Length of a window.
    #[must_use]
    pub const fn length(&self) -> Span {
        self.length
    }

    /// All rows with their start and cluster.
    pub fn rows(&self) -> impl Iterator<Item = (SimTime, ClusterId, &Window)> {
        self.rows.iter().enumerate().map(|(at, row)| {
            let start = SimTime::ZERO + self.length * (at / self.clusters) as u64;
            (start, ClusterId((at % self.clusters) as u16), row)
        })
    }

    #[inline]
    fn at(&mut self, window: usize, cluster: ClusterId) -> &mut Window {
        let row = window * self.clusters + cluster.index();
        if row >= self.rows.len() {
            self.grow(window);
        }
        &mut self.rows[row]
    }

    #[cold]
    fn grow(&mut self, window: usize) {
        self.rows.resize((window + 1) * self.clusters, Window::default());
    }

    /// The window that contains `now`.
    #[inline]
    pub(super) fn containing(&mut self, now: SimTime, cluster: ClusterId) -> &mut Window {
        self.at((now.0 / self.length.0) as usize, cluster)
    }

    /// A window begins at `now`, with so many requests sent to each cluster and not finished.
    pub(super) fn begin(&mut self, now: SimTime, outstanding: impl Iterator<Item = u64>) {
        let window = (now.0 / self.length.0) as usize;
        self.current = window * self.clusters;
        self.current_end = SimTime::ZERO + self.length * (window as u64 + 1);
        self.at(window, ClusterId(0));
        for (row, outstanding) in self.rows[self.current..].iter_mut().zip(outstanding) {
            row.outstanding_ps = row.outstanding_ps.wrapping_add(outstanding * self.length.0);
        }
    }

    /// The present window.
    #[inline]
    pub(super) fn present(&mut self, cluster: ClusterId) -> &mut Window {
        &mut self.rows[self.current + cluster.index()]
    }

    /// From `now` on one more request is outstanding at a cluster.
    #[inline]
    pub(super) fn sent(&mut self, cluster: ClusterId, now: SimTime) {
        let rest = self.rest(now);
        let integral = &mut self.present(cluster).outstanding_ps;
        *integral = integral.wrapping_add(rest);
    }

    /// From `now` on one request less is outstanding at a cluster.
    #[inline]
    pub(super) fn left(&mut self, cluster: ClusterId, now: SimTime) {
        let rest = self.rest(now);
        let integral = &mut self.present(cluster).outstanding_ps;
        *integral = integral.wrapping_sub(rest);
    }

    /// Time from `now` to the end of the present window; nothing after it, where the world only runs out.
    #[inline]
    const fn rest(&self, now: SimTime) -> u64 {
        self.current_end.0.saturating_sub(now.0)
    }

    /// Count a boundary event where it begins. One that began before the measured time and reaches into it counts at its
    /// start, so that a fleet that is always over the boundary is not taken for one that never was.
    pub(super) fn count(&mut self, event: &BoundaryEvent) {
        let (mut start, mut end) = (event.episode.start, event.episode.end);
        if start < self.from && end > self.from {
            start = self.from;
        }
        if start < self.to {
            end = end.min(self.to);
        }
        let row = self.containing(start, event.cluster);
        let kind = event.kind as usize;
        row.events[kind] += 1;
        row.event_ps[kind] += end.since(start).0;
        row.event_touched[kind] += event.episode.touched;
    }

    /// Episodes of `kind`: runs of consecutive windows of a cluster for which `is_on` holds, with what each touched.
    pub(super) fn runs(
        &self,
        kind: BoundaryKind,
        cause: super::Cause,
        is_on: impl Fn(ClusterId, &Window) -> bool,
        touched: impl Fn(&Window) -> u32,
    ) -> Vec<BoundaryEvent> {
        let mut events = Vec::new();
        for cluster in 0..self.clusters {
            let id = ClusterId(cluster as u16);
            let mut open: Option<BoundaryEvent> = None;
            for (window, row) in self.rows.iter().skip(cluster).step_by(self.clusters).enumerate() {
                let start = SimTime::ZERO + self.length * window as u64;
                if is_on(id, row) {
                    let fresh = super::Episode { start, end: start, touched: 0 };
                    let event = open.get_or_insert(BoundaryEvent {
                        episode: fresh,
                        kind,
                        cause,
                        cluster: id,
                        replica: None,
                    });
                    event.episode.end = start + self.length;
                    event.episode.touched += touched(row);
                } else {
                    events.extend(open.take());
                }
            }
            events.extend(open);
        }
        events
    }
}
