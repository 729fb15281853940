//! Takes in what happens in a world.

use super::boundary::GapEpisode;
use super::{
    BoundaryEvent, BoundaryKind, BoundaryRules, Cause, Episode, Outcome, Reading, Status, Terms, Windows,
};
use crate::units::{ArmId, ClusterId, ReplicaId, SimTime, Span};
use crate::workload::Request;

/// What the gateway of a request's home cluster could see just before it decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Requests sent to the home cluster's replicas and not finished.
    pub outstanding_home: u32,
    /// KV blocks in use there.
    pub kv_used_home: u64,
}

/// Keeps request outcomes: as sums and histograms, or row by row. Outcomes come in no particular order.
pub trait Tally {
    /// Whether it can keep the states before decisions. Where it cannot, the world does not even ask.
    const KEEPS_STATES: bool = false;

    /// A request has ended.
    fn ended(&mut self, reading: &Reading<'_>);

    /// Whether it keeps the state before each decision, where it can.
    fn wants_states(&self) -> bool {
        false
    }

    /// What was to be seen before the decision on request `index`; in order of arrival.
    fn decided(&mut self, _index: u64, _state: State) {}

    /// The copy of a request has ended.
    fn copy_ended(&mut self, _reading: &Reading<'_>) {}
}

/// What of a world is observed, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Start of the measured time.
    pub warm_up: SimTime,
    /// End of the measured time; [`SimTime::NEVER`] when the last arrival will tell.
    pub horizon: SimTime,
    /// Length of a window of the timeline.
    pub window: Span,
    /// What counts as a boundary event.
    pub rules: BoundaryRules,
    /// Whether boundary events are kept one by one.
    pub keeps_events: bool,
}

/// Everything that is recorded of one world.
#[derive(Debug)]
pub struct Recorder<T> {
    /// Request outcomes.
    pub tally: T,
    /// The timeline.
    pub windows: Windows,
    /// Boundary events in order of start, when they are kept one by one.
    pub events: Vec<BoundaryEvent>,
    keeps_events: bool,
    terms: Terms,
    rules: BoundaryRules,
    /// Refusals of full queues, by replica.
    queue_full: Vec<GapEpisode>,
    /// Refusals of admission, by cluster.
    refused: Vec<GapEpisode>,
    /// Requests sent away, by home cluster.
    sent_away: Vec<GapEpisode>,
    /// Replicas of each cluster.
    replicas: Vec<u32>,
    cluster_of: Vec<ClusterId>,
}

impl<T: Tally> Recorder<T> {
    /// A recorder for a fleet with the given number of replicas in each cluster.
    #[must_use]
    pub fn new(tally: T, terms: Terms, observed: Observed, replicas: &[u32]) -> Self {
        let cluster_of = replicas
            .iter()
            .enumerate()
            .flat_map(|(cluster, &count)| std::iter::repeat_n(ClusterId(cluster as u16), count as usize));
        let cluster_of: Vec<ClusterId> = cluster_of.collect();
        Self {
            tally,
            windows: Windows::new(observed.window, replicas.len(), observed.warm_up, observed.horizon),
            events: Vec::new(),
            keeps_events: observed.keeps_events,
            terms,
            rules: observed.rules,
            queue_full: vec![GapEpisode::default(); cluster_of.len()],
            refused: vec![GapEpisode::default(); replicas.len()],
            sent_away: vec![GapEpisode::default(); replicas.len()],
            replicas: replicas.to_vec(),
            cluster_of,
        }
    }

    /// How an answer of this latency ends for a request: completed, or timed out.
    #[inline]
    #[must_use]
    pub fn ending(&self, request: &Request, end_to_end: Span) -> Status {
        let times_out = self.terms.classes[request.class.index()].times_out(end_to_end);
        if times_out { Status::TimedOut } else { Status::Completed }
    }

    /// A request reached a gateway.
    #[inline]
    pub fn offered(&mut self, home: ClusterId, arm: ArmId) {
        let row = self.windows.present(home);
        row.arrivals += 1;
        row.candidate_arrivals += u32::from(arm != ArmId(0));
    }

    /// A request has ended.
    #[inline(always)]
    pub fn ended(&mut self, request: &Request, outcome: &Outcome) {
        let reading = Reading::of(&self.terms, request, outcome);
        if reading.is_good() {
            self.windows.containing(request.arrival, outcome.home).good += 1;
        }
        self.tally.ended(&reading);
        if outcome.status.is_rejected() {
            self.refused(request, outcome);
        }
    }

    /// The copy of a request has ended: it touched the replicas, but was nobody's request.
    pub fn copy_ended(&mut self, request: &Request, outcome: &Outcome) {
        self.tally.copy_ended(&Reading::of(&self.terms, request, outcome));
    }

    /// An outcome under the terms of this world.
    #[must_use]
    pub fn reading<'a>(&'a self, request: &'a Request, outcome: &'a Outcome) -> Reading<'a> {
        Reading::of(&self.terms, request, outcome)
    }

    #[cold]
    fn refused(&mut self, request: &Request, outcome: &Outcome) {
        self.windows.containing(request.arrival, outcome.home).rejections += 1;
        if outcome.status == Status::AdmissionRefused {
            let gap = self.rules.episode_gap;
            let ended = self.refused[outcome.cluster.index()].happened(request.arrival, gap);
            self.close(ended, BoundaryKind::QueueOverflow, Cause::Admission, outcome.cluster, None);
        }
    }

    /// A request was sent to a replica of `cluster` at `now`.
    #[inline]
    pub fn sent(&mut self, cluster: ClusterId, now: SimTime) {
        self.windows.sent(cluster, now);
    }

    /// A request that was sent to a replica of `cluster` is done there, or was not taken.
    #[inline]
    pub fn left(&mut self, cluster: ClusterId, now: SimTime) {
        self.windows.left(cluster, now);
    }

    /// A window begins at `now`, with so many requests outstanding at each cluster.
    pub fn window_begins(&mut self, now: SimTime, outstanding: impl Iterator<Item = u64>) {
        self.windows.begin(now, outstanding);
    }

    /// A replica's queue was full at `now`; calls for one replica come in order of time.
    pub fn queue_was_full(&mut self, replica: ReplicaId, now: SimTime) {
        let ended = self.queue_full[replica.index()].happened(now, self.rules.episode_gap);
        let cluster = self.cluster_of[replica.index()];
        self.close(ended, BoundaryKind::QueueOverflow, Cause::QueueFull, cluster, Some(replica));
    }

    /// A request was sent away from its home cluster; calls come in order of time.
    pub fn sent_away(&mut self, home: ClusterId, now: SimTime) {
        let ended = self.sent_away[home.index()].happened(now, self.rules.episode_gap);
        self.close(ended, BoundaryKind::FailOver, Cause::HomePressure, home, None);
    }

    /// A running request was evicted.
    pub fn preempted(&mut self, replica: ReplicaId, now: SimTime) {
        let cluster = self.cluster_of[replica.index()];
        self.windows.containing(now, cluster).preemptions += 1;
    }

    /// An episode of KV exhaustion ended.
    pub fn kv_exhausted(&mut self, replica: ReplicaId, episode: Episode) {
        let cluster = self.cluster_of[replica.index()];
        self.close(Some(episode), BoundaryKind::KvExhaustion, Cause::DecodeGrowth, cluster, Some(replica));
    }

    /// The gauges of a cluster at the end of the window that ends at `now`.
    pub fn scraped(&mut self, now: SimTime, cluster: ClusterId, queue: u32, running: u32, kv_used: u32) {
        let row = self.windows.containing(SimTime(now.0 - 1), cluster);
        (row.queue, row.running, row.kv_used) = (queue, running, kv_used);
    }

    fn close(
        &mut self,
        episode: Option<Episode>,
        kind: BoundaryKind,
        cause: Cause,
        cluster: ClusterId,
        replica: Option<ReplicaId>,
    ) {
        if let Some(episode) = episode {
            self.push(BoundaryEvent { episode, kind, cause, cluster, replica });
        }
    }

    fn push(&mut self, event: BoundaryEvent) {
        self.windows.count(&event);
        if self.keeps_events {
            self.events.push(event);
        }
    }

    /// The world has ended, its measured time at `horizon`: close what is open and judge the windows.
    pub fn finish(&mut self, horizon: SimTime) {
        self.windows.end_at(horizon);
        for replica in 0..self.queue_full.len() {
            let (ended, id) = (self.queue_full[replica].close(), ReplicaId(replica as u32));
            self.close(
                ended,
                BoundaryKind::QueueOverflow,
                Cause::QueueFull,
                self.cluster_of[replica],
                Some(id),
            );
        }
        for cluster in 0..self.refused.len() {
            let id = ClusterId(cluster as u16);
            let ended = self.refused[cluster].close();
            self.close(ended, BoundaryKind::QueueOverflow, Cause::Admission, id, None);
            let ended = self.sent_away[cluster].close();
            self.close(ended, BoundaryKind::FailOver, Cause::HomePressure, id, None);
        }
        let rules = self.rules;
        let is_storm = |cluster: ClusterId, row: &super::Window| {
            let enough = rules.storm_preemptions_per_replica * f64::from(self.replicas[cluster.index()]);
            row.preemptions > 0 && f64::from(row.preemptions) >= enough
        };
        let storms = self
            .windows
            .runs(BoundaryKind::PreemptionStorm, Cause::Evictions, is_storm, |row| row.preemptions);
        let is_breach = |_: ClusterId, row: &super::Window| {
            row.arrivals >= rules.breach_min_requests
                && f64::from(row.good) < rules.breach_share * f64::from(row.arrivals)
        };
        let breaches = self
            .windows
            .runs(BoundaryKind::SloBreach, Cause::Latency, is_breach, |row| row.arrivals - row.good);
        for event in storms.into_iter().chain(breaches) {
            self.push(event);
        }
        self.events.sort_by_key(BoundaryEvent::sort_key);
    }
}
