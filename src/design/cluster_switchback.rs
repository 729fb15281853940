//! Every cluster switches by itself: a coin for each cluster and block of time.

use super::counts::Count;
use super::switchback::{check_block, read_block};
use super::timetable::Timetable;
use super::{
    ArmId, Assignment, BlockOfTime, CONTROL, Design, FleetFacts, Structure, Unit, arm_of, read_share,
};
use crate::policy::Spec;
use crate::rng::{Family, name_key};
use crate::settings::Section;
use crate::units::{ClusterId, SimTime, Span};
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "cluster_switchback",
    about: "each cluster switches by itself in blocks of time; `order` random, or balanced within each block of time",
    build: |section| {
        let (block, washout) = read_block(section);
        let orders = &[("random", false), ("balanced", true)];
        let is_balanced = section.choice("order", Some("balanced"), orders).unwrap_or(true);
        Box::new(ClusterSwitchback { block, washout, is_balanced, share: read_share(section) })
    },
};

#[derive(Clone, Copy)]
struct ClusterSwitchback {
    block: Span,
    washout: Span,
    /// As equal numbers of clusters as possible get each arm in each block of time.
    is_balanced: bool,
    share: f64,
}

impl Design for ClusterSwitchback {
    fn unit(&self) -> Unit {
        Unit::ClusterBlock
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        check_block(self.block, facts, section);
        let count = facts.clusters.len();
        if count < 2 {
            let allowed = "a fleet of 2 clusters or more; a fleet of one switches as a whole: \"switchback\"";
            section.problem("kind", format!("{count} cluster"), allowed);
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        let times = Timetable::new(facts, self.block);
        let keys: Vec<u64> = facts.clusters.iter().map(|(name, _)| name_key(name)).collect();
        let count = Count::new(self.share, keys.len());
        let mut treated = vec![vec![false; times.len()]; keys.len()];
        for block in 0..times.len() as u64 {
            let of_block = draws.keyed(block);
            let chosen = if self.is_balanced {
                count.choose(of_block, draws.uniform(block), &keys)
            } else {
                keys.iter().map(|&key| of_block.uniform(key) < self.share).collect()
            };
            for (cluster, chosen) in chosen.into_iter().enumerate() {
                treated[cluster][block as usize] = chosen;
            }
        }
        let propensity = if self.is_balanced { count.propensity() } else { self.share };
        Box::new(ClusterBlocks { times, treated, propensity, of: *self })
    }
}

#[derive(Clone)]
struct ClusterBlocks {
    times: Timetable,
    /// By cluster and block.
    treated: Vec<Vec<bool>>,
    propensity: f64,
    of: ClusterSwitchback,
}

impl ClusterBlocks {
    fn arm_at(&self, cluster: ClusterId, now: SimTime) -> ArmId {
        self.times.at(now).map_or(CONTROL, |block| arm_of(self.treated[cluster.index()][block]))
    }

    /// Units are numbered by cluster and then by block.
    fn unit_at(&self, cluster: ClusterId, now: SimTime) -> Option<u32> {
        self.times.at(now).map(|block| (cluster.index() * self.times.len() + block) as u32)
    }
}

impl Assignment for ClusterBlocks {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }

    fn unit(&self) -> Unit {
        Unit::ClusterBlock
    }

    fn arm(&mut self, request: &Request, home: ClusterId) -> ArmId {
        self.arm_at(home, request.arrival)
    }

    fn cluster_arm(&self, cluster: ClusterId, now: SimTime) -> ArmId {
        self.arm_at(cluster, now)
    }

    fn flips(&self) -> &[SimTime] {
        self.times.starts()
    }

    fn unit_of(&self, request: &Request, home: ClusterId) -> Option<u32> {
        self.unit_at(home, request.arrival)
    }

    fn unit_of_hardware(&self, cluster: ClusterId, now: SimTime) -> Option<(u32, ArmId)> {
        self.unit_at(cluster, now).map(|unit| (unit, self.arm_at(cluster, now)))
    }

    fn in_washout(&self, now: SimTime) -> bool {
        self.times.since_start(now).is_some_and(|since| since < self.of.washout)
    }

    /// Balanced: a stratum for each block of time.
    fn structure(&self) -> Structure {
        if !self.of.is_balanced {
            return Structure::Plain;
        }
        let blocks = 0..self.times.len() as u32;
        Structure::Strata(self.treated.iter().flat_map(|_| blocks.clone()).collect())
    }

    fn propensity(&self, request: &Request, _: ClusterId) -> f64 {
        self.times.at(request.arrival).map_or(0.0, |_| self.propensity)
    }

    fn block(&self, _: ClusterId, now: SimTime) -> Option<u32> {
        self.times.at(now).map(|block| block as u32)
    }

    fn blocks(&self, cluster: ClusterId) -> Vec<BlockOfTime> {
        self.times.blocks(|block| (arm_of(self.treated[cluster.index()][block]), self.of.washout))
    }

    fn since_switch(&self, _: ClusterId, now: SimTime) -> Option<Span> {
        self.times.since_start(now)
    }

    fn treated_units(&self) -> Option<Vec<bool>> {
        Some(self.treated.concat())
    }
}
