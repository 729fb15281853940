//! Several quantiles of two groups of a long column in two passes, exactly: the first pass counts values by their leading
//! bits, the second keeps the few that share a bucket with a wanted order statistic. Sorting or selecting would cost ten
//! times as much, and a study asks for dozens of quantiles of each world.

use super::quantile::{Spread, Wanted};

/// Leading bits of a number that make its bucket: sign, exponent and seven bits of the fraction, buckets of about 1 %.
const SHIFT: u32 = 45;
/// Numbers below 2⁻³² share the first bucket, those from 2⁴⁸ on the last.
const FIRST: i64 = (1023 - 32) << 7;
const BUCKETS: usize = (32 + 48) << 7;

/// The bucket of a value: later for larger values.
fn bucket(value: f64) -> usize {
    let key = (value.to_bits().cast_signed() >> SHIFT) - FIRST;
    key.clamp(0, BUCKETS as i64 - 1) as usize
}

/// The type 7 quantiles at `ps`, and where asked for the densities there, of the values of group 0 and of group 1;
/// `group` gives the group of a row, and `None` where the row does not count.
///
/// Equal to [`super::quantile::quantiles_and_densities`] on each group's values.
#[must_use]
pub fn grouped_quantiles(
    values: &[f64],
    group: impl Fn(usize) -> Option<bool>,
    ps: &[f64],
    with_densities: bool,
) -> [Vec<Option<Spread>>; 2] {
    let mut counts = vec![[0_u32; 2]; BUCKETS];
    for (row, &value) in values.iter().enumerate() {
        if let Some(group) = group(row) {
            counts[bucket(value)][usize::from(group)] += 1;
        }
    }
    let wanted = [0, 1].map(|group| {
        let n = counts.iter().map(|count| count[group] as usize).sum();
        Wanted::new(n, ps, with_densities)
    });
    let mut plans = [0, 1].map(|group| Plan::new(&counts, group, &wanted[group]));
    let is_wanted: Vec<bool> = plans[0]
        .is_wanted
        .iter()
        .zip(&plans[1].is_wanted)
        .map(|(control, treated)| *control || *treated)
        .collect();
    for (row, &value) in values.iter().enumerate() {
        // Nearly all rows end here.
        let bucket = bucket(value);
        if is_wanted[bucket]
            && let Some(group) = group(row)
        {
            plans[usize::from(group)].keep(bucket, value);
        }
    }
    plans.iter_mut().for_each(Plan::sort);
    let [control, treated] = &plans;
    let read = |wanted: &Wanted, plan: &Plan| wanted.read(|rank| plan.value(rank), |value| plan.equal(value));
    [read(&wanted[0], control), read(&wanted[1], treated)]
}

/// Which buckets of a group hold the wanted order statistics.
struct Plan {
    is_wanted: Vec<bool>,
    /// For each wanted bucket in order: the rank of its first value, and how many values wanted buckets hold before it.
    starts: Vec<(usize, usize)>,
    kept: Vec<f64>,
}

impl Plan {
    fn new(counts: &[[u32; 2]], group: usize, wanted: &Wanted) -> Self {
        let mut plan = Self { is_wanted: vec![false; counts.len()], starts: Vec::new(), kept: Vec::new() };
        let (mut rank, mut kept) = (0, 0);
        let mut ranks = wanted.ranks().iter().peekable();
        for (at, count) in counts.iter().enumerate() {
            let next = rank + count[group] as usize;
            if ranks.peek().is_some_and(|wanted| **wanted < next) {
                plan.is_wanted[at] = true;
                plan.starts.push((rank, kept));
                kept += next - rank;
                while ranks.peek().is_some_and(|wanted| **wanted < next) {
                    ranks.next();
                }
            }
            rank = next;
        }
        plan.kept.reserve(kept);
        plan
    }

    fn keep(&mut self, bucket: usize, value: f64) {
        if self.is_wanted[bucket] {
            self.kept.push(value);
        }
    }

    fn sort(&mut self) {
        self.kept.sort_unstable_by(f64::total_cmp);
    }

    /// The order statistic of a wanted rank.
    fn value(&self, rank: usize) -> f64 {
        let of = self.starts.partition_point(|(first, _)| *first <= rank) - 1;
        let (first, before) = self.starts[of];
        self.kept[before + rank - first]
    }

    /// How many values are equal to a wanted order statistic: they share its bucket.
    fn equal(&self, value: f64) -> usize {
        self.kept.partition_point(|other| *other <= value) - self.kept.partition_point(|other| *other < value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantile::quantiles_and_densities;
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn they_are_the_quantiles_of_a_full_sort() {
        let draws = Streams::new(5, 0).family(Purpose::Swarm);
        let ps = [0.0, 0.5, 0.95, 0.99, 1.0];
        let laws: [fn(f64) -> f64; 6] = [
            |u| u,
            |u| 1e3 / (u * u),
            |u| if u < 0.6 { 0.0 } else { 1e-12 * u },
            |u| libm::round(u * 4.0),
            |u| (u - 0.5) * 1e9,
            |u| 1e300 * u,
        ];
        for (at, law) in laws.iter().enumerate() {
            for n in [1, 2, 3, 10, 1000, 5000] {
                let values: Vec<f64> = (0..n).map(|i| law(draws.keyed(at as u64).uniform(i))).collect();
                let group = |row: usize| (!row.is_multiple_of(7)).then_some(row.is_multiple_of(3));
                let found = grouped_quantiles(&values, group, &ps, true);
                for (which, found) in [false, true].into_iter().zip(&found) {
                    let mut own: Vec<f64> = (0..values.len())
                        .filter(|&row| group(row) == Some(which))
                        .map(|row| values[row])
                        .collect();
                    assert_eq!(found, &quantiles_and_densities(&mut own, &ps), "law {at}, {n} values");
                }
            }
        }
    }
}
