//! Users who look before they join: a price, or a displayed wait (balking queues; Naor 1969).

use super::{Demand, DemandRule};
use crate::policy::Spec;

pub(super) const SPEC: Spec<dyn DemandRule> = Spec {
    name: "balk",
    about: "a request comes with a probability that falls with the load of the chosen replica; else it is never sent",
    build: |section| {
        Box::new(Demand::Balk {
            probability: section.number("probability", Some(1.0), 0.0..=1.0),
            aversion: section.number("aversion", Some(0.0), 0.0..=1_000.0),
            at_most: section.integer("at_most", Some(1_000_000), 1..=1_000_000) as u32,
        })
    },
};
