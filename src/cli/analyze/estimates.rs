//! One row for each method and metric.

use super::Options;
use super::columns::{Family, Metric, Plan};
use super::methods::Method;
use crate::cli::Failure;
use crate::design::Unit;
use crate::estimate::{
    Arms, Column, Conditioned, Contrast, Estimand, FEW_UNITS_OF_AN_ARM, NamedColumn, Sample,
};
use crate::report::numbers::short;
use crate::settings::{Place, Problem, Problems};
use crate::stats::{
    CONFIDENCE_LEVEL, ColumnName, Difference, Multiplicity, NotEstimable, adjust_p_values,
    student_t_quantile, student_t_two_sided_p,
};
use crate::tidy::{Grain, Key, Role, Tidy, flag_of};

/// What one method says of one metric.
pub(super) struct Found {
    pub metric: String,
    pub family: Family,
    pub estimator: &'static str,
    /// What counted as a unit: `row`, or the column.
    pub unit: String,
    pub estimand: Estimand,
    pub result: Result<Difference, NotEstimable>,
    /// Of `--all`: why the method did not run.
    pub not_run: Option<String>,
    pub arms: Option<Arms>,
    pub p_adjusted: Option<f64>,
    /// How many p-values were adjusted for one another.
    pub adjusted_for: usize,
    /// The interval at the level at which it excludes zero exactly where the adjusted p-value is below 0.05.
    pub adjusted: Option<[f64; 2]>,
    /// Units with an outcome, by arm and in all.
    pub n_treat: usize,
    pub n_control: usize,
    pub n_clusters: Option<usize>,
    /// Codes of the warnings that concern it.
    pub codes: Vec<&'static str>,
    /// What to write on the command line, where the reason is one of the call.
    pub hint: Option<String>,
}

impl Found {
    /// The effect, where the method ran and has an answer.
    pub(super) fn difference(&self) -> Option<&Difference> {
        self.result.as_ref().ok().filter(|_| self.not_run.is_none())
    }

    /// Why there is no answer: the reason with its hint; of an answer without an interval, why it has none.
    pub(super) fn reason(&self) -> Option<String> {
        match (&self.not_run, &self.result) {
            (Some(why), _) => Some(format!("not run: {why}")),
            (None, Err(error)) => {
                Some(self.hint.as_ref().map_or_else(|| error.to_string(), |hint| format!("{error}: {hint}")))
            }
            (None, Ok(found)) => (!is_bounded(found)).then(|| no_interval(found)),
        }
    }
}

/// Why an interval has no end.
fn no_interval(found: &Difference) -> String {
    let level = 100.0 * found.highest_level;
    if level > 0.0 {
        return format!(
            "no 95 % interval exists: with so few assignments the highest level that has one is {} %",
            short(level)
        );
    }
    "there is no interval: the test says whether there is an effect, and not how large it is".to_owned()
}

/// Whether the interval has both ends.
pub(super) const fn is_bounded(found: &Difference) -> bool {
    found.conf_low.is_finite() && found.conf_high.is_finite()
}

/// Fewer degrees of freedom than this deserve a warning.
const FEW_DF: f64 = 4.0;

/// Whether every unit must have one arm.
fn needs_pure_units(method: &Method) -> bool {
    let separates =
        |unit: &Unit| matches!(unit, Unit::User | Unit::Cluster | Unit::Block | Unit::ClusterBlock);
    method.spec().units.iter().all(separates)
}

/// Whether it takes rows for units that are independent of one another.
fn takes_rows_for_units(method: &Method) -> bool {
    method.spec().units == [Unit::Request]
}

/// The name of what counts as a unit.
fn unit_name(tidy: &Tidy, grain: Grain) -> String {
    let of = |column: &Option<(String, Key)>| column.as_ref().map_or("row", |(name, _)| name).to_owned();
    match grain {
        Grain::Row => "row".to_owned(),
        Grain::Unit => of(&tidy.unit),
        Grain::Cluster => of(&tidy.cluster),
        Grain::Block => of(&tidy.block),
        Grain::Cell => format!("{} and {}", of(&tidy.cluster), of(&tidy.block)),
    }
}

/// A column that groups rows.
pub(super) struct Grouping {
    pub role: Role,
    pub name: String,
    pub groups: usize,
    /// Whether the user named it.
    is_given: bool,
    /// Whether each group has one arm.
    is_pure: bool,
}

/// The columns that put several rows into a group.
pub(super) fn groupings(tidy: &Tidy, plan: &Plan) -> Vec<Grouping> {
    let columns = [
        (Role::Unit, &tidy.unit),
        (Role::Cluster, &tidy.cluster),
        (Role::Block, &tidy.block),
        (Role::Strata, &tidy.strata),
        (Role::Pairs, &tidy.pairs),
    ];
    let grouping = |(role, column): (Role, &Option<(String, Key)>)| {
        let (name, key) = column.as_ref()?;
        (key.distinct < tidy.frame.len()).then(|| Grouping {
            role,
            name: name.clone(),
            groups: key.distinct,
            is_given: plan.is_given(role),
            is_pure: key.is_pure(&tidy.frame.treated),
        })
    };
    columns.into_iter().filter_map(grouping).collect()
}

impl Grouping {
    /// Whether a method takes the rows of a group for independent of one another, although they may not be: the column was
    /// named, and the method makes no use of it; or each group has one arm, which looks as if groups were randomised.
    pub(super) fn is_ignored_by(&self, method: &Method, grain: Grain) -> bool {
        let column = match self.role {
            Role::Cluster => Some(Column::Cluster),
            Role::Block => Some(Column::Block),
            _ => None,
        };
        let is_used = column.is_some_and(|column| method.needs(column) || method.uses(column));
        let is_named = self.role == Role::Unit || (self.is_given && !is_used);
        let by_row = match self.role {
            // Methods that sum rows within units make use of these.
            Role::Strata | Role::Pairs => takes_rows_for_units(method),
            _ => takes_rows_for_units(method) || grain == Grain::Row,
        };
        by_row && (is_named || self.is_pure)
    }
}

/// What to write on the command line, where the reason is one of the call.
fn hint_for(reason: &NotEstimable, tidy: &Tidy) -> Option<String> {
    let [control, candidate] = &tidy.arms;
    let hint = match reason {
        NotEstimable::MissingColumn(column) => {
            let column = column.as_str();
            let known = Column::ALL.into_iter().find(|known| known.name() == column).map(flag_of);
            let flag = known.or(match column {
                "unit" => Some("--unit"),
                "pairs" => Some("--pairs"),
                "strata" => Some("--strata"),
                _ => None,
            });
            // Any other name is that of a column of the state, which a method takes by default.
            flag.map_or_else(
                || "name it by --state, or another one by --option column=NAME".to_owned(),
                |flag| format!("name it by {flag}"),
            )
        }
        NotEstimable::MixedArms => {
            "name what was randomised by --unit, --block or --cluster".to_owned()
        }
        NotEstimable::NoOrder(_) => {
            "name a column of times by --time, or label them by numbers or times".to_owned()
        }
        NotEstimable::UnknownPropensity => {
            format!("name both by --propensity {control}=COLUMN,{candidate}=COLUMN, or by numbers")
        }
        NotEstimable::NotByRequest(_) => {
            "take a method of what was randomised, such as user_clustered, cluster_regression or switchback_blocks"
                .to_owned()
        }
        NotEstimable::LoneUnit(_) if tidy.strata.is_some() => "merge strata, or name pairs by --pairs".to_owned(),
        NotEstimable::LoneUnit(_) => {
            "cluster_regression with --option inference=permutation has an exact p-value".to_owned()
        }
        NotEstimable::EmptyStratum(_) => "leave it out by --where, or merge it with another".to_owned(),
        NotEstimable::NoCovariate(_) => "name columns that were fixed before the assignment".to_owned(),
        _ => return None,
    };
    Some(hint)
}

/// Whether the reason is that the log or the call lacks what the method is made for.
const fn is_out_of_place(reason: &NotEstimable) -> bool {
    matches!(
        reason,
        NotEstimable::MissingColumn(_)
            | NotEstimable::MixedArms
            | NotEstimable::NoOrder(_)
            | NotEstimable::NotByRequest(_)
            | NotEstimable::UnknownPropensity
    )
}

/// The estimates of all methods for all metrics, in their order; with `--all`, the methods that could not run come last.
pub(super) fn estimate(
    tidy: &mut Tidy,
    methods: &[Method],
    plan: &Plan,
    options: &Options,
) -> Result<Vec<Found>, Failure> {
    let (mut ran, mut idle) = (Vec::new(), Vec::new());
    let groupings = groupings(tidy, plan);
    for method in methods {
        let grain = tidy.grain_for(method.spec());
        tidy.set_grain(grain.unwrap_or(Grain::Row)).map_err(two_strata)?;
        let refusal = refusal(tidy, method, grain);
        let grain = grain.unwrap_or(Grain::Row);
        let ignores_groups = groupings.iter().any(|grouping| grouping.is_ignored_by(method, grain));
        let shape = Shape { grain, refusal, ignores_groups };
        let mut own = Vec::new();
        for metric in &plan.metrics {
            // A copy belongs to its outcome, by name.
            let copy = plan.shadows.iter().position(|outcome| *outcome == metric.outcome);
            tidy.frame.shadow = copy.and_then(|at| tidy.shadows.get(at)).cloned().unwrap_or_default();
            let contrast = match shape.refusal.or_else(|| no_covariate(&sample_of(tidy, metric), method)) {
                Some(reason) => Err(reason),
                None if sample_of(tidy, metric).rows().next().is_none() => Err(NotEstimable::Unobserved),
                None => contrast(tidy, method, metric),
            };
            own.push(shape.found(tidy, &sample_of(tidy, metric), method, metric, contrast));
        }
        if !method.by_name
            && let Some(why) = why_not(&own, method)
        {
            for found in &mut own {
                (found.not_run, found.codes) = (Some(why.clone()), Vec::new());
            }
            idle.extend(own);
        } else {
            adjust(&mut own);
            ran.extend(own);
        }
    }
    if ran.is_empty() {
        let outcomes = options.outcomes.join(", ");
        return Err(Failure::Usage(format!("no method has the columns that it needs for {outcomes}")));
    }
    ran.extend(idle);
    Ok(ran)
}

fn sample_of<'a>(tidy: &'a Tidy, metric: &Metric) -> Sample<'a> {
    tidy.sample(metric.outcome, metric.denominator, metric.target)
}

/// What the method says of the metric; outcomes of unusual size or offset are put in order before, and the answer back after.
fn contrast(tidy: &mut Tidy, method: &Method, metric: &Metric) -> Result<Contrast, NotEstimable> {
    let sample = sample_of(tidy, metric);
    let Some(ready) = Conditioned::of(&sample, &*method.estimator.estimator) else {
        return method.estimator.estimate(&sample);
    };
    let shadow = ready.alike(&tidy.frame.shadow);
    let shadow = std::mem::replace(&mut tidy.frame.shadow, shadow);
    let sample = sample_of(tidy, metric).with_numerator(&ready.numerator);
    let found = method.estimator.estimate(&sample).and_then(|found| ready.restore(found));
    tidy.frame.shadow = shadow;
    found
}

/// Why a method of `--all` has nothing to say.
fn why_not(own: &[Found], method: &Method) -> Option<String> {
    // A method for users adds nothing where every row is its own unit.
    if !takes_rows_for_units(method)
        && needs_pure_units(method)
        && own.iter().all(|found| found.unit == "row" && found.result.is_ok())
    {
        return Some("every row is a unit of its own, for which difference_in_means is made".to_owned());
    }
    if method.spec().name == "capacity_split" {
        return Some(
            "it is made for a fleet that was cut in two, which no log shows; name it by --method".to_owned(),
        );
    }
    if own.iter().all(|found| found.result.as_ref().is_err_and(is_out_of_place)) {
        return own.first().and_then(Found::reason);
    }
    None
}

/// A unit that lies in two strata.
fn two_strata(column: String) -> Failure {
    let place = Place::Argument(format!("--strata or --pairs {column}"));
    let found = "a unit that lies in two of them".to_owned();
    let allowed = "one stratum or pair for each unit".to_owned();
    Failure::Invalid(Problems(vec![Problem { place, path: column, found, allowed }]))
}

/// Why a method cannot run on this log, whatever the metric.
fn refusal(tidy: &Tidy, method: &Method, grain: Result<Grain, &'static str>) -> Option<NotEstimable> {
    if let Err(column) = grain {
        return Some(NotEstimable::missing_column(column));
    }
    if tidy.propensity_is_unknown && (method.needs(Column::Propensity) || method.uses(Column::Propensity)) {
        return Some(NotEstimable::UnknownPropensity);
    }
    let is_mixed = || tidy.unit_arms().iter().any(|seen| seen[0] && seen[1]);
    (needs_pure_units(method) && is_mixed()).then_some(NotEstimable::MixedArms)
}

/// The first column that a method adjusts for and that is the arm, or the outcome, by another name.
fn no_covariate(sample: &Sample<'_>, method: &Method) -> Option<NotEstimable> {
    let frame = sample.frame;
    let looks_at = |column: Column| method.needs(column) || method.uses(column);
    let covariates: &[NamedColumn] = if looks_at(Column::Covariates) { &frame.covariates } else { &[] };
    let states: &[NamedColumn] = if looks_at(Column::State) { &frame.state } else { &[] };
    let is_the_arm = |column: &NamedColumn| {
        let mut values = [None; 2];
        // Of two rows any column is a copy of the arm.
        let mut counts = [0, 0];
        sample.rows().for_each(|row| counts[usize::from(frame.treated[row])] += 1);
        if counts[0].min(counts[1]) < 2 {
            return false;
        }
        let is_constant = sample.rows().all(|row| {
            let value = column.values[row];
            *values[usize::from(frame.treated[row])].get_or_insert(value) == value
        });
        is_constant && values[0].is_some() && values[1].is_some() && values[0] != values[1]
    };
    let is_the_outcome = |column: &NamedColumn| {
        let mut rows = sample.rows().peekable();
        rows.peek().is_some() && rows.all(|row| column.values[row] == sample.numerator[row])
    };
    let found = covariates.iter().chain(states).find(|column| is_the_arm(column) || is_the_outcome(column));
    found.map(|column| NotEstimable::NoCovariate(ColumnName::new(&column.name)))
}

/// What is the same for all metrics of a method.
struct Shape {
    grain: Grain,
    refusal: Option<NotEstimable>,
    ignores_groups: bool,
}

/// Rows and units with an outcome, by arm (control, candidate), and units in all.
struct Counts {
    rows: [usize; 2],
    units: [usize; 2],
    distinct: usize,
}

impl Counts {
    fn of(sample: &Sample<'_>) -> Self {
        let frame = sample.frame;
        let mut seen = vec![[false; 2]; frame.units];
        let mut rows = [0; 2];
        for row in sample.rows() {
            let arm = usize::from(frame.treated[row]);
            rows[arm] += 1;
            seen[frame.unit[row] as usize][arm] = true;
        }
        let count = |arm: usize| seen.iter().filter(|seen| seen[arm]).count();
        let distinct = seen.iter().filter(|seen| seen[0] || seen[1]).count();
        Self { rows, units: [count(0), count(1)], distinct }
    }
}

impl Shape {
    fn found(
        &self,
        tidy: &Tidy,
        sample: &Sample<'_>,
        method: &Method,
        metric: &Metric,
        contrast: Result<Contrast, NotEstimable>,
    ) -> Found {
        let seen = Counts::of(sample);
        let of_rows = takes_rows_for_units(method)
            || self.grain == Grain::Row
            || (self.grain == Grain::Unit && seen.distinct == seen.rows[0] + seen.rows[1]);
        let counts = if of_rows { seen.rows } else { seen.units };
        let (result, arms) = match contrast {
            Ok(contrast) => (Ok(contrast.difference), contrast.arms),
            Err(reason) => (Err(reason), None),
        };
        let few = result.as_ref().is_ok_and(|found| are_few(method, found, counts));
        let hint = result.as_ref().err().and_then(|reason| hint_for(reason, tidy));
        let propensity = tidy.frame.propensity.first().copied();
        let constant = propensity.filter(|first| tidy.frame.propensity.iter().all(|other| other == first));
        let estimand = method.estimator.estimator.estimand();
        Found {
            metric: metric.name.clone(),
            family: metric.family,
            estimator: method.spec().name,
            unit: if of_rows { "row".to_owned() } else { unit_name(tidy, self.grain) },
            estimand: constant.map_or(estimand, |share| estimand.at(share)),
            result,
            not_run: None,
            arms,
            p_adjusted: None,
            adjusted_for: 0,
            adjusted: None,
            n_treat: counts[1],
            n_control: counts[0],
            n_clusters: match &result {
                // Clusters under shares are the units of these methods, whatever the log calls a unit.
                Ok(found) if method.spec().units == [Unit::Saturation] => Some(found.n_units),
                _ => (!of_rows).then_some(seen.distinct),
            },
            codes: [self.ignores_groups.then_some("W-UNIT"), few.then_some("W-FEW")]
                .into_iter()
                .flatten()
                .collect(),
            hint,
        }
    }
}

/// Whether the answer rests on a handful of units: few degrees of freedom, or few units in an arm. A comparison of a row with
/// its own copy has no arms.
fn are_few(method: &Method, found: &Difference, counts: [usize; 2]) -> bool {
    if found.df < FEW_DF {
        return true;
    }
    if method.spec().units.contains(&Unit::World) {
        return found.n_units < FEW_UNITS_OF_AN_ARM;
    }
    let least = method.estimator.estimator.few_units();
    if least > FEW_UNITS_OF_AN_ARM && found.n_units < least {
        return true;
    }
    // Units that the method made itself, such as blocks after a washout, are at least as many in both arms together.
    counts[0].min(counts[1]) < FEW_UNITS_OF_AN_ARM || found.n_units < 2 * FEW_UNITS_OF_AN_ARM
}

/// Adjust a method's p-values: Holm over primary metrics, Benjamini and Hochberg over secondary ones.
fn adjust(found: &mut [Found]) {
    for (family, how) in
        [(Family::Primary, Multiplicity::Holm), (Family::Secondary, Multiplicity::BenjaminiHochberg)]
    {
        let p_values: Vec<Option<f64>> = found
            .iter()
            .map(|found| found.result.as_ref().ok().map(|d| d.p_value).filter(|_| found.family == family))
            .collect();
        let together = p_values.iter().flatten().count();
        for (found, adjusted) in found.iter_mut().zip(adjust_p_values(&p_values, how)) {
            let (Some(adjusted), Ok(difference)) = (adjusted, &found.result) else { continue };
            (found.p_adjusted, found.adjusted_for) = (Some(adjusted), together);
            if together > 1 {
                found.adjusted = adjusted_interval(difference, adjusted);
            }
        }
    }
}

/// The interval at level 1 − 0.05·p/p_adjusted of a plain t test; nothing where p-value and interval are not those of one t.
fn adjusted_interval(found: &Difference, p_adjusted: f64) -> Option<[f64; 2]> {
    if ["perm", "WC", "chebyshev"].iter().any(|mark| found.vcov.contains(mark)) || !is_bounded(found) {
        return None;
    }
    let alpha = 1.0 - CONFIDENCE_LEVEL;
    let half_width = |alpha: f64| student_t_quantile(1.0 - alpha / 2.0, found.df) * found.std_error;
    // Intervals of quantiles, bootstraps and permutations go by rules of their own, whatever they are called.
    let is_close = |a: f64, b: f64, size: f64| (a - b).abs() <= 1e-6 * size;
    let p = student_t_two_sided_p(found.effect / found.std_error, found.df);
    let width = half_width(alpha);
    if !is_close(found.conf_low, found.effect - width, width)
        || !is_close(found.conf_high, found.effect + width, width)
        || !is_close(found.p_value, p, found.p_value)
    {
        return None;
    }
    let width = half_width(alpha * found.p_value / p_adjusted);
    Some([found.effect - width, found.effect + width])
}
