//! Two experiments side by side: half of the clusters, drawn by complete randomisation, toss a coin for each request; in the
//! other half whole clusters are treated, or the half switches in blocks of time. Where the two answers differ there is
//! interference, and no truth is needed to see it (Saveski et al., KDD 2017).

use super::coins::Coin;
use super::counts::Count;
use super::switchback::check_block;
use super::timetable::Timetable;
use super::{ArmId, Assignment, BlockOfTime, CONTROL, Design, FleetFacts, Unit, arm_of, read_share};
use crate::policy::Spec;
use crate::rng::{Family, name_key};
use crate::settings::Section;
use crate::units::{ClusterId, SimTime, Span};
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "experiment_of_experiments",
    about: "half of the clusters toss a coin for each request; the other half treats whole clusters, or switches in blocks of \
            time (`against` cluster or switchback)",
    build: |section| {
        let switches =
            section.choice("against", Some("cluster"), &[("cluster", false), ("switchback", true)]);
        let block = switches.unwrap_or(false).then(|| section.positive_duration("block", Some("5 min")));
        Box::new(Halves { block, share: read_share(section) })
    },
};

struct Halves {
    /// Of the half that switches.
    block: Option<Span>,
    share: f64,
}

impl Design for Halves {
    fn unit(&self) -> Unit {
        Unit::Halves
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        let (count, least) = (facts.clusters.len(), if self.block.is_some() { 2 } else { 4 });
        if count < least {
            let allowed = format!("a fleet of {least} clusters or more: each half needs both arms");
            section.problem("kind", format!("{count} clusters"), allowed);
        }
        if let Some(block) = self.block {
            check_block(block, facts, section);
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        let keys: Vec<u64> = facts.clusters.iter().map(|(name, _)| name_key(name)).collect();
        let is_coarse = Count::new(0.5, keys.len()).choose(draws.keyed(1), draws.keyed(2).uniform(0), &keys);
        let coarse: Vec<usize> = (0..keys.len()).filter(|&cluster| is_coarse[cluster]).collect();
        let mut of_cluster = vec![None; keys.len()];
        let (treated, propensity) = match self.block {
            None => {
                let own: Vec<u64> = coarse.iter().map(|&cluster| keys[cluster]).collect();
                let count = Count::new(self.share, own.len());
                coarse.iter().for_each(|&cluster| of_cluster[cluster] = Some(cluster as u32));
                let mut treated = vec![false; keys.len()];
                let chosen = count.choose(draws.keyed(3), draws.keyed(4).uniform(0), &own);
                coarse.iter().zip(chosen).for_each(|(&cluster, chosen)| treated[cluster] = chosen);
                (treated, count.propensity())
            }
            Some(block) => {
                let blocks: Vec<u64> = (0..Timetable::new(facts, block).len() as u64).collect();
                let count = Count::new(self.share, blocks.len());
                coarse.iter().for_each(|&cluster| of_cluster[cluster] = Some(0));
                let chosen = count.choose(draws.keyed(3), draws.keyed(4).uniform(0), &blocks);
                (chosen, count.propensity())
            }
        };
        let times = self.block.map(|block| Timetable::new(facts, block));
        Box::new(Experiments { draws, share: self.share, of_cluster, times, treated, propensity })
    }
}

#[derive(Clone)]
struct Experiments {
    draws: Family,
    share: f64,
    /// The unit of each cluster of the second half; when it switches, its units are the blocks.
    of_cluster: Vec<Option<u32>>,
    times: Option<Timetable>,
    /// Arms of the units of the second half.
    treated: Vec<bool>,
    /// In the second half.
    propensity: f64,
}

impl Experiments {
    /// The unit of the second half at a cluster; `None` in the first half. The inner `None`: before the first block.
    fn coarse(&self, cluster: ClusterId, now: SimTime) -> Option<Option<u32>> {
        let unit = self.of_cluster[cluster.index()]?;
        Some(match &self.times {
            None => Some(unit),
            Some(times) => times.at(now).map(|block| block as u32),
        })
    }

    fn switching(&self, cluster: ClusterId) -> Option<&Timetable> {
        self.of_cluster[cluster.index()].and(self.times.as_ref())
    }
}

impl Assignment for Experiments {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }

    fn unit(&self) -> Unit {
        Unit::Halves
    }

    fn arm(&mut self, request: &Request, home: ClusterId) -> ArmId {
        match self.coarse(home, request.arrival) {
            None => arm_of(Coin::Request.uniform(self.draws, request) < self.share),
            Some(unit) => unit.map_or(CONTROL, |unit| arm_of(self.treated[unit as usize])),
        }
    }

    /// Units of the second half come first, requests of the first half after them.
    fn unit_of(&self, request: &Request, home: ClusterId) -> Option<u32> {
        match self.coarse(home, request.arrival) {
            None => Some(self.treated.len() as u32 + request.index as u32),
            Some(unit) => unit,
        }
    }

    fn propensity(&self, request: &Request, home: ClusterId) -> f64 {
        match self.coarse(home, request.arrival) {
            None => self.share,
            Some(unit) => unit.map_or(0.0, |_| self.propensity),
        }
    }

    fn part(&self, _: &Request, home: ClusterId) -> u8 {
        u8::from(self.of_cluster[home.index()].is_some())
    }

    fn block(&self, cluster: ClusterId, now: SimTime) -> Option<u32> {
        self.switching(cluster)?.at(now).map(|block| block as u32)
    }

    fn blocks(&self, cluster: ClusterId) -> Vec<BlockOfTime> {
        let times = self.switching(cluster);
        times.map_or_else(Vec::new, |times| times.blocks(|block| (arm_of(self.treated[block]), Span::ZERO)))
    }

    fn since_switch(&self, cluster: ClusterId, now: SimTime) -> Option<Span> {
        self.switching(cluster)?.since_start(now)
    }
}
