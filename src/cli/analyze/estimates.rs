//! One row for each method and metric.

use super::Options;
use super::columns::{Family, Plan};
use super::methods::Method;
use crate::cli::Failure;
use crate::design::Unit;
use crate::estimate::{Arms, Column, Estimand};
use crate::settings::{Place, Problem, Problems};
use crate::stats::{Difference, Multiplicity, NotEstimable, adjust_p_values};
use crate::tidy::{Grain, Tidy, flag_of};

/// What one method says of one metric.
pub(super) struct Found {
    pub metric: String,
    pub family: Family,
    pub estimator: &'static str,
    /// What counted as a unit: `row`, or the column.
    pub unit: String,
    pub estimand: Estimand,
    pub result: Result<Difference, NotEstimable>,
    pub arms: Option<Arms>,
    pub p_adjusted: Option<f64>,
    pub n_treat: usize,
    pub n_control: usize,
    pub n_clusters: Option<usize>,
    /// Codes of the warnings that concern it.
    pub codes: Vec<&'static str>,
    /// What to write on the command line, where a column is missing.
    pub hint: Option<String>,
}

/// Fewer degrees of freedom than this deserve a warning.
pub(super) const FEW_DF: f64 = 4.0;

/// Whether every unit must have one arm.
pub(super) fn needs_pure_units(method: &Method) -> bool {
    let separates =
        |unit: &Unit| matches!(unit, Unit::User | Unit::Cluster | Unit::Block | Unit::ClusterBlock);
    method.spec().units.iter().all(separates)
}

/// Whether it takes rows for units that are independent of one another.
pub(super) fn takes_rows_for_units(method: &Method) -> bool {
    method.spec().units == [Unit::Request]
}

/// The name of what counts as a unit.
pub(super) fn unit_name(tidy: &Tidy, grain: Grain) -> String {
    let of = |column: &Option<(String, crate::tidy::Key)>| {
        column.as_ref().map_or("row", |(name, _)| name).to_owned()
    };
    match grain {
        Grain::Row => "row".to_owned(),
        Grain::Unit => of(&tidy.unit),
        Grain::Cluster => of(&tidy.cluster),
        Grain::Block => of(&tidy.block),
        Grain::Cell => format!("{} and {}", of(&tidy.cluster), of(&tidy.block)),
    }
}

/// The flag that names a column that is missing.
fn hint_for(column: &str) -> Option<String> {
    let known = Column::ALL.into_iter().find(|known| known.name() == column).map(flag_of);
    let flag = known.or(match column {
        "unit" => Some("--unit"),
        "pairs" => Some("--pairs"),
        "strata" => Some("--strata"),
        _ => None,
    });
    // Any other name is that of a column of the state, which a method takes by default.
    Some(flag.map_or_else(
        || "name it by --state, or another one by --option column=NAME".to_owned(),
        |flag| format!("name it by {flag}"),
    ))
}

/// The estimates of all methods for all metrics, in their order; with `--all`, those that the file has the columns for.
pub(super) fn estimate(
    tidy: &mut Tidy,
    methods: &[Method],
    plan: &Plan,
    options: &Options,
) -> Result<Vec<Found>, Failure> {
    let mut all = Vec::new();
    for method in methods {
        let mut own = Vec::new();
        let grain = tidy.grain_for(method.spec());
        tidy.set_grain(grain.unwrap_or(Grain::Row)).map_err(two_strata)?;
        let shape = Shape::of(tidy, method, grain);
        for metric in &plan.metrics {
            if let Some(shadow) = tidy.shadows.get(metric.outcome.min(tidy.shadows.len().saturating_sub(1))) {
                tidy.frame.shadow = shadow.clone();
            }
            let sample = tidy.sample(metric.outcome, metric.target);
            let contrast = match &shape.refusal {
                Some(reason) => Err(*reason),
                None => method.estimator.estimate(&sample),
            };
            own.push(shape.found(tidy, method, (&metric.name, metric.family), contrast));
        }
        let answers = |found: &Found| !matches!(found.result, Err(NotEstimable::MissingColumn(_)));
        // A method for users adds nothing where every row is its own unit.
        let only_rows = !takes_rows_for_units(method) && own.iter().all(|found| found.unit == "row");
        if method.by_name || (shape.refusal.is_none() && !only_rows && own.iter().any(answers)) {
            adjust(&mut own);
            all.extend(own);
        }
    }
    if all.is_empty() {
        let outcomes = options.outcomes.join(", ");
        return Err(Failure::Usage(format!("no method has the columns that it needs for {outcomes}")));
    }
    Ok(all)
}

/// A unit that lies in two strata.
fn two_strata(column: String) -> Failure {
    let place = Place::Argument(format!("--strata or --pairs {column}"));
    let found = "a unit that lies in two of them".to_owned();
    let allowed = "one stratum or pair for each unit".to_owned();
    Failure::Invalid(Problems(vec![Problem { place, path: column, found, allowed }]))
}

/// What is the same for all metrics of a method.
struct Shape {
    grain: Grain,
    refusal: Option<NotEstimable>,
    /// Units that have rows, by arm: control, candidate.
    units: [usize; 2],
    rows: [usize; 2],
}

impl Shape {
    fn of(tidy: &Tidy, method: &Method, grain: Result<Grain, &'static str>) -> Self {
        let treated = tidy.frame.treated.iter().filter(|treated| **treated).count();
        let rows = [tidy.frame.len() - treated, treated];
        let arms = tidy.unit_arms();
        let count = |arm: usize| arms.iter().filter(|seen| seen[arm]).count();
        let mixed = arms.iter().any(|seen| seen[0] && seen[1]);
        let refusal = match grain {
            Err(column) => Some(NotEstimable::missing_column(column)),
            Ok(_) if mixed && needs_pure_units(method) => Some(NotEstimable::MixedArms),
            Ok(_) => None,
        };
        Self { grain: grain.unwrap_or(Grain::Row), refusal, units: [count(0), count(1)], rows }
    }

    fn found(
        &self,
        tidy: &Tidy,
        method: &Method,
        (metric, family): (&str, Family),
        contrast: Result<crate::estimate::Contrast, NotEstimable>,
    ) -> Found {
        let rows = tidy.frame.len();
        let of_rows = takes_rows_for_units(method)
            || self.grain == Grain::Row
            || (self.grain == Grain::Unit && self.units[0] + self.units[1] == rows);
        let counts = if of_rows { self.rows } else { self.units };
        let result = contrast.map(|contrast| contrast.difference);
        let few = result.is_ok_and(|difference| difference.df < FEW_DF);
        let coarse = takes_rows_for_units(method) && units_are_coarser(tidy);
        let hint = match result {
            Err(NotEstimable::MissingColumn(column)) => hint_for(column.as_str()),
            Err(NotEstimable::MixedArms) => Some(
                "the arm of a unit was not what was randomised; name the randomised unit by --unit"
                    .to_owned(),
            ),
            _ => None,
        };
        let propensity = tidy.frame.propensity.first().copied();
        let constant = propensity.filter(|first| tidy.frame.propensity.iter().all(|other| other == first));
        let estimand = method.estimator.estimator.estimand();
        Found {
            metric: metric.to_owned(),
            family,
            estimator: method.spec().name,
            unit: if of_rows { "row".to_owned() } else { unit_name(tidy, self.grain) },
            estimand: constant.map_or(estimand, |share| estimand.at(share)),
            result,
            arms: contrast.ok().and_then(|contrast| contrast.arms),
            p_adjusted: None,
            n_treat: counts[1],
            n_control: counts[0],
            n_clusters: (!of_rows).then(|| self.units[0] + self.units[1]),
            codes: [coarse.then_some("W-UNIT"), few.then_some("W-FEW")].into_iter().flatten().collect(),
            hint,
        }
    }
}

/// Whether the logged unit holds several rows.
pub(super) fn units_are_coarser(tidy: &Tidy) -> bool {
    tidy.unit.as_ref().is_some_and(|(_, key)| key.distinct < tidy.frame.len())
}

/// Adjust a method's p-values: Holm over primary metrics, Benjamini and Hochberg over secondary ones.
fn adjust(found: &mut [Found]) {
    for (family, how) in
        [(Family::Primary, Multiplicity::Holm), (Family::Secondary, Multiplicity::BenjaminiHochberg)]
    {
        let p_values: Vec<Option<f64>> = found
            .iter()
            .map(|found| found.result.ok().map(|d| d.p_value).filter(|_| found.family == family))
            .collect();
        for (found, adjusted) in found.iter_mut().zip(adjust_p_values(&p_values, how)) {
            found.p_adjusted = adjusted.or(found.p_adjusted);
        }
    }
}
