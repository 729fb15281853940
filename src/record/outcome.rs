//! What became of one request.

use crate::units::{ArmId, ClusterId, ReplicaId, Span};

/// How a request ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Still in transit, waiting or running.
    #[default]
    InFlight,
    /// All output tokens were delivered.
    Completed,
    /// The user was over its allowance.
    RateLimited,
    /// The admission rule refused.
    AdmissionRefused,
    /// The replica's waiting queue was full.
    QueueFull,
    /// Prompt and output do not fit the replica at all.
    Oversize,
    /// The client had gone when the last token came: the work was done and nobody has it.
    TimedOut,
    /// The user saw the load and never sent it.
    Balked,
}

impl Status {
    /// The status as a word in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Completed => "completed",
            Self::RateLimited => "rate_limited",
            Self::AdmissionRefused => "admission_refused",
            Self::QueueFull => "queue_full",
            Self::Oversize => "oversize",
            Self::Balked => "balked",
            Self::TimedOut => "timed_out",
        }
    }

    /// Whether a replica served it to its end.
    #[must_use]
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Completed | Self::TimedOut)
    }

    /// Whether the request was turned away.
    #[must_use]
    pub const fn is_rejected(self) -> bool {
        !matches!(self, Self::InFlight | Self::Completed | Self::TimedOut | Self::Balked)
    }
}

/// What became of one request. Spans are zero where the request never got so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// From reaching the replica to first admission.
    pub queue_wait: Span,
    /// From the arrival at the gateway to the first token at the user, network included.
    pub ttft: Span,
    /// From the arrival at the gateway to the last token at the user, network included.
    pub end_to_end: Span,
    /// Work and shares of iterations on one replica.
    pub gpu: Span,
    /// How often it was evicted for want of KV blocks.
    pub preemptions: u32,
    /// How often it made room for a request of higher priority.
    pub displacements: u32,
    /// Output tokens as the policy has them; those of the request where it ended at the gateway.
    pub output_tokens: u32,
    /// The serving replica (0 when none).
    pub replica: ReplicaId,
    /// The cluster whose gateway took it in.
    pub home: ClusterId,
    /// The cluster that served or refused it.
    pub cluster: ClusterId,
    /// The policy that decided.
    pub arm: ArmId,
    /// How it ended.
    pub status: Status,
}
