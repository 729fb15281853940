//! How long, how many clusters, which blocks: what a pilot of the truth worlds says of experiments that nobody ran.
//!
//! Each design's standard error comes from [`super::block_variance`] or [`super::unit_variance`], what it finds of the
//! effect from the kernel ([`super::kernel`]) for switchbacks and from the scenario's own study for the others. With c the
//! t quantile at 1 − α/2, q that at the power and s the share of the effect that is found,
//!
//! - power = P(T > c − |s·effect|/SE) + P(T < −c − |s·effect|/SE), T Student's with the units' degrees of freedom;
//! - minimum detectable effect = (c + q)·SE/s;
//! - RMSE² = ((1 − s)·effect)² + its error² + SE².

use super::kernel::Kernel;
use crate::design::Order;
use crate::record::Metric;
use crate::stats::{Measure, NotEstimable, student_t_quantile, student_t_sf};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// The metric.
    pub metric: &'static Metric,
    /// The effect to find; `None`: the true one.
    pub effect: Option<Target>,
    /// The probability with which it is to be found.
    pub power: f64,
    /// The size of the test, two-sided.
    pub alpha: f64,
    /// The longest measured time that is looked at, in seconds.
    pub longest_s: f64,
}

/// An effect to find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// As a share of the control's value.
    Relative(f64),
    /// In the unit of the metric.
    Absolute(f64),
    /// A share of the control's value by which the metric improves.
    RelativeGain(f64),
    /// So much better, in the unit of the metric.
    AbsoluteGain(f64),
}

impl Target {
    /// The effect, candidate minus control.
    #[must_use]
    pub fn effect(self, value_control: f64, metric: &Metric) -> f64 {
        let better = if metric.higher_is_better { 1.0 } else { -1.0 };
        match self {
            Self::Relative(share) => share * value_control,
            Self::Absolute(effect) => effect,
            Self::RelativeGain(share) => better * share * value_control.abs(),
            Self::AbsoluteGain(gain) => better * gain,
        }
    }
}

/// How long an experiment must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needed {
    /// So many measured seconds.
    Seconds(f64),
    /// More than the longest time, at which it has this power.
    Beyond(f64),
    /// No length of time helps: a floor of the standard error, or a bias of the whole effect.
    Never,
}

/// What one design would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The design's name, or its kind where the scenario has none.
    pub design: String,
    /// Its kind: request, user, cluster or switchback.
    pub kind: &'static str,
    /// Its settings in words.
    pub setting: String,
    /// Whether it is the scenario's own.
    pub own: bool,
    /// Share of the effect that it finds, where known.
    pub found: Option<Measure>,
    /// Where the share comes from: `kernel`, `study`, or `unknown`.
    pub found_by: &'static str,
    /// The same share as the scenario's own study measured it, where it did.
    pub found_in_study: Option<Measure>,
    /// Standard error at the scenario's duration.
    pub std_error: Measure,
    /// The empirical standard error of the scenario's own study, where it has the design.
    pub measured_se: Option<Measure>,
    /// Degrees of freedom at the scenario's duration.
    pub df: f64,
    /// Power at the scenario's duration.
    pub power: f64,
    /// Smallest true effect found with the wanted power at the scenario's duration; `None` where none is.
    pub detectable: Option<f64>,
    /// How long it must be.
    pub needed: Needed,
    /// How many clusters of the present kind and load, at the scenario's duration; `None` for other designs, or when more
    /// than ten thousand.
    pub clusters: Option<u32>,
}

/// A design that is not planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPlanned {
    /// The design's name.
    pub design: String,
    /// Its kind.
    pub kind: &'static str,
    /// Why, in words.
    pub reason: String,
}

/// One choice of block length and washout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Block length.
    pub block_s: f64,
    /// Washout.
    pub washout_s: f64,
    /// How arms follow each other.
    pub order: Order,
    /// Blocks at the scenario's duration.
    pub blocks: u32,
    /// Predicted bias.
    pub bias: Measure,
    /// Predicted standard error.
    pub std_error: Measure,
    /// √(bias² + its error² + SE²): a bias that the pilot cannot tell from zero counts as far as it may go.
    pub rmse: f64,
    /// Smallest true effect found with the wanted power; `None` where none is.
    pub detectable: Option<f64>,
    /// Correlation of adjacent blocks in the truth worlds.
    pub adjacent_correlation: f64,
    /// Whether it is the scenario's own.
    pub own: bool,
}

/// The kernel of one metric or state.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedKernel {
    /// The metric or state.
    pub name: &'static str,
    /// The kernel, or why there is none.
    pub kernel: Result<Kernel, NotEstimable>,
}

/// The answers for one candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The candidate policy.
    pub candidate: String,
    /// The control's value.
    pub value_control: f64,
    /// The true effect.
    pub truth: Measure,
    /// Replications of the pilot that have a truth.
    pub truth_replications: usize,
    /// The effect to find.
    pub effect: f64,
    /// The measured time of the scenario, on the pilot's grid.
    pub measured_s: f64,
    /// What each design would do.
    pub rows: Vec<Row>,
    /// The designs of the scenario that have no row, and why.
    pub not_planned: Vec<NotPlanned>,
    /// Blocks and washouts, best first.
    pub choices: Vec<Choice>,
    /// The kernels: of the metric, then of the states of the fleet.
    pub kernels: Vec<NamedKernel>,
    /// What to know before believing it.
    pub warnings: Vec<String>,
}

/// Power of a two-sided t test at an expected estimate of `signal`.
#[must_use]
pub fn power_of(signal: f64, std_error: f64, df: f64, alpha: f64) -> f64 {
    if df < 1.0 {
        return 0.0;
    }
    if std_error <= 0.0 {
        return if signal == 0.0 { alpha } else { 1.0 };
    }
    let critical = student_t_quantile(1.0 - alpha / 2.0, df);
    let shift = signal.abs() / std_error;
    student_t_sf(critical - shift, df) + student_t_sf(critical + shift, df)
}

/// (t at 1 − α/2 + t at the power)·SE.
#[must_use]
pub fn detectable(std_error: f64, df: f64, question: &Question) -> Option<f64> {
    let quantile = |p: f64| student_t_quantile(p, df);
    (df >= 1.0).then(|| (quantile(1.0 - question.alpha / 2.0) + quantile(question.power)) * std_error)
}

/// The shortest time from `shortest` on with the wanted power, to half a per cent.
pub(super) fn needed(question: &Question, shortest: f64, power: impl Fn(f64) -> f64) -> Needed {
    let enough = |duration: f64| power(duration) >= question.power;
    if !enough(question.longest_s) {
        let for_ever = power(1e4 * question.longest_s) >= question.power;
        return if for_ever { Needed::Beyond(power(question.longest_s)) } else { Needed::Never };
    }
    let (mut low, mut high) = (shortest.min(question.longest_s), question.longest_s);
    if enough(low) {
        return Needed::Seconds(low);
    }
    while high / low > 1.005 {
        let middle = (low * high).sqrt();
        if enough(middle) { high = middle } else { low = middle }
    }
    Needed::Seconds(high)
}

/// A length of time in words: `80 s`, `38 min`, `5.2 h`, `3.1 d`.
#[must_use]
pub fn time(seconds: f64) -> String {
    let digits = |value: f64| if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    let plain = |value: f64| digits(value).trim_end_matches(".0").to_owned();
    match seconds {
        s if s < 120.0 => format!("{} s", plain(s)),
        s if s < 7_200.0 => format!("{} min", plain(s / 60.0)),
        s if s < 172_800.0 => format!("{} h", plain(s / 3_600.0)),
        s => format!("{} d", plain(s / 86_400.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::METRICS;

    const QUESTION: Question =
        Question { metric: &METRICS[0], effect: None, power: 0.8, alpha: 0.05, longest_s: 1e6 };

    #[test]
    fn the_minimum_detectable_effect_has_the_power_that_it_is_named_for() {
        // 2.8016 standard errors with known variance: textbooks' (1.96 + 0.84).
        let known = detectable(1.0, f64::INFINITY, &QUESTION).unwrap();
        assert!((known - 2.801_585).abs() < 1e-5, "{known}");
        for df in [2.0, 10.0, f64::INFINITY] {
            let effect = detectable(0.3, df, &QUESTION).unwrap();
            let power = power_of(effect, 0.3, df, 0.05);
            // The other tail adds half a per cent at two degrees of freedom, next to nothing at many.
            assert!((0.8..0.806).contains(&power), "{df}: {power}");
        }
        assert_eq!(detectable(1.0, 0.0, &QUESTION), None);
    }

    #[test]
    fn without_an_effect_the_power_is_the_size() {
        assert!((power_of(0.0, 2.0, 7.0, 0.05) - 0.05).abs() < 1e-9);
        assert_eq!(power_of(1.0, 0.0, 7.0, 0.05), 1.0);
    }

    #[test]
    fn the_needed_time_is_where_the_power_is_reached() {
        // SE 1/√T with known variance and signal 1: T = 2.8016².
        let power = |t: f64| power_of(1.0, 1.0 / t.sqrt(), f64::INFINITY, 0.05);
        let Needed::Seconds(found) = needed(&QUESTION, 0.01, power) else { panic!("not reached") };
        assert!((found / 7.848_9 - 1.0).abs() < 0.006, "{found}");
        let weak = |t: f64| power_of(1e-4, 1.0 / t.sqrt(), f64::INFINITY, 0.05);
        assert!(matches!(needed(&QUESTION, 0.01, weak), Needed::Beyond(p) if p < 0.2));
        let floor = |_: f64| 0.3;
        assert_eq!(needed(&QUESTION, 0.01, floor), Needed::Never);
    }

    #[test]
    fn times_read_as_people_say_them() {
        for (seconds, text) in [
            (2.5, "2.5 s"),
            (80.0, "80 s"),
            (2_280.0, "38 min"),
            (18_720.0, "5.2 h"),
            (1e6, "12 d"),
            (120.0, "2 min"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }
}
