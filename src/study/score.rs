//! Puts replications together: truth with its error, and how every design and estimator performs against it.

use super::Replication;
use super::distribution::merge;
use super::segment::EVERYBODY;
use super::tables::{
    BlockRow, BoundaryRow, CurveRow, Decomposition, Distributed, Distribution, EstimateRow, EventRow,
    NotGradedRow, PerformanceRow, TimelineRow, TokenMeanRow, TruthRow,
};
use crate::design::NamedDesign;
use crate::estimate::{ESTIMATORS, Estimand};
use crate::record::{METRICS, Metric};
use crate::scenario::Scenario;
use crate::stats::{BucketCounts, Measure, NotEstimable, Replicate, UnderNull, performance};

/// The truth of one candidate and metric over all replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The candidate policy.
    pub candidate: String,
    /// The metric.
    pub metric: &'static Metric,
    /// The part of the traffic; `all` for everybody.
    pub segment: String,
    /// Mean value in the worlds of all-control.
    pub value_control: f64,
    /// Mean value in the worlds of all-candidate.
    pub value_candidate: f64,
    /// Mean effect, and its standard error over replications (zero when there is one replication only).
    pub effect: Measure,
    /// Replications that have a truth: those in which both worlds have a value.
    pub n_replications: usize,
}

/// A graded study: all its tables, in the order of replications. Truth and performance are empty until [`grade`] has been called.
#[derive(Clone, Debug, Default)]
pub struct Graded {
    /// Truth by candidate and metric.
    pub truth: Vec<Truth>,
    /// Truth by replication.
    pub truth_rows: Vec<TruthRow>,
    /// Estimates by replication.
    pub estimates: Vec<EstimateRow>,
    /// Performance by candidate, design, estimator and metric.
    pub performance: Vec<PerformanceRow>,
    /// Designs that have no row of the launch effect on the primary metric, and why.
    pub not_graded: Vec<NotGradedRow>,
    /// The policy-value curve by replication.
    pub curve: Vec<CurveRow>,
    /// Boundary events by replication.
    pub boundary: Vec<BoundaryRow>,
    /// The timeline of the first replication.
    pub timeline: Vec<TimelineRow>,
    /// The events of the first replication.
    pub events: Vec<EventRow>,
    /// Latencies and tokens of requests by truth world, over all replications.
    pub distributions: Vec<Distribution>,
    /// The running mean of a request's tokens in the first replication.
    pub token_mean: Vec<TokenMeanRow>,
    /// Blocks of time in the first replication.
    pub blocks: Vec<BlockRow>,
    /// Requests simulated, over all worlds and replications.
    pub requests: u64,
}

impl Graded {
    /// The rows of one replication, not graded yet.
    #[must_use]
    pub fn of(replication: Replication) -> Self {
        Self {
            truth_rows: replication.truth,
            estimates: replication.estimates,
            curve: replication.curve,
            boundary: replication.boundary,
            timeline: replication.timeline,
            events: replication.events,
            token_mean: replication.token_mean,
            blocks: replication.blocks,
            distributions: replication.distributions,
            requests: replication.requests,
            ..Self::default()
        }
    }

    /// Add the rows of replications that come after those in here. What was graded is stale then.
    pub fn append(&mut self, later: Self) {
        self.requests += later.requests;
        put_behind(&mut self.truth_rows, later.truth_rows);
        put_behind(&mut self.estimates, later.estimates);
        put_behind(&mut self.curve, later.curve);
        put_behind(&mut self.boundary, later.boundary);
        put_behind(&mut self.timeline, later.timeline);
        put_behind(&mut self.events, later.events);
        put_behind(&mut self.token_mean, later.token_mean);
        put_behind(&mut self.blocks, later.blocks);
        merge(&mut self.distributions, later.distributions);
    }

    /// The truth of a candidate and metric over everybody.
    #[must_use]
    pub fn truth_of(&self, candidate: &str, metric: &str) -> Option<&Truth> {
        self.truth_within(candidate, metric, EVERYBODY)
    }

    /// The distribution of a quantity in a truth world; `None` of no requests.
    #[must_use]
    pub fn distribution(&self, world: &str, quantity: Distributed) -> Option<&BucketCounts> {
        let mut of_world = self.distributions.iter().filter(|one| one.world == world);
        of_world.find(|one| one.quantity == quantity).map(|one| &one.counts)
    }

    /// The truth of a candidate and metric within a segment.
    #[must_use]
    pub fn truth_within(&self, candidate: &str, metric: &str, segment: &str) -> Option<&Truth> {
        let mut truths = self.truth.iter().filter(|truth| truth.candidate == candidate);
        truths.find(|truth| truth.metric.name == metric && truth.segment == segment)
    }
}

/// Put rows behind others, without moving them where there are none.
fn put_behind<T>(rows: &mut Vec<T>, mut later: Vec<T>) {
    if rows.capacity() == 0 {
        *rows = later;
    } else {
        rows.append(&mut later);
    }
}

/// Grade replications that come in order of their number.
#[must_use]
pub fn score(scenario: &Scenario, replications: Vec<Replication>) -> Graded {
    let mut rows = Graded::default();
    for replication in replications {
        rows.append(Graded::of(replication));
    }
    grade(scenario, rows)
}

/// Grade rows: truth and performance follow from them.
#[must_use]
pub fn grade(scenario: &Scenario, mut graded: Graded) -> Graded {
    let mut segments: Vec<&str> = vec![EVERYBODY];
    for row in &graded.truth_rows {
        if !segments.contains(&row.segment.as_str()) {
            segments.push(&row.segment);
        }
    }
    let mut truths = Vec::new();
    for candidate in &scenario.policies[1..] {
        for metric in METRICS {
            for segment in &segments {
                truths.extend(truth_of(&graded.truth_rows, &candidate.name, metric, segment));
            }
        }
    }
    graded.truth = truths;
    graded.performance = performances(&graded);
    graded.not_graded = not_graded(scenario, &graded);
    graded
}

/// Every design that a study was asked for and that no estimator of a launch graded on the primary metric.
fn not_graded(scenario: &Scenario, graded: &Graded) -> Vec<NotGradedRow> {
    let metric = scenario.study.primary.name;
    let mut missing = Vec::new();
    for candidate in &scenario.policies[1..] {
        let is_graded = |design: &NamedDesign| {
            graded.performance.iter().any(|row| {
                row.candidate == candidate.name
                    && row.design == design.name
                    && row.metric == metric
                    && row.estimand == Estimand::Gte
                    && row.segment == EVERYBODY
            })
        };
        missing.extend(scenario.designs.iter().filter(|design| !is_graded(design)).map(|design| {
            NotGradedRow {
                candidate: candidate.name.clone(),
                design: design.name.clone(),
                metric,
                reason: why_not_graded(scenario, design),
            }
        }));
    }
    missing
}

fn why_not_graded(scenario: &Scenario, design: &NamedDesign) -> String {
    let unit = design.design.unit();
    let metric = scenario.study.primary.name;
    let own = || scenario.estimators.iter().filter(|estimator| estimator.suits(&design.name, unit));
    let names = || own().map(|estimator| estimator.name.as_str()).collect::<Vec<_>>().join(", ");
    if own().next().is_none() {
        let made: Vec<&str> =
            ESTIMATORS.iter().filter(|spec| spec.units.contains(&unit)).map(|spec| spec.name).collect();
        return format!(
            "no estimator of the scenario is made for it; add an [[estimator]] of {}",
            made.join(", ")
        );
    }
    if own().all(|estimator| !estimator.looks_at(metric)) {
        return format!("its estimators ({}) do not look at {metric}", names());
    }
    format!("its estimators ({}) aim at another effect than that of a launch", names())
}

fn truth_of(rows: &[TruthRow], candidate: &str, metric: &'static Metric, segment: &str) -> Option<Truth> {
    let rows: Vec<&TruthRow> = rows
        .iter()
        .filter(|row| row.candidate == candidate && row.metric == metric.name && row.segment == segment)
        .collect();
    let mean = |of: fn(&TruthRow) -> f64| rows.iter().map(|row| of(row)).sum::<f64>() / rows.len() as f64;
    let effects: Vec<f64> = rows.iter().map(|row| row.effect()).collect();
    let effect = match Measure::mean(&effects) {
        Ok(effect) => effect,
        Err(_) => Measure { value: *effects.first()?, mcse: 0.0 },
    };
    Some(Truth {
        candidate: candidate.to_owned(),
        metric,
        segment: segment.to_owned(),
        value_control: mean(|row| row.value_control),
        value_candidate: mean(|row| row.value_candidate),
        effect,
        n_replications: rows.len(),
    })
}

/// Performance of each candidate, design, estimator, metric and estimand, in the order of their first estimate.
fn performances(graded: &Graded) -> Vec<PerformanceRow> {
    let same = |a: &EstimateRow, b: &EstimateRow| {
        (a.metric, &a.segment, a.estimand) == (b.metric, &b.segment, b.estimand)
            && (&a.candidate, &a.design, &a.estimator) == (&b.candidate, &b.design, &b.estimator)
    };
    // Replications mostly list the same estimates in the same order: look first behind the row before.
    let mut groups: Vec<Vec<&EstimateRow>> = Vec::new();
    let mut next = 0;
    for row in &graded.estimates {
        let count = groups.len();
        let mut places = (0..count).map(|step| (next + step) % count);
        let place = places.find(|&place| same(groups[place][0], row));
        match place {
            Some(place) => groups[place].push(row),
            None => groups.push(vec![row]),
        }
        next = place.map_or(0, |place| place + 1);
    }
    groups.iter().map(|rows| performance_row(rows, graded)).collect()
}

fn performance_row(rows: &[&EstimateRow], graded: &Graded) -> PerformanceRow {
    let nulls: Vec<f64> = rows.iter().filter_map(|row| row.null?.ok().map(|found| found.p_value)).collect();
    PerformanceRow {
        candidate: rows[0].candidate.clone(),
        design: rows[0].design.clone(),
        estimator: rows[0].estimator.clone(),
        metric: rows[0].metric,
        segment: rows[0].segment.clone(),
        estimand: rows[0].estimand,
        n_asked: rows.len(),
        n_answered: rows.iter().filter(|row| row.result.is_ok() && row.paired_truth.is_some()).count(),
        result: performance_of(rows, graded),
        null: UnderNull::of(&nulls).ok(),
        mean_decomposition: mean_decomposition(rows),
    }
}

fn performance_of(rows: &[&EstimateRow], graded: &Graded) -> Result<crate::stats::Performance, NotEstimable> {
    let metric = Metric::named(rows[0].metric).ok_or(NotEstimable::Unobserved)?;
    let EstimateRow { candidate, metric: name, segment, .. } = rows[0];
    let gte = graded.truth_within(candidate, name, segment).map(|truth| truth.effect);
    let mut failure = None;
    let mut replicates = Vec::new();
    for row in rows {
        match (row.result, row.paired_truth) {
            (Ok(estimate), Some(paired_truth)) => replicates.push(Replicate {
                estimate: estimate.effect,
                std_error: estimate.std_error,
                conf_low: estimate.conf_low,
                conf_high: estimate.conf_high,
                p_value: estimate.p_value,
                paired_truth,
            }),
            (Err(reason), _) => failure = Some(reason),
            (Ok(_), None) => failure = Some(NotEstimable::Unobserved),
        }
    }
    let failed = rows.len() - replicates.len();
    if let Some(reason) = failure.filter(|_| replicates.len() < 2) {
        return Err(reason);
    }
    // Where some replications gave no estimate, the truth is that of the ones that did.
    let truths: Vec<f64> = replicates.iter().map(|replicate| replicate.paired_truth).collect();
    let effect = match gte {
        Some(gte) if failed == 0 && rows[0].estimand == Estimand::Gte => gte,
        _ => Measure::mean(&truths)?,
    };
    performance(&replicates, failed, effect.value, effect.mcse, metric.higher_is_better)
}

fn mean_decomposition(rows: &[&EstimateRow]) -> Option<Decomposition> {
    let parts: Vec<Decomposition> = rows.iter().filter_map(|row| row.decomposition).collect();
    let mean = |of: fn(&Decomposition) -> f64| parts.iter().map(of).sum::<f64>() / parts.len() as f64;
    (!parts.is_empty()).then(|| Decomposition {
        error: mean(|part| part.error),
        sampling_part: mean(|part| part.sampling_part),
        spillover_on_control: mean(|part| part.spillover_on_control),
        dilution_on_treated: mean(|part| part.dilution_on_treated),
    })
}
