//! Spreads replications over cores. The only place with threads.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::{Replication, replicate};
use crate::scenario::Scenario;

thread_local! {
    /// What this thread is running, for the message of a broken law.
    static RUNNING: RefCell<Option<(u64, u32)>> = const { RefCell::new(None) };
}

/// Seed and replication that this thread is running, if any.
#[must_use]
pub fn running() -> Option<(u64, u32)> {
    RUNNING.with_borrow(|running| *running)
}

/// Say what this thread is running.
pub fn set_running(seed: u64, replication: u32) {
    RUNNING.set(Some((seed, replication)));
}

/// Run all replications on `jobs` threads (0: all cores), calling `done` after each with its requests. `None` when
/// `stop` was set before the end.
///
/// # Errors
/// When the threads cannot be started.
pub fn execute(
    scenario: &Scenario,
    jobs: usize,
    stop: &AtomicBool,
    done: impl Fn(u64) + Sync,
) -> Result<Option<Vec<Replication>>, rayon::ThreadPoolBuildError> {
    let one = |number: u32| {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        set_running(scenario.study.seed, number);
        let replication = replicate(scenario, number);
        done(replication.requests);
        Some(replication)
    };
    Ok(spread(scenario.study.replications, jobs, one)?.into_iter().collect())
}

const MOST_THREADS: usize = 1024;

/// Run `one` for each of `count` numbers on `jobs` threads (0: all cores); results come in the order of the numbers.
///
/// # Errors
/// When the threads cannot be started.
pub fn spread<T: Send>(
    count: u32,
    jobs: usize,
    one: impl Fn(u32) -> T + Sync,
) -> Result<Vec<T>, rayon::ThreadPoolBuildError> {
    // Never more threads than there is work for, or than any machine has a use for.
    let threads = jobs.min(count.max(1) as usize).min(MOST_THREADS);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(pool.install(|| (0..count).into_par_iter().map(&one).collect()))
}
