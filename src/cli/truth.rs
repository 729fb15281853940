//! `contention truth`: only the truth worlds, and every true effect.

use std::sync::atomic::AtomicBool;

use clap::Args;
use serde_json::json;

use super::run::{interruptible, no_threads, replications, study};
use super::{Failure, Global, input, print, print_json};
use crate::readout::verdict::{scale_of_differences, short, signed};
use crate::record::{METRICS, Metric};
use crate::report::numbers::{out_of, signed_with_error, with_error};
use crate::scenario::Scenario;
use crate::stats::Measure;
use crate::study::curve::{CurveSummary, curve_summaries};
use crate::study::execute;
use crate::study::externality::{Externality, externalities};
use crate::study::segment::EVERYBODY;

/// Options of `truth`.
#[derive(Debug, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name.
    #[arg(default_value = "quickstart")]
    scenario: String,
    /// Also put this many requests of each replication under the other policy, one at a time, and tell what that does to
    /// them and to all others on the primary metric.
    #[arg(long, value_name = "N")]
    externality: Option<u32>,
    /// The share of the candidate in the world in which requests are put under the other policy.
    #[arg(long, default_value_t = 0.5, value_name = "P", requires = "externality")]
    share: f64,
}

/// The report of a scenario with one policy: there is no effect, but there are the metrics.
fn one_policy(
    scenario: &Scenario,
    options: &Options,
    stop: &AtomicBool,
    global: &Global,
) -> Result<(), Failure> {
    let policy = &scenario.policies[0].name;
    if options.externality.is_some() {
        let text =
            format!("--externality needs a candidate, and {policy} is the only policy of the scenario");
        return Err(Failure::Usage(text));
    }
    let Some(replications) = replications(scenario, global, stop)? else {
        return Err(Failure::Interrupted("interrupted; nothing was written".to_owned()));
    };
    let metrics = METRICS.iter().filter(|metric| scenario.grades(metric));
    let asked = replications.len();
    let found: Vec<(&Metric, Vec<f64>)> = metrics
        .map(|metric| {
            let rows = replications.iter().flat_map(|replication| &replication.values);
            (metric, rows.filter(|row| row.metric == metric.name).map(|row| row.value).collect())
        })
        .collect();
    let measure = |values: &[f64]| match values {
        [one] => Some((*one, None)),
        _ => Measure::mean(values).ok().map(|mean| (mean.value, Some(mean.mcse))),
    };
    if global.json {
        let row = |(metric, values): &(&Metric, Vec<f64>)| {
            let found = measure(values);
            json!({
                "metric": metric.name,
                "unit": metric.unit,
                "value": found.map(|(value, _)| value),
                "se": found.and_then(|(_, se)| se),
                "n_replications": values.len(),
            })
        };
        return print_json(&json!({
            "scenario": scenario.name,
            "policy": policy,
            "replications": asked,
            "values": found.iter().map(row).collect::<Vec<_>>(),
        }));
    }
    let mut text = format!(
        "{policy}, the only policy, so that there is no effect ({asked} replications)\n  {:<30} {:>22}\n",
        "metric", "mean ± SE"
    );
    for (metric, values) in &found {
        let (scale, unit) = if metric.unit == "share" { (100.0, "%") } else { (1.0, metric.unit) };
        let value = match measure(values) {
            None => "never observed".to_owned(),
            Some((value, None)) => short(scale * value),
            Some((value, Some(mcse))) => with_error(Measure { value: scale * value, mcse: scale * mcse }),
        };
        let few = if values.len() == asked || values.is_empty() {
            String::new()
        } else {
            format!(" (in {} replications)", out_of(values.len(), asked))
        };
        let unit = if unit == "1" { "" } else { unit };
        text.push_str(format!("  {:<30} {value:>22} {unit}{few}", metric.name).trim_end());
        text.push('\n');
    }
    print(&text)
}

/// Run the truth worlds and print every true effect.
pub fn truth(options: &Options, global: &Global) -> Result<(), Failure> {
    let mut input = input::load(&options.scenario, global)?;
    input::warn(&input.scenario, input::Use::Simulated, global);
    input.scenario.designs.clear();
    if !(0.0..=1.0).contains(&options.share) {
        return Err(Failure::Usage(format!("--share {}: a share is from 0 to 1", options.share)));
    }
    let stop: &'static AtomicBool = interruptible();
    if input.scenario.policies.len() == 1 {
        return one_policy(&input.scenario, options, stop, global);
    }
    let Some(graded) = study(&input.scenario, global, stop)? else {
        return Err(Failure::Interrupted("interrupted; nothing was written".to_owned()));
    };
    let curve = curve_summaries(&graded, &input.scenario.curve_shares());
    let flips = match options.externality {
        Some(flips) => externalities_of(&input.scenario, flips, options.share, global)?,
        None => Vec::new(),
    };
    if global.json {
        let measure = |measure: Option<Measure>| measure.map(|m| json!({ "value": m.value, "se": m.mcse }));
        let curve: Vec<_> = curve
            .iter()
            .map(|row| {
                json!({
                    "candidate": row.candidate,
                    "metric": row.metric,
                    "share": row.share,
                    "value": measure(row.value),
                    "direct": measure(row.direct),
                    "spillover": measure(row.spillover),
                    "total": measure(row.total),
                    "overall": measure(row.overall),
                    "slope": measure(row.slope),
                })
            })
            .collect();
        let flips: Vec<_> = flips
            .iter()
            .map(|(candidate, found)| {
                json!({
                    "candidate": candidate,
                    "metric": input.scenario.study.primary.name,
                    "share": options.share,
                    "flips": found.flips,
                    "own": measure(Some(found.own)),
                    "others": measure(Some(found.others)),
                    "slope": measure(Some(found.slope)),
                    "touched_mean": found.touched,
                    "reach_s_mean": found.reach_s,
                })
            })
            .collect();
        let rows: Vec<_> = graded
            .truth
            .iter()
            .map(|truth| {
                json!({
                    "candidate": truth.candidate,
                    "metric": truth.metric.name,
                    "unit": truth.metric.unit,
                    "value_control": truth.value_control,
                    "value_candidate": truth.value_candidate,
                    "effect": truth.effect.value,
                    "paired_se": truth.effect.mcse,
                    "n_replications": truth.n_replications,
                })
            })
            .collect();
        return print_json(
            &json!({ "scenario": input.scenario.name, "truth": rows, "curve": curve, "externality": flips }),
        );
    }
    let mut text = String::new();
    for candidate in &input.scenario.policies[1..] {
        text.push_str(&format!(
            "{} against {} ({} replications)\n  {:<30} {:>10} {:>10} {:>20}\n",
            candidate.name,
            input.scenario.policies[0].name,
            input.scenario.study.replications,
            "metric",
            "control",
            "candidate",
            "effect ± SE"
        ));
        for truth in graded
            .truth
            .iter()
            .filter(|truth| truth.candidate == candidate.name && truth.segment == EVERYBODY)
        {
            // Shares are read in per cent, and their differences in percentage points.
            let (scale, unit) = scale_of_differences(truth.metric.unit);
            let effect = Measure { value: scale * truth.effect.value, mcse: scale * truth.effect.mcse };
            let effect = signed_with_error(effect);
            let asked = input.scenario.study.replications as usize;
            let few = if truth.n_replications == asked {
                String::new()
            } else {
                format!(" (in {} replications)", out_of(truth.n_replications, asked))
            };
            text.push_str(&format!(
                "  {:<30} {:>10} {:>10} {effect:>20} {unit}{few}\n",
                truth.metric.name,
                value_cell(truth.value_control, truth.metric),
                value_cell(truth.value_candidate, truth.metric),
            ));
        }
    }
    push_curve(&mut text, &curve, input.scenario.study.primary);
    for (candidate, found) in &flips {
        text.push_str(&format!(
            "\nOne request of {candidate} more, at share {} ({} flips), {} in {}:\n  itself {}, all others together {}, in sum {} \
             (the slope of V there)\n  {:.0} others end differently, up to {:.0} s later on average\n",
            options.share,
            found.flips,
            input.scenario.study.primary.name,
            input.scenario.study.primary.unit,
            with_se(found.own),
            with_se(found.others),
            with_se(found.slope),
            found.touched,
            found.reach_s,
        ));
    }
    print(&text)
}

/// A value of a metric in a table: shares in per cent.
fn value_cell(value: f64, metric: &Metric) -> String {
    if metric.unit == "share" { format!("{} %", short(100.0 * value)) } else { short(value) }
}

fn with_se(measure: Measure) -> String {
    format!("{} ± {}", signed(measure.value), short(measure.mcse))
}

/// The policy-value curve of the primary metric.
fn push_curve(text: &mut String, curve: &[CurveSummary], primary: &Metric) {
    let optional = |measure: Option<Measure>| measure.map_or_else(|| "-".to_owned(), |m| short(m.value));
    for (at, row) in curve.iter().filter(|row| row.metric == primary.name).enumerate() {
        if at == 0 {
            text.push_str(&format!(
                "\nV(p), {} in {}\n  {:>6} {:>10} {:>10} {:>10} {:>10} {:>10}\n",
                primary.name, primary.unit, "share", "value", "direct", "spillover", "total", "slope"
            ));
        }
        text.push_str(&format!(
            "  {:>6} {:>10} {:>10} {:>10} {:>10} {:>10}\n",
            row.share,
            optional(row.value),
            optional(row.direct),
            optional(row.spillover),
            optional(row.total),
            optional(row.slope)
        ));
    }
}

/// What flipped requests did on average, with standard errors over replications.
struct Flips {
    flips: usize,
    own: Measure,
    others: Measure,
    slope: Measure,
    touched: f64,
    reach_s: f64,
}

/// Flip requests in all replications, for each candidate.
fn externalities_of(
    scenario: &Scenario,
    flips: u32,
    share: f64,
    global: &Global,
) -> Result<Vec<(String, Flips)>, Failure> {
    let primary = scenario.study.primary;
    if !matches!(primary.measure, crate::record::Measure::Mean(_)) {
        let text = format!(
            "--externality needs a primary metric that is a mean over requests, not {}",
            primary.name
        );
        return Err(Failure::Usage(text));
    }
    let mut found = Vec::new();
    for candidate in 1..scenario.policies.len() {
        let one = |number| externalities(scenario, candidate, primary, share, flips, number);
        let all = execute::spread(scenario.study.replications, global.jobs, one).map_err(no_threads)?;
        let mean = |of: &dyn Fn(&Externality) -> f64| -> Vec<f64> {
            let with_flips = all.iter().filter(|flips| !flips.is_empty());
            with_flips.map(|flips| flips.iter().map(of).sum::<f64>() / flips.len() as f64).collect()
        };
        let measure = |of: &dyn Fn(&Externality) -> f64| -> Result<Measure, Failure> {
            let values = mean(of);
            match (Measure::mean(&values), values.first()) {
                (Ok(measure), _) => Ok(measure),
                (Err(_), Some(&value)) => Ok(Measure { value, mcse: 0.0 }),
                (Err(reason), None) => Err(Failure::failed(reason.to_string())),
            }
        };
        let flips = Flips {
            flips: all.iter().map(Vec::len).sum(),
            own: measure(&|flip| flip.own)?,
            others: measure(&|flip| flip.others)?,
            slope: measure(&|flip| flip.own + flip.others)?,
            touched: measure(&|flip| flip.touched as f64)?.value,
            reach_s: measure(&|flip| flip.reach_s)?.value,
        };
        found.push((scenario.policies[candidate].name.clone(), flips));
    }
    Ok(found)
}
