//! In which order a fleet that switches as one switches: which blocks get the candidate, and by which coins.

use super::counts::Count;
use super::timetable::Timetable;
use super::{FleetFacts, Structure, choose, minimax_points};
use crate::rng::Family;

/// How arms follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A coin for each block.
    Random,
    /// The share of all blocks, wherever they fall.
    Complete,
    /// Equal counts within each hour of the day and type of day, as far as the number of blocks allows.
    Balanced,
    /// Each two blocks in a row get both arms, in an order of their own.
    Paired,
    /// Every other block, after one coin for the first.
    Alternating,
    /// Coins only where [`super::minimax_points`] says; between them the arm stays.
    Minimax,
}

/// The setting `order`.
pub(super) const ORDERS: &[(&str, Order)] = &[
    ("random", Order::Random),
    ("complete", Order::Complete),
    ("balanced", Order::Balanced),
    ("paired", Order::Paired),
    ("alternating", Order::Alternating),
    ("minimax", Order::Minimax),
];

impl Order {
    /// The order as a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        ORDERS.iter().find(|(_, order)| *order == self).map_or("random", |(name, _)| name)
    }

    /// The orders that have a test, as words: of all others two assignments exist.
    #[must_use]
    pub fn tested() -> Vec<&'static str> {
        ORDERS.iter().filter(|(_, order)| *order != Self::Alternating).map(|(name, _)| *name).collect()
    }

    /// Whether the order itself says how many blocks are treated: half of them.
    pub(super) const fn halves(self) -> bool {
        matches!(self, Self::Paired | Self::Alternating | Self::Minimax)
    }
}

/// What was drawn for each block.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    /// Whether it gets the candidate.
    pub(super) treated: Vec<bool>,
    /// The exact probability of that, over all draws.
    pub(super) propensity: Vec<f64>,
    /// The number of its randomised unit: its own, or that of the run of blocks which one coin decides.
    pub(super) unit: Vec<u32>,
    /// How the units hang together.
    pub(super) structure: Structure,
}

impl Sequence {
    /// Draw one; `share` of the blocks are treated, `carry_over` is the m of the minimax order.
    pub(super) fn draw(
        (order, share, carry_over): (Order, f64, u32),
        draws: Family,
        facts: &FleetFacts,
        times: &Timetable,
    ) -> Self {
        let count = times.len();
        let plain = |treated: Vec<bool>, propensity: f64| Self {
            treated,
            propensity: vec![propensity; count],
            unit: (0..count as u32).collect(),
            structure: Structure::Plain,
        };
        let coin = |entity: usize, share: f64| draws.uniform(entity as u64) < share;
        match order {
            Order::Random => plain((0..count).map(|at| coin(at, share)).collect(), share),
            Order::Complete => {
                let (treated, keys) = (Count::new(share, count), (0..count as u64).collect::<Vec<_>>());
                let chosen = treated.choose(draws, draws.keyed(1).uniform(0), &keys);
                plain(chosen, treated.propensity())
            }
            Order::Balanced => balanced(share, draws, facts, times),
            Order::Paired => {
                let treated = (0..count).map(|at| coin(at / 2, 0.5) ^ (at % 2 == 1)).collect();
                let pairs = (0..count as u32).map(|at| at / 2).collect();
                Self { structure: Structure::Pairs(pairs), ..plain(treated, 0.5) }
            }
            Order::Alternating => {
                let first = coin(0, 0.5);
                let treated = (0..count).map(|at| first ^ (at % 2 == 1)).collect();
                Self { structure: Structure::Alternating, ..plain(treated, 0.5) }
            }
            Order::Minimax => {
                let points = minimax_points(count as u32, carry_over);
                let run = |at: usize| points.partition_point(|&point| point as usize <= at + 1) - 1;
                let treated = (0..count).map(|at| coin(run(at), 0.5)).collect();
                Self { unit: (0..count).map(|at| run(at) as u32).collect(), ..plain(treated, 0.5) }
            }
        }
    }
}

/// The whole part of the share is treated in each stratum of hour and type of day; what is left over is chosen among the
/// strata's next blocks, so that the total comes out too.
fn balanced(share: f64, draws: Family, facts: &FleetFacts, times: &Timetable) -> Sequence {
    let strata: Vec<u64> = times
        .starts()
        .iter()
        .map(|start| {
            let hours = (facts.start_of_day_s + start.seconds()) / 3600.0;
            let (hour, day) = (hours as u64 % 24, (hours / 24.0) as u64 % 7);
            hour * 2 + u64::from(day >= 5)
        })
        .collect();
    let mut treated = vec![false; times.len()];
    let (mut next, mut left_over) = (Vec::new(), 0.0);
    let members_of =
        |stratum: u64| -> Vec<usize> { (0..times.len()).filter(|&block| strata[block] == stratum).collect() };
    for stratum in 0..48 {
        let mut members = members_of(stratum);
        members.sort_by_key(|&block| (draws.bits(block as u64), block));
        let wanted = share * members.len() as f64;
        let whole = wanted as usize;
        members.iter().take(whole).for_each(|&block| treated[block] = true);
        left_over += wanted - whole as f64;
        if wanted > whole as f64 {
            next.push(members[whole]);
        }
    }
    let count =
        left_over as usize + usize::from(draws.keyed(1).uniform(0) < left_over - libm::floor(left_over));
    let keys: Vec<u64> = next.iter().map(|&block| block as u64).collect();
    let of_next = if next.is_empty() { 0.0 } else { left_over / next.len() as f64 };
    let mut propensity = vec![0.0; times.len()];
    for stratum in 0..48 {
        let members = members_of(stratum);
        let wanted = share * members.len() as f64;
        let whole = libm::floor(wanted);
        let extra = if wanted > whole { of_next } else { 0.0 };
        members.iter().for_each(|&block| propensity[block] = (whole + extra) / members.len() as f64);
    }
    for (block, chosen) in next.into_iter().zip(choose(draws.keyed(2), &keys, count)) {
        treated[block] |= chosen;
    }
    let unit = (0..times.len() as u32).collect();
    Sequence { treated, propensity, unit, structure: Structure::Plain }
}
