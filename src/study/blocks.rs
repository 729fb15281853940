//! The blocks of time of an experiment, as its assignment gives them out.

use super::Experiment;
use super::tables::BlockRow;
use crate::design::{CONTROL, Unit};
use crate::scenario::Scenario;
use crate::units::ClusterId;

/// The blocks of each cluster, or of the fleet where it switches as one; none where the design does not switch.
pub(super) fn blocks(scenario: &Scenario, experiment: &Experiment<'_>) -> Vec<BlockRow> {
    let is_fleet = experiment.assignment.unit() == Unit::Block;
    let candidate = &scenario.policies[experiment.candidate].name;
    let clusters = scenario.layout.clusters.iter().take(if is_fleet { 1 } else { usize::MAX });
    let mut rows = Vec::new();
    for (at, cluster) in clusters.enumerate() {
        for block in experiment.assignment.blocks(ClusterId(at as u16)) {
            rows.push(BlockRow {
                candidate: candidate.clone(),
                design: experiment.design.to_owned(),
                cluster: if is_fleet { String::new() } else { cluster.name.clone() },
                start_s: block.start.seconds(),
                end_s: block.end.seconds(),
                arm: if block.arm == CONTROL { &scenario.policies[0].name } else { candidate }.clone(),
                washout_s: block.washout.seconds(),
            });
        }
    }
    rows
}
