//! Random scenarios against the laws.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::{Failure, Global, print, print_json};
use crate::verify::swarm::{self, Broken, Fates, LAWS, Report};

/// Draw and check `count` scenarios from number `from` on.
pub(super) fn swarm(count: u64, from: u64, global: &Global) -> Result<(), Failure> {
    let Some(count) = u32::try_from(count).ok().filter(|_| from.checked_add(count).is_some()) else {
        return Err(Failure::Usage(format!("{count} scenarios from number {from} on are too many")));
    };
    let seed = global.seed.unwrap_or(1);
    if global.verbose && count == 1 && !global.json {
        print(&(swarm::scenario_text(seed, from) + "\n"))?;
    }
    let progress = Progress::new(count, global.quiet);
    let reports = swarm::swarm(seed, from, count, global.jobs, |report| progress.tell(report));
    let reports = reports.map_err(|error| Failure::failed(error.to_string()))?;
    let rows = rows(&reports);
    let failures: Vec<(u64, &Broken)> = reports
        .iter()
        .flat_map(|report| report.broken.iter().map(|broken| (report.number, broken)))
        .collect();
    let mut fates = Fates::default();
    reports.iter().for_each(|report| fates += report.fates);
    if global.json {
        print_json(&json!({
            "seed": seed,
            "from": from,
            "scenarios": count,
            "requests": fates.requests,
            "turned_away": fates.turned_away,
            "stopped": fates.stopped,
            "sent_away": fates.sent_away,
            "laws": rows.iter().map(|row| json!({
                "law": row.law, "about": row.about, "tried": row.tried, "broken": row.broken,
            })).collect::<Vec<_>>(),
            "failures": failures.iter().map(|(number, broken)| json!({
                "number": number,
                "law": broken.law,
                "what": broken.what,
                "replay": swarm::replay_call(seed, *number),
            })).collect::<Vec<_>>(),
        }))?;
    } else {
        print(&to_text(seed, &rows, &failures, &fates))?;
    }
    if !global.quiet {
        tell!("{:.1} s, {count} scenarios, each in many worlds", progress.started.elapsed().as_secs_f64());
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(Failure::Unmet(format!("{} broken laws in {count} scenarios", failures.len())))
}

/// How often one law was tried and broken.
struct Row {
    law: &'static str,
    about: &'static str,
    tried: usize,
    broken: usize,
}

/// One row for each law, and for what broke beside them.
fn rows(reports: &[Report]) -> Vec<Row> {
    let broken =
        |law: &str| reports.iter().flat_map(|report| &report.broken).filter(|one| one.law == law).count();
    let mut rows: Vec<Row> = LAWS
        .iter()
        .enumerate()
        .map(|(at, law)| Row {
            law: law.id,
            about: law.about,
            tried: reports.iter().filter(|report| report.tried[at]).count(),
            broken: broken(law.id),
        })
        .collect();
    for one in reports.iter().flat_map(|report| &report.broken) {
        if rows.iter().all(|row| row.law != one.law) {
            let about = "an assertion inside the engine";
            rows.push(Row { law: one.law, about, tried: reports.len(), broken: broken(one.law) });
        }
    }
    rows
}

fn to_text(seed: u64, rows: &[Row], failures: &[(u64, &Broken)], fates: &Fates) -> String {
    let mut text = format!("{:<11} {:>7} {:>7}\n{}\n", "law", "tried", "broken", "-".repeat(27));
    for row in rows {
        text.push_str(&format!("{:<11} {:>7} {:>7}\n", row.law, row.tried, row.broken));
    }
    let Fates { requests, turned_away, stopped, sent_away } = fates;
    text.push_str(&format!(
        "\nOf {requests} requests of the mixed worlds {turned_away} were turned away, {stopped} evicted or displaced, \
         {sent_away} sent away from home.\n"
    ));
    for (number, broken) in failures {
        let replay = swarm::replay_call(seed, *number);
        text.push_str(&format!("\nscenario {number} breaks {}: {}\n  {replay}\n", broken.law, broken.what));
    }
    text
}

/// A line on stderr every few seconds.
struct Progress {
    started: Instant,
    quiet: bool,
    count: u32,
    /// Scenarios done, those of them with a broken law, and when that was last told.
    state: Mutex<(u32, u32, Instant)>,
}

impl Progress {
    fn new(count: u32, quiet: bool) -> Self {
        let started = Instant::now();
        Self { started, quiet, count, state: Mutex::new((0, 0, started)) }
    }

    fn tell(&self, report: &Report) {
        let Ok(mut state) = self.state.lock() else { return };
        let (done, broken, told) = &mut *state;
        *done += 1;
        *broken += u32::from(!report.broken.is_empty());
        if !self.quiet && told.elapsed() >= Duration::from_secs(3) {
            *told = Instant::now();
            tell!("{done} of {} scenarios, {broken} with a broken law", self.count);
        }
    }
}
