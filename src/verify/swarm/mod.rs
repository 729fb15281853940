//! The swarm: whole random scenarios, each run in many ways and held against the laws of docs/model.md from outside. A checker
//! knows what went into a world and what came out of it, nothing else; it would survive any rewrite of the engine that keeps
//! its behaviour.

mod course;
mod decision;
mod draw;
mod ends;
pub mod laws;
mod setting;
mod stay;
mod trial;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::draw::scenario_text;
pub use self::laws::{Broken, LAWS, Law, SOUND, Tried};
use self::trial::Trial;
use crate::record::Outcome;
use crate::study::execute;

/// What came of one scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its number.
    pub number: u64,
    /// What befell its requests in the mixed world.
    pub fates: Fates,
    /// Whether each law of [`LAWS`] was put to the test.
    pub tried: Vec<bool>,
    /// What broke.
    pub broken: Vec<Broken>,
}

/// How many requests met what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fates {
    /// All.
    pub requests: u64,
    /// Turned away or never sent.
    pub turned_away: u64,
    /// Evicted for want of KV blocks, or displaced.
    pub stopped: u64,
    /// Served away from home.
    pub sent_away: u64,
}

impl Fates {
    fn of(outcomes: &[Outcome]) -> Self {
        let count = |of: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| of(outcome)).count() as u64;
        Self {
            requests: count(|_| true),
            turned_away: count(|outcome| !outcome.status.is_served()),
            stopped: count(|outcome| outcome.preemptions + outcome.displacements > 0),
            sent_away: count(|outcome| outcome.status.is_served() && outcome.cluster != outcome.home),
        }
    }
}

impl std::ops::AddAssign for Fates {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.turned_away += other.turned_away;
        self.stopped += other.stopped;
        self.sent_away += other.sent_away;
    }
}

/// Draw scenario `number` of the swarm of `seed`, run it and hold it against every law.
#[must_use]
pub fn check(seed: u64, number: u64) -> Report {
    let mut report =
        Report { number, fates: Fates::default(), tried: vec![false; LAWS.len()], broken: Vec::new() };
    let trial = match guarded(|| Trial::new(seed, number)) {
        Ok(trial) => trial,
        Err(broken) => {
            report.broken.push(broken);
            return report;
        }
    };
    report.fates = Fates::of(&trial.mixed_world().traces.outcomes);
    for (law, tried) in LAWS.iter().zip(&mut report.tried) {
        match guarded(|| (law.check)(&trial)).and_then(|finding| finding) {
            Ok(found) => *tried = found == Tried::Yes,
            Err(broken) => {
                *tried = true;
                // One assertion inside may stop the checkers of several laws.
                if !report.broken.contains(&broken) {
                    report.broken.push(broken);
                }
            }
        }
    }
    report
}

/// Run something that may break a law inside the engine.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let message =
            text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
        Broken { law: laws::named_in(message), what: format!("assertion inside: {message}") }
    })
}

/// Check `count` scenarios from number `from` on, on `jobs` threads (0: all cores), telling `done` of each.
///
/// # Errors
/// When the threads cannot be started.
pub fn swarm(
    seed: u64,
    from: u64,
    count: u32,
    jobs: usize,
    done: impl Fn(&Report) + Sync,
) -> Result<Vec<Report>, rayon::ThreadPoolBuildError> {
    let one = |at: u32| {
        let report = check(seed, from + u64::from(at));
        done(&report);
        report
    };
    execute::spread(count, jobs, one)
}

/// The call that repeats one scenario.
#[must_use]
pub fn replay_call(seed: u64, number: u64) -> String {
    format!("contention verify --seed {seed} --swarm 1 --from {number}")
}
