//! `contention power`: how long, how many clusters, which blocks, and which bias no length of time mends.

use std::sync::atomic::Ordering;

use clap::Args;
use serde_json::{Value, json};

use super::call::command;
use super::checksum::{checksums, sha256};
use super::directory::RunDirectory;
use super::manifest::Manifest;
use super::progress::Progress;
use super::run::{interruptible, no_threads};
use super::{Failure, Global, input, print, print_json};
use crate::design::NamedDesign;
use crate::record::{METRICS, Measure as MetricMeasure, Metric};
use crate::report::{power_tables, power_text};
use crate::scenario::Scenario;
use crate::settings::quantity::Unit;
use crate::stats::Measure;
use crate::study::pilot::pilot;
use crate::study::planner::{PLANNED, is_known, plan};
use crate::study::power::{Needed, NotPlanned, Plan, Question, Target};
use crate::study::{execute, replicate};

/// Options of `power`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name.
    #[arg(default_value = "quickstart")]
    scenario: String,
    /// The effect to find: an improvement by `5%` of the control's value, or by a number in the metric's unit such as
    /// `12ms`; with a sign, a change in that direction; the scenario's true effect when left out.
    #[arg(long, value_name = "EFFECT", allow_hyphen_values = true)]
    effect: Option<String>,
    /// The probability with which it is to be found.
    #[arg(long, default_value_t = 0.8)]
    power: f64,
    /// The size of the test, two-sided.
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// The metric; the scenario's primary one when left out. Means, shares and counts, not quantiles.
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    /// The longest experiment that is looked at.
    #[arg(long, default_value = "14d", value_name = "DURATION")]
    max_duration: String,
    /// Replications of the pilot.
    #[arg(long, default_value_t = 20, value_name = "R")]
    replications: u32,
}

impl Options {
    fn question(&self, scenario: &Scenario) -> Result<Question, Failure> {
        let usage = |text: String| Err(Failure::Usage(text));
        let metric = match &self.metric {
            None => scenario.study.primary,
            Some(name) => match Metric::named(name) {
                Some(metric) => metric,
                None => {
                    return usage(format!(
                        "--metric {name}: no such metric; `contention list metrics` has them"
                    ));
                }
            },
        };
        if matches!(metric.measure, MetricMeasure::Quantile(..)) {
            let means: Vec<&str> =
                METRICS.iter().map(|metric| metric.name).filter(|name| name.ends_with("_mean")).collect();
            return usage(format!(
                "{}: sums of quantiles are not quantiles, so that blocks of other lengths cannot be foretold; take \
                 --metric {} or another mean or share",
                metric.name,
                means.join(", ")
            ));
        }
        for (name, value) in [("power", self.power), ("alpha", self.alpha)] {
            if !(value > 0.0 && value < 1.0) {
                return usage(format!("--{name} {value}: a number above 0 and below 1"));
            }
        }
        if self.power <= self.alpha {
            return usage("--power: more than --alpha, which a coin has".to_owned());
        }
        if self.replications < 3 {
            return usage("--replications: 3 or more, or nothing is known of the noise".to_owned());
        }
        let Some(longest_s) = Unit::Duration.parse(&self.max_duration).filter(|longest| *longest > 0.0)
        else {
            return usage(format!("--max-duration {}: {}", self.max_duration, Unit::Duration.allowed()));
        };
        let effect = match &self.effect {
            None => None,
            Some(text) => match target(text, metric.unit) {
                Some(target) => Some(target),
                None => {
                    return usage(format!(
                        "--effect {text}: a share such as 5%, or a number in {} other than 0",
                        metric.unit
                    ));
                }
            },
        };
        Ok(Question { metric, effect, power: self.power, alpha: self.alpha, longest_s })
    }

    /// The call that repeats this.
    fn command(&self, global: &Global) -> String {
        let mut text = command("power", &self.scenario, global);
        if let Some(effect) = &self.effect {
            text.push_str(&format!(" --effect {effect}"));
        }
        if let Some(metric) = &self.metric {
            text.push_str(&format!(" --metric {metric}"));
        }
        text.push_str(&format!(
            " --power {} --alpha {} --max-duration {} --replications {}",
            self.power, self.alpha, self.max_duration, self.replications
        ));
        text
    }
}

/// `5%`, `12 ms`, `0.01`: an improvement by so much; with a sign, a change in that direction.
fn target(text: &str, unit: &str) -> Option<Target> {
    let number =
        |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number != 0.0);
    let text = text.trim();
    let is_signed = text.starts_with(['+', '-']);
    if let Some(percent) = text.strip_suffix('%') {
        let share = number(percent)? / 100.0;
        return Some(if is_signed { Target::Relative(share) } else { Target::RelativeGain(share) });
    }
    let number = number(text.strip_suffix(unit).unwrap_or(text))?;
    Some(if is_signed { Target::Absolute(number) } else { Target::AbsoluteGain(number) })
}

/// Plan an experiment.
pub fn power(options: &Options, global: &Global) -> Result<(), Failure> {
    let mut input = input::load(&options.scenario, global)?;
    input::warn(&input.scenario, input::Use::Simulated, global);
    if input.scenario.policies.len() < 2 {
        return Err(Failure::Usage("nothing to plan: a scenario needs a candidate policy".to_owned()));
    }
    let question = options.question(&input.scenario)?;
    let resolved = input.scenario.resolved.clone();
    let scenario = &mut input.scenario;
    scenario.study.replications = options.replications;
    scenario.study.primary = question.metric;
    scenario.study.metrics = vec![question.metric];
    scenario.study.curve.clear();
    scenario.study.segments.clear();
    scenario.estimators.retain(|estimator| !estimator.spec.basic.is_empty());
    let planned = |design: &NamedDesign| PLANNED.contains(&design.kind);
    let others =
        scenario.designs.iter().filter(|design| !planned(design)).map(not_planned).collect::<Vec<_>>();
    scenario.designs.retain(planned);
    let scenario = &input.scenario;
    let call = options.command(global);
    let _ = super::CALL.set(call.clone());
    let hash = sha256(
        format!("{}\n{resolved}\n{}\n{call}", env!("CARGO_PKG_VERSION"), input.file_hashes.join("\n"))
            .as_bytes(),
    );
    let mut manifest = Manifest::start(call, &input, None);
    manifest.hash = hash;
    manifest.scenario.push_str("-power");
    let directory = RunDirectory::open(global.out_folder().join(manifest.directory_name()))?;
    directory.write("manifest.json", manifest.incomplete().as_bytes())?;
    let mut plans = pilots(scenario, &question, global)?;
    plans.iter_mut().for_each(|plan| plan.not_planned.extend(others.iter().cloned()));
    let tables = power_tables(&plans, &question).map_err(|error| Failure::failed(error.to_string()))?;
    let mut files: Vec<(String, String)> =
        vec![("scenario.toml".to_owned(), input.text.clone()), ("resolved.toml".to_owned(), resolved)];
    files.extend(tables.into_iter().map(|(name, content)| (name.to_owned(), content)));
    for (name, content) in &files {
        directory.write(name, content.as_bytes())?;
    }
    directory.write("manifest.json", manifest.complete(0, &checksums(&files)).as_bytes())?;
    if !global.quiet {
        for plan in &plans {
            plan.warnings.iter().for_each(|warning| tell!("warning: {warning}"));
        }
    }
    if global.json {
        return print_json(&to_json(scenario, &question, &plans, &directory));
    }
    print(&power_text(&plans, scenario, &question))?;
    print(&format!("\nTables are in {}\n", directory.path.display()))
}

/// A design of a kind whose error the pilot cannot foretell.
fn not_planned(design: &NamedDesign) -> NotPlanned {
    let reason = format!("power plans designs by {}; `contention run` grades this one", PLANNED.join(", "));
    NotPlanned { design: design.name.clone(), kind: design.kind, reason }
}

/// The scenario's own study and the pilot's worlds, replication by replication.
fn pilots(scenario: &Scenario, question: &Question, global: &Global) -> Result<Vec<Plan>, Failure> {
    let stop = interruptible();
    let progress = Progress::new(scenario.study.replications, 0, global);
    let one = |number: u32| {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        execute::set_running(scenario.study.seed, number);
        let replication = replicate(scenario, number);
        let runs: Vec<_> = (1..scenario.policies.len())
            .map(|candidate| pilot(scenario, candidate, question.metric, number))
            .collect();
        let requests = replication.requests + runs.iter().map(|run| run.requests).sum::<u64>();
        progress.done(requests, || None);
        Some((replication, runs))
    };
    let found = execute::spread(scenario.study.replications, global.jobs, one).map_err(no_threads)?;
    progress.finish();
    let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() else {
        return Err(Failure::Interrupted("interrupted; no plan was written".to_owned()));
    };
    let (replications, runs): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    plan(scenario, question, replications, &runs)
        .map_err(|reason| Failure::failed(format!("{}: no plan: {reason}", question.metric.name)))
}

fn to_json(scenario: &Scenario, question: &Question, plans: &[Plan], directory: &RunDirectory) -> Value {
    let measure = |measure: Measure| json!({"value": measure.value, "mcse": measure.mcse});
    let candidates: Vec<Value> = plans
        .iter()
        .map(|plan| {
            let mut rows: Vec<Value> = plan
                .rows
                .iter()
                .map(|row| {
                    let (needed, note, power_at_longest) = match row.needed {
                        Needed::Seconds(seconds) => (Some(seconds), "reached", None),
                        Needed::Beyond(power) => (None, "beyond the longest time", Some(power)),
                        Needed::Never => (None, "no length of time", None),
                    };
                    json!({
                        "design": row.design,
                        "kind": row.kind,
                        "setting": row.setting,
                        "own": row.own,
                        "found_share": row.found.map(measure),
                        "found_by": row.found_by,
                        "found_is_known": is_known(row.found),
                        "note": null,
                        "found_share_in_study": row.found_in_study.map(measure),
                        "std_error": measure(row.std_error),
                        "measured_se": row.measured_se.map(measure),
                        "df": row.df.is_finite().then_some(row.df),
                        "power": row.power,
                        "detectable_effect": row.detectable,
                        "needed_s": needed,
                        "needed_note": note,
                        "power_at_longest": power_at_longest,
                        "clusters_needed": row.clusters,
                    })
                })
                .collect();
            rows.extend(plan.not_planned.iter().map(|row| {
                json!({
                    "design": row.design,
                    "kind": row.kind,
                    "own": true,
                    "note": format!("not graded: {}", row.reason),
                })
            }));
            let choices: Vec<Value> = plan
                .choices
                .iter()
                .map(|choice| {
                    json!({
                        "block_s": choice.block_s,
                        "washout_s": choice.washout_s,
                        "order": choice.order.name(),
                        "blocks": choice.blocks,
                        "bias": measure(choice.bias),
                        "std_error": measure(choice.std_error),
                        "rmse": choice.rmse,
                        "detectable_effect": choice.detectable,
                        "adjacent_correlation": choice.adjacent_correlation,
                        "own": choice.own,
                    })
                })
                .collect();
            let kernels: Vec<Value> = plan
                .kernels
                .iter()
                .map(|named| match &named.kernel {
                    Ok(kernel) => json!({
                        "metric": named.name,
                        "relaxation_s": kernel.relaxation_s,
                        "lost_s": measure(kernel.lost_s),
                        "lead_s": measure(kernel.lead_s),
                        "note": null,
                    }),
                    Err(reason) => json!({"metric": named.name, "note": format!("no kernel: {reason}")}),
                })
                .collect();
            json!({
                "candidate": plan.candidate,
                "value_control": plan.value_control,
                "truth": measure(plan.truth),
                "truth_replications": plan.truth_replications,
                "effect": plan.effect,
                "measured_s": plan.measured_s,
                "designs": rows,
                "block_choice": choices,
                "kernels": kernels,
                "warnings": plan.warnings,
            })
        })
        .collect();
    json!({
        "scenario": scenario.name,
        "metric": question.metric.name,
        "unit": question.metric.unit,
        "power": question.power,
        "alpha": question.alpha,
        "max_duration_s": question.longest_s,
        "seed": scenario.study.seed,
        "replications": scenario.study.replications,
        "directory": directory.path.display().to_string(),
        "candidates": candidates,
    })
}
