//! Parts of the traffic that effects are also graded within: kinds of requests, tiers, regions, and the load that a request
//! met. All but the load are fixed before any assignment.
//!
//! The load is the number of requests outstanding at the home cluster just before the decision, in thirds of the world of
//! all-control. An estimate goes by the load that the experiment's gateway saw, the truth by that of the world of
//! all-control: a policy that moves the load moves requests from one third to another, which is an error that only a
//! simulator can see.

use super::frame::WorldLog;
use crate::scenario::{Scenario, SegmentBy};
use crate::workload::Request;

/// The segment of everybody.
pub const EVERYBODY: &str = "all";

/// One part of the traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// `by=value`.
    pub name: String,
    of: Of,
}

#[derive(Clone, Debug, PartialEq)]
enum Of {
    Class(u8),
    Tier(u8),
    Region(u8),
    /// From and to, the end not included.
    Load(u32, u32),
}

impl Segment {
    /// The segments that a study asks for, in a fixed order; `control` is the world of all-control, whose measured requests
    /// are those from `first` on.
    #[must_use]
    pub fn all(scenario: &Scenario, control: &WorldLog, first: usize) -> Vec<Self> {
        let mut segments = Vec::new();
        for by in &scenario.study.segments {
            let names: Vec<&str> = match by {
                SegmentBy::Class => {
                    scenario.workload.classes.iter().map(|class| class.name.as_str()).collect()
                }
                SegmentBy::Tier => {
                    scenario.workload.users.tiers.iter().map(|tier| tier.name.as_str()).collect()
                }
                SegmentBy::Region => scenario.layout.regions.iter().map(String::as_str).collect(),
                SegmentBy::Load => vec!["low", "middle", "high"],
            };
            let thirds = if *by == SegmentBy::Load { thirds(control, first) } else { [0; 2] };
            for (at, name) in (0_u8..).zip(names) {
                let of = match by {
                    SegmentBy::Class => Of::Class(at),
                    SegmentBy::Tier => Of::Tier(at),
                    SegmentBy::Region => Of::Region(at),
                    SegmentBy::Load => {
                        let ends = [0, thirds[0], thirds[1], u32::MAX];
                        Of::Load(ends[usize::from(at)], ends[usize::from(at) + 1])
                    }
                };
                segments.push(Self { name: format!("{}={name}", by.name()), of });
            }
        }
        segments
    }

    /// Whether each measured request of a world lies in the segment.
    #[must_use]
    pub fn rows(&self, requests: &[Request], world: &WorldLog, first: usize) -> Vec<bool> {
        let measured = &requests[first..];
        let of = |is: &dyn Fn(&Request) -> bool| measured.iter().map(is).collect();
        match self.of {
            Of::Class(class) => of(&|request| request.class.0 == class),
            Of::Tier(tier) => of(&|request| request.tier.0 == tier),
            Of::Region(region) => of(&|request| request.region.0 == region),
            Of::Load(from, to) => {
                let states = world.log.states.iter().flatten().skip(first);
                states.map(|state| (from..to).contains(&state.outstanding_home)).collect()
            }
        }
    }
}

/// The loads that cut the measured requests of a world into thirds.
fn thirds(world: &WorldLog, first: usize) -> [u32; 2] {
    let states = world.log.states.iter().flatten().skip(first);
    let mut loads: Vec<u32> = states.map(|state| state.outstanding_home).collect();
    loads.sort_unstable();
    [1, 2].map(|third| loads.get(loads.len() * third / 3).copied().unwrap_or(0))
}
