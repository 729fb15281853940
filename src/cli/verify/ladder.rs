//! The ladder of known answers, printed rung by rung.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::Options;
use crate::cli::{Failure, Global, print, print_json};
use crate::readout::verdict::short;
use crate::settings::problem::nearest_hint;
use crate::verify::{Bench, CASES, Case, Check, Evidence, Summary, Verdict, Z_LIMIT, run_case};

/// Climb the ladder.
pub(super) fn climb(options: &Options, global: &Global) -> Result<(), Failure> {
    let cases: Vec<&Case> = match &options.case {
        None => CASES.iter().collect(),
        Some(id) => vec![find(id)?],
    };
    let requests = AtomicU64::new(0);
    let bar = progress(global);
    let simulated = |count: u64| {
        let total = requests.fetch_add(count, Ordering::Relaxed) + count;
        bar.set_message(format!("{:.1} million requests", total as f64 / 1e6));
    };
    let bench = Bench::new(global.jobs, global.seed.unwrap_or(1), &simulated);
    let started = Instant::now();
    let mut summary = Summary::default();
    let mut rows = Vec::new();
    if !global.json && options.case.is_none() {
        print(HEADER)?;
    }
    for case in cases {
        bar.set_prefix(case.id);
        let checks = run_case(case, options.tier, &bench);
        checks.iter().for_each(|check| summary.add(check));
        if global.json {
            rows.extend(checks.iter().map(|check| to_json(case, check)));
        } else {
            bar.suspend(|| print(&to_text(case, &checks, options.case.is_some())))?;
        }
    }
    bar.finish_and_clear();
    if global.json {
        let spread = summary.spread();
        print_json(&json!({
            "tier": options.tier,
            "checks": rows,
            "failed": summary.failed,
            "z_scores": summary.z.len(),
            "z_mean": spread.map(|(mean, _)| mean),
            "z_sd": spread.map(|(_, sd)| sd),
            "requests": requests.load(Ordering::Relaxed),
        }))?;
    } else {
        print(&in_short(&summary))?;
    }
    if !global.quiet {
        let millions = requests.load(Ordering::Relaxed) as f64 / 1e6;
        tell!("{:.1} s, {millions:.1} million requests simulated", started.elapsed().as_secs_f64());
    }
    if summary.failed > 0 {
        return Err(Failure::Unmet(format!("{} of {} comparisons failed", summary.failed, summary.checks)));
    }
    Ok(())
}

/// What is being tried, on a terminal.
fn progress(global: &Global) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if global.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{spinner} {prefix} {msg}, {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn find(id: &str) -> Result<&'static Case, Failure> {
    let ids = || CASES.iter().map(|case| case.id);
    CASES.iter().find(|case| case.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
        let known: Vec<&str> = ids().collect();
        let hint = nearest_hint(id, ids());
        Failure::Usage(format!("no case \"{id}\"; there are {}{hint}", known.join(", ")))
    })
}

const HEADER: &str = "case  what                                     exact  simulated        SE      z\n\
                      --------------------------------------------------------------------------------\n";

/// A case's rows: simulated ones each, functions in one line unless they fail or everything is asked for.
fn to_text(case: &Case, checks: &[Check], everything: bool) -> String {
    let mut text = String::new();
    if everything {
        text.push_str(&format!(
            "{}\n\nClaim: {}.\n\nWhy: {}.\n\nSource: {}.\n\n{HEADER}",
            case.id,
            wrapped(case.claim),
            wrapped(case.derivation),
            wrapped(case.source)
        ));
    }
    let is_function = |check: &&Check| matches!(check.evidence, Evidence::Function { .. });
    let functions = checks.iter().filter(is_function).count();
    let quiet = |check: &&Check| is_function(check) && check.verdict() == Verdict::Pass && !everything;
    if functions > 0 && !everything {
        text.push_str(&format!("{:<5} {functions} closed forms by independent routes\n", case.id));
    }
    for check in checks.iter().filter(|check| !quiet(check)) {
        text.push_str(&row(case.id, check));
    }
    text
}

fn row(id: &str, check: &Check) -> String {
    let (error, z) = match check.evidence {
        Evidence::Simulated { std_error, .. } => {
            (short(std_error), check.z().map_or_else(|| "exact".to_owned(), |z| format!("{z:+.2}")))
        }
        Evidence::Function { .. } => (String::new(), String::new()),
    };
    let verdict = match check.verdict() {
        Verdict::Pass => String::new(),
        verdict => format!("  {}", verdict.name()),
    };
    let what: String = check.what.chars().take(34).collect();
    format!(
        "{id:<5} {what:<34} {:>11} {:>10} {error:>9} {z:>6}{verdict}\n",
        six(check.exact),
        six(check.value())
    )
}

/// Six significant digits.
fn six(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = (5 - libm::floor(libm::log10(value.abs())) as i32).clamp(0, 9) as usize;
    if value.abs() < 1e-3 { format!("{value:.3e}") } else { format!("{value:.digits$}") }
}

fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 8;
    for word in text.split_whitespace() {
        if width + word.len() > 79 {
            lines.push('\n');
            width = 0;
        } else if !lines.is_empty() {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += word.len();
    }
    lines
}

fn in_short(summary: &Summary) -> String {
    let mut text = format!("\n{} comparisons, {} failed.\n", summary.checks, summary.failed);
    if let Some((mean, sd)) = summary.spread() {
        let n = summary.z.len();
        let most = summary.z.iter().map(|z| z.abs()).fold(0.0, f64::max);
        text.push_str(&format!(
            "{n} z-scores: mean {mean:+.2}, standard deviation {sd:.2}, largest |z| {most:.2};\n\
             {:.0} % beyond 1 (a standard normal has 32 %), {:.1} % beyond 2 (4.6 %). Rows of one\n\
             study share its draws. |z| up to {Z_LIMIT} passes: a false alarm anywhere among so many\n\
             has probability {:.1} %.\n",
            100.0 * summary.share_beyond(1.0),
            100.0 * summary.share_beyond(2.0),
            100.0 * n as f64 * 2.0 * crate::stats::normal_sf(Z_LIMIT),
        ));
    }
    text
}

fn to_json(case: &Case, check: &Check) -> Value {
    let (std_error, replications) = match check.evidence {
        Evidence::Simulated { std_error, replications, .. } => (Some(std_error), Some(replications)),
        Evidence::Function { .. } => (None, None),
    };
    json!({
        "case": case.id,
        "what": check.what,
        "exact": check.exact,
        "value": check.value(),
        "std_error": std_error,
        "replications": replications,
        "z": check.z(),
        "four_std_errors_over_exact": std_error.map(|error| 4.0 * error / check.exact.abs()),
        "verdict": check.verdict().name(),
    })
}
