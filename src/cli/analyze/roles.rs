//! Roles that take more than a column's name: propensities arm by arm, the copies of outcomes, and columns in two roles.

use super::columns::{Plan, at_header, of_metric};
use crate::settings::{Place, Problem};
use crate::tidy::{ArmChance, Role, Selection, select};

/// The candidate's propensity as one column, or that of every arm: `ctl=p_ctl,b=0.25`.
pub(super) fn add_propensity(
    file: &str,
    header: &[String],
    text: &str,
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    if header.iter().any(|name| name == text) || !text.contains('=') {
        match select(file, header, Role::Propensity, text) {
            Ok(selection) => plan.selections.push(selection),
            Err(problem) => problems.push(problem),
        }
        return;
    }
    for (part, at) in text.split(',').zip(0_u8..=u8::MAX) {
        let problem = |found: String| {
            let place = Place::Argument(format!("--propensity {text}"));
            let allowed = "ARM=COLUMN or ARM=NUMBER for each arm, with commas between them".to_owned();
            Problem { place, path: "propensity".to_owned(), found, allowed }
        };
        let Some((arm, source)) = part.rsplit_once('=') else {
            problems.push(problem(format!("\"{part}\"")));
            continue;
        };
        let (arm, source) = (arm.trim().to_owned(), source.trim());
        if plan.chances.iter().any(|chance| chance.arm == arm) {
            problems.push(problem(format!("\"{arm}\" twice")));
            continue;
        }
        let is_column = header.iter().any(|name| name == source);
        let constant = source.parse::<f64>().ok().filter(|_| !is_column);
        match constant {
            Some(number) if !(0.0..=1.0).contains(&number) => {
                problems.push(problem(format!("{number}, which is no probability")));
            }
            Some(_) => {}
            None => match select(file, header, Role::ArmPropensity(at), source) {
                Ok(selection) => plan.selections.push(selection),
                Err(problem) => problems.push(problem),
            },
        }
        plan.chances.push(ArmChance { arm, constant });
    }
}

/// The copies of outcomes: `OUTCOME=COLUMN`, or a column that says by its name of which outcome it is the copy.
pub(super) fn add_shadows(
    file: &str,
    header: &[String],
    texts: &[String],
    plan: &mut Plan,
    problems: &mut Vec<Problem>,
) {
    let outcomes: Vec<(usize, String)> = plan
        .selections
        .iter()
        .enumerate()
        .filter(|(_, selection)| selection.role == Role::Outcome)
        .map(|(at, selection)| (at, selection.name.clone()))
        .collect();
    let names = || outcomes.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ");
    for text in texts {
        let is_column = header.iter().any(|name| name == text);
        let (outcome, column) = match text.split_once('=').filter(|_| !is_column) {
            Some((outcome, column)) => (Some(outcome.trim()), column.trim()),
            None => (None, text.as_str()),
        };
        let selection = match select(file, header, Role::Shadow, column) {
            Ok(selection) => selection,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let of = |name: &str| outcomes.iter().find(|(_, outcome)| outcome == name).map(|(at, _)| *at);
        let found = match outcome {
            Some(name) => of(name).or_else(|| of(of_metric(header, name)?.0)),
            None => match original(column) {
                Some(name) if of(name).is_some() => of(name),
                // It says that it is the copy of another column.
                Some(name) if header.iter().any(|known| known == name) => None,
                _ if outcomes.len() == 1 && texts.len() == 1 => outcomes.first().map(|(at, _)| *at),
                _ => None,
            },
        };
        let problem = |found: &str| {
            let place = Place::Argument(format!("--shadow {text}"));
            let allowed = format!("--shadow OUTCOME=COLUMN with one of the outcomes {}", names());
            Problem { place, path: "shadow".to_owned(), found: found.to_owned(), allowed }
        };
        match found {
            // The outcomes themselves may be wrong, and then that is the problem.
            None if outcomes.is_empty() => {}
            None => problems.push(problem("a column that does not say of which outcome it is the copy")),
            Some(at) if plan.shadows.contains(&at) => problems.push(problem("a second copy of one outcome")),
            Some(at) => {
                plan.selections.push(selection);
                plan.shadows.push(at);
            }
        }
    }
}

/// The outcome's name in that of its copy.
fn original(name: &str) -> Option<&str> {
    let prefix = ["copy_", "shadow_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    prefix.or_else(|| ["_copy", "_shadow"].iter().find_map(|suffix| name.strip_suffix(suffix)))
}

/// In our own logs the copy of a request has the same outcomes.
pub(super) fn add_own_shadows(header: &[String], plan: &mut Plan) {
    let outcomes: Vec<(usize, String)> = plan
        .selections
        .iter()
        .enumerate()
        .filter(|(_, selection)| selection.role == Role::Outcome)
        .map(|(at, selection)| (at, selection.name.clone()))
        .collect();
    for (at, outcome) in outcomes {
        if plan.metrics.iter().any(|metric| metric.outcome == at && metric.denominator.is_some()) {
            // A copy has the numerator only.
            continue;
        }
        let name = format!("copy_{outcome}");
        if let Some(column) = header.iter().position(|known| *known == name) {
            plan.selections.push(Selection { role: Role::Shadow, column, name, given: false, scale: 1.0 });
            plan.shadows.push(at);
        }
    }
}

/// A covariate, or a state, that the user named is not also the arm or an outcome.
pub(super) fn refuse_two_roles(file: &str, plan: &Plan, problems: &mut Vec<Problem>) {
    let is_other = |selection: &&Selection| matches!(selection.role, Role::Treatment | Role::Outcome);
    let is_own =
        |selection: &&Selection| selection.given && matches!(selection.role, Role::Covariate | Role::State);
    for own in plan.selections.iter().filter(is_own) {
        if let Some(other) = plan.selections.iter().filter(is_other).find(|other| other.column == own.column)
        {
            let what = if other.role == Role::Treatment { "the arm" } else { "an outcome" };
            let found = format!("\"{}\", which is {what} ({})", own.name, other.role.flag());
            problems.push(at_header(file, own.role.flag(), &found, "a column with one role".to_owned()));
        }
    }
}
