//! A gate between two steps of a ramp: one metric of both arms over what has ended in a step.

use crate::record::{METRICS, Measure, Metric, Quantity, Reading};
use crate::settings::Section;
use crate::units::{ArmId, Span};

/// What a ramp must pass to go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    quantity: Quantity,
    higher_is_better: bool,
    bound: Bound,
    /// Only what ends so long before the end of a step counts; `None`: the whole step.
    pub(super) window: Option<Span>,
    /// Requests that must count in each arm.
    min_requests: u64,
    /// What happens when it fails.
    pub(super) action: Action,
}

/// How much worse the candidate may be.
#[derive(Clone, Copy, Debug)]
enum Bound {
    /// So many times as bad.
    Ratio(f64),
    /// By so much, in the unit of the metric.
    Difference(f64),
}

/// What happens when a gate fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nobody gets the candidate any more.
    RollBack,
    /// The step is repeated.
    Hold,
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// On to the next step.
    Pass,
    /// The candidate is worse than allowed.
    Fail,
    /// Too few requests to tell, which is not a pass.
    Unknown,
}

impl Gate {
    /// The setting `gate`.
    pub(super) fn read(section: &Section<'_>) -> Self {
        let means: Vec<(&'static str, (Quantity, bool))> =
            METRICS.iter().filter_map(|metric| Some((metric.name, mean(metric)?))).collect();
        let chosen = section.choice("metric", Some("rejected_share"), &means);
        let (quantity, higher_is_better) = chosen.unwrap_or((Quantity::Rejected, false));
        let bound = if section.has("max_difference") {
            if section.has("max_ratio") {
                section.problem("max_ratio", "a ratio and a difference", "`max_ratio` or `max_difference`");
                section.ignore(&["max_ratio"]);
            }
            Bound::Difference(section.number("max_difference", None, 0.0..=1e12))
        } else {
            Bound::Ratio(section.number("max_ratio", Some(1.2), 1.0..=1e6))
        };
        let window = section.has("window").then(|| section.positive_duration("window", None));
        let actions = &[("roll_back", Action::RollBack), ("hold", Action::Hold)];
        let gate = Self {
            quantity,
            higher_is_better,
            bound,
            window,
            min_requests: section.integer("min_requests", Some(1), 1..=1_000_000_000),
            action: section.choice("action", Some("roll_back"), actions).unwrap_or(Action::RollBack),
        };
        section.finish();
        gate
    }

    /// What it says of sums over both arms.
    pub(super) fn answer(&self, sums: &Sums) -> Answer {
        if sums.0.iter().any(|(_, count)| *count < self.min_requests) {
            return Answer::Unknown;
        }
        let [control, candidate] =
            sums.0.map(|(sum, count)| sum as f64 / count as f64 * self.quantity.scale());
        let (better, worse) = if self.higher_is_better { (candidate, control) } else { (control, candidate) };
        let fails = match self.bound {
            Bound::Ratio(most) => worse > most * better,
            Bound::Difference(most) => worse - better > most,
        };
        if fails { Answer::Fail } else { Answer::Pass }
    }
}

/// A metric that is a mean over requests.
const fn mean(metric: &Metric) -> Option<(Quantity, bool)> {
    match metric.measure {
        Measure::Mean(quantity) => Some((quantity, metric.higher_is_better)),
        _ => None,
    }
}

/// Numerators and denominators by arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums([(u128, u64); 2]);

impl Sums {
    /// One more request has ended.
    pub(super) fn add(&mut self, gate: &Gate, arm: ArmId, reading: &Reading<'_>) {
        let (numerator, denominator) = gate.quantity.read(reading);
        let sum = &mut self.0[arm.index().min(1)];
        sum.0 += u128::from(numerator);
        sum.1 += denominator;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(bound: Bound, higher_is_better: bool) -> Gate {
        let quantity = Quantity::Rejected;
        Gate { quantity, higher_is_better, bound, window: None, min_requests: 10, action: Action::Hold }
    }

    #[test]
    fn a_gate_fails_on_harm_passes_on_benefit_and_knows_when_it_cannot_tell() {
        let sums = |control, candidate| Sums([(control, 100), (candidate, 100)]);
        let ratio = gate(Bound::Ratio(1.5), false);
        assert_eq!(ratio.answer(&sums(10, 16)), Answer::Fail);
        assert_eq!(ratio.answer(&sums(10, 15)), Answer::Pass);
        assert_eq!(ratio.answer(&sums(0, 0)), Answer::Pass);
        assert_eq!(ratio.answer(&Sums([(0, 100), (9, 9)])), Answer::Unknown);
        let difference = gate(Bound::Difference(0.1), false);
        assert_eq!(difference.answer(&sums(10, 21)), Answer::Fail);
        assert_eq!(difference.answer(&sums(30, 10)), Answer::Pass);
        let share_served = gate(Bound::Ratio(1.5), true);
        assert_eq!(share_served.answer(&sums(90, 50)), Answer::Fail);
        assert_eq!(share_served.answer(&sums(50, 90)), Answer::Pass);
    }
}
