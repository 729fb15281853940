//! Refuse what would have to wait for KV memory: a loss system by blocks. The gateway keeps count itself, so what it knows is
//! fresh.

use super::Admission;
use crate::policy::{FleetView, RequestView, Route, Spec};

pub(super) const SPEC: Spec<dyn Admission> = Spec {
    name: "kv_fit",
    about: "refuse when the request's reservation does not fit the chosen replica's free KV blocks now",
    build: |_| Box::new(KvFit),
};

struct KvFit;

impl Admission for KvFit {
    fn fresh(&self) -> Box<dyn Admission> {
        Box::new(Self)
    }

    fn admits(&mut self, request: &RequestView, route: Route, fleet: &mut dyn FleetView) -> bool {
        fleet.has_room(route.replica, request)
    }
}
