//! Mean of the differences within pairs of neighbouring blocks, one of each arm: a slow drift of the load, alike in both
//! blocks of a pair, drops out. Size-weighted, with pairs as units and t on pairs less one. It needs a design that paired
//! its blocks; after unpaired coins the pairs would have to be invented.

use crate::design::{Structure, Unit};
use crate::estimate::{Contrast, Estimator, EstimatorSpec, Point, Sample};
use crate::stats::NotEstimable;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "switchback_paired",
    about: "differences within the design's pairs of blocks, after the washout; pairs as units, t",
    units: &[Unit::Block],
    needs: &[],
    uses: &[],
    basic: &[],
    build: |_| Box::new(Paired),
};

struct Paired;

impl Paired {
    fn sample<'a>(&self, sample: &Sample<'a>) -> Result<Sample<'a>, NotEstimable> {
        match sample.frame.structure {
            Structure::Pairs(_) => Ok(sample.after_washout()),
            _ => Err(NotEstimable::missing_column("pairs")),
        }
    }
}

impl Estimator for Paired {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        self.sample(sample)?.by_unit()
    }

    fn point(&self, sample: &Sample<'_>) -> Result<Point, NotEstimable> {
        let arms = self.sample(sample)?.arms()?;
        Ok(Point { effect: arms.effect(), arms: Some(arms) })
    }
}
