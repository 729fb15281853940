//! Each cluster by itself: complete randomisation of the clusters, within strata of an attribute, or within pairs.
//!
//! Clusters are drawn under the hash of their name, so a new cluster or attribute changes nobody else's draw.

use super::counts::Count;
use super::{ArmId, Assignment, CANDIDATE, Design, FleetFacts, Structure, Unit, arm_of, read_share};
use crate::policy::Spec;
use crate::rng::{Family, name_key};
use crate::settings::Section;
use crate::units::{ClusterId, SimTime};
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "cluster",
    about: "whole clusters: `arrangement` complete, stratified by an attribute, or paired by one",
    build: |section| {
        let arrangement = section.choice("arrangement", Some("complete"), ARRANGEMENTS);
        let arrangement = arrangement.unwrap_or(Arrangement::Complete);
        let attribute = match arrangement {
            Arrangement::Complete => String::new(),
            Arrangement::Stratified | Arrangement::Paired => section.text("by", None),
        };
        let share = read_share(section);
        if arrangement == Arrangement::Paired && share != 0.5 {
            section.problem("share", share.to_string(), "0.5: one cluster of each pair is treated");
        }
        Box::new(ByCluster { share, arrangement, attribute })
    },
};

const ARRANGEMENTS: &[(&str, Arrangement)] = &[
    ("complete", Arrangement::Complete),
    ("stratified", Arrangement::Stratified),
    ("paired", Arrangement::Paired),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrangement {
    /// A fixed number of all clusters.
    Complete,
    /// A fixed share of the clusters of each value of an attribute.
    Stratified,
    /// One of the two clusters of each value of an attribute.
    Paired,
}

struct ByCluster {
    share: f64,
    arrangement: Arrangement,
    attribute: String,
}

impl ByCluster {
    /// The stratum of each cluster, numbered in order of first appearance.
    fn strata(&self, facts: &FleetFacts) -> Vec<u32> {
        let mut values: Vec<&str> = Vec::new();
        (0..facts.clusters.len())
            .map(|cluster| {
                let value = match self.arrangement {
                    Arrangement::Complete => "",
                    _ => facts.attribute(cluster, &self.attribute).unwrap_or(""),
                };
                let at = values.iter().position(|known| *known == value).unwrap_or_else(|| {
                    values.push(value);
                    values.len() - 1
                });
                at as u32
            })
            .collect()
    }
}

impl Design for ByCluster {
    fn unit(&self) -> Unit {
        Unit::Cluster
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        let count = facts.clusters.len();
        if count < 2 {
            section.problem(
                "kind",
                format!("{count} cluster"),
                "a cluster design in a fleet of 2 clusters or more",
            );
        }
        if self.arrangement == Arrangement::Complete {
            return;
        }
        let without: Vec<&str> = (0..count)
            .filter(|&cluster| facts.attribute(cluster, &self.attribute).is_none())
            .map(|cluster| facts.clusters[cluster].0.as_str())
            .collect();
        if !without.is_empty() {
            let found =
                format!("clusters without the attribute `{}`: {}", self.attribute, without.join(", "));
            section.problem("by", found, "an attribute that every cluster has");
        } else if self.arrangement == Arrangement::Paired {
            let strata = self.strata(facts);
            let sizes = (0..=strata.iter().copied().max().unwrap_or(0))
                .map(|stratum| strata.iter().filter(|&&other| other == stratum).count());
            if sizes.into_iter().any(|size| size != 2) {
                let found =
                    format!("values of `{}` that are not shared by exactly two clusters", self.attribute);
                section.problem("by", found, "one value for each pair of clusters");
            }
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        let strata = self.strata(facts);
        let keys: Vec<u64> = facts.clusters.iter().map(|(name, _)| name_key(name)).collect();
        let mut treated = vec![false; keys.len()];
        let mut propensity = vec![0.0; keys.len()];
        for stratum in 0..=strata.iter().copied().max().unwrap_or(0) {
            let members: Vec<usize> = (0..keys.len()).filter(|&cluster| strata[cluster] == stratum).collect();
            let member_keys: Vec<u64> = members.iter().map(|&cluster| keys[cluster]).collect();
            let value =
                members.first().and_then(|&cluster| facts.attribute(cluster, &self.attribute)).unwrap_or("");
            let count = Count::new(self.share, members.len());
            let chosen = count.choose(draws, draws.keyed(1).uniform(name_key(value)), &member_keys);
            for (&cluster, chosen) in members.iter().zip(chosen) {
                treated[cluster] = chosen;
                propensity[cluster] = count.propensity();
            }
        }
        let structure = match self.arrangement {
            Arrangement::Complete => Structure::Plain,
            Arrangement::Stratified => Structure::Strata(strata),
            Arrangement::Paired => Structure::Pairs(strata),
        };
        Box::new(Clusters { arms: treated.into_iter().map(arm_of).collect(), structure, propensity })
    }
}

#[derive(Clone)]
struct Clusters {
    arms: Vec<ArmId>,
    structure: Structure,
    propensity: Vec<f64>,
}

impl Assignment for Clusters {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(self.clone())
    }

    fn unit(&self) -> Unit {
        Unit::Cluster
    }

    fn arm(&mut self, _: &Request, home: ClusterId) -> ArmId {
        self.arms[home.index()]
    }

    fn cluster_arm(&self, cluster: ClusterId, _: SimTime) -> ArmId {
        self.arms[cluster.index()]
    }

    fn unit_of(&self, _: &Request, home: ClusterId) -> Option<u32> {
        Some(u32::from(home.0))
    }

    fn unit_of_hardware(&self, cluster: ClusterId, _: SimTime) -> Option<(u32, ArmId)> {
        Some((u32::from(cluster.0), self.arms[cluster.index()]))
    }

    fn structure(&self) -> Structure {
        self.structure.clone()
    }

    fn propensity(&self, _: &Request, home: ClusterId) -> f64 {
        self.propensity[home.index()]
    }

    fn treated_units(&self) -> Option<Vec<bool>> {
        Some(self.arms.iter().map(|&arm| arm == CANDIDATE).collect())
    }
}
