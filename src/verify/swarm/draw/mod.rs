//! Draws whole random scenarios as TOML, as a user could have written them.
//!
//! Each part of a scenario has a stream of its own, so that a new kind of router moves no fleet. Only the rate and the duration
//! depend on everything else: they follow from the load that `contention explain` would print.

mod design;
mod dice;
mod fleet;
mod policy;
mod workload;

use self::dice::Dice;
use self::fleet::Fleet;
use self::workload::Traffic;
use crate::rng::{Family, Purpose, Streams, mix};
use crate::scenario::LoadEstimate;
use crate::verify::bench::scenario;

/// The parts of a scenario, each with its own stream.
#[derive(Clone, Copy)]
enum Part {
    Study,
    Fleet,
    Users,
    Classes,
    Traffic,
    Policies,
    Designs,
}

impl Part {
    fn dice(self, draws: Family) -> Dice {
        Dice(draws.stream(self as u64))
    }
}

/// How long a scenario runs and how much of it is measured, in seconds.
#[derive(Clone, Copy)]
struct Times {
    duration: f64,
    warm_up: f64,
    window: f64,
}

impl Times {
    fn new(mut dice: Dice, duration: f64) -> Self {
        let warm_up = duration * dice.pick(&[0.0, 0.1, 0.3]);
        let window = ((duration - warm_up) / dice.between(4.0, 40.0)).max(0.1);
        Self { duration, warm_up, window }
    }

    const fn measured(self) -> f64 {
        self.duration - self.warm_up
    }
}

/// The keyed draws of scenario `number` of the swarm of `seed`; its checks use the entities above [`u32::MAX`].
pub(super) fn draws(seed: u64, number: u64) -> Family {
    Streams::new(seed, number).family(Purpose::Swarm)
}

/// Scenario `number` of the swarm of `seed`, as TOML.
#[must_use]
pub fn scenario_text(seed: u64, number: u64) -> String {
    let draws = draws(seed, number);
    let mut study = Part::Study.dice(draws);
    let requests = 300.0 * libm::pow(10.0, study.uniform());
    let load = study.between(0.05, 1.4);
    let fleet = Fleet::draw(Part::Fleet.dice(draws));
    // At one request a second: what load is that?
    let unit_times = Times::new(study, 1_000.0);
    let unit = compose(draws, &fleet, 1.0, unit_times, "");
    let estimate = LoadEstimate::of(&scenario(&unit, &[]));
    let busiest = estimate.clusters.iter().map(|cluster| cluster.utilisation).fold(0.0, f64::max);
    let most = requests / 2.0;
    let per_second = (load / busiest).min(most);
    let duration = requests / per_second;
    let times = Times::new(study, duration);
    let designs = design::designs(Part::Designs.dice(draws), &fleet, times, policy::differences(draws));
    compose(draws, &fleet, per_second / estimate.requests_per_s, times, &designs)
}

/// The whole text. `factor` multiplies a traffic of one request a second, or of one a second and user.
fn compose(draws: Family, fleet: &Fleet, factor: f64, times: Times, designs: &str) -> String {
    let traffic = Traffic::draw(Part::Traffic.dice(draws));
    let users = workload::users(Part::Users.dice(draws), fleet);
    let classes = workload::classes(Part::Classes.dice(draws), fleet.context_tokens);
    let (control, candidate) = policy::pair(Part::Policies.dice(draws), times.duration);
    format!(
        "name = \"swarm\"\ncontrol = \"control\"\n\n{}\n{classes}\n{users}\n{}\n[policy.control]\n{}\n\
         [policy.candidate]\n{}\n{designs}[study]\nseed = {}\nreplications = 2\nduration = \"{:.6} s\"\n\
         warm_up = \"{:.6} s\"\n\n[record]\nwindow = \"{:.6} s\"\nepisode_gap = \"{:.6} s\"\n\
         storm_preemptions_per_replica = 2.0\nbreach_min_requests = 3\n",
        traffic.text(factor),
        fleet.text,
        control.text(),
        candidate.text(),
        mix(draws.bits(Part::Study as u64)) >> 1,
        times.duration,
        times.warm_up,
        times.window,
        times.window / 3.0,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::design::DESIGNS;
    use crate::policy::admission::ADMISSIONS;
    use crate::policy::demand::DEMANDS;
    use crate::policy::limiter::LIMITERS;
    use crate::policy::priority::PRIORITIES;
    use crate::policy::router::ROUTERS;
    use crate::policy::scheduler::SCHEDULERS;
    use crate::workload::profile::PROFILES;
    use crate::workload::settings::LENGTH_LAWS;

    /// All values of keys called `key` anywhere below a value.
    fn values_of(value: &toml::Value, key: &str, found: &mut BTreeSet<String>) {
        match value {
            toml::Value::Table(table) => {
                for (name, value) in table {
                    match value {
                        toml::Value::String(text) if name == key => drop(found.insert(text.clone())),
                        value => values_of(value, key, found),
                    }
                }
            }
            toml::Value::Array(items) => items.iter().for_each(|item| values_of(item, key, found)),
            _ => {}
        }
    }

    fn names<T: ?Sized>(specs: &[crate::policy::Spec<T>]) -> Vec<&'static str> {
        specs.iter().map(|spec| spec.name).collect()
    }

    #[test]
    fn every_kind_of_every_family_occurs_and_every_scenario_is_valid() {
        let axes = ["router", "within", "admission", "limiter", "demand", "priority", "scheduler"];
        let mut kinds: Vec<BTreeSet<String>> = vec![BTreeSet::new(); axes.len()];
        let (mut laws, mut profiles, mut designs, mut others) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for number in 0..300 {
            let scenario = scenario(&scenario_text(1, number), &[]);
            let root: toml::Value = toml::from_str(&scenario.resolved).expect("resolved text is TOML");
            for policy in root["policy"].as_table().expect("policies").values() {
                for (axis, kinds) in axes.iter().zip(&mut kinds) {
                    let section = policy.get(axis).or_else(|| policy["router"].get(axis));
                    kinds.extend(section.and_then(|section| section["kind"].as_str()).map(str::to_owned));
                }
            }
            values_of(&root["workload"]["class"], "kind", &mut laws);
            values_of(&root["workload"], "profile", &mut profiles);
            values_of(&root["design"], "kind", &mut designs);
            values_of(&root["design"], "arrangement", &mut others);
            values_of(&root["design"], "order", &mut others);
            values_of(&root["users"]["activity"], "kind", &mut others);
            values_of(&root["workload"]["arrivals"], "kind", &mut others);
            values_of(&root["policy"], "reserve", &mut others);
            values_of(&root["policy"], "charge", &mut others);
        }
        let expected = [
            names(ROUTERS),
            names(&ROUTERS[..ROUTERS.len() - 1]),
            names(ADMISSIONS),
            names(LIMITERS),
            names(DEMANDS),
            names(PRIORITIES),
            names(SCHEDULERS),
        ];
        for ((axis, expected), found) in axes.iter().zip(expected).zip(&kinds) {
            for kind in expected {
                assert!(found.contains(kind), "no {axis} of kind {kind}: {found:?}");
            }
        }
        assert!(LENGTH_LAWS.iter().all(|(law, _)| laws.contains(*law)), "{laws:?}");
        assert!(PROFILES.iter().all(|(profile, _)| profiles.contains(*profile)), "{profiles:?}");
        assert!(names(DESIGNS).iter().all(|design| designs.contains(*design)), "{designs:?}");
        for kind in [
            "complete",
            "stratified",
            "paired",
            "random",
            "balanced",
            "alternating",
            "equal",
            "lognormal",
            "zipf",
            "poisson",
            "gamma",
            "whole_prompt",
            "no_evict",
            "before",
            "after",
        ] {
            assert!(others.contains(kind), "no {kind}: {others:?}");
        }
    }

    #[test]
    fn a_scenario_is_a_function_of_its_seed_and_number() {
        assert_eq!(scenario_text(3, 4), scenario_text(3, 4));
        assert_ne!(scenario_text(3, 4), scenario_text(3, 5));
        assert_ne!(scenario_text(3, 4), scenario_text(4, 4));
    }
}
