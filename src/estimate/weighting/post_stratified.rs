//! Post-stratification: τ = Σ_s (n_s/n)(Ȳ_1s − Ȳ_0s) over strata of the rows (Miratrix, Sekhon and Yu, JRSS B 2013).
//!
//! Strata are the levels of the state or covariate column `by` (at most `bins` groups of equal frequency), and the design's
//! own strata where none is named. Within strata of what decided the arm this removes confounding without a propensity.
//! V = Σ_s (n_s/n)²(s²_1s/n_1s + s²_0s/n_0s), strata being taken as they are; units of several rows count by their sums. With
//! c = (n_s/n)²/n_s,arm for each cell, what it would add if all units varied alike, the degrees of freedom are
//! (Σc)²/Σ(c²/(n_s,arm − 1)): n − 2·strata where strata are equal and halved. A cell of one unit has no variance and is refused
//! by name, unless every stratum is a pair, one unit of each arm: then the pairs' differences are the data, paired t.

use crate::design::{Structure, Unit};
use crate::estimate::bins::levels;
use crate::estimate::{Column, Contrast, Estimand, Estimator, EstimatorSpec, Sample};
use crate::stats::{
    ColumnName, Difference, NotEstimable, PartsByUnit, WeightedMean, difference_from, welch_df,
};
use std::collections::BTreeMap;

pub(in crate::estimate) const SPEC: EstimatorSpec = EstimatorSpec {
    name: "post_stratified",
    about: "differences within strata of the column `by` (default: the design's), weighted by size; pairs by paired t",
    units: &[Unit::Request, Unit::User, Unit::Cluster],
    needs: &[],
    uses: &[Column::State, Column::Covariates],
    basic: &[],
    build: |section| {
        let by = section.text("by", Some(""));
        Box::new(PostStratified { by, bins: section.integer("bins", Some(10), 1..=1000) as usize })
    },
};

struct PostStratified {
    by: String,
    bins: usize,
}

impl PostStratified {
    fn strata(&self, sample: &Sample<'_>, rows: &[usize]) -> Result<Vec<usize>, NotEstimable> {
        let frame = sample.frame;
        if self.by.is_empty() {
            let (Structure::Strata(strata) | Structure::Pairs(strata)) = &frame.structure else {
                return Err(NotEstimable::missing_column("strata"));
            };
            return Ok(rows.iter().map(|&row| strata[frame.unit[row] as usize] as usize).collect());
        }
        let column = frame.state.iter().chain(&frame.covariates).find(|column| column.name == self.by);
        let values = &column.ok_or(NotEstimable::missing_column("by"))?.values;
        if rows.iter().any(|&row| values[row].is_nan()) {
            return Err(NotEstimable::missing_column(&self.by));
        }
        Ok(levels(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>(), self.bins))
    }

    /// What a message calls a stratum.
    fn name(&self, sample: &Sample<'_>, stratum: usize, rows: &[usize]) -> String {
        if self.by.is_empty() {
            return sample.stratum_name(stratum as u32);
        }
        let columns = sample.frame.state.iter().chain(&sample.frame.covariates);
        let values = columns
            .filter(|column| column.name == self.by)
            .flat_map(|column| rows.iter().map(|row| column.values[*row]));
        let least = values.fold(f64::INFINITY, f64::min);
        format!("{} from {least}", self.by)
    }
}

/// The rows of a stratum, of the control and of the candidate: positions among the rows that are looked at.
type Stratum = [Vec<usize>; 2];

impl Estimator for PostStratified {
    fn estimate(&self, sample: &Sample<'_>) -> Result<Contrast, NotEstimable> {
        let rows: Vec<usize> = sample.rows().collect();
        let (stratum, value) = (self.strata(sample, &rows)?, sample.values()?);
        let mut strata: BTreeMap<usize, Stratum> = BTreeMap::new();
        for (at, (&row, &stratum)) in rows.iter().zip(&stratum).enumerate() {
            strata.entry(stratum).or_default()[usize::from(sample.frame.treated[row])].push(at);
        }
        if [0, 1].iter().any(|arm| strata.values().all(|stratum| stratum[*arm].is_empty())) {
            return Err(NotEstimable::EmptyArm);
        }
        let of_stratum = |number: usize, own: &Stratum| {
            let rows: Vec<usize> = own.iter().flatten().map(|at| rows[*at]).collect();
            self.name(sample, number, &rows)
        };
        if let Some((number, own)) = strata.iter().find(|(_, own)| own.iter().any(Vec::is_empty)) {
            return Err(NotEstimable::EmptyStratum(ColumnName::new(&of_stratum(*number, own))));
        }
        if strata.values().all(|own| own.iter().all(|cell| cell.len() == 1)) {
            return paired(strata.values(), &value);
        }
        let unit = |at: usize| sample.frame.unit[rows[at]];
        let (n, mut effect) = (rows.len() as f64, 0.0);
        let mut parts = PartsByUnit::new(sample.frame.units);
        let mut cells = Vec::with_capacity(2 * strata.len());
        for (&number, own) in &strata {
            let share = (own[0].len() + own[1].len()) as f64 / n;
            for treated in [false, true] {
                let cell = own[usize::from(treated)].iter().map(|&at| (unit(at), 1.0, value[at]));
                let arm = if treated { "treated" } else { "control" };
                let mean = WeightedMean::of(cell, || format!("{arm}, {}", of_stratum(number, own)))?;
                effect += if treated { share * mean.mean } else { -share * mean.mean };
                mean.parts.iter().for_each(|(unit, part)| parts.add_to_arm(*unit, treated, share * part));
                // A cell whose units do not differ adds no degree of freedom.
                if mean.variance > 0.0 {
                    cells.push((share * share * mean.concentration, mean.df));
                }
            }
        }
        let units = parts.units();
        let df = welch_df(&cells).min(units as f64 - 1.0);
        let difference = difference_from(effect, parts.variance().sqrt(), df, units, "post-stratified")?;
        Ok(Contrast { arms: None, difference })
    }

    fn estimand(&self) -> Estimand {
        Estimand::Direct { share: None }
    }
}

/// The mean of the differences of pairs, one row of each arm in each.
fn paired<'a>(pairs: impl Iterator<Item = &'a Stratum>, value: &[f64]) -> Result<Contrast, NotEstimable> {
    let differences = pairs
        .enumerate()
        .map(|(pair, [control, treated])| (pair as u32, 1.0, value[treated[0]] - value[control[0]]));
    let found = WeightedMean::of(differences, || "the sample of pairs".to_owned())?;
    let difference = found.difference("paired")?;
    Ok(Contrast { arms: None, difference: Difference { n_units: 2 * difference.n_units, ..difference } })
}
