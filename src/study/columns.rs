//! One world's outcomes as columns, one value a row, which is what estimators work on.

use std::borrow::Cow;

use super::frame::Who;
use crate::estimate::{ArmQuantile, Recorded, Sample, Target};
use crate::record::quantity::Counted;
use crate::record::{Measure, Outcome, Quantity, Reading, Terms, Windows};
use crate::scenario::Scenario;
use crate::stats::grouped_quantiles;
use crate::units::ClusterId;
use crate::workload::Request;

/// The measured requests of one world, each outcome read once.
#[derive(Debug)]
pub struct Requests<'a> {
    readings: Vec<Reading<'a>>,
    /// Denominators by [`Counted`].
    denominators: [Vec<f64>; 5],
    /// Which of these have a zero.
    some_zero: [bool; 5],
}

impl<'a> Requests<'a> {
    /// Read the outcomes of the measured requests.
    #[must_use]
    pub fn of(terms: &'a Terms, requests: &'a [Request], outcomes: &'a [Outcome]) -> Self {
        let rows = requests.iter().zip(outcomes);
        let readings: Vec<Reading<'a>> =
            rows.map(|(request, outcome)| Reading::of(terms, request, outcome)).collect();
        let denominators = Counted::ALL.map(|counted| counted.column(&readings));
        let some_zero = Counted::ALL.map(|counted| denominators[counted as usize].contains(&0.0));
        Self { readings, denominators, some_zero }
    }

    /// Each of them with what became of it.
    #[must_use]
    pub fn readings(&self) -> &[Reading<'a>] {
        &self.readings
    }

    /// A quantity's columns.
    #[must_use]
    pub fn columns(&self, quantity: Quantity) -> Columns<'_> {
        Columns {
            numerator: Cow::Owned(quantity.column(&self.readings)),
            denominator: Cow::Borrowed(&self.denominators[quantity.counted() as usize]),
            incomplete: quantity.exists_where_counted() && self.some_zero[quantity.counted() as usize],
        }
    }
}

/// Numerators and denominators of the rows of one metric in one world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns<'a> {
    /// Numerators in the unit of the metric.
    pub numerator: Cow<'a, [f64]>,
    /// Denominators.
    pub denominator: Cow<'a, [f64]>,
    /// Whether some rows have no outcome, those with a denominator of zero: a latency does not exist where nothing was completed.
    /// Otherwise all were recorded, such as GPU time without a success.
    pub incomplete: bool,
}

impl<'a> Columns<'a> {
    /// A window metric over all windows of a world.
    #[must_use]
    pub fn of_windows(measure: Measure, windows: &Windows, scenario: &Scenario) -> Self {
        let hours = windows.length().seconds() / 3600.0;
        let pairs = windows.rows().map(|(_, cluster, window)| match measure {
            Measure::EventsPerHour(kind) => (f64::from(window.events[kind as usize]), hours),
            Measure::Outstanding => (window.outstanding_ps as f64, windows.length().0 as f64),
            _ => (f64::from(window.kv_used), kv_capacity(scenario, cluster) as f64),
        });
        let (numerator, denominator): (Vec<f64>, Vec<f64>) = pairs.unzip();
        Self { numerator: Cow::Owned(numerator), denominator: Cow::Owned(denominator), incomplete: false }
    }

    /// The same with every numerator multiplied by `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.numerator.to_mut().iter_mut().for_each(|value| *value *= factor);
        self
    }

    /// Whether no row has a numerator.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.numerator.iter().all(|value| *value == 0.0)
    }

    /// The rows of `who`, taken from this world.
    #[must_use]
    pub fn select(&self, who: &Who) -> Columns<'_> {
        if who.is_everyone(self.numerator.len()) {
            return Columns {
                numerator: Cow::Borrowed(&self.numerator),
                denominator: Cow::Borrowed(&self.denominator),
                incomplete: self.incomplete,
            };
        }
        let pick = |column: &[f64]| {
            Cow::Owned(who.row.iter().map(|&row| column.get(row).copied().unwrap_or(0.0)).collect())
        };
        let incomplete = self.incomplete;
        Columns { numerator: pick(&self.numerator), denominator: pick(&self.denominator), incomplete }
    }

    /// The no-interference log: treated rows from the candidate's world, control rows from the control's. Both and the
    /// result hold the rows of the frame.
    #[must_use]
    pub fn by_arm(control: &'a Self, candidate: &'a Self, treated: &[bool]) -> Self {
        let pick = |control: &'a Cow<'a, [f64]>, candidate: &'a Cow<'a, [f64]>| -> Cow<'a, [f64]> {
            if control == candidate {
                return Cow::Borrowed(control);
            }
            let rows = treated.iter().zip(control.iter().zip(candidate.iter()));
            Cow::Owned(rows.map(|(&treated, (&a, &b))| if treated { b } else { a }).collect())
        };
        Self {
            numerator: pick(&control.numerator, &candidate.numerator),
            denominator: pick(&control.denominator, &candidate.denominator),
            incomplete: control.incomplete || candidate.incomplete,
        }
    }

    /// These rows, selected for `who`, as a sample.
    #[must_use]
    pub fn sample<'b>(&'b self, who: &'b Who, target: Target) -> Sample<'b> {
        let recorded = if self.incomplete { Recorded::WhereCounted } else { Recorded::Always };
        Sample::new(&who.frame, target, &self.numerator, &self.denominator).recorded(recorded)
    }

    /// The quantiles that `targets` ask for, in both arms.
    #[must_use]
    pub fn quantiles(
        &self,
        who: &Who,
        targets: &[Target],
        keeps: impl Fn(usize) -> bool,
        with_densities: bool,
    ) -> Vec<ArmQuantile> {
        ArmQuantile::of(&who.frame, targets, (&self.numerator, &self.denominator), keeps, with_densities)
    }

    /// The world's own values of metrics that share these columns, over the rows that are `measured`.
    #[must_use]
    pub fn values(&self, measured: impl Fn(usize) -> bool, targets: &[Target]) -> Vec<Option<f64>> {
        let (mut numerator, mut denominator) = (0.0, 0.0);
        for row in (0..self.numerator.len()).filter(|&row| measured(row)) {
            numerator += self.numerator[row];
            denominator += self.denominator[row];
        }
        let ratio = (denominator > 0.0).then(|| numerator / denominator);
        let ps: Vec<f64> = targets
            .iter()
            .filter_map(|target| match target {
                Target::Quantile(p) => Some(*p),
                Target::Ratio => None,
            })
            .collect();
        let mut quantiles = if ps.is_empty() {
            Vec::new().into_iter()
        } else {
            let counts = |row: usize| (self.denominator[row] > 0.0 && measured(row)).then_some(false);
            let [all, _] = grouped_quantiles(&self.numerator, counts, &ps, false);
            all.into_iter()
        };
        let value = |target: &Target| match target {
            Target::Ratio => ratio,
            Target::Quantile(_) => quantiles.next().flatten().map(|spread| spread.quantile),
        };
        targets.iter().map(value).collect()
    }
}

/// KV blocks of a cluster.
#[must_use]
pub fn kv_capacity(scenario: &Scenario, cluster: ClusterId) -> u64 {
    let cluster = &scenario.layout.clusters[cluster.index()];
    u64::from(cluster.replicas) * u64::from(cluster.engine.kv_blocks)
}
