//! A log that was read: the frame, the outcomes and what was left out.

use super::arms::ArmNames;
use super::cells::Cells;
use super::census::{Census, Groups};
use super::header::Selection;
use super::key::{Identity, Key};
use super::reader::LeftOut;
use super::role::Role;
use crate::design::{Structure, Unit};
use crate::estimate::{EstimatorSpec, Frame, NamedColumn, Ordered, Recorded, Sample, Target};

/// What counts as a unit of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Each row.
    Row,
    /// The randomised unit as logged.
    Unit,
    /// The cluster.
    Cluster,
    /// The block of time.
    Block,
    /// The block of time of a cluster.
    Cell,
}

/// A column that is compared between the arms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Σ of these over Σ of `denominator` is its mean; zero where there is none.
    pub numerator: Vec<f64>,
    /// Zero where the row does not count.
    pub denominator: Vec<f64>,
    /// Which rows have it; empty where all do.
    pub recorded: Vec<bool>,
    /// Rows that do not have it.
    pub missing: usize,
}

/// A log in order of time.
#[derive(Clone, Debug, Default)]
pub struct Tidy {
    /// Who got what; its units are those of the grain that was set last.
    pub frame: Frame,
    /// Names of control and candidate.
    pub arms: [String; 2],
    /// The outcomes in the order of their selection.
    pub outcomes: Vec<Outcome>,
    /// Shadow outcomes in the order of their selection.
    pub shadows: Vec<Vec<f64>>,
    /// The column of the randomised unit.
    pub unit: Option<(String, Key)>,
    /// The column of the cluster.
    pub cluster: Option<(String, Key)>,
    /// The column of the block.
    pub block: Option<(String, Key)>,
    /// The column of the strata.
    pub strata: Option<(String, Key)>,
    /// The column of the pairs.
    pub pairs: Option<(String, Key)>,
    /// Whether the user named strata or pairs; those that were recognised are dropped where they cut units.
    structure_given: bool,
    grain: Option<Grain>,
    /// The units of every arm, of those that are left out too.
    pub census: Census,
    /// Whether a propensity was given that does not tell the probability among the two arms that are compared.
    pub propensity_is_unknown: bool,
    /// Rows under the header.
    pub rows_read: u64,
    /// Rows that are not analysed.
    pub left_out: LeftOut,
    /// Columns that were recognised, and not used because some of their cells are empty; with the number of these.
    pub incomplete: Vec<(String, u64)>,
    /// Names of the columns that are used.
    pub used: Vec<String>,
    /// Whether the rows came in order of time, or have none.
    pub was_sorted: bool,
}

/// A column in the order of the rows, where they have to be put in order.
pub(super) fn ordered<T: Copy>(values: Vec<T>, order: Option<&[u32]>) -> Vec<T> {
    match order {
        None => values,
        Some(order) => order.iter().map(|at| values[*at as usize]).collect(),
    }
}

/// A log while its columns come in.
pub(super) struct Assembled {
    tidy: Tidy,
    order: Option<Vec<u32>>,
    denominator: Option<Vec<f64>>,
    /// Probabilities arm by arm, in the order of the user's list.
    pub(super) chances: Vec<Option<Vec<f64>>>,
}

impl Assembled {
    pub(super) fn new(order: Option<Vec<u32>>) -> Self {
        Self { tidy: Tidy::default(), order, denominator: None, chances: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        selection: &Selection,
        cells: Cells,
        arms: &ArmNames,
    ) -> Result<(), (String, String)> {
        let (tidy, order) = (&mut self.tidy, self.order.as_deref());
        let frame = &mut tidy.frame;
        let name = || selection.name.clone();
        match (selection.role, cells) {
            (_, Cells::Arm(cells)) => (frame.treated, tidy.arms) = cells.finish(arms, order)?,
            (role, Cells::Key(cells)) => {
                let identity = if role == Role::Block { Identity::Value } else { Identity::Text };
                let is_named = matches!(role, Role::Strata | Role::Pairs);
                let key = Some((name(), cells.finish(identity, is_named, order)));
                tidy.structure_given |= selection.given && matches!(role, Role::Strata | Role::Pairs);
                match role {
                    Role::Cluster => tidy.cluster = key,
                    Role::Block => tidy.block = key,
                    Role::Strata => tidy.strata = key,
                    Role::Pairs => tidy.pairs = key,
                    _ => tidy.unit = key,
                }
            }
            (role, Cells::Coin(values)) => {
                let values = ordered(values, order);
                match role {
                    Role::Washout => frame.washout = values,
                    Role::UserCoin => frame.user_treated = values,
                    Role::PoolCoin => frame.pool_treated = values,
                    _ => {}
                }
            }
            (role, Cells::Number(values)) => {
                let values = ordered(values, order);
                match role {
                    Role::Time => frame.time_s = values,
                    Role::SinceSwitch => frame.since_switch_s = values,
                    Role::Propensity => frame.propensity = values,
                    Role::Saturation => frame.saturation = values,
                    Role::Part => frame.part = values.iter().map(|part| u8::from(*part >= 0.5)).collect(),
                    Role::ArmPropensity(at) => {
                        let at = usize::from(at);
                        self.chances.resize(self.chances.len().max(at + 1), None);
                        self.chances[at] = Some(values);
                    }
                    Role::Shadow => tidy.shadows.push(values),
                    Role::State => frame.state.push(NamedColumn { name: name(), values }),
                    Role::Covariate => frame.covariates.push(NamedColumn { name: name(), values }),
                    Role::Denominator => self.denominator = Some(values),
                    _ => {
                        let outcome = Outcome { name: name(), numerator: values, ..Outcome::default() };
                        tidy.outcomes.push(outcome);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self, rows: usize) -> Tidy {
        let mut tidy = self.tidy;
        for outcome in &mut tidy.outcomes {
            outcome.denominator = self.denominator.clone().unwrap_or_else(|| vec![1.0; rows]);
            let is_missing = |(value, count): (&f64, &f64)| value.is_nan() || count.is_nan();
            outcome.missing =
                outcome.numerator.iter().zip(&outcome.denominator).filter(|cells| is_missing(*cells)).count();
            if outcome.missing == 0 {
                continue;
            }
            outcome.recorded = vec![true; rows];
            let cells = outcome.numerator.iter_mut().zip(&mut outcome.denominator);
            for ((value, count), recorded) in cells.zip(&mut outcome.recorded) {
                if is_missing((value, count)) {
                    (*value, *count, *recorded) = (0.0, 0.0, false);
                }
            }
        }
        if !tidy.frame.time_s.is_empty() {
            for (_, key) in [&mut tidy.unit, &mut tidy.block].into_iter().flatten() {
                if !key.is_ordered {
                    *key = std::mem::take(key).by_first_time(&tidy.frame.time_s);
                }
            }
        }
        tidy.frame.in_order.blocks = tidy.block.as_ref().is_none_or(|(_, key)| key.is_ordered);
        tidy.frame.cluster = tidy.cluster.as_ref().map_or_else(Vec::new, |(_, key)| key.values.clone());
        tidy.frame.block = tidy.block.as_ref().map_or_else(Vec::new, |(_, key)| key.values.clone());
        tidy
    }
}

impl Tidy {
    /// The census of the rows that are kept, where they are all that there are.
    pub(super) fn own_census(&self) -> Census {
        fn of(column: &Option<(String, Key)>) -> Option<(&str, &Key)> {
            column.as_ref().map(|(name, key)| (name.as_str(), key))
        }
        let groups = Groups { unit: of(&self.unit), cluster: of(&self.cluster), block: of(&self.block) };
        let values: Vec<u8> = self.frame.treated.iter().map(|treated| u8::from(*treated)).collect();
        Census::of(&self.arms, &self.arms, &values, &groups)
    }

    /// Whether every unit comes after all rows of the one before it: units that follow one another in time are blocks.
    fn units_follow_one_another(&self) -> bool {
        let Some((_, key)) = &self.unit else { return false };
        if self.frame.time_s.is_empty() || key.distinct == key.values.len() || !key.is_ordered {
            return false;
        }
        let mut spans = vec![(f64::INFINITY, f64::NEG_INFINITY); key.distinct];
        for (unit, time) in key.values.iter().zip(&self.frame.time_s) {
            let (first, last) = &mut spans[*unit as usize];
            (*first, *last) = (first.min(*time), last.max(*time));
        }
        spans.windows(2).all(|pair| pair[0].1 <= pair[1].0)
    }

    /// Whether all clusters have the same arm in each block, as in a switchback of the whole fleet.
    fn blocks_are_of_the_fleet(&self) -> bool {
        self.cluster.is_none() || self.block.as_ref().is_some_and(|(_, key)| key.is_pure(&self.frame.treated))
    }

    /// What counts as a unit for an estimator: the logged unit, or a coarser column that the estimator is made for.
    ///
    /// # Errors
    /// The name of the column that is missing.
    pub fn grain_for(&self, spec: &EstimatorSpec) -> Result<Grain, &'static str> {
        let is_for = |unit: Unit| spec.units.contains(&unit);
        let finest = || if self.unit.is_some() { Grain::Unit } else { Grain::Row };
        if is_for(Unit::Request) || is_for(Unit::World) {
            return Ok(finest());
        }
        // Made for all kinds of coarse units: the logged one, or the coarsest that the columns tell.
        if is_for(Unit::User) && is_for(Unit::Cluster) {
            return match (&self.unit, &self.cluster, &self.block) {
                (Some(_), _, _) => Ok(Grain::Unit),
                (None, Some(_), Some(_)) => Ok(Grain::Cell),
                (None, Some(_), None) => Ok(Grain::Cluster),
                (None, None, Some(_)) => Ok(Grain::Block),
                (None, None, None) => Err("unit"),
            };
        }
        // The coarser of the logged unit and the column that the estimator is made for.
        let coarser =
            |column: &Option<(String, Key)>, grain: Grain, name: &'static str| match (&self.unit, column) {
                (Some((_, unit)), Some((_, key))) if unit.distinct <= key.distinct => Ok(Grain::Unit),
                (_, Some(_)) => Ok(grain),
                (Some(_), None) => Ok(Grain::Unit),
                (None, None) => Err(name),
            };
        let of_the_fleet = is_for(Unit::Block) && self.blocks_are_of_the_fleet();
        if is_for(Unit::ClusterBlock) && !of_the_fleet {
            return match (&self.cluster, &self.block) {
                (Some(_), Some(_)) => Ok(Grain::Cell),
                (None, _) => Err("cluster"),
                (_, None) => Err("block"),
            };
        }
        if is_for(Unit::Block) {
            return match &self.block {
                // Without blocks, units that follow one another in time are blocks.
                None if !self.units_follow_one_another() => Err("block"),
                _ => coarser(&self.block, Grain::Block, "block"),
            };
        }
        if is_for(Unit::Cluster) {
            return coarser(&self.cluster, Grain::Cluster, "cluster");
        }
        match (is_for(Unit::User), &self.unit, &self.cluster) {
            (_, Some(_), _) => Ok(Grain::Unit),
            (true, None, _) => Err("unit"),
            (false, None, Some(_)) => Ok(Grain::Cluster),
            (false, None, None) => Ok(Grain::Row),
        }
    }

    /// Let the frame's units be those of `grain`, with their strata or pairs.
    ///
    /// # Errors
    /// When a unit lies in two strata or pairs that the user named: the column's name.
    pub fn set_grain(&mut self, grain: Grain) -> Result<(), String> {
        if self.grain == Some(grain) {
            return Ok(());
        }
        let rows = self.frame.len();
        let of = |key: &Option<(String, Key)>| key.as_ref().map(|(_, key)| key.clone());
        let key = match grain {
            Grain::Row => None,
            Grain::Unit => of(&self.unit),
            Grain::Cluster => of(&self.cluster),
            Grain::Block => of(&self.block),
            Grain::Cell => match (&self.cluster, &self.block) {
                (Some((_, cluster)), Some((_, block))) => {
                    Some(Key { is_ordered: block.is_ordered, ..Key::of_both(cluster, block) })
                }
                _ => None,
            },
        };
        let key = key.unwrap_or_else(|| Key::of_rows(rows));
        let blocks = self.frame.in_order.blocks;
        self.frame.in_order = Ordered { units: key.is_ordered, blocks };
        (self.frame.unit, self.frame.units) = (key.values, key.distinct);
        self.grain = None;
        let structure = match (&self.pairs, &self.strata) {
            (Some((name, pairs)), _) => self.of_units(name, pairs).map(Structure::Pairs),
            (None, Some((name, strata))) => self.of_units(name, strata).map(Structure::Strata),
            (None, None) => Ok(Structure::Plain),
        };
        self.frame.structure = match structure {
            Err(_) if !self.structure_given => Structure::Plain,
            structure => structure?,
        };
        self.frame.stratum_names = match (&self.frame.structure, &self.pairs, &self.strata) {
            (Structure::Pairs(_), Some((_, key)), _) | (Structure::Strata(_), _, Some((_, key))) => {
                key.names.clone()
            }
            _ => Vec::new(),
        };
        self.grain = Some(grain);
        Ok(())
    }

    /// A column of the rows as one of the frame's units.
    fn of_units(&self, name: &str, key: &Key) -> Result<Vec<u32>, String> {
        let mut values = vec![u32::MAX; self.frame.units];
        for (unit, value) in self.frame.unit.iter().zip(&key.values) {
            let own = &mut values[*unit as usize];
            if *own != u32::MAX && *own != *value {
                return Err(name.to_owned());
            }
            *own = *value;
        }
        Ok(values)
    }

    /// The arm of each of the frame's units: control, candidate, both or none.
    #[must_use]
    pub fn unit_arms(&self) -> Vec<[bool; 2]> {
        let mut arms = vec![[false; 2]; self.frame.units];
        for (unit, treated) in self.frame.unit.iter().zip(&self.frame.treated) {
            arms[*unit as usize][usize::from(*treated)] = true;
        }
        arms
    }

    /// The rows of one outcome, over those of another where one is named: both exist in every row then.
    #[must_use]
    pub fn sample(&self, outcome: usize, denominator: Option<usize>, target: Target) -> Sample<'_> {
        let outcome = &self.outcomes[outcome];
        if let Some(over) = denominator {
            return Sample::new(&self.frame, target, &outcome.numerator, &self.outcomes[over].numerator);
        }
        let recorded =
            if outcome.missing == 0 { Recorded::Always } else { Recorded::Rows(&outcome.recorded) };
        Sample::new(&self.frame, target, &outcome.numerator, &outcome.denominator).recorded(recorded)
    }
}
