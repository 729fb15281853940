//! The settings in which two resolved scenarios differ, by their paths.
//!
//! Entries of a list of tables belong together when they have the same `name`, or the same `kind` where they have no name;
//! only entries without either are matched by their place. So a design that is put in front of others is one that is new,
//! and does not change the others.

use toml::{Table, Value};

/// A setting that two scenarios do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// Where it stands, such as `cluster[east].replicas`.
    pub path: String,
    /// Its value in the first scenario, as TOML; nothing where it is absent.
    pub before: Option<String>,
    /// Its value in the second scenario.
    pub after: Option<String>,
}

/// The settings in which two scenarios differ, sorted by path.
///
/// # Errors
/// When one of the texts is not TOML.
///
/// ```
/// use contention::scenario::setting_changes;
///
/// let changes = setting_changes("[users]\ncount = 50", "[users]\ncount = 60")?;
/// assert_eq!(changes.len(), 1);
/// assert_eq!(changes[0].path, "users.count");
/// # Ok::<(), toml::de::Error>(())
/// ```
pub fn setting_changes(before: &str, after: &str) -> Result<Vec<SettingChange>, toml::de::Error> {
    let (before, after): (Table, Table) = (toml::from_str(before)?, toml::from_str(after)?);
    let mut changes = Vec::new();
    of_tables("", Some(&before), Some(&after), &mut changes);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

fn of_values(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<SettingChange>) {
    let table = |value: Option<&Value>| value.is_none_or(Value::is_table);
    let list = |value: Option<&Value>| value.is_none_or(|value| tables_of(value).is_some());
    if table(before) && table(after) {
        of_tables(path, before.and_then(Value::as_table), after.and_then(Value::as_table), changes);
    } else if list(before) && list(after) {
        of_lists(path, before.and_then(tables_of), after.and_then(tables_of), changes);
    } else if before != after {
        let shown = |value: Option<&Value>| value.map(ToString::to_string);
        changes.push(SettingChange { path: path.to_owned(), before: shown(before), after: shown(after) });
    }
}

/// An empty table is nothing: what it would hold is absent.
fn of_tables(path: &str, before: Option<&Table>, after: Option<&Table>, changes: &mut Vec<SettingChange>) {
    let keys = |table: Option<&Table>| -> Vec<String> {
        table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
    };
    for key in union(keys(before), keys(after)) {
        let path =
            if path.is_empty() { bare_or_quoted(&key) } else { format!("{path}.{}", bare_or_quoted(&key)) };
        let value = |table: Option<&Table>| table.and_then(|table| table.get(&key).cloned());
        of_values(&path, value(before).as_ref(), value(after).as_ref(), changes);
    }
}

fn of_lists(
    path: &str,
    before: Option<Vec<&Table>>,
    after: Option<Vec<&Table>>,
    changes: &mut Vec<SettingChange>,
) {
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let (labels_before, labels_after) = match (labels(&before), labels(&after)) {
        (Some(of_before), Some(of_after)) => (of_before, of_after),
        _ => (places(&before), places(&after)),
    };
    for label in union(labels_before.clone(), labels_after.clone()) {
        let entry = |labels: &[String], list: &[&Table]| {
            labels.iter().position(|other| *other == label).map(|at| list[at].clone())
        };
        let (before, after) = (entry(&labels_before, &before), entry(&labels_after, &after));
        of_tables(&format!("{path}[{label}]"), before.as_ref(), after.as_ref(), changes);
    }
}

/// The entries of a list that holds tables only, and one at least.
fn tables_of(value: &Value) -> Option<Vec<&Table>> {
    let items = value.as_array().filter(|items| !items.is_empty())?;
    items.iter().map(Value::as_table).collect()
}

/// What entries are called, where every one has a name of its own.
fn labels(list: &[&Table]) -> Option<Vec<String>> {
    let label = |table: &&Table| {
        let text = table.get("name").or_else(|| table.get("kind"))?.as_str()?;
        Some(bare_or_quoted(text))
    };
    let labels: Vec<String> = list.iter().map(label).collect::<Option<_>>()?;
    let unique = labels.iter().enumerate().all(|(at, label)| !labels[..at].contains(label));
    unique.then_some(labels)
}

fn places(list: &[&Table]) -> Vec<String> {
    (0..list.len()).map(|at| at.to_string()).collect()
}

/// All of the first, then what only the second has.
fn union(mut first: Vec<String>, second: Vec<String>) -> Vec<String> {
    for text in second {
        if !first.contains(&text) {
            first.push(text);
        }
    }
    first
}

/// A key as TOML takes it: bare where it can be.
fn bare_or_quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { Value::from(key).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(before: &str, after: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let changes = setting_changes(before, after).unwrap();
        changes.into_iter().map(|change| (change.path, change.before, change.after)).collect()
    }

    fn change(
        path: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) -> (String, Option<String>, Option<String>) {
        (path.to_owned(), before.map(str::to_owned), after.map(str::to_owned))
    }

    const FLEET: &str = "name = \"f\"\n[[cluster]]\nname = \"east\"\nreplicas = 4\n[[cluster]]\nname = \"west\"\nreplicas = 2\n\
                         [policy.\"a.b\"]\nrouter = { kind = \"random\" }\n[[design]]\nkind = \"user\"\nshares = [0.1, 0.2]\n";

    #[test]
    fn a_scenario_does_not_differ_from_itself() {
        assert_eq!(changes(FLEET, FLEET), []);
    }

    #[test]
    fn every_value_that_differs_is_named_with_both_values_in_order_of_paths() {
        let after = FLEET
            .replace("replicas = 2", "replicas = 3")
            .replace("\"random\"", "\"round_robin\"")
            .replace("0.2]", "0.3]");
        assert_eq!(
            changes(FLEET, &after),
            [
                change("cluster[west].replicas", Some("2"), Some("3")),
                change("design[user].shares", Some("[0.1, 0.2]"), Some("[0.1, 0.3]")),
                change("policy.\"a.b\".router.kind", Some("\"random\""), Some("\"round_robin\"")),
            ]
        );
    }

    #[test]
    fn an_entry_put_in_front_of_others_is_new_and_changes_none_of_them() {
        let after = FLEET.replace("[[design]]", "[[design]]\nkind = \"request\"\n[[design]]");
        assert_eq!(changes(FLEET, &after), [change("design[request].kind", None, Some("\"request\""))]);
    }

    #[test]
    fn swapping_the_scenarios_swaps_before_and_after() {
        let after =
            FLEET.replace("replicas = 2", "replicas = 3\nregion = \"w\"").replace("name = \"f\"\n", "");
        let swapped: Vec<_> =
            changes(&after, FLEET).into_iter().map(|(path, before, after)| (path, after, before)).collect();
        assert_eq!(changes(FLEET, &after).len(), 3);
        assert_eq!(changes(FLEET, &after), swapped);
    }

    #[test]
    fn entries_without_names_of_their_own_are_matched_by_their_place() {
        let list = |first: u32, second: u32| format!("[[step]]\nto = {first}\n[[step]]\nto = {second}\n");
        assert_eq!(changes(&list(1, 2), &list(1, 3)), [change("step[1].to", Some("2"), Some("3"))]);
        let twice = |size: u32| format!("[[a]]\nkind = \"x\"\n[[a]]\nkind = \"x\"\nsize = {size}\n");
        assert_eq!(changes(&twice(1), &twice(2)), [change("a[1].size", Some("1"), Some("2"))]);
    }

    #[test]
    fn a_number_that_becomes_a_table_is_one_change() {
        let found = changes("sd = 1", "[sd]\nlow = 1\nhigh = 2");
        assert_eq!(found, [change("sd", Some("1"), Some("{ low = 1, high = 2 }"))]);
    }

    #[test]
    fn hostile_names_stay_inside_quotes() {
        let found = changes("", "[policy.\"<b>\\u001b\"]\nx = 1");
        assert_eq!(found[0].0, "policy.\"<b>\\u001B\".x");
    }
}
