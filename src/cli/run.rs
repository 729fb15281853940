//! `contention run`: the main job.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, Global};
use crate::scenario::Scenario;
use crate::study::{Graded, execute, score};

/// Options of `run`.
#[derive(Debug, Default, Args)]
pub struct Options {
    /// A scenario file, or a shipped scenario by name; the embedded quick start when left out.
    scenario: Option<String>,
}

/// Set by the first Ctrl-C; the second ends the process at once.
pub fn interruptible() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        eprintln!("\ninterrupted: finishing the replications in work (Ctrl-C again to end at once)");
    });
    &STOP
}

/// Run all replications of a study with progress, and grade them. `None` when interrupted.
pub fn study(scenario: &Scenario, global: &Global, stop: &AtomicBool) -> Result<Option<Graded>, Failure> {
    let replications = u64::from(scenario.study.replications);
    let bar = ProgressBar::new(replications);
    if global.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = "{bar:30} {pos}/{len} replications, {msg}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let simulated = std::sync::atomic::AtomicU64::new(0);
    let done = |requests: u64| {
        let total = simulated.fetch_add(requests, Ordering::Relaxed) + requests;
        bar.inc(1);
        let rate = total as f64 / bar.elapsed().as_secs_f64().max(1e-9) / 1e6;
        bar.set_message(format!("{rate:.2} million requests/s"));
    };
    let replications = execute::execute(scenario, global.jobs, stop, done)
        .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
    bar.finish_and_clear();
    Ok(replications.map(|replications| score(scenario, replications)))
}

/// The main job.
pub fn run(options: &Options, global: &Global) -> Result<(), Failure> {
    let name = options.scenario.as_deref().unwrap_or("quickstart");
    let input = super::input::load(name, global)?;
    super::input::warn(&input.scenario, global);
    let Some(graded) = study(&input.scenario, global, interruptible())? else {
        return Err(Failure::Interrupted("interrupted".to_owned()));
    };
    for verdict in crate::readout::verdicts(&graded, input.scenario.study.primary) {
        println!("{}\ntruth {} ± {}", verdict.sentence, verdict.truth, verdict.truth_se);
        println!("control {} candidate {}", verdict.value_control, verdict.value_candidate);
        for f in verdict.findings {
            if let Some(p) = f.performance {
                println!(
                    "{:<12} {:<22} est {:>9.2} bias {:>8.2}±{:.2} emp_se {:>8.2} model_se {:>8.2} cov {:.2} power {:.2} {:?} {:?}",
                    f.design, f.estimator, p.mean_estimate.value, p.bias.value, p.bias.mcse, p.emp_se.value, p.model_se.value,
                    p.coverage.value, p.power_or_size.value, f.standing, f.parts
                );
            }
            println!("    {}", f.reason);
        }
        println!("{}", verdict.boundary);
    }
    Ok(())
}
