//! Boundary events: overcommitment made visible, with time, cluster, cause, duration and requests touched.

use crate::units::{ClusterId, ReplicaId, SimTime, Span};

/// A stretch of time in which a replica, gateway or cluster stood at a boundary of its capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episode {
    /// When it began.
    pub start: SimTime,
    /// When it ended.
    pub end: SimTime,
    /// Requests it touched.
    pub touched: u32,
}

/// Kinds of boundary event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundaryKind {
    /// A replica ran out of KV blocks and evicted; ends when it admits again.
    KvExhaustion,
    /// Consecutive windows of a cluster with at least the given number of evictions.
    PreemptionStorm,
    /// Refusals by a full queue or by admission, with gaps up to the episode gap.
    QueueOverflow,
    /// Requests sent away from their home cluster, with gaps up to the episode gap.
    FailOver,
    /// Consecutive windows of a cluster in which too few arrivals were served within their objectives.
    SloBreach,
}

impl BoundaryKind {
    /// All kinds, in the order of their index.
    pub const ALL: [Self; 5] =
        [Self::KvExhaustion, Self::PreemptionStorm, Self::QueueOverflow, Self::FailOver, Self::SloBreach];

    /// The kind as a word in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KvExhaustion => "kv_exhaustion",
            Self::PreemptionStorm => "preemption_storm",
            Self::QueueOverflow => "queue_overflow",
            Self::FailOver => "failover",
            Self::SloBreach => "slo_breach",
        }
    }
}

/// What made a boundary event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Decodes needed more KV blocks than were free.
    DecodeGrowth,
    /// Many evictions within a window.
    Evictions,
    /// The replica's bounded queue was full.
    QueueFull,
    /// The admission rule refused.
    Admission,
    /// The router found the home cluster under pressure.
    HomePressure,
    /// Too few requests within their objectives.
    Latency,
}

impl Cause {
    /// The cause as a word in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DecodeGrowth => "decode_growth",
            Self::Evictions => "evictions",
            Self::QueueFull => "queue_full",
            Self::Admission => "admission",
            Self::HomePressure => "home_pressure",
            Self::Latency => "latency",
        }
    }
}

/// One boundary event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundaryEvent {
    /// When, how long, how many.
    pub episode: Episode,
    /// What kind.
    pub kind: BoundaryKind,
    /// Why.
    pub cause: Cause,
    /// Where.
    pub cluster: ClusterId,
    /// On which replica, where it happened on one.
    pub replica: Option<ReplicaId>,
}

impl BoundaryEvent {
    /// The order of events in tables.
    #[must_use]
    pub fn sort_key(&self) -> (SimTime, ClusterId, BoundaryKind, Option<ReplicaId>, Cause) {
        (self.episode.start, self.cluster, self.kind, self.replica, self.cause)
    }
}

/// When something counts as a boundary event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundaryRules {
    /// Refusals and fail-overs further apart than this belong to different episodes.
    pub episode_gap: Span,
    /// Evictions of a replica in a window that make a storm (times the replicas of the cluster).
    pub storm_preemptions_per_replica: f64,
    /// Share of a window's arrivals within their objectives below which the window is a breach.
    pub breach_share: f64,
    /// Arrivals a window must have to be judged.
    pub breach_min_requests: u32,
}

/// Merges instants with small gaps into episodes; instants come in order of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GapEpisode {
    open: Option<Episode>,
}

impl GapEpisode {
    /// Something happened at `now`; the episode that this ends, if any.
    pub(super) fn happened(&mut self, now: SimTime, gap: Span) -> Option<Episode> {
        let mut ended = None;
        match &mut self.open {
            Some(open) if now <= open.end + gap => {
                open.end = now;
                open.touched += 1;
                return None;
            }
            other => {
                std::mem::swap(&mut ended, other);
                *other = Some(Episode { start: now, end: now, touched: 1 });
            }
        }
        ended
    }

    /// The episode that is still open at the end.
    pub(super) fn close(&mut self) -> Option<Episode> {
        self.open.take()
    }
}
