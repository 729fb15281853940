//! Replay of a trace: real arrivals and lengths, scaled if asked.

use std::sync::Arc;

use super::generator::scale;
use super::population::{User, pick};
use super::trace::TraceRow;
use super::{Request, Workload};
use crate::rng::{Purpose, Streams};
use crate::units::{ClassId, RegionId, SimTime, Span, TierId, UserId};

/// Who a row of a trace is from, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowIdentity {
    /// The user.
    pub user: UserId,
    /// The user's how-manieth request.
    pub ordinal: u32,
    /// The class.
    pub class: ClassId,
    /// The tier.
    pub tier: TierId,
    /// The region.
    pub region: RegionId,
}

/// A trace to replay.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Rows in order of time.
    pub rows: Arc<Vec<TraceRow>>,
    /// Who each row is from, where the trace says so.
    pub identities: Arc<Vec<Option<RowIdentity>>>,
    /// Arrivals come this many times as fast.
    pub rate_scale: f64,
    /// Factor on prompt tokens.
    pub prompt_scale: f64,
    /// Factor on output tokens.
    pub output_scale: f64,
    /// Rows are spread uniformly over this time after their stamp, for traces with coarse stamps.
    pub spread: Span,
}

impl Replay {
    /// All requests of the trace, in order of time. Rows that name no user are sent by users of the population, drawn by
    /// activity under the row's number.
    #[must_use]
    pub fn requests(&self, workload: &Workload, streams: Streams) -> Vec<Request> {
        let spread = streams.family(Purpose::TraceSpread);
        let mut timed: Vec<(SimTime, usize)> = self
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let late = (spread.uniform(at as u64) * self.spread.0 as f64) as u64;
                let stamp = row.arrival_ps + late;
                let stamp =
                    if self.rate_scale == 1.0 { stamp } else { (stamp as f64 / self.rate_scale) as u64 };
                (SimTime(stamp), at)
            })
            .collect();
        timed.sort_unstable();
        let users = workload.users.users(streams);
        let cumulative = cumulative_activity(&users);
        timed
            .into_iter()
            .enumerate()
            .map(|(index, (arrival, at))| {
                let row = &self.rows[at];
                let who = self.identities[at]
                    .unwrap_or_else(|| stranger(workload, streams, &users, &cumulative, at));
                let scaled = |tokens, factor| if factor == 1.0 { tokens } else { scale(tokens, factor) };
                let prompt_tokens = scaled(row.prompt_tokens, self.prompt_scale);
                let output_tokens = scaled(row.output_tokens, self.output_scale);
                let class = &workload.classes[who.class.index()];
                Request {
                    index: index as u64,
                    arrival,
                    user: who.user,
                    ordinal: who.ordinal,
                    prompt_tokens,
                    output_tokens,
                    max_output_tokens: class.declared_output(prompt_tokens, output_tokens),
                    class: who.class,
                    tier: who.tier,
                    region: who.region,
                    priority: workload.users.tiers[who.tier.index()].priority,
                }
            })
            .collect()
    }
}

fn cumulative_activity(users: &[User]) -> Vec<f64> {
    let mut sum = 0.0;
    users
        .iter()
        .map(|user| {
            sum += user.activity;
            sum
        })
        .collect()
}

/// Who sends row `at` of a trace that does not say so.
fn stranger(
    workload: &Workload,
    streams: Streams,
    users: &[User],
    cumulative: &[f64],
    at: usize,
) -> RowIdentity {
    let total = cumulative.last().copied().unwrap_or(1.0);
    let draw = streams.family(Purpose::TraceUser).uniform(at as u64) * total;
    let user = cumulative.partition_point(|&sum| sum <= draw).min(users.len() - 1);
    let class = streams.family(Purpose::RequestClass).uniform(at as u64);
    RowIdentity {
        user: UserId(user as u32),
        ordinal: at as u32,
        class: ClassId(pick(workload.classes.iter().map(|class| class.share), class) as u8),
        tier: users[user].tier,
        region: users[user].region,
    }
}
