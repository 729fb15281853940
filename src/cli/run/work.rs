//! The work of a study: cells that are kept already, and those that are run now, each kept as soon as it is finished.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::cells::Cells;
use super::so_far::SoFar;
use crate::cli::call::quoted;
use crate::cli::progress::Progress;
use crate::cli::{Failure, Global};
use crate::scenario::Scenario;
use crate::study::cell::{cell_size, missing, run_cell};
use crate::study::execute::{set_running, spread};
use crate::study::{Graded, Replication, execute, score};

/// Set by the first Ctrl-C; the second ends the process at once.
pub fn interruptible() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    // Without a handler the process simply ends; what is kept stays kept.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        tell!("\ninterrupted: finishing the replications in work (Ctrl-C again to end at once)");
    });
    &STOP
}

/// Run all replications of a study that is not kept, with progress, and grade them. `None` when interrupted.
///
/// # Errors
/// When the threads cannot be started.
pub fn study(scenario: &Scenario, global: &Global, stop: &AtomicBool) -> Result<Option<Graded>, Failure> {
    Ok(replications(scenario, global, stop)?.map(|replications| score(scenario, replications)))
}

/// The same, not graded.
///
/// # Errors
/// As [`study`].
pub fn replications(
    scenario: &Scenario,
    global: &Global,
    stop: &AtomicBool,
) -> Result<Option<Vec<Replication>>, Failure> {
    let progress = Progress::new(scenario.study.replications, 0, global);
    let done = |requests: u64| progress.done(requests, || None);
    let replications = execute::execute(scenario, global.jobs, stop, done).map_err(no_threads)?;
    progress.finish();
    Ok(replications)
}

/// Why no work was spread.
pub fn no_threads(error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("cannot start threads: {error}"))
}

/// The rows of these replications: from their cells where they are kept, else run and kept.
///
/// # Errors
/// When a cell cannot be kept, and when the user interrupts.
pub(super) fn rows(
    scenario: &Scenario,
    numbers: Range<u32>,
    cells: &Cells<'_>,
    global: &Global,
) -> Result<Graded, Failure> {
    let stop = interruptible();
    let kept = cells.kept(&numbers);
    let ranges: Vec<Range<u32>> = kept.iter().map(|(range, _)| range.clone()).collect();
    let new = missing(numbers.clone(), &ranges, cell_size(scenario));
    let kept_count = ranges.iter().map(|range| range.end - range.start).sum();
    let so_far = SoFar::new(scenario.study.primary);
    kept.iter().for_each(|(_, rows)| so_far.add(rows));
    let progress = Progress::new(numbers.end - numbers.start, kept_count, global);
    let one = |at: u32| -> Result<Option<(Range<u32>, Graded)>, Failure> {
        let cell = new[at as usize].clone();
        set_running(scenario.study.seed, cell.start);
        let done = |rows: &Graded| {
            so_far.add(rows);
            progress.done(rows.requests, || so_far.in_words());
        };
        let Some(rows) = run_cell(scenario, cell.clone(), || stop.load(Ordering::Relaxed), done) else {
            return Ok(None);
        };
        cells.keep(&cell, &rows, scenario).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
        Ok(Some((cell, rows)))
    };
    let found = spread(new.len() as u32, global.jobs, one).map_err(no_threads)?;
    progress.finish();
    let found: Vec<Option<(Range<u32>, Graded)>> = found.into_iter().collect::<Result<_, _>>()?;
    let mut all = kept;
    all.extend(found.into_iter().flatten());
    let finished: u32 = all.iter().map(|(range, _)| range.end - range.start).sum();
    if finished < numbers.end - numbers.start {
        return Err(Failure::Interrupted(format!(
            "interrupted after {} of {} replications, which are kept. Go on with\n  contention run --resume {}",
            numbers.start + finished,
            numbers.end,
            quoted(&cells.run().display().to_string())
        )));
    }
    all.sort_by_key(|(range, _)| range.start);
    let mut rows = Graded::default();
    all.into_iter().for_each(|(_, cell)| rows.append(cell));
    Ok(rows)
}
