//! Quantiles of both arms, found together: several quantiles of one quantity cost little more than one.

use super::{Frame, Target};
use crate::stats::grouped_quantiles;
use crate::stats::quantile::Spread;

/// One quantile of both arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmQuantile {
    /// Which one.
    pub p: f64,
    /// The candidate's.
    pub treated: Option<Spread>,
    /// The control's.
    pub control: Option<Spread>,
}

impl ArmQuantile {
    /// The quantiles that `targets` ask for, over the rows that `keeps`; densities are for standard errors only.
    #[must_use]
    pub fn of(
        frame: &Frame,
        targets: &[Target],
        (numerator, denominator): (&[f64], &[f64]),
        keeps: impl Fn(usize) -> bool,
        with_densities: bool,
    ) -> Vec<Self> {
        let ps: Vec<f64> = targets
            .iter()
            .filter_map(|target| match target {
                Target::Quantile(p) => Some(*p),
                Target::Ratio => None,
            })
            .collect();
        if ps.is_empty() {
            return Vec::new();
        }
        let group = |row: usize| (denominator[row] > 0.0 && keeps(row)).then(|| frame.treated[row]);
        let [control, treated] = grouped_quantiles(numerator, group, &ps, with_densities);
        let both = ps.iter().zip(treated.into_iter().zip(control));
        both.map(|(&p, (treated, control))| Self { p, treated, control }).collect()
    }
}
