//! Grades one metric, or several that share their columns, within a replication: the truth, every experiment's estimates
//! of it, and the exact parts of their errors.

use super::columns::{Columns, Requests};
use super::frame::{Who, WorldLog, target};
use super::segment::EVERYBODY;
use super::tables::{CurveRow, Decomposition, EstimateRow, TruthRow, WorldValue};
use super::truth::Truths;
use super::{Experiment, Replication};
use crate::design::Structure;
use crate::estimate::{ArmQuantile, Arms, Contrast, Estimand, Frame, NamedEstimator, Target};
use crate::record::{Measure, Metric, Outcome, Quantity, Terms};
use crate::scenario::Scenario;
use crate::stats::{Difference, NotEstimable};
use crate::workload::Request;

/// Everything that a replication's grading looks at.
pub(super) struct Graders<'a> {
    pub scenario: &'a Scenario,
    pub replication: u32,
    /// Offered requests a second of measured time: the same in all worlds of a replication.
    pub offered_per_second: f64,
    /// The worlds of one policy each.
    pub truth_worlds: &'a [Observed<'a>],
    /// The worlds of the policy-value curve, by candidate and share.
    pub curve: &'a [CurveWorld<'a>],
    /// The segments that are graded too.
    pub segments: &'a [Within],
    /// The experiments with what was observed in them.
    pub experiments: &'a [(&'a Experiment<'a>, Observed<'a>)],
}

/// A segment: its name, the measured requests that the truth is over, and those of each experiment.
pub(super) type Within = (String, Vec<bool>, Vec<Vec<bool>>);

/// A world with its measured requests read.
pub(super) struct Observed<'a> {
    pub log: &'a WorldLog,
    pub requests: Requests<'a>,
    /// The mirrored copies of requests, where there are any; as requests are, row by row.
    pub copies: Option<(&'a [Outcome], Requests<'a>)>,
}

impl<'a> Observed<'a> {
    /// The requests from the number `first` on are the `measured` ones.
    pub(super) fn of(log: &'a WorldLog, terms: &'a Terms, measured: &'a [Request], first: usize) -> Self {
        let copies = log.copies.get(first..).filter(|copies| !copies.is_empty());
        Self {
            log,
            requests: Requests::of(terms, measured, &log.log.outcomes[first..]),
            copies: copies.map(|copies| (copies, Requests::of(terms, measured, copies))),
        }
    }
}

/// A world in which single requests were given the candidate with probability `share`.
pub(super) struct CurveWorld<'a> {
    pub candidate: usize,
    pub share: f64,
    pub treated: Vec<bool>,
    pub observed: Observed<'a>,
}

/// The request quantity of a metric that is summed or ranked as it is.
pub(super) fn quantity(metric: &Metric) -> Option<Quantity> {
    match metric.measure {
        Measure::Mean(quantity) | Measure::Quantile(quantity, _) => Some(quantity),
        _ => None,
    }
}

impl Graders<'_> {
    /// The columns of a metric in one world.
    fn columns<'b>(&self, metric: &Metric, world: &'b Observed<'_>) -> Columns<'b> {
        match metric.measure {
            Measure::Mean(quantity) | Measure::Quantile(quantity, _) => world.requests.columns(quantity),
            Measure::PerSecond(quantity) => world.requests.columns(quantity).scaled(self.offered_per_second),
            Measure::KvUsedShare | Measure::Outstanding | Measure::EventsPerHour(_) => {
                Columns::of_windows(metric.measure, &world.log.windows, self.scenario)
            }
        }
    }

    /// Grade metrics that share their columns.
    pub(super) fn grade(&self, metrics: &[Metric], out: &mut Replication) {
        let worlds: Vec<Columns<'_>> =
            self.truth_worlds.iter().map(|world| self.columns(&metrics[0], world)).collect();
        let on_requests = metrics[0].level() == "request";
        let targets: Vec<Target> = metrics.iter().map(target).collect();
        let values: Vec<Vec<Option<f64>>> = self
            .truth_worlds
            .iter()
            .zip(&worlds)
            .map(|(world, columns)| {
                if on_requests {
                    return columns.values(|_| true, &targets);
                }
                let windows = &world.log.windows;
                let measured: Vec<bool> =
                    windows.rows().map(|(start, _, _)| windows.is_measured(start)).collect();
                columns.values(|row| measured[row], &targets)
            })
            .collect();
        let of_metric = |at: usize| values.iter().map(|values| values[at]).collect();
        let mut truths: Vec<Truths> = (0..metrics.len()).map(|at| Truths::new(of_metric(at))).collect();
        if on_requests {
            self.add_curve(metrics, &mut truths, out);
        }
        for (metric, truths) in metrics.iter().zip(&truths) {
            self.push_truth(metric, EVERYBODY, truths, out);
        }
        for (experiment, observed) in self.experiments {
            let who = if on_requests { Some(&experiment.requests) } else { experiment.windows.as_ref() };
            self.experiment(experiment, observed, (EVERYBODY, who), (metrics, &truths), &worlds, out);
        }
        let primary = self.scenario.study.primary;
        if let Some(at) =
            metrics.iter().position(|metric| metric.name == primary.name).filter(|_| on_requests)
        {
            for segment in self.segments {
                self.within(segment, &metrics[at..=at], &worlds, out);
            }
        }
    }

    /// Grade the primary metric within a segment.
    fn within(
        &self,
        (segment, rows, of_experiments): &Within,
        metrics: &[Metric],
        worlds: &[Columns<'_>],
        out: &mut Replication,
    ) {
        let targets = [target(&metrics[0])];
        let truths =
            Truths::new(worlds.iter().map(|world| world.values(|row| rows[row], &targets)[0]).collect());
        self.push_truth(&metrics[0], segment, &truths, out);
        for ((experiment, observed), rows) in self.experiments.iter().zip(of_experiments) {
            let who = experiment.requests.within(rows);
            let graded = (metrics, std::slice::from_ref(&truths));
            self.experiment(experiment, observed, (segment, Some(&who)), graded, worlds, out);
        }
    }

    /// What the worlds of the curve come to.
    fn add_curve(&self, metrics: &[Metric], truths: &mut [Truths], out: &mut Replication) {
        for world in self.curve {
            let columns = self.columns(&metrics[0], &world.observed);
            let targets: Vec<Target> = metrics.iter().map(target).collect();
            let all = columns.values(|_| true, &targets);
            let treated = columns.values(|row| world.treated[row], &targets);
            let control = columns.values(|row| !world.treated[row], &targets);
            for (at, (metric, truths)) in metrics.iter().zip(truths.iter_mut()).enumerate() {
                let row = CurveRow {
                    candidate: self.scenario.policies[world.candidate].name.clone(),
                    share: world.share,
                    metric: metric.name,
                    replication: self.replication,
                    value: all[at],
                    value_treated: treated[at],
                    value_control: control[at],
                };
                truths.add(world.candidate, &row);
                out.curve.push(row);
            }
        }
    }

    fn push_truth(&self, metric: &Metric, segment: &str, truths: &Truths, out: &mut Replication) {
        for (policy, value) in truths.values.iter().enumerate().filter(|_| segment == EVERYBODY) {
            if let Some(value) = *value {
                out.values.push(WorldValue { policy, metric: metric.name, value });
            }
        }
        for candidate in 1..truths.values.len() {
            if let (Some(value_control), Some(value_candidate)) = (truths.values[0], truths.values[candidate])
            {
                out.truth.push(TruthRow {
                    candidate: self.scenario.policies[candidate].name.clone(),
                    metric: metric.name,
                    segment: segment.to_owned(),
                    replication: self.replication,
                    value_control,
                    value_candidate,
                });
            }
        }
    }

    /// All estimates of one experiment.
    fn experiment(
        &self,
        experiment: &Experiment<'_>,
        observed: &Observed<'_>,
        (segment, who): (&str, Option<&Who>),
        (metrics, truths): (&[Metric], &[Truths]),
        worlds: &[Columns<'_>],
        out: &mut Replication,
    ) {
        let on_requests = metrics[0].level() == "request";
        let mixed = self.columns(&metrics[0], observed);
        let shadowed = who.and_then(|who| with_shadow(who, quantity(&metrics[0])?, observed));
        let who = shadowed.as_ref().or(who);
        let selected = who.map(|who| {
            let [control, candidate] = [0, experiment.candidate].map(|world| worlds[world].select(who));
            (who, mixed.select(who), control, candidate)
        });
        let targets: Vec<Target> = metrics.iter().map(target).collect();
        let logs = selected.as_ref().map(|(who, mixed, control, candidate)| {
            let star = Columns::by_arm(control, candidate, &who.frame.treated);
            Logs::new(who, mixed, star, &targets)
        });
        // An A/A world of this assignment is the control's own world.
        let has_null = experiment.has_null && segment == EVERYBODY;
        let null = selected.as_ref().filter(|_| has_null).map(|(who, _, control, _)| {
            let who = if on_requests { experiment.null_requests.as_ref().unwrap_or(who) } else { who };
            (who, control)
        });
        let refused = refusal(experiment);
        let unit = experiment.assignment.unit();
        for estimator in
            self.scenario.estimators.iter().filter(|estimator| estimator.suits(experiment.design, unit))
        {
            for (metric, truths) in metrics.iter().zip(truths) {
                if !estimator.looks_at(metric.name) {
                    continue;
                }
                let gte = truths.effect(experiment.candidate, Estimand::Gte);
                let graded = match &logs {
                    Some(logs) if logs.is_zero => Graded::not_estimable(NotEstimable::ZeroVariance),
                    Some(logs) => logs.estimate(estimator, target(metric), gte).unless(refused),
                    None => Graded::not_estimable(NotEstimable::SharedBetweenArms),
                };
                let null = match (&null, metric.name == self.scenario.study.primary.name) {
                    (Some(_), true) if refused.is_some() => refused.map(Err),
                    (Some((who, columns)), true) => {
                        Some(estimator.estimate(&columns.sample(who, target(metric))).map(|c| c.difference))
                    }
                    _ => None,
                };
                let estimand = estimator.estimator.estimand();
                let own = experiment.share.map_or(estimand, |share| estimand.at(share));
                let row = |estimand: Estimand, paired_truth, decomposition, null| EstimateRow {
                    candidate: self.scenario.policies[experiment.candidate].name.clone(),
                    design: experiment.design.to_owned(),
                    estimator: estimator.name.clone(),
                    metric: metric.name,
                    segment: segment.to_owned(),
                    replication: self.replication,
                    estimand,
                    paired_truth,
                    result: graded.result,
                    arms: graded.arms,
                    decomposition,
                    null,
                };
                if estimand.is_of_a_launch() {
                    out.estimates.push(row(Estimand::Gte, gte, graded.decomposition, null));
                }
                if own != Estimand::Gte && segment == EVERYBODY && self.scenario.knows(own) {
                    // Without an effect every estimand is zero; a launch's row has the same p-values already.
                    let null = if estimand.is_of_a_launch() { None } else { null };
                    out.estimates.push(row(own, truths.effect(experiment.candidate, own), None, null));
                }
            }
        }
    }
}

/// The frame with what each request's copy got; a row without a copy, or whose copy does not count, has none.
fn with_shadow(who: &Who, quantity: Quantity, observed: &Observed<'_>) -> Option<Who> {
    let (outcomes, requests) = observed.copies.as_ref()?;
    let columns = requests.columns(quantity);
    let value = |&row: &usize| {
        // Nobody is served by a replica of a copy that was never made.
        let was_made = outcomes[row] != Outcome::default() && columns.denominator[row] > 0.0;
        if was_made { columns.numerator[row] / columns.denominator[row] } else { f64::NAN }
    };
    let shadow = who.row.iter().map(value).collect();
    Some(Who { row: who.row.clone(), frame: Frame { shadow, ..who.frame.clone() } })
}

/// Why nothing of an experiment can be judged, whatever the estimator.
fn refusal(experiment: &Experiment<'_>) -> Option<NotEstimable> {
    // Two assignments exist: no test, and no standard error that means anything.
    (experiment.assignment.structure() == Structure::Alternating).then_some(NotEstimable::FewAssignments)
}

/// One estimate with its arms and the parts of its error.
struct Graded {
    result: Result<Difference, NotEstimable>,
    arms: Option<Arms>,
    decomposition: Option<Decomposition>,
}

impl Graded {
    const fn not_estimable(reason: NotEstimable) -> Self {
        Self { result: Err(reason), arms: None, decomposition: None }
    }

    /// The same, or this refusal. The arms are what they are; only what is inferred from them is not known.
    fn unless(self, refused: Option<NotEstimable>) -> Self {
        match refused {
            Some(reason) => Self { result: Err(reason), decomposition: None, ..self },
            None => self,
        }
    }
}

/// The rows of one metric, from the experiment and from the truth worlds.
struct Logs<'a> {
    who: &'a Who,
    /// What happened.
    mixed: Log<'a>,
    /// What would have happened had nobody met the other arm.
    no_interference: Log<'a>,
    /// Whether nothing that the metric counts ever happened, to anybody in either arm.
    is_zero: bool,
    /// Whether everything happened as it would have without interference.
    is_undisturbed: bool,
}

/// A log with its quantiles: over all rows, and over those after the washout.
struct Log<'a> {
    columns: Columns<'a>,
    quantiles: [Vec<ArmQuantile>; 2],
}

impl<'a> Log<'a> {
    fn new(columns: Columns<'a>, who: &Who, targets: &[Target], with_densities: bool) -> Self {
        let washout = &who.frame.washout;
        let all = columns.quantiles(who, targets, |_| true, with_densities);
        let has_washout = washout.contains(&true);
        let after = if has_washout {
            columns.quantiles(who, targets, |row| !washout[row], with_densities)
        } else {
            Vec::new()
        };
        Self { columns, quantiles: [all, after] }
    }

    fn sample<'b>(&'b self, who: &'b Who, target: Target) -> crate::estimate::Sample<'b> {
        self.columns.sample(who, target).with_quantiles(&self.quantiles[0], &self.quantiles[1])
    }
}

impl<'a> Logs<'a> {
    fn new(who: &'a Who, mixed: &'a Columns<'a>, star: Columns<'a>, targets: &[Target]) -> Self {
        let treated = &who.frame.treated;
        let is_zero =
            mixed.is_zero() && star.is_zero() && treated.contains(&true) && treated.contains(&false);
        Self {
            is_undisturbed: *mixed == star,
            is_zero,
            who,
            mixed: Log::new(mixed.clone(), who, targets, true),
            no_interference: Log::new(star, who, targets, false),
        }
    }

    /// The estimate, and the exact parts of its error.
    fn estimate(&self, estimator: &NamedEstimator, target: Target, truth: Option<f64>) -> Graded {
        let contrast = estimator.estimate(&self.mixed.sample(self.who, target));
        let decomposition = match (&contrast, truth) {
            // A copy's outcome is neither arm's: there is nothing to put in its place.
            (Ok(contrast), Some(truth)) if self.who.frame.shadow.is_empty() => {
                self.split(estimator, target, contrast, truth)
            }
            _ => None,
        };
        Graded {
            result: contrast.map(|contrast| contrast.difference),
            arms: contrast.ok().and_then(|contrast| contrast.arms),
            decomposition,
        }
    }

    /// The exact split of the error: where the effect is a difference of the arms' statistics, arm by arm; else the
    /// outcomes of one arm after the other are replaced, in both orders, and the two are averaged, so that the parts
    /// still sum to the error.
    fn split(
        &self,
        estimator: &NamedEstimator,
        target: Target,
        found: &Contrast,
        truth: f64,
    ) -> Option<Decomposition> {
        let effect = found.difference.effect;
        let star = estimator.point(&self.no_interference.sample(self.who, target)).ok()?;
        let (spillover_on_control, dilution_on_treated) = match (found.arms, star.arms) {
            _ if self.is_undisturbed => (0.0, 0.0),
            (Some(mixed), Some(star)) => (-(mixed.control - star.control), mixed.treated - star.treated),
            _ => {
                let point = |treated: bool| -> Option<f64> {
                    let columns = self.replaced(treated);
                    Some(estimator.point(&columns.sample(self.who, target)).ok()?.effect)
                };
                let (treated_first, control_first) = (point(true)?, point(false)?);
                let dilution = f64::midpoint(effect - treated_first, control_first - star.effect);
                let spillover = f64::midpoint(effect - control_first, treated_first - star.effect);
                (spillover, dilution)
            }
        };
        Some(Decomposition {
            error: effect - truth,
            sampling_part: star.effect - truth,
            spillover_on_control,
            dilution_on_treated,
        })
    }

    /// What happened, with the outcomes of one arm as they would have been without interference.
    fn replaced(&self, treated: bool) -> Columns<'_> {
        let first: Vec<bool> = self.who.frame.treated.iter().map(|&arm| arm == treated).collect();
        Columns::by_arm(&self.mixed.columns, &self.no_interference.columns, &first)
    }
}
