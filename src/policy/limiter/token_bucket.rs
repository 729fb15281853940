//! A bucket of tokens for each user that refills at a constant rate; a request pays for its prompt and for a reserve of
//! output tokens before it starts.

use super::{Accounts, Limiter};
use crate::policy::{RequestView, Spec};
use crate::units::SimTime;

pub(super) const SPEC: Spec<dyn Limiter> = Spec {
    name: "token_bucket",
    about: "each user has a bucket of tokens that refills; a request pays for its prompt and an output reserve",
    build: |section| {
        Box::new(TokenBucket {
            capacity: section.positive("capacity", Some(10_000.0)),
            tokens_per_second: section.positive("tokens_per_second", Some(1_000.0)),
            reserve: section.integer("reserve_output_tokens", Some(0), 0..=1_000_000) as f64,
            buckets: Accounts::default(),
        })
    },
};

#[derive(Clone)]
struct TokenBucket {
    /// Tokens that a full bucket holds.
    capacity: f64,
    tokens_per_second: f64,
    /// Output tokens charged in advance.
    reserve: f64,
    /// Tokens missing in each bucket, and when that was so: a user never met has a full bucket.
    buckets: Accounts<(f64, SimTime)>,
}

impl Limiter for TokenBucket {
    fn fresh(&self) -> Box<dyn Limiter> {
        Box::new(Self { buckets: Accounts::default(), ..self.clone() })
    }

    fn admits(&mut self, request: &RequestView) -> bool {
        let price = f64::from(request.prompt_tokens) + self.reserve;
        let (missing, since) = self.buckets.of(request.user);
        let refilled = self.tokens_per_second * request.now.since(*since).seconds();
        *missing = (*missing - refilled).max(0.0);
        *since = request.now;
        let admits = *missing + price <= self.capacity;
        if admits {
            *missing += price;
        }
        admits
    }
}
