//! The contrasts of a multiple randomisation design (Bajari, Burdick, Imbens, Masoero, McQueen, Richardson and Rosen 2023) with
//! users as rows and pools as columns; cells by user arm, then pool arm: `total` tt − cc, `row` spillover tc − cc (a treated
//! user on an untreated pool), `column` spillover ct − cc, `direct` tt − tc − ct + cc.

use super::cells::{CellWeights, cell_contrast};
use crate::design::Unit;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::NotEstimable;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "multiple_randomization",
    about: "cells of user and pool coins: `effect` total, row, column or direct; robust to users and pools",
    units: &[Unit::UserByCluster],
    needs: &[Column::Factors],
    uses: &[],
    basic: &[Unit::UserByCluster],
    build: |section| {
        let effect = section.choice("effect", Some("total"), EFFECTS);
        Box::new(MultipleRandomization { effect: effect.unwrap_or(Effect::Total) })
    },
};

const EFFECTS: &[(&str, Effect)] =
    &[("total", Effect::Total), ("row", Effect::Row), ("column", Effect::Column), ("direct", Effect::Direct)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Total,
    Row,
    Column,
    Direct,
}

struct MultipleRandomization {
    effect: Effect,
}

impl Estimator for MultipleRandomization {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let [both, user, pool, neither] = match self.effect {
            Effect::Total => [1.0, 0.0, 0.0, -1.0],
            Effect::Row => [0.0, 1.0, 0.0, -1.0],
            Effect::Column => [0.0, 0.0, 1.0, -1.0],
            Effect::Direct => [1.0, -1.0, -1.0, 1.0],
        };
        cell_contrast(sample, CellWeights { both, user, pool, neither })
    }

    fn estimand(&self) -> Estimand {
        match self.effect {
            Effect::Total => Estimand::Gte,
            Effect::Row | Effect::Column => Estimand::Spillover { share: None, from: 0.0 },
            Effect::Direct => Estimand::Direct { share: None },
        }
    }
}
