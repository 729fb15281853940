//! When one request waited, got its first token and its last: measured or simulated, on one scale.

use crate::record::Outcome;
use crate::workload::trace::MeasuredRequest;

/// One request as it was served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Seconds from the first arrival of the run to this one.
    pub arrival_s: f64,
    /// Seconds from arrival to first admission, where the run says so.
    pub queue_wait_s: Option<f64>,
    /// Seconds from arrival to the first token.
    pub ttft_s: f64,
    /// Seconds from arrival to the last token.
    pub end_to_end_s: f64,
    /// Tokens generated.
    pub output_tokens: u32,
}

impl Timing {
    /// As the real server did it.
    #[must_use]
    pub fn measured(measured: &MeasuredRequest) -> Self {
        Self {
            arrival_s: arrival_s(measured),
            queue_wait_s: measured.queue_wait_s,
            ttft_s: measured.ttft_s,
            end_to_end_s: measured.end_to_end_s,
            output_tokens: measured.request.output_tokens,
        }
    }

    /// As the simulated fleet did it. `None` when it did not serve the request.
    #[must_use]
    pub fn simulated(measured: &MeasuredRequest, outcome: &Outcome) -> Option<Self> {
        outcome.status.is_served().then(|| Self {
            arrival_s: arrival_s(measured),
            queue_wait_s: Some(outcome.queue_wait.seconds()),
            ttft_s: outcome.ttft.seconds(),
            end_to_end_s: outcome.end_to_end.seconds(),
            output_tokens: outcome.output_tokens,
        })
    }

    /// Seconds from the first arrival of the run to the last token of this request.
    #[must_use]
    pub fn finished_s(&self) -> f64 {
        self.arrival_s + self.end_to_end_s
    }
}

fn arrival_s(measured: &MeasuredRequest) -> f64 {
    crate::units::SimTime(measured.request.arrival_ps).seconds()
}

/// What a latency is compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Clients feel it, and its mean decides whether the replay passes.
    Judged,
    /// Clients feel it; it is shown and not judged.
    Shown,
    /// It is a part of the latency above it, and says where that one is off.
    Part,
}

/// A latency that is compared.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// Its key for machines, with its unit.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it is compared for.
    pub role: Role,
    /// Its value for a request. `None` where it has none.
    pub of: fn(&Timing) -> Option<f64>,
}

/// The latencies that are compared. The time to the first token is not judged: where a server is full it is mostly the
/// wait for a seat, which adds up the errors of all requests before.
pub(super) const LATENCIES: [Latency; 5] = [
    Latency {
        key: "ttft_s",
        name: "time to first token",
        unit: "s",
        role: Role::Shown,
        of: |timing| Some(timing.ttft_s),
    },
    Latency {
        key: "queue_wait_s",
        name: "queue wait",
        unit: "s",
        role: Role::Part,
        of: |timing| timing.queue_wait_s,
    },
    Latency { key: "prefill_ms", name: "prefill", unit: "ms", role: Role::Part, of: prefill_ms },
    Latency { key: "tpot_ms", name: "time per output token", unit: "ms", role: Role::Judged, of: tpot_ms },
    Latency {
        key: "end_to_end_s",
        name: "end to end",
        unit: "s",
        role: Role::Judged,
        of: |timing| Some(timing.end_to_end_s),
    },
];

/// From first admission to the first token.
fn prefill_ms(timing: &Timing) -> Option<f64> {
    timing.queue_wait_s.map(|queue_wait_s| 1e3 * (timing.ttft_s - queue_wait_s))
}

/// Mean time between the tokens of an answer of at least two.
fn tpot_ms(timing: &Timing) -> Option<f64> {
    let gaps = timing.output_tokens.checked_sub(1).filter(|&gaps| gaps > 0)?;
    Some(1e3 * (timing.end_to_end_s - timing.ttft_s) / f64::from(gaps))
}
