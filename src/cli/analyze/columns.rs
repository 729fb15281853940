//! From the options and the header to the columns that are read.

use super::Options;
use super::methods::Method;
use super::roles;
use crate::estimate::{Column, Target};
use crate::settings::problem::nearest_hint;
use crate::settings::{Place, Problem, Problems};
use crate::tidy::{ArmChance, Filter, Role, Selection, is_own_log, own_metric, recognised, select};

/// Which family an outcome is tested in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Primary,
    Secondary,
}

impl Family {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

/// A metric: a column and what is contrasted.
pub(super) struct Metric {
    pub name: String,
    /// Position among the outcomes.
    pub outcome: usize,
    /// Of a study's metric that is a ratio of two columns of a log of ours: the position of the denominators among the outcomes.
    pub denominator: Option<usize>,
    pub target: Target,
    pub family: Family,
}

/// What is read, and what is compared.
pub(super) struct Plan {
    pub selections: Vec<Selection>,
    pub filters: Vec<Filter>,
    pub metrics: Vec<Metric>,
    /// The outcome of each shadow column, in the order in which these are read.
    pub shadows: Vec<usize>,
    /// The probabilities of arms, where they were given arm by arm.
    pub chances: Vec<ArmChance>,
    /// Whether `simulate --log` wrote the file.
    pub is_own: bool,
}

impl Plan {
    /// Let another column tell the arms.
    pub(super) fn treat_by(&mut self, header: &[String], name: &str) {
        let column = header.iter().position(|known| known == name);
        let treatment = self.selections.iter_mut().find(|selection| selection.role == Role::Treatment);
        if let (Some(column), Some(selection)) = (column, treatment) {
            (selection.column, selection.name) = (column, name.to_owned());
        }
    }

    /// Whether the user named the column in a role.
    pub(super) fn is_given(&self, role: Role) -> bool {
        self.selections.iter().any(|selection| selection.role == role && selection.given)
    }

    /// The name of the column in a role.
    pub(super) fn column(&self, role: Role) -> Option<&str> {
        self.selections.iter().find(|selection| selection.role == role).map(|found| found.name.as_str())
    }
}

/// The columns to read, from the options and else from the names in the header.
pub(super) fn plan(
    file: &str,
    header: &[String],
    options: &Options,
    methods: &[Method],
) -> Result<Plan, Problems> {
    let is_own = is_own_log(header);
    let mut plan = Plan {
        selections: Vec::new(),
        filters: Vec::new(),
        metrics: Vec::new(),
        shadows: Vec::new(),
        chances: Vec::new(),
        is_own,
    };
    let mut problems = Vec::new();
    for name in header.iter().enumerate().filter(|(at, name)| header[..*at].contains(*name)).map(|(_, n)| n) {
        problems.push(at_header(
            file,
            "header",
            &format!("\"{name}\" twice"),
            "a name for each column".to_owned(),
        ));
    }
    add_metrics(file, header, options, &mut plan, &mut problems);
    let single = [
        (Role::Treatment, &options.treatment),
        (Role::Unit, &options.unit),
        (Role::Cluster, &options.cluster),
        (Role::Time, &options.time),
        (Role::Block, &options.block),
        (Role::SinceSwitch, &options.since_switch),
        (Role::Washout, &options.washout),
        (Role::Saturation, &options.saturation),
        (Role::Part, &options.part),
        (Role::UserCoin, &options.factors.first().cloned()),
        (Role::PoolCoin, &options.factors.get(1).cloned()),
        (Role::Strata, &options.strata),
        (Role::Pairs, &options.pairs),
        (Role::Denominator, &options.denominator),
    ]
    .map(|(role, name)| (role, name.iter().cloned().collect::<Vec<String>>()));
    let lists = [(Role::State, options.state.clone()), (Role::Covariate, options.covariates.clone())];
    for (role, names) in single.into_iter().chain(lists) {
        for name in names {
            match select(file, header, role, &name) {
                Ok(selection) => plan.selections.push(selection),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if let Some(text) = &options.propensity {
        roles::add_propensity(file, header, text, &mut plan, &mut problems);
    }
    roles::add_shadows(file, header, &options.shadow, &mut plan, &mut problems);
    if options.factors.len() == 1 {
        let allowed = "two columns: --factors USERCOL,POOLCOL".to_owned();
        problems.push(at_header(file, "--factors", "one column", allowed));
    }
    let mut given: Vec<Role> = plan.selections.iter().map(|selection| selection.role).collect();
    if options.propensity.is_some() {
        given.push(Role::Propensity);
    }
    let wanted = |role: Role| {
        let needed = |column: Column| methods.iter().any(|method| method.needs(column));
        match role {
            Role::Saturation => needed(Column::Saturation),
            Role::Part => needed(Column::Part),
            Role::UserCoin | Role::PoolCoin => needed(Column::Factors),
            Role::State => needed(Column::State),
            Role::Covariate => needed(Column::Covariates),
            _ => true,
        }
    };
    let known = recognised(header).into_iter();
    plan.selections.extend(known.filter(|known| !given.contains(&known.role) && wanted(known.role)));
    if is_own && options.shadow.is_empty() && methods.iter().any(|m| m.needs(Column::Shadow)) {
        roles::add_own_shadows(header, &mut plan);
    }
    roles::refuse_two_roles(file, &plan, &mut problems);
    if plan.column(Role::Treatment).is_none() && options.treatment.is_none() {
        let allowed = format!("--treatment COL, one of the columns {}", header.join(", "));
        problems.push(at_header(file, "--treatment", "no column that says which policy a row got", allowed));
    }
    add_filters(file, header, options, &mut plan, &mut problems);
    for p in options.quantile.iter().filter(|p| !(**p > 0.0 && **p < 1.0)) {
        let place = Place::Argument(format!("--quantile {p}"));
        let (found, allowed) = (format!("`{p}`"), "a number between 0 and 1".to_owned());
        problems.push(Problem { place, path: "quantile".to_owned(), found, allowed });
    }
    if problems.is_empty() { Ok(plan) } else { Err(Problems(problems)) }
}

pub(super) fn at_header(file: &str, path: &str, found: &str, allowed: String) -> Problem {
    let place = Place::Line { file: file.to_owned(), line: 1 };
    Problem { place, path: path.to_owned(), found: found.to_owned(), allowed }
}

/// The column and the quantile of a metric's name, such as `ttft_ms_p95` of the column `ttft_ms`.
pub(super) fn of_metric<'a>(header: &[String], name: &'a str) -> Option<(&'a str, Option<f64>)> {
    let (column, suffix) = name.rsplit_once('_')?;
    if !header.iter().any(|known| known == column) {
        return None;
    }
    if suffix == "mean" {
        return Some((column, None));
    }
    let percent: f64 = suffix.strip_prefix('p')?.parse().ok()?;
    (percent > 0.0 && percent < 100.0).then_some((column, Some(percent / 100.0)))
}

/// The position of a column among the outcomes, which are the first selections; it is selected where it is not yet.
fn outcome_of(
    file: &str,
    header: &[String],
    (column, scale): (&str, f64),
    plan: &mut Plan,
) -> Result<usize, Problem> {
    let is_it = |selection: &Selection| selection.name == column && selection.scale == scale;
    if let Some(known) = plan.selections.iter().position(is_it) {
        return Ok(known);
    }
    let selection = select(file, header, Role::Outcome, column)?;
    plan.selections.push(Selection { scale, ..selection });
    Ok(plan.selections.len() - 1)
}

/// In a log of ours: the study's metric of this name, made of the log's columns as the study makes it. Whether there is one.
fn add_own_metric(
    file: &str,
    header: &[String],
    (name, family): (&str, Family),
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) -> bool {
    let Some(own) = own_metric(name).filter(|_| plan.is_own && !header.iter().any(|known| known == name))
    else {
        return false;
    };
    let numerator = outcome_of(file, header, (own.numerator, own.scale), plan);
    let denominator = own.denominator.map(|column| outcome_of(file, header, (column, 1.0), plan));
    match (numerator, denominator.transpose()) {
        (Ok(outcome), Ok(denominator)) => {
            if plan.metrics.iter().all(|metric| metric.name != name) {
                let name = name.to_owned();
                plan.metrics.push(Metric { name, outcome, denominator, target: own.target, family });
            }
        }
        (numerator, denominator) => {
            problems.extend([numerator.err(), denominator.err()].into_iter().flatten())
        }
    }
    true
}

/// The metrics that the outcomes ask for, and the columns of these.
fn add_metrics(
    file: &str,
    header: &[String],
    options: &Options,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    let primary = options.outcomes.iter().map(|name| (name, Family::Primary));
    let secondary = options.secondary.iter().map(|name| (name, Family::Secondary));
    for (name, family) in primary.chain(secondary) {
        if options.denominator.is_none() && add_own_metric(file, header, (name, family), plan, problems) {
            continue;
        }
        let (column, own) = match of_metric(header, name) {
            Some((column, own)) if !header.contains(name) => (column, own.map(|p| vec![p])),
            _ => (name.as_str(), None),
        };
        let outcome = match outcome_of(file, header, (column, 1.0), plan) {
            Ok(outcome) => outcome,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let mean_asked = name != column && own.is_none();
        let quantiles = own.unwrap_or_else(|| if mean_asked { Vec::new() } else { options.quantile.clone() });
        let mut push = |name: String, target| {
            if plan.metrics.iter().all(|metric| metric.name != name) {
                plan.metrics.push(Metric { name, outcome, denominator: None, target, family });
            }
        };
        for p in &quantiles {
            // Ten digits: 100 · 0.55 is 55.000000000000007.
            let percent = libm::round(p * 1e10) / 1e8;
            push(format!("{column}_p{percent}"), Target::Quantile(*p));
        }
        if let (Some(_), Some(denominator)) = (quantiles.first(), &options.denominator) {
            let place = Place::Argument(format!("--outcome {name} --denominator {denominator}"));
            let found = "a quantile with a denominator".to_owned();
            let allowed = format!("{column} with --denominator, or a quantile without");
            problems.push(Problem { place, path: "denominator".to_owned(), found, allowed });
        }
        if let (true, Some(denominator)) = (mean_asked, &options.denominator) {
            let place = Place::Argument(format!("--outcome {name} --denominator {denominator}"));
            let found = "a mean over rows with a denominator".to_owned();
            let allowed = format!("{column} with --denominator, or {name} without");
            problems.push(Problem { place, path: "denominator".to_owned(), found, allowed });
        }
        match &options.denominator {
            _ if !quantiles.is_empty() => {}
            Some(denominator) => push(format!("{column}_per_{denominator}"), Target::Ratio),
            None => push(format!("{column}_mean"), Target::Ratio),
        }
    }
}

fn add_filters(
    file: &str,
    header: &[String],
    options: &Options,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    for text in &options.filters {
        let Some((name, value)) = text.split_once('=') else {
            let place = Place::Argument(format!("--where {text}"));
            let (found, allowed) = ("no `=`".to_owned(), "--where COL=VALUE".to_owned());
            problems.push(Problem { place, path: "where".to_owned(), found, allowed });
            continue;
        };
        match header.iter().position(|column| column == name.trim()) {
            Some(column) => plan.filters.push(Filter { column, value: value.trim().to_owned() }),
            None => {
                let hint = nearest_hint(name, header.iter().map(String::as_str));
                let allowed = format!("one of the columns {}{hint}", header.join(", "));
                problems.push(at_header(
                    file,
                    "--where",
                    &format!("\"{name}\", which is not a column"),
                    allowed,
                ));
            }
        }
    }
}
