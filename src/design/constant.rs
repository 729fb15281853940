//! One arm for all: the truth worlds `all:NAME`.

use super::{ArmId, Assignment, Unit};
use crate::units::{ClusterId, SimTime};
use crate::workload::Request;

/// Everyone gets the same arm.
#[derive(Clone, Copy, Debug)]
pub struct Constant(pub ArmId);

impl Assignment for Constant {
    fn fresh(&self) -> Box<dyn Assignment> {
        Box::new(*self)
    }

    fn unit(&self) -> Unit {
        Unit::World
    }

    fn arm(&mut self, _: &Request, _: ClusterId) -> ArmId {
        self.0
    }

    fn cluster_arm(&self, _: ClusterId, _: SimTime) -> ArmId {
        self.0
    }

    fn unit_of(&self, _: &Request, _: ClusterId) -> Option<u32> {
        Some(0)
    }

    fn unit_of_hardware(&self, _: ClusterId, _: SimTime) -> Option<(u32, ArmId)> {
        Some((0, self.0))
    }

    fn propensity(&self, _: &Request, _: ClusterId) -> f64 {
        if self.0 == super::CONTROL { 0.0 } else { 1.0 }
    }
}
