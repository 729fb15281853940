//! Both engines and both drivers give the same bytes.

use contention::engine::DriverKind;
use contention::world::replica::fast::FastReplica;
use contention::world::replica::reference::ReferenceReplica;

use crate::worlds::RandomWorld;

/// `CONTENTION_WORLDS=5000 cargo test` runs more of them.
fn worlds() -> u64 {
    std::env::var("CONTENTION_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

#[test]
fn fast_and_reference_engines_and_both_drivers_give_the_same_bytes_on_random_worlds() {
    let mut preemptions = 0;
    let mut events = 0;
    let mut displacements = 0;
    for case in 0..worlds() {
        let world = RandomWorld::draw(case, 300);
        let reference = world.run::<ReferenceReplica>(Some(DriverKind::Global));
        let fast = world.run::<FastReplica>(Some(DriverKind::Global));
        assert_eq!(reference, fast, "engines differ in world {case}");
        let lazy = world.run::<FastReplica>(Some(DriverKind::Lazy));
        assert_eq!(fast, lazy, "drivers differ in world {case}");
        preemptions += fast.outcomes.iter().map(|outcome| u64::from(outcome.preemptions)).sum::<u64>();
        events += fast.events.len();
        displacements += fast.outcomes.iter().map(|outcome| u64::from(outcome.displacements)).sum::<u64>();
    }
    assert!(
        preemptions > 1_000 && events > 1_000 && displacements > 1_000,
        "the worlds never came to a boundary: {preemptions}, {events}, {displacements}"
    );
}
