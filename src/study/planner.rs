//! Plans experiments from a pilot of the truth worlds: the rows of every design and the choice of blocks, by the arithmetic
//! of [`super::power`].

use super::block_variance::{BlockMoments, Cut, FleetSeries};
use super::carry_over::Blocks;
use super::kernel::{Kernel, jackknife_se, kernel};
use super::pilot::{Grid, PilotRun, STATES, Series, Worlds};
use super::power::{
    Choice, NamedKernel, Needed, NotPlanned, Plan, Question, Row, detectable, needed, power_of, time,
};
use super::segment::EVERYBODY;
use super::unit_variance::{UnitMoments, cluster_df};
use super::{Graded, Replication, score};
use crate::design::{BlockPlan, NamedDesign, Order, Structure, Unit};
use crate::estimate::Estimand;
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::stats::{Measure, NotEstimable};
use crate::units::{ClusterId, Span};

/// A pilot further away from the answer than this factor is told.
const FAR: f64 = 10.0;

/// The kinds of designs that are planned.
pub const PLANNED: [&str; 4] = ["request", "user", "cluster", "switchback"];

/// The blocks with the smallest error. Another design may still need less time: one with a larger bias towards a larger
/// effect does.
pub const LEAST_ERROR: &str = "least-error blocks";

/// Fewest blocks of a choice.
const FEWEST_BLOCKS: usize = 8;

/// Most clusters that are looked at.
const MOST_CLUSTERS: u32 = 10_000;

/// Everything that a pilot of one candidate has.
struct Pilots<'a> {
    scenario: &'a Scenario,
    question: &'a Question,
    candidate: usize,
    runs: &'a [PilotRun],
    grid: Grid,
    graded: &'a Graded,
    truth: Measure,
    truth_replications: usize,
    effect: f64,
}

/// Plan for each candidate: `replications` are the scenario's own study, `pilots` the pilot's worlds by replication and
/// candidate.
///
/// # Errors
/// `TooFewUnits` under two replications; `Unobserved` where the metric has no value.
pub fn plan(
    scenario: &Scenario,
    question: &Question,
    replications: Vec<Replication>,
    pilots: &[Vec<PilotRun>],
) -> Result<Vec<Plan>, NotEstimable> {
    if pilots.len() < 2 {
        return Err(NotEstimable::TooFewUnits);
    }
    let graded = score(scenario, replications);
    let grid = Grid::of(scenario, question.metric.level() == "request");
    (1..scenario.policies.len())
        .map(|candidate| {
            let runs: Vec<PilotRun> = pilots.iter().map(|runs| runs[candidate - 1].clone()).collect();
            let name = &scenario.policies[candidate].name;
            let truth = graded.truth_of(name, question.metric.name).ok_or(NotEstimable::Unobserved)?;
            let effect = match question.effect {
                Some(target) => target.effect(truth.value_control, question.metric),
                None => truth.effect.value,
            };
            let pilots = Pilots {
                scenario,
                question,
                candidate,
                runs: &runs,
                grid,
                graded: &graded,
                truth: truth.effect,
                truth_replications: truth.n_replications,
                effect,
            };
            let value_control = truth.value_control;
            Ok(pilots.plan(value_control))
        })
        .collect()
}

impl Pilots<'_> {
    fn plan(&self, value_control: f64) -> Plan {
        let kernels = self.kernels();
        let of_metric = kernels[0].kernel.as_ref().ok();
        let choices = self.choices(of_metric);
        let (rows, not_planned) = self.rows(of_metric, &choices);
        let mut plan = Plan {
            candidate: self.scenario.policies[self.candidate].name.clone(),
            value_control,
            truth: self.truth,
            truth_replications: self.truth_replications,
            effect: self.effect,
            measured_s: self.grid.seconds(),
            rows,
            not_planned,
            choices,
            kernels,
            warnings: Vec::new(),
        };
        self.warn(&mut plan);
        plan
    }

    fn kernels(&self) -> Vec<NamedKernel> {
        let windows = Grid::of(self.scenario, false);
        let named = |name, worlds: Vec<&Worlds>, grid: &Grid| NamedKernel {
            name,
            kernel: kernel(&worlds, (grid.block, grid.lead), grid.step.seconds()),
        };
        let metric: Vec<&Worlds> = self.runs.iter().map(|run| &run.metric).collect();
        let mut kernels = vec![named(self.question.metric.name, metric, &self.grid)];
        for (at, name) in
            STATES.into_iter().enumerate().filter(|(_, name)| *name != self.question.metric.name)
        {
            kernels.push(named(name, self.runs.iter().map(|run| &run.states[at]).collect(), &windows));
        }
        kernels
    }

    fn pairs(&self) -> Vec<(&Series, &Series)> {
        self.runs.iter().map(|run| (&run.metric.control, &run.metric.candidate)).collect()
    }

    fn designs(&self, kind: &str) -> Vec<&NamedDesign> {
        self.scenario.designs.iter().filter(|design| design.kind == kind).collect()
    }

    /// Whether units of this kind can hold the policies apart.
    fn holds_apart(&self, unit: Unit) -> bool {
        let policies = &self.scenario.policies;
        let axes = policies[self.candidate].differing_axes(&policies[0]);
        axes.iter().all(|axis| axis.scope() <= unit.separates())
    }

    /// The blocks of the first of the scenario's own switchbacks that has a test.
    fn own_blocks(&self) -> Option<BlockPlan> {
        let mut plans =
            self.designs("switchback").into_iter().filter_map(|design| design.design.block_plan());
        plans.find(|plan| plan.order != Order::Alternating)
    }

    fn bins(&self, span: Span) -> usize {
        ((span.0 + self.grid.step.0 / 2) / self.grid.step.0) as usize
    }

    /// Block lengths from one bin to an eighth of the measured time, in steps of a third; washouts in eighths. Fewer than
    /// eight blocks leave too few degrees of freedom for a test.
    fn choices(&self, kernel: Option<&Kernel>) -> Vec<Choice> {
        let (Ok(series), Some(kernel)) = (FleetSeries::of(&self.pairs(), self.grid.step.seconds()), kernel)
        else {
            return Vec::new();
        };
        let own = self.own_blocks();
        let (order, share) = own.map_or((Order::Balanced, 0.5), |plan| (plan.order, plan.share));
        let longest = self.grid.bins / FEWEST_BLOCKS;
        let mut lengths: Vec<usize> = Vec::new();
        let mut length = (self.grid.bins as f64 / 400.0).max(1.0);
        while length as usize <= longest {
            lengths.push(length as usize);
            length *= 4.0 / 3.0;
        }
        let mut cuts: Vec<(usize, usize)> = lengths
            .iter()
            .flat_map(|&length| (0..8).map(move |eighth| (length, (length * eighth + 4) / 8)))
            .collect();
        let of_own = own.map(|plan| (self.bins(plan.block).max(1), self.bins(plan.washout)));
        cuts.extend(of_own);
        cuts.sort_unstable();
        cuts.dedup();
        let mut choices: Vec<Choice> = cuts
            .into_iter()
            .filter(|(length, washout)| *length > 0 && washout < length)
            .filter_map(|(length, washout)| {
                let cut = Cut { length, washout, order, share };
                let moments = series.blocks(cut)?;
                let is_own = of_own == Some((length, washout));
                Some(self.choice(cut, &moments, kernel, is_own))
            })
            .collect();
        choices.sort_by(|a, b| {
            a.rmse
                .total_cmp(&b.rmse)
                .then(a.block_s.total_cmp(&b.block_s))
                .then(a.washout_s.total_cmp(&b.washout_s))
        });
        choices
    }

    fn choice(&self, cut: Cut, moments: &BlockMoments, kernel: &Kernel, own: bool) -> Choice {
        let step = self.grid.step.seconds();
        let count = moments.count(self.grid.seconds());
        let blocks = blocks_of(cut, step, count);
        let found = found_by(kernel, &blocks);
        let bias = Measure { value: (found.value - 1.0) * self.effect, mcse: found.mcse * self.effect.abs() };
        let std_error = moments.std_error(self.grid.seconds());
        Choice {
            block_s: blocks.length_s,
            washout_s: blocks.washout_s,
            order: cut.order,
            blocks: count,
            bias,
            std_error,
            rmse: libm::hypot(libm::hypot(bias.value, bias.mcse), std_error.value),
            detectable: self.detectable(std_error.value, moments.df(count), Some(found)),
            adjacent_correlation: moments.adjacent_correlation(),
            own,
        }
    }

    /// A row for each design, the scenario's own and those that are tried beside them; and why own ones have none.
    fn rows(&self, kernel: Option<&Kernel>, choices: &[Choice]) -> (Vec<Row>, Vec<NotPlanned>) {
        let (mut rows, mut refused) = (Vec::new(), Vec::new());
        let mut refuse = |design: &NamedDesign, reason: String| {
            refused.push(NotPlanned { design: design.name.clone(), kind: design.kind, reason });
        };
        for (kind, unit) in [("request", Unit::Request), ("user", Unit::User), ("cluster", Unit::Cluster)] {
            let designs = self.designs(kind);
            if designs.is_empty() && self.holds_apart(unit) {
                rows.extend(self.unit_row(kind, unit, None).ok());
            }
            for design in designs {
                match self.unit_row(kind, unit, Some(design)) {
                    Ok(row) => rows.push(row),
                    Err(reason) => refuse(design, reason.to_string()),
                }
            }
        }
        let series = FleetSeries::of(&self.pairs(), self.grid.step.seconds());
        for design in self.designs("switchback") {
            let Some(plan) = design.design.block_plan() else { continue };
            if plan.order == Order::Alternating {
                refuse(design, NotEstimable::FewAssignments.to_string());
                continue;
            }
            let length = self.bins(plan.block).max(1);
            let washout = self.bins(plan.washout).min(length - 1);
            let cut = Cut { length, washout, order: plan.order, share: plan.share };
            let row = series.as_ref().map_err(|reason| *reason).and_then(|series| {
                let name = design.name.clone();
                self.block_row(name, Some(design), cut, series, kernel).ok_or(NotEstimable::TooFewUnits)
            });
            match row {
                Ok(row) => rows.push(row),
                Err(reason) => refuse(design, reason.to_string()),
            }
        }
        if let (Some(best), Ok(series)) = (choices.first().filter(|choice| !choice.own), &series) {
            let step = self.grid.step.seconds();
            let bins = |seconds: f64| libm::round(seconds / step) as usize;
            let share = self.own_blocks().map_or(0.5, |plan| plan.share);
            let cut =
                Cut { length: bins(best.block_s), washout: bins(best.washout_s), order: best.order, share };
            rows.extend(self.block_row(LEAST_ERROR.to_owned(), None, cut, series, kernel));
        }
        (rows, refused)
    }

    /// What the scenario's own study says of a design: the share of the effect that it finds, and its empirical error.
    fn measured(&self, design: &NamedDesign) -> Option<(Measure, Measure)> {
        let unit = design.design.unit();
        let mut estimators = self.scenario.estimators.iter();
        let recommended = estimators
            .rfind(|estimator| !estimator.spec.basic.is_empty() && estimator.suits(&design.name, unit))?;
        let candidate = &self.scenario.policies[self.candidate].name;
        let row = self.graded.performance.iter().find(|row| {
            row.design == design.name
                && row.estimator == recommended.name
                && row.metric == self.question.metric.name
                && row.candidate == *candidate
                && row.estimand == Estimand::Gte
                && row.segment == EVERYBODY
        })?;
        let performance = row.result.ok()?;
        let is_clear = performance.truth.value.abs() > super::kernel::CLEAR * performance.truth.mcse;
        is_clear.then(|| {
            let share = 1.0 + performance.bias.value / performance.truth.value;
            let mcse = performance.bias.mcse / performance.truth.value.abs();
            (Measure { value: share, mcse }, performance.emp_se)
        })
    }

    fn unit_row(
        &self,
        kind: &'static str,
        unit: Unit,
        design: Option<&NamedDesign>,
    ) -> Result<Row, NotEstimable> {
        let question = self.question;
        let (share, structure) = design.map_or((0.5, Structure::Plain), |design| self.drawn(design));
        let measured_s = self.grid.seconds();
        let clusters = self.scenario.layout.clusters.len() as u32;
        let rows: Vec<_> = self.runs.iter().map(|run| run.rows).collect();
        let users = rows.iter().flatten().map(|row| row.n_users).sum::<usize>() as f64 / rows.len() as f64;
        let (moments, df, setting) = match unit {
            Unit::Cluster => {
                let moments =
                    UnitMoments::clusters(&self.pairs(), &structure, share, self.grid.step.seconds())?;
                (moments, cluster_df(clusters, &structure), format!("{clusters} clusters"))
            }
            Unit::User => {
                let moments = UnitMoments::rows(&rows, true, share, measured_s)?;
                (moments, users - 2.0, format!("{users:.0} users"))
            }
            _ => {
                let moments = UnitMoments::rows(&rows, false, share, measured_s)?;
                (moments, f64::INFINITY, format!("{:.0} % candidate", 100.0 * share))
            }
        };
        let measured = design.and_then(|design| self.measured(design));
        let found = measured.map(|(found, _)| found);
        let signal = self.effect * share_of(found);
        let std_error = moments.std_error(measured_s);
        let power = |duration: f64| power_of(signal, moments.std_error(duration).value, df, question.alpha);
        let is_cluster = unit == Unit::Cluster;
        Ok(Row {
            design: design.map_or_else(|| kind.to_owned(), |design| design.name.clone()),
            kind,
            setting,
            own: design.is_some(),
            found,
            found_by: if found.is_some() { "study" } else { "unknown" },
            found_in_study: found,
            std_error,
            measured_se: measured.map(|(_, se)| se),
            df,
            power: power(measured_s),
            detectable: self.detectable(std_error.value, df, found),
            needed: if signal_is_lost(found) {
                Needed::Never
            } else {
                needed(question, measured_s / 100.0, power)
            },
            clusters: if is_cluster {
                self.clusters_needed(signal, std_error.value, clusters, &structure)
            } else {
                None
            },
        })
    }

    fn detectable(&self, std_error: f64, df: f64, found: Option<Measure>) -> Option<f64> {
        let share = share_of(found);
        if share <= 0.0 { None } else { Some(detectable(std_error, df, self.question)? / share) }
    }

    /// Share of candidates and structure of a draw of a design.
    fn drawn(&self, design: &NamedDesign) -> (f64, Structure) {
        let streams = Streams::new(self.scenario.study.seed, 0);
        let assignment = design.assign(streams, &self.scenario.facts());
        let structure = assignment.structure();
        let share = match assignment.treated_units() {
            Some(units) if !units.is_empty() => {
                units.iter().filter(|&&treated| treated).count() as f64 / units.len() as f64
            }
            _ => {
                let requests = self.scenario.workload.arrivals_until(streams, self.scenario.horizon());
                requests.first().map_or(0.5, |request| assignment.propensity(request, ClusterId(0)))
            }
        };
        (share.clamp(0.001, 0.999), structure)
    }

    /// The fewest clusters, two at a time, with the wanted power at the scenario's duration: the variance falls with their
    /// number.
    fn clusters_needed(
        &self,
        signal: f64,
        std_error: f64,
        present: u32,
        structure: &Structure,
    ) -> Option<u32> {
        (2..=MOST_CLUSTERS / 2).map(|half| 2 * half).find(|&clusters| {
            let se = std_error * (f64::from(present) / f64::from(clusters)).sqrt();
            power_of(signal, se, cluster_df(clusters, structure), self.question.alpha) >= self.question.power
        })
    }

    fn block_row(
        &self,
        name: String,
        design: Option<&NamedDesign>,
        cut: Cut,
        series: &FleetSeries,
        kernel: Option<&Kernel>,
    ) -> Option<Row> {
        let question = self.question;
        let moments = series.blocks(cut)?;
        let step = self.grid.step.seconds();
        let measured_s = self.grid.seconds();
        let found_at = |duration: f64| {
            let count = moments.count(duration);
            kernel.map(|kernel| found_by(kernel, &blocks_of(cut, step, count)))
        };
        let measured = design.and_then(|design| self.measured(design));
        let power = |duration: f64| {
            let share = share_of(found_at(duration));
            let df = moments.df(moments.count(duration));
            power_of(self.effect * share, moments.std_error(duration).value, df, question.alpha)
        };
        let found = found_at(measured_s);
        let std_error = moments.std_error(measured_s);
        let df = moments.df(moments.count(measured_s));
        let blocks = blocks_of(cut, step, 0);
        Some(Row {
            design: name,
            kind: "switchback",
            setting: format!(
                "{} of {}, washout {}",
                cut.order.name(),
                time(blocks.length_s),
                time(blocks.washout_s)
            ),
            own: design.is_some(),
            found,
            found_by: if found.is_some() { "kernel" } else { "unknown" },
            found_in_study: measured.map(|(found, _)| found),
            std_error,
            measured_se: measured.map(|(_, se)| se),
            df,
            power: power(measured_s),
            detectable: self.detectable(std_error.value, df, found),
            needed: if signal_is_lost(found) {
                Needed::Never
            } else {
                needed(question, 4.0 * blocks.length_s, power)
            },
            clusters: None,
        })
    }

    fn warn(&self, plan: &mut Plan) {
        let mut warnings = Vec::new();
        if self.truth.value.abs() <= super::kernel::CLEAR * self.truth.mcse {
            warnings.push(
                "the true effect is not clear of its own error: take more replications, or give --effect; carry-over \
                 and bias cannot be told"
                    .to_owned(),
            );
        }
        if let Ok(kernel) = &plan.kernels[0].kernel
            && kernel.relaxation_s.is_none()
        {
            warnings.push(format!(
                "after {} the response to a switch has not settled as far as noise can tell: biases of long blocks are \
                 too small; take a longer duration or more replications",
                time(self.grid.step.seconds() * self.grid.block as f64)
            ));
        }
        for row in &plan.rows {
            if let Needed::Seconds(seconds) = row.needed
                && seconds > FAR * plan.measured_s
            {
                warnings.push(format!(
                    "{}: {} is {:.0} times the pilot's measured time; slower variation than the pilot saw is not in it",
                    row.design,
                    time(seconds),
                    seconds / plan.measured_s
                ));
            }
            if let Some(found) = row.found.filter(|found| found.mcse > VAGUE) {
                warnings.push(format!(
                    "{}: the share of the effect that it finds is known to {:.0} points only, and taken as all of it",
                    row.design,
                    100.0 * found.mcse
                ));
            }
            if row.std_error.mcse > 0.25 * row.std_error.value {
                warnings.push(format!(
                    "{}: the pilot knows its standard error to {:.0} % only; take more replications",
                    row.design,
                    100.0 * row.std_error.mcse / row.std_error.value
                ));
            }
        }
        plan.warnings = warnings;
    }
}

/// A share with a larger error says nothing.
const VAGUE: f64 = 0.25;

/// Whether the share of the effect that a design finds is known, so that its power is.
#[must_use]
pub fn is_known(found: Option<Measure>) -> bool {
    found.is_some_and(|found| found.mcse <= VAGUE)
}

/// The share to count with: the measured one, or all where it is not known.
fn share_of(found: Option<Measure>) -> f64 {
    found.filter(|found| found.mcse <= VAGUE).map_or(1.0, |found| found.value)
}

/// Whether nothing of the effect is left to be found.
fn signal_is_lost(found: Option<Measure>) -> bool {
    found.is_some_and(|found| found.mcse <= VAGUE && found.value <= 2.0 * found.mcse)
}

fn blocks_of(cut: Cut, step_s: f64, count: u32) -> Blocks {
    let length_s = cut.length as f64 * step_s;
    Blocks { length_s, washout_s: cut.washout as f64 * step_s, order: cut.order, count }
}

/// The share of the effect that these blocks find under a kernel, with its jackknife error.
#[must_use]
pub fn found_by(kernel: &Kernel, blocks: &Blocks) -> Measure {
    let without: Vec<f64> = kernel.without.iter().map(|response| response.share_found(blocks)).collect();
    Measure { value: kernel.response.share_found(blocks), mcse: jackknife_se(&without) }
}
