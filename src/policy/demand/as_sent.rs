//! Requests come as they were sent.

use super::{Demand, DemandRule};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn DemandRule> =
    Spec { name: "as_sent", about: "requests come as they were sent", build: |_| Box::new(Demand::AsSent) };
