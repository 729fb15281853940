//! The rows of a study's tables. One struct a table; field names are column names.

use crate::estimate::{Arms, Estimand};
use crate::stats::{BucketCounts, Difference, NotEstimable, Performance, UnderNull};

/// Truth: candidate, metric, segment and replication.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthRow {
    /// The candidate policy.
    pub candidate: String,
    /// The metric.
    pub metric: &'static str,
    /// The part of the traffic; `all` for everybody.
    pub segment: String,
    /// Replication, from 0.
    pub replication: u32,
    /// Value in the world of all-control.
    pub value_control: f64,
    /// Value in the world of all-candidate.
    pub value_candidate: f64,
}

impl TruthRow {
    /// Candidate minus control.
    #[must_use]
    pub const fn effect(&self) -> f64 {
        self.value_candidate - self.value_control
    }
}

/// One point of a policy-value curve: candidate, share, metric and replication.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveRow {
    /// The candidate policy.
    pub candidate: String,
    /// Probability with which each request got the candidate.
    pub share: f64,
    /// The metric.
    pub metric: &'static str,
    /// Replication, from 0.
    pub replication: u32,
    /// Value over all requests: V(p).
    pub value: Option<f64>,
    /// Value over the candidate's requests.
    pub value_treated: Option<f64>,
    /// Value over the control's requests.
    pub value_control: Option<f64>,
}

/// What a metric came to in a truth world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldValue {
    /// The policy's number; 0 is the control.
    pub policy: usize,
    /// The metric.
    pub metric: &'static str,
    /// Its value.
    pub value: f64,
}

/// The exact parts of one estimate's error; they sum to `error` to rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decomposition {
    /// Estimate minus the same replication's truth.
    pub error: f64,
    /// The estimate on the no-interference log, minus truth: luck of the assignment.
    pub sampling_part: f64,
    /// Minus what the control arm differs from its world of all-control.
    pub spillover_on_control: f64,
    /// What the treated arm differs from its world of all-candidate.
    pub dilution_on_treated: f64,
}

/// An estimate: candidate, design, estimator, metric and replication.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimateRow {
    /// The candidate policy.
    pub candidate: String,
    /// The design's name.
    pub design: String,
    /// The estimator.
    pub estimator: String,
    /// The metric.
    pub metric: &'static str,
    /// The part of the traffic; `all` for everybody.
    pub segment: String,
    /// Replication, from 0.
    pub replication: u32,
    /// The estimand that the estimator aims at.
    pub estimand: Estimand,
    /// The truth of the same replication, where it is known.
    pub paired_truth: Option<f64>,
    /// The estimate, or why there is none.
    pub result: Result<Difference, NotEstimable>,
    /// The statistics of both arms, where there is an estimate.
    pub arms: Option<Arms>,
    /// The exact parts of its error, where all parts are known.
    pub decomposition: Option<Decomposition>,
    /// What it says of the same assignment where both arms are on the control (A/A): for the primary metric, and where an
    /// A/A world is the control's own.
    pub null: Option<Result<Difference, NotEstimable>>,
}

/// How an estimator performs over replications.
#[derive(Clone, Debug, PartialEq)]
pub struct PerformanceRow {
    /// The candidate policy.
    pub candidate: String,
    /// The design's name.
    pub design: String,
    /// The estimator.
    pub estimator: String,
    /// The metric.
    pub metric: &'static str,
    /// The part of the traffic; `all` for everybody.
    pub segment: String,
    /// What the truth is of.
    pub estimand: Estimand,
    /// Replications in which the estimator was asked.
    pub n_asked: usize,
    /// Those of them that have both an estimate and a truth.
    pub n_answered: usize,
    /// The measures, or why there are none.
    pub result: Result<Performance, NotEstimable>,
    /// How it behaves where there is no effect, where that is known.
    pub null: Option<UnderNull>,
    /// Mean parts of the error over replications, where known.
    pub mean_decomposition: Option<Decomposition>,
}

/// A design of which no estimate of the launch effect on the primary metric was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotGradedRow {
    /// The candidate policy.
    pub candidate: String,
    /// The design's name.
    pub design: String,
    /// The metric.
    pub metric: &'static str,
    /// Why, in words.
    pub reason: String,
}

/// Boundary events of one kind in one cluster of one world.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundaryRow {
    /// The candidate policy; empty for the control's own world.
    pub candidate: String,
    /// The design's name, or `all:NAME` for a truth world.
    pub design: String,
    /// The cluster.
    pub cluster: String,
    /// The kind.
    pub kind: &'static str,
    /// Replication, from 0.
    pub replication: u32,
    /// Episodes.
    pub count: u64,
    /// Episodes an hour of measured time.
    pub count_per_hour: f64,
    /// Their length together.
    pub seconds: f64,
    /// Requests they touched.
    pub requests_touched: u64,
}

/// One cluster of one world in one window; kept for the first replication.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    /// The world: `all:NAME`, or `DESIGN/CANDIDATE`.
    pub world: String,
    /// The cluster.
    pub cluster: String,
    /// Start of the window.
    pub start_s: f64,
    /// Requests that reached the cluster's gateway.
    pub arrivals: u32,
    /// Waiting requests at the window's end.
    pub queue: u32,
    /// Running requests at the window's end.
    pub running: u32,
    /// KV blocks in use at the window's end.
    pub kv_used: u32,
    /// KV blocks in all.
    pub kv_capacity: u64,
    /// Evictions.
    pub preemptions: u32,
    /// Requests turned away.
    pub rejections: u32,
    /// Share of the arrivals that the candidate decided.
    pub arm_share: f64,
}

/// One boundary event of the first replication, for pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// The world: `all:NAME`, or `DESIGN/CANDIDATE`.
    pub world: String,
    /// The cluster.
    pub cluster: String,
    /// The replica, where the event is one replica's.
    pub replica: Option<u32>,
    /// The kind.
    pub kind: &'static str,
    /// Why.
    pub cause: &'static str,
    /// When it began.
    pub start_s: f64,
    /// How long it lasted.
    pub duration_s: f64,
    /// Requests it touched.
    pub requests_touched: u32,
}

/// A quantity of the completed measured requests of a truth world, over all replications: how many lie in each bucket. In the
/// table a row each bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The world: `all:NAME`.
    pub world: String,
    /// The quantity.
    pub quantity: Distributed,
    /// How many requests lie in each bucket; never empty.
    pub counts: BucketCounts,
}

/// A quantity of requests whose whole distribution is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distributed {
    /// Time to the first token, in microseconds.
    Ttft,
    /// Mean time between later tokens, in microseconds, where there are any.
    Tpot,
    /// Time to the last token, in microseconds.
    EndToEnd,
    /// Tokens of prompt and answer together: what the request cost.
    Tokens,
}

impl Distributed {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Ttft, Self::Tpot, Self::EndToEnd, Self::Tokens];

    /// The quantity with its unit, as a word in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ttft => "ttft_us",
            Self::Tpot => "tpot_us",
            Self::EndToEnd => "e2e_us",
            Self::Tokens => "tokens",
        }
    }
}

/// The tokens of the first requests of the control's truth world, in order of arrival; kept for the first replication.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenMeanRow {
    /// How many completed measured requests.
    pub requests: u64,
    /// Their mean tokens, of prompt and answer together.
    pub mean_tokens: f64,
    /// The tokens of the largest of them.
    pub largest_tokens: u64,
}

/// A block of time of an experiment; kept for the first replication.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockRow {
    /// The candidate policy.
    pub candidate: String,
    /// The design's name.
    pub design: String,
    /// The cluster; empty where the whole fleet switches as one.
    pub cluster: String,
    /// When it begins.
    pub start_s: f64,
    /// When it ends.
    pub end_s: f64,
    /// The policy that decides in it.
    pub arm: String,
    /// How much of its start an analysis may leave out.
    pub washout_s: f64,
}
