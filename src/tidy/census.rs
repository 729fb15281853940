//! How many units each arm has: the arms that are compared, and those that are left out.

use std::collections::BTreeMap;

use super::key::Key;

/// The arms of all rows that the filters keep, with their units. Rows count whether or not they have an outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// The arms: control, candidate, and then the others in order of their names.
    pub arms: Vec<String>,
    /// Units of each arm; nothing where units have several arms.
    pub units: Option<Vec<u64>>,
    /// What counted as a unit: columns, or none where it was the row.
    pub columns: Vec<String>,
}

/// Columns of the rows that may tell units, all of the same length.
#[derive(Default)]
pub(super) struct Groups<'a> {
    pub unit: Option<(&'a str, &'a Key)>,
    pub cluster: Option<(&'a str, &'a Key)>,
    pub block: Option<(&'a str, &'a Key)>,
}

impl Census {
    /// Count the units of the arms: `values` has each row's arm as a place among `names`. Units are those of the unit column.
    /// Without one they are the clusters, the blocks or the blocks of clusters, where each of these has one arm; else the
    /// rows.
    pub(super) fn of(compared: &[String; 2], names: &[String], values: &[u8], groups: &Groups<'_>) -> Self {
        let mut rest: Vec<&String> = names.iter().filter(|name| !compared.contains(name)).collect();
        rest.sort_unstable();
        let arms: Vec<String> = compared.iter().chain(rest).cloned().collect();
        let place: Vec<usize> =
            names.iter().map(|name| arms.iter().position(|arm| arm == name).unwrap_or(0)).collect();
        let count = |key: &Key| units_by_arm(key, values, &place, arms.len());
        let named = |columns: &[&str]| columns.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        if let Some((name, key)) = groups.unit {
            return Self { units: count(key), columns: named(&[name]), arms };
        }
        for (name, key) in [groups.cluster, groups.block].into_iter().flatten() {
            if let Some(units) = count(key) {
                return Self { units: Some(units), columns: named(&[name]), arms };
            }
        }
        if let (Some((first, cluster)), Some((second, block))) = (groups.cluster, groups.block)
            && let Some(units) = count(&Key::of_both(cluster, block))
        {
            return Self { units: Some(units), columns: named(&[first, second]), arms };
        }
        let mut units = vec![0; arms.len()];
        values.iter().for_each(|value| units[place[usize::from(*value)]] += 1);
        Self { units: Some(units), columns: Vec::new(), arms }
    }

    /// What counted as a unit, in words.
    #[must_use]
    pub fn unit_name(&self) -> String {
        if self.columns.is_empty() { "row".to_owned() } else { self.columns.join(" and ") }
    }
}

/// Units of each arm; nothing where a unit has two.
fn units_by_arm(key: &Key, values: &[u8], place: &[usize], arms: usize) -> Option<Vec<u64>> {
    let mut own: BTreeMap<u8, u64> = BTreeMap::new();
    let mut arm = vec![None; key.distinct];
    for (unit, value) in key.values.iter().zip(values) {
        let arm = &mut arm[*unit as usize];
        match arm {
            None => {
                *arm = Some(*value);
                *own.entry(*value).or_default() += 1;
            }
            Some(known) if known == value => {}
            Some(_) => return None,
        }
    }
    let mut counts = vec![0; arms];
    own.into_iter().for_each(|(value, count)| counts[place[usize::from(value)]] += count);
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_in_every_arm_and_clusters_of_one_arm_are_units() {
        let names = ["b", "ctl", "c"].map(str::to_owned);
        let compared = ["ctl", "b"].map(str::to_owned);
        let values = [0, 1, 1, 2, 2, 0];
        let key = |values: [u32; 6], distinct| Key { values: values.to_vec(), distinct, ..Key::default() };
        let by_row = Census::of(&compared, &names, &values, &Groups::default());
        assert_eq!(
            (by_row.arms, by_row.units),
            (["ctl", "b", "c"].map(str::to_owned).to_vec(), Some(vec![2; 3]))
        );
        let pure = key([0, 1, 1, 2, 2, 0], 3);
        let groups = Groups { cluster: Some(("pool", &pure)), ..Groups::default() };
        let found = Census::of(&compared, &names, &values, &groups);
        assert_eq!((found.units.clone(), found.unit_name()), (Some(vec![1; 3]), "pool".to_owned()));
        let mixed = key([0, 0, 1, 2, 2, 0], 3);
        let groups = Groups { unit: Some(("user", &mixed)), ..Groups::default() };
        assert_eq!(Census::of(&compared, &names, &values, &groups).units, None);
        let groups = Groups { cluster: Some(("pool", &mixed)), ..Groups::default() };
        assert_eq!(Census::of(&compared, &names, &values, &groups).units, Some(vec![2; 3]));
    }
}
