//! Each user by itself: an independent coin under the user's number; all requests of a user meet the same policy.

use super::coins::{ByCoin, Coin};
use super::{Design, read_share};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "user",
    about: "a coin for each user: all requests of a user meet the same policy",
    build: |section| Box::new(ByCoin { coin: Coin::User, share: read_share(section) }),
};
