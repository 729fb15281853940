//! Blocks of time for the whole fleet: the measured time is cut into blocks, and each block gets one arm. A request
//! belongs to the block in which it arrives; the first `washout` of each block is marked, so that an analysis can
//! leave it out.

use super::{ArmId, Assignment, CONTROL, Design, FleetFacts, Structure, Unit, arm_of, choose, read_share};
use crate::policy::Spec;
use crate::rng::Family;
use crate::settings::Section;
use crate::units::{ClusterId, SimTime, Span};
use crate::workload::Request;

pub(super) const SPEC: Spec<dyn Design> = Spec {
    name: "switchback",
    about: "the whole fleet switches in blocks of time; `order` random, balanced within hours, or alternating",
    build: |section| {
        let block = section.positive_duration("block", Some("5 min"));
        let washout = section.duration("washout", Some("0 s"));
        if washout >= block {
            section.problem("washout", "a washout as long as the block", "a duration shorter than the block");
        }
        let order = section.choice("order", Some("balanced"), ORDERS).unwrap_or(Order::Balanced);
        let share = read_share(section);
        if order == Order::Alternating && share != 0.5 {
            section.problem("share", share.to_string(), "0.5: every other block is treated");
        }
        Box::new(Switchback { block, washout, order, share })
    },
};

const ORDERS: &[(&str, Order)] =
    &[("random", Order::Random), ("balanced", Order::Balanced), ("alternating", Order::Alternating)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// A coin for each block.
    Random,
    /// Equal counts within each hour of the day and type of day, as far as the number of blocks allows.
    Balanced,
    /// Every other block, after one coin for the first.
    Alternating,
}

struct Switchback {
    block: Span,
    washout: Span,
    order: Order,
    share: f64,
}

impl Design for Switchback {
    fn unit(&self) -> Unit {
        Unit::Block
    }

    fn check(&self, facts: &FleetFacts, section: &Section<'_>) {
        let measured = facts.horizon.since(facts.warm_up);
        if measured.0 < self.block.0 * 4 {
            let allowed = "blocks of which at least 4 fit into the measured time";
            section.problem("block", format!("{} blocks", measured.0 / self.block.0), allowed);
        }
    }

    fn assign(&self, draws: Family, facts: &FleetFacts) -> Box<dyn Assignment> {
        let measured = facts.horizon.since(facts.warm_up).0;
        let count = measured.div_ceil(self.block.0) as usize;
        let starts: Vec<SimTime> = (0..count as u64).map(|at| facts.warm_up + self.block * at).collect();
        let treated = match self.order {
            Order::Random => (0..count as u64).map(|at| draws.uniform(at) < self.share).collect(),
            Order::Alternating => {
                let first = draws.uniform(0) < 0.5;
                (0..count).map(|at| first ^ (at % 2 == 1)).collect()
            }
            Order::Balanced => self.balance(draws, facts, &starts),
        };
        let arms = treated.into_iter().map(arm_of).collect();
        Box::new(Blocks { starts, arms, block: self.block, washout: self.washout, share: self.share })
    }
}

impl Switchback {
    fn balance(&self, draws: Family, facts: &FleetFacts, starts: &[SimTime]) -> Vec<bool> {
        let strata: Vec<u64> = starts
            .iter()
            .map(|start| {
                let hours = (facts.start_of_day_s + start.seconds()) / 3600.0;
                let (hour, day) = (hours as u64 % 24, (hours / 24.0) as u64 % 7);
                hour * 2 + u64::from(day >= 5)
            })
            .collect();
        // The whole part of the share is treated in each stratum; what is left over is chosen among the strata's next
        // blocks, so that the total comes out too.
        let mut treated = vec![false; starts.len()];
        let (mut next, mut left_over) = (Vec::new(), 0.0);
        for stratum in 0..48 {
            let mut members: Vec<usize> =
                (0..starts.len()).filter(|&block| strata[block] == stratum).collect();
            members.sort_by_key(|&block| (draws.bits(block as u64), block));
            let wanted = self.share * members.len() as f64;
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
        for (block, chosen) in next.into_iter().zip(choose(draws.keyed(2), &keys, count)) {
            treated[block] |= chosen;
        }
        treated
    }
}

struct Blocks {
    starts: Vec<SimTime>,
    arms: Vec<ArmId>,
    block: Span,
    washout: Span,
    share: f64,
}

impl Blocks {
    fn block_at(&self, now: SimTime) -> Option<usize> {
        let first = *self.starts.first()?;
        (now >= first).then(|| ((now.since(first).0 / self.block.0) as usize).min(self.starts.len() - 1))
    }

    fn arm_at(&self, now: SimTime) -> ArmId {
        self.block_at(now).map_or(CONTROL, |block| self.arms[block])
    }
}

impl Assignment for Blocks {
    fn unit(&self) -> Unit {
        Unit::Block
    }

    fn arm(&self, request: &Request, _: ClusterId) -> ArmId {
        self.arm_at(request.arrival)
    }

    fn cluster_arm(&self, _: ClusterId, now: SimTime) -> ArmId {
        self.arm_at(now)
    }

    fn flips(&self) -> &[SimTime] {
        &self.starts
    }

    fn unit_of(&self, request: &Request, _: ClusterId) -> Option<u32> {
        self.block_at(request.arrival).map(|block| block as u32)
    }

    fn unit_of_hardware(&self, _: ClusterId, now: SimTime) -> Option<(u32, ArmId)> {
        self.block_at(now).map(|block| (block as u32, self.arms[block]))
    }

    fn in_washout(&self, now: SimTime) -> bool {
        self.block_at(now).is_some_and(|block| now < self.starts[block] + self.washout)
    }

    fn structure(&self) -> Structure {
        Structure::Plain
    }

    fn propensity(&self) -> f64 {
        self.share
    }
}
