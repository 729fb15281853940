//! Same scenario, same bytes: whichever engine, driver or number of threads.

use std::sync::atomic::AtomicBool;

use super::{Broken, Finding, Law, Tried, hold};
use crate::engine::DriverKind;
use crate::study::execute;
use crate::verify::swarm::course::{Course, Traces};
use crate::verify::swarm::trial::{Draw, Trial};
use crate::world::replica::fast::FastReplica;
use crate::world::replica::reference::ReferenceReplica;

const ID: &str = "REPRO-1";

pub(super) const LAW: Law = Law {
    id: ID,
    about: "the same bytes from both engines, both drivers, and any number of threads",
    check: |trial| {
        let with = |driver| Course { driver: Some(driver), ..trial.mixed() };
        let own = &trial.mixed_world().traces;
        same("fast, lazy", &with(DriverKind::Lazy).run::<FastReplica>(), own)?;
        same("fast, global", &with(DriverKind::Global).run::<FastReplica>(), own)?;
        same("reference, lazy", &with(DriverKind::Lazy).run::<ReferenceReplica>(), own)?;
        same("reference, global", &with(DriverKind::Global).run::<ReferenceReplica>(), own)?;
        threads(trial)
    },
};

fn same(how: &str, other: &Traces, own: &Traces) -> Result<(), Broken> {
    for (at, (other, own)) in other.outcomes.iter().zip(&own.outcomes).enumerate() {
        hold!(ID, other == own, "{how}: request {at} ends as {other:?}, not as {own:?}");
    }
    for (at, (other, own)) in other.rows.iter().zip(&own.rows).enumerate() {
        hold!(ID, other == own, "{how}: row {at} of the windows is {other:?}, not {own:?}");
    }
    hold!(ID, other.events == own.events, "{how}: other boundary events");
    hold!(ID, other == own, "{how}: {:?}, not {:?}", other.flow, own.flow);
    Ok(())
}

/// A study with one thread and with two; not in every scenario, for it takes as long as all else.
fn threads(trial: &Trial) -> Finding {
    if trial.draw(Draw::Threads, 8) == 0 {
        let study = |jobs| {
            let replications = execute::execute(&trial.scenario, jobs, &AtomicBool::new(false), |_| ());
            replications.map(|replications| format!("{replications:?}")).map_err(|error| error.to_string())
        };
        hold!(ID, study(1) == study(2), "two threads give another study than one");
    }
    Ok(Tried::Yes)
}
