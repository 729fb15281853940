//! Bins of the pre-decision state: numbers for the combinations of levels that were seen.

use std::collections::BTreeMap;

/// The level of each value: its rank among the distinct values where there are at most `bins` of them, else its place among
/// `bins` groups of equal frequency (equal values always together).
pub(super) fn levels(values: &[f64], bins: usize) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let cuts: Vec<f64> = if distinct.len() <= bins {
        distinct.into_iter().skip(1).collect()
    } else {
        let mut cuts: Vec<f64> = (1..bins).map(|bin| sorted[bin * sorted.len() / bins]).collect();
        cuts.dedup();
        cuts
    };
    values.iter().map(|value| cuts.partition_point(|cut| cut <= value)).collect()
}

/// The level of each value, one for each distinct value as far as there are `bins`, and as far as each level holds `fewest`
/// values: neighbours share a level where they do not.
pub(super) fn seen_levels(values: &[f64], bins: usize, fewest: usize) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let distinct = sorted.chunk_by(|a, b| a == b).count();
    let wanted = if distinct <= bins { fewest } else { fewest.max(values.len().div_ceil(bins.max(1))) };
    let (mut cuts, mut count) = (Vec::new(), 0);
    for same in sorted.chunk_by(|a, b| a == b) {
        if count >= wanted {
            cuts.push(same[0]);
            count = 0;
        }
        count += same.len();
    }
    // What is left at the end is too few for a level of its own.
    if count < fewest {
        cuts.pop();
    }
    values.iter().map(|value| cuts.partition_point(|cut| cut <= value)).collect()
}

/// The number of each row's combination of levels, and how many combinations were seen.
pub(super) fn states(columns: &[Vec<usize>]) -> (Vec<usize>, usize) {
    let rows = columns.first().map_or(0, Vec::len);
    let combination = |row: usize| columns.iter().map(|column| column[row]).collect::<Vec<_>>();
    let mut seen: BTreeMap<Vec<usize>, usize> = (0..rows).map(|row| (combination(row), 0)).collect();
    seen.values_mut().enumerate().for_each(|(number, state)| *state = number);
    ((0..rows).map(|row| seen[&combination(row)]).collect(), seen.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_distinct_values_keep_a_level_each_and_many_are_cut_into_groups_of_equal_frequency() {
        assert_eq!(levels(&[3.0, 0.0, 3.0, 7.0], 3), [1, 0, 1, 2]);
        let many: Vec<f64> = (0..100).map(f64::from).collect();
        let found = levels(&many, 4);
        assert_eq!((found[0], found[25], found[99]), (0, 1, 3));
        assert_eq!(found.iter().filter(|level| **level == 2).count(), 25);
    }

    #[test]
    fn states_keep_a_level_each_where_they_are_seen_often_enough() {
        let values: Vec<f64> = [(0.0, 50), (1.0, 12), (2.0, 11), (3.0, 4), (4.0, 3)]
            .iter()
            .flat_map(|(value, count)| vec![*value; *count])
            .collect();
        let level = |value: f64, bins| {
            let at = values.iter().position(|own| *own == value).unwrap();
            seen_levels(&values, bins, 10)[at]
        };
        // The last two are seen seven times together: they share the level of their neighbour.
        assert_eq!([0.0, 1.0, 2.0, 3.0, 4.0].map(|value| level(value, 20)), [0, 1, 2, 2, 2]);
        assert_eq!(seen_levels(&values, 2, 10).iter().max(), Some(&1));
    }

    #[test]
    fn combinations_that_were_seen_are_numbered_in_order() {
        let (number, count) = states(&[vec![0, 1, 1, 0], vec![2, 0, 2, 2]]);
        assert_eq!((number, count), (vec![0, 1, 2, 0], 3));
    }
}
