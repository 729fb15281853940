//! Each request by itself: an independent coin under the request's identity.

use super::coins::{ByCoin, Coin};
use super::{Design, read_share};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "request",
    about: "a coin for each request: the ordinary A/B test",
    build: |section| Box::new(ByCoin { coin: Coin::Request, share: read_share(section) }),
};
