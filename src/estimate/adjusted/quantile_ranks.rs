//! Rows in order of their outcome, each with its unit: the quantiles of both arms under any assignment take one pass.

use crate::estimate::{Arms, Sample};
use crate::stats::{ColumnName, NotEstimable};

/// The rows that count, sorted.
pub(super) struct QuantileRanks {
    /// Outcome and position of the unit among the units that have rows.
    rows: Vec<(f64, u32)>,
    /// Rows of each unit.
    sizes: Vec<usize>,
    p: f64,
}

impl QuantileRanks {
    /// From the rows that are looked at; also each unit's arm and number, in order of unit.
    ///
    /// # Errors
    /// `MixedArms` where a unit has rows in both arms.
    pub(super) fn of(sample: &Sample<'_>, p: f64) -> Result<(Self, Vec<bool>, Vec<usize>), NotEstimable> {
        let frame = sample.frame;
        let mut arm = vec![None; frame.units];
        for row in sample.rows().filter(|&row| sample.denominator[row] > 0.0) {
            match &mut arm[frame.unit[row] as usize] {
                Some(arm) if *arm != frame.treated[row] => return Err(NotEstimable::MixedArms),
                arm => *arm = Some(frame.treated[row]),
            }
        }
        let (mut numbers, mut assignment, mut position) = (Vec::new(), Vec::new(), vec![0; frame.units]);
        for (unit, arm) in arm.iter().enumerate() {
            if let Some(arm) = arm {
                position[unit] = numbers.len() as u32;
                numbers.push(unit);
                assignment.push(*arm);
            }
        }
        if numbers.len() < 3 {
            return Err(NotEstimable::LoneUnit(ColumnName::new("an arm")));
        }
        let mut sizes = vec![0; numbers.len()];
        let counted = sample.rows().filter(|&row| sample.denominator[row] > 0.0);
        let mut rows: Vec<(f64, u32)> = counted
            .map(|row| {
                let unit = position[frame.unit[row] as usize];
                sizes[unit as usize] += 1;
                (sample.numerator[row], unit)
            })
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok((Self { rows, sizes, p }, assignment, numbers))
    }

    /// The type 7 quantile of both arms; `None` where an arm has no rows.
    pub(super) fn arms(&self, treated: &[bool]) -> Option<Arms> {
        let mut counts = [0_usize; 2];
        for (size, arm) in self.sizes.iter().zip(treated) {
            counts[usize::from(*arm)] += size;
        }
        if counts.contains(&0) {
            return None;
        }
        let place = counts.map(|n| (n - 1) as f64 * self.p);
        let wanted =
            [0, 1].map(|arm: usize| (place[arm] as usize, (place[arm] as usize + 1).min(counts[arm] - 1)));
        let (mut seen, mut low, mut next) = ([0_usize; 2], [0.0; 2], [0.0; 2]);
        for (value, unit) in &self.rows {
            let arm = usize::from(treated[*unit as usize]);
            if seen[arm] == wanted[arm].0 {
                low[arm] = *value;
            }
            if seen[arm] == wanted[arm].1 {
                next[arm] = *value;
            }
            seen[arm] += 1;
        }
        let of = |arm: usize| {
            let fraction = place[arm] - place[arm].floor();
            if fraction == 0.0 || low[arm] == next[arm] {
                low[arm]
            } else {
                low[arm] + fraction * (next[arm] - low[arm])
            }
        };
        Some(Arms { treated: of(1), control: of(0) })
    }
}
