//! What makes an estimate hard to believe, seen in the log alone: what was seen, what it may mean, what to try.

use super::columns::Plan;
use super::estimates::{Found, Grouping, groupings};
use super::methods::Method;
use crate::tidy::{Role, Tidy};

/// A warning with its code.
pub(super) struct Warning {
    pub code: &'static str,
    pub text: String,
}

/// The warnings of an analysis, but for the sample ratio's.
pub(super) fn of(tidy: &Tidy, methods: &[Method], found: &[Found], plan: &Plan) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, text| warnings.push(Warning { code, text });
    let ran = |method: &&Method| {
        found.iter().any(|found| found.estimator == method.spec().name && found.not_run.is_none())
    };
    for grouping in groupings(tidy, plan) {
        let names: Vec<&str> = methods
            .iter()
            .filter(ran)
            .filter(|method| {
                tidy.grain_for(method.spec()).is_ok_and(|grain| grouping.is_ignored_by(method, grain))
            })
            .map(|method| method.spec().name)
            .collect();
        if !names.is_empty() {
            warn("W-UNIT", rows_for_units(&names, tidy.frame.len(), &grouping));
        }
    }
    let few: Vec<String> = found
        .iter()
        .filter(|found| found.codes.contains(&"W-FEW"))
        .filter_map(|found| {
            let df = found.difference()?.df;
            let df = if df.is_finite() { format!(", {df:.1} degrees of freedom") } else { String::new() };
            let (control, treated) = (found.n_control, found.n_treat);
            Some(format!("{} of {} ({control} against {treated}{df})", found.estimator, found.metric))
        })
        .collect();
    if !few.is_empty() {
        warn(
            "W-FEW",
            format!(
                "few units: {}. The interval stands or falls with the normality of a handful of units; randomise more of \
                 them, or finer ones.",
                few.join(", ")
            ),
        );
    }
    if !tidy.was_sorted {
        let column = plan.column(Role::Time).unwrap_or("time");
        warn(
            "W-ORDER",
            format!("rows were not in order of `{column}`; they were put in order, ties as in the file."),
        );
    }
    for (name, count) in &tidy.incomplete {
        warn(
            "W-COLUMN",
            format!(
                "`{name}` has {count} cells that are empty or cannot be read as what its name says; it is not used."
            ),
        );
    }
    warnings
}

/// Methods that take rows for independent units although rows hang together.
fn rows_for_units(methods: &[&str], rows: usize, grouping: &Grouping) -> String {
    let takes = if methods.len() == 1 { "takes" } else { "take" };
    let (groups, name) = (grouping.groups, &grouping.name);
    let methods = methods.join(", ");
    match grouping.role {
        Role::Unit => format!(
            "{methods} {takes} {rows} rows for independent units, but only {groups} units of `{name}` were randomised: \
             the standard error is too small. Try user_clustered."
        ),
        Role::Strata | Role::Pairs => format!(
            "{methods} {takes} {rows} rows for independent units and {} no use of `{name}` ({}), within which units were \
             randomised: the standard error is not that of the design. Try user_clustered, or post_stratified.",
            if takes == "takes" { "makes" } else { "make" },
            grouping.role.flag(),
        ),
        role => format!(
            "{methods} {takes} {rows} rows for independent units, but they lie in {groups} groups of `{name}` ({}): if \
             these were randomised, the standard error is too small. Try {}.",
            role.flag(),
            if role == Role::Block { "switchback_blocks" } else { "cluster_regression" },
        ),
    }
}
