//! Limiters: how much one user may send.

mod none;
mod per_minute;
mod token_bucket;

use super::{RequestView, Spec};
use crate::units::{SimTime, UserId};

/// Decides whether a user is within its allowance.
pub trait Limiter: Send + Sync {
    /// The same rule with the state of a new world.
    fn fresh(&self) -> Box<dyn Limiter>;

    /// Whether it charges a request when its answer is done, so that completions must reach it in order of time.
    fn charges_after(&self) -> bool {
        false
    }

    /// Whether the request is within its user's allowance; if so its price, where it is paid before, is taken.
    fn admits(&mut self, request: &RequestView) -> bool;

    /// An answer is done: charge its `tokens` (prompt and output) where they are paid after.
    fn settle(&mut self, _user: UserId, _tokens: u32, _finished: SimTime) {}
}

/// All limiters.
pub const LIMITERS: &[Spec<dyn Limiter>] = &[none::SPEC, token_bucket::SPEC, per_minute::SPEC];

/// State of every user met so far, by user number.
#[derive(Clone, Debug, Default)]
struct Accounts<T>(Vec<T>);

impl<T: Clone + Default> Accounts<T> {
    fn of(&mut self, user: UserId) -> &mut T {
        if self.0.len() <= user.index() {
            self.0.resize(user.index() + 1, T::default());
        }
        &mut self.0[user.index()]
    }
}
