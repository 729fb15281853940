//! Where everything stands: clusters in regions, their replicas, and the network between them.

use super::replica::EngineSpec;
use crate::rng::{Family, name_key};
use crate::units::{ClusterId, RegionId, Span, UserId};

/// One cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Name in the scenario.
    pub name: String,
    /// Where it stands.
    pub region: RegionId,
    /// How many replicas it has.
    pub replicas: u32,
    /// What they are made of.
    pub engine: EngineSpec,
    /// Named properties, for stratified and paired designs.
    pub attributes: Vec<(String, String)>,
}

/// The fleet at rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Clusters in scenario order.
    pub clusters: Vec<Cluster>,
    /// Region names by number.
    pub regions: Vec<String>,
    /// One-way delay between regions, by number.
    delays: Vec<Vec<Span>>,
    /// First replica of each cluster, and the number of replicas at the end.
    first_replica: Vec<u32>,
    /// The clusters' names as numbers.
    name_keys: Vec<u64>,
    /// For each cluster, all clusters by distance.
    by_distance: Vec<Vec<ClusterId>>,
    /// For each region, its nearest clusters: several when they are equally near.
    nearest: Vec<Vec<ClusterId>>,
}

impl Layout {
    /// Lay out `clusters`; `delays[a][b]` is the one-way delay between regions.
    #[must_use]
    pub fn new(clusters: Vec<Cluster>, regions: Vec<String>, delays: Vec<Vec<Span>>) -> Self {
        let mut first_replica = vec![0];
        for cluster in &clusters {
            first_replica.push(first_replica.last().copied().unwrap_or(0) + cluster.replicas);
        }
        let sorted_from = |region: usize, first: Option<usize>| {
            let mut ids: Vec<usize> = (0..clusters.len()).collect();
            ids.sort_by_key(|&id| (Some(id) != first, delays[region][clusters[id].region.index()], id));
            ids.into_iter().map(|id| ClusterId(id as u16)).collect::<Vec<_>>()
        };
        let by_distance = clusters
            .iter()
            .enumerate()
            .map(|(id, cluster)| sorted_from(cluster.region.index(), Some(id)))
            .collect();
        let nearest = (0..regions.len())
            .map(|region| {
                let mut ids = sorted_from(region, None);
                let delay = |id: &ClusterId| delays[region][clusters[id.index()].region.index()];
                let least = ids.first().map(delay);
                ids.retain(|id| Some(delay(id)) == least);
                ids
            })
            .collect();
        let name_keys = clusters.iter().map(|cluster| name_key(&cluster.name)).collect();
        Self { clusters, regions, delays, first_replica, name_keys, by_distance, nearest }
    }

    /// Replicas of all clusters.
    #[must_use]
    pub fn replica_count(&self) -> u32 {
        self.first_replica.last().copied().unwrap_or(0)
    }

    /// The replicas of a cluster, as a range of replica numbers.
    #[must_use]
    pub fn replicas(&self, cluster: ClusterId) -> std::ops::Range<u32> {
        self.first_replica[cluster.index()]..self.first_replica[cluster.index() + 1]
    }

    /// The cluster of a replica.
    #[must_use]
    pub fn cluster_of(&self, replica: crate::units::ReplicaId) -> ClusterId {
        ClusterId((self.first_replica.partition_point(|&first| first <= replica.0) - 1) as u16)
    }

    /// All clusters by distance, the cluster itself first.
    #[must_use]
    pub fn by_distance(&self, cluster: ClusterId) -> &[ClusterId] {
        &self.by_distance[cluster.index()]
    }

    /// The clusters that are nearest to a region: several when they are equally near.
    #[must_use]
    pub fn nearest(&self, region: usize) -> &[ClusterId] {
        &self.nearest[region]
    }

    /// The cluster whose gateway takes in a user's requests: the nearest. Among equally near ones the user's own draw under
    /// each cluster's name decides (rendezvous hashing): a new cluster takes users from others and moves nobody else.
    #[inline]
    #[must_use]
    pub fn home(&self, region: RegionId, user: UserId, homes: Family) -> ClusterId {
        match self.nearest[region.index()].as_slice() {
            [only] => *only,
            near => self.choose_home(near, user, homes),
        }
    }

    #[inline(never)]
    fn choose_home(&self, near: &[ClusterId], user: UserId, homes: Family) -> ClusterId {
        let draw = |id: &ClusterId| homes.keyed(self.name_keys[id.index()]).bits(u64::from(user.0));
        near.iter().copied().max_by_key(draw).unwrap_or_default()
    }

    /// One-way delay between a user's region and a cluster.
    #[inline]
    #[must_use]
    pub fn delay(&self, region: RegionId, cluster: ClusterId) -> Span {
        self.delays[region.index()][self.clusters[cluster.index()].region.index()]
    }
}
