//! Overcommitment, world by world: how often each kind of boundary event began in an hour, summed over clusters and
//! averaged over replications. Both the terminal and the page print it.

use super::world_of_policy;
use crate::scenario::Scenario;
use crate::study::Graded;
use crate::study::tables::BoundaryRow;

/// Boundary events of some worlds by kind.
pub(super) struct Overcommitment {
    /// Kinds, in the order of their rows.
    pub kinds: Vec<&'static str>,
    /// Worlds: control's, candidate's, then the experiments.
    pub worlds: Vec<World>,
}

/// Boundary events of one world, by kind.
pub(super) struct World {
    /// `all:NAME`, or the design.
    pub name: String,
    /// By kind.
    pub kinds: Vec<Rate>,
}

/// One kind in one world.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    /// Episodes that began in an hour.
    pub per_hour: f64,
    /// Requests touched in a replication.
    pub touched: f64,
    /// Episodes over all replications.
    pub count: u64,
}

impl Overcommitment {
    /// Of the worlds that a candidate is judged by.
    pub fn of(graded: &Graded, scenario: &Scenario, candidate: &str) -> Self {
        let mut kinds: Vec<&'static str> = Vec::new();
        for row in &graded.boundary {
            if !kinds.contains(&row.kind) {
                kinds.push(row.kind);
            }
        }
        let mut worlds = Vec::new();
        let truth_worlds =
            scenario.policies.first().map(|control| control.name.as_str()).into_iter().chain([candidate]);
        for policy in truth_worlds {
            let name = world_of_policy(policy);
            worlds.push(World::of(graded, &kinds, name, |row, name| {
                row.candidate.is_empty() && row.design == name
            }));
        }
        let mut designs: Vec<&str> = Vec::new();
        for row in graded.boundary.iter().filter(|row| row.candidate == candidate) {
            if !designs.contains(&row.design.as_str()) {
                designs.push(&row.design);
            }
        }
        for design in designs {
            let is = |row: &BoundaryRow, name: &str| row.candidate == candidate && row.design == name;
            worlds.push(World::of(graded, &kinds, design.to_owned(), is));
        }
        Self { kinds, worlds }
    }

    /// Kinds that no world saw.
    pub fn unseen(&self) -> Vec<&'static str> {
        let seen = |at: usize| self.worlds.iter().any(|world| world.kinds[at].count > 0);
        (0..self.kinds.len()).filter(|&at| !seen(at)).map(|at| self.kinds[at]).collect()
    }
}

impl World {
    fn of(graded: &Graded, kinds: &[&str], name: String, is: impl Fn(&BoundaryRow, &str) -> bool) -> Self {
        let mut rates = vec![Rate::default(); kinds.len()];
        let mut replications: Vec<u32> = Vec::new();
        for row in graded.boundary.iter().filter(|row| is(row, &name)) {
            if replications.last() != Some(&row.replication) {
                replications.push(row.replication);
            }
            if let Some(at) = kinds.iter().position(|kind| *kind == row.kind) {
                rates[at].per_hour += row.count_per_hour;
                rates[at].touched += row.requests_touched as f64;
                rates[at].count += row.count;
            }
        }
        let n = replications.len().max(1) as f64;
        for rate in &mut rates {
            rate.per_hour /= n;
            rate.touched /= n;
        }
        Self { name, kinds: rates }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn rates_are_summed_over_clusters_and_averaged_over_replications() {
        let (scenario, graded) = fixture::study("p2c");
        let found = Overcommitment::of(&graded, &scenario, "p2c");
        let names: Vec<&str> = found.worlds.iter().map(|world| world.name.as_str()).collect();
        assert_eq!(names[..3], ["all:random", "all:p2c", "request"]);
        for (at, kind) in found.kinds.iter().enumerate() {
            let rows = graded.boundary.iter().filter(|row| row.design == "all:random" && row.kind == *kind);
            let mean = rows.map(|row| row.count_per_hour).sum::<f64>() / f64::from(fixture::REPLICATIONS);
            // One rounding a row.
            assert!((found.worlds[0].kinds[at].per_hour - mean).abs() < 1e-12);
        }
        assert!(found.unseen().contains(&"failover"));
    }
}
