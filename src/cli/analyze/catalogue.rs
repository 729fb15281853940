//! `contention analyze --list`: every method with its estimand, what it needs and its settings.

use serde_json::{Map, Value, json};

use super::methods::settings_of;
use crate::estimate::{Column, ESTIMATORS, EstimatorSpec};
use crate::report::terminal::{WIDEST, paragraph};
use crate::tidy::{Role, flag_of};

/// The options that name the columns which a method needs beyond outcome and treatment.
fn flags(spec: &EstimatorSpec) -> Vec<&'static str> {
    use crate::design::Unit;
    let is_for = |unit: Unit| spec.units.contains(&unit);
    let mut flags = Vec::new();
    if !is_for(Unit::Request) && !is_for(Unit::World) {
        // The column that the method takes for its unit, where a unit is not named.
        flags.extend(match () {
            () if is_for(Unit::ClusterBlock) || (is_for(Unit::Block) && is_for(Unit::Cluster)) => None,
            () if is_for(Unit::Block) => Some(Role::Block.flag()),
            () if is_for(Unit::Cluster) => Some(Role::Cluster.flag()),
            () if is_for(Unit::User) => Some(Role::Unit.flag()),
            () => None,
        });
    }
    for column in Column::ALL.into_iter().filter(|column| spec.needs.contains(column)) {
        if !flags.contains(&flag_of(column)) {
            flags.push(flag_of(column));
        }
    }
    if spec.name.ends_with("_paired") {
        flags.push(Role::Pairs.flag());
    }
    flags
}

/// A default as a user would write it.
fn shown(value: Option<&toml::Value>) -> String {
    match value {
        Some(toml::Value::String(text)) if text.is_empty() => "all".to_owned(),
        Some(toml::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "from the data".to_owned(),
    }
}

/// Every method for machines.
pub(super) fn to_json() -> Value {
    let method = |spec: &'static EstimatorSpec| {
        let settings: Map<String, Value> = settings_of(spec)
            .into_iter()
            .map(|(key, default)| (key, default.map_or(Value::Null, |default| json!(default))))
            .collect();
        json!({
            "name": spec.name,
            "about": spec.about,
            "estimand": spec.default().estimator.estimand().to_string(),
            "units": spec.units.iter().map(|unit| unit.name()).collect::<Vec<_>>(),
            "needs": flags(spec),
            "options": settings,
        })
    };
    json!({ "methods": ESTIMATORS.iter().map(method).collect::<Vec<_>>() })
}

/// Every method for people.
pub(super) fn to_text() -> String {
    let mut text =
        String::from("Every method needs --outcome and --treatment; of a log of ours they are known.\n");
    for spec in ESTIMATORS {
        text.push('\n');
        let estimand = spec.default().estimator.estimand();
        text.push_str(&format!("{} ({estimand})\n", spec.name));
        let mut lines = vec![spec.about.to_owned()];
        let needs = flags(spec);
        if !needs.is_empty() {
            lines.push(format!("needs {}", needs.join(", ")));
        }
        let settings = settings_of(spec);
        if !settings.is_empty() {
            let settings: Vec<String> =
                settings.iter().map(|(key, value)| format!("{key}={}", shown(value.as_ref()))).collect();
            lines.push(format!("--option {}", settings.join(", ")));
        }
        for line in lines {
            let mut wrapped = String::new();
            paragraph(&mut wrapped, &line, WIDEST - 4);
            wrapped.lines().for_each(|line| text.push_str(&format!("    {line}\n")));
        }
    }
    text
}
