//! One inference call, as the world outside made it: nothing here depends on any policy.

use super::generator::scale;
use crate::units::{ClassId, RegionId, SimTime, TierId, UserId};

/// One inference call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Position in the order of arrival of this world, from 0.
    pub index: u64,
    /// When it reaches the gateway.
    pub arrival: SimTime,
    /// Who sends it.
    pub user: UserId,
    /// The how-manieth request of its user, from 0. With `user` its identity in all keyed draws.
    pub ordinal: u32,
    /// Prompt tokens, at least 1.
    pub prompt_tokens: u32,
    /// Output tokens, at least 1. No policy may read it before they are produced.
    pub output_tokens: u32,
    /// The longest answer that the client allows, at least `output_tokens`; everybody may read it.
    pub max_output_tokens: u32,
    /// Kind of traffic.
    pub class: ClassId,
    /// What the user pays for.
    pub tier: TierId,
    /// Where the user sits.
    pub region: RegionId,
    /// The priority of its tier, for policies that go by it.
    pub priority: u8,
}

impl Request {
    /// Shorten prompt and answer by their factors, to the nearest token and to one at least, and cut the answer at
    /// `max_output_tokens`; what the client declares as its longest answer follows.
    pub fn shorten(&mut self, prompt_factor: f64, output_factor: f64, max_output_tokens: u32) {
        self.prompt_tokens = scale(self.prompt_tokens, prompt_factor);
        self.output_tokens = scale(self.output_tokens, output_factor).min(max_output_tokens);
        let declared = scale(self.max_output_tokens, output_factor).min(max_output_tokens);
        self.max_output_tokens = declared.max(self.output_tokens);
    }

    /// The entity of all keyed draws that concern this request: user and ordinal.
    #[must_use]
    pub const fn key(&self) -> u64 {
        (self.user.0 as u64) << 32 | self.ordinal as u64
    }
}
