//! Progress of long work on stderr: a bar on a terminal, elsewhere a plain line every ten seconds, nothing when quiet.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Global;

const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// How far the replications of a study are.
pub struct Progress {
    bar: ProgressBar,
    lines: Option<Mutex<Instant>>,
    start: Instant,
    /// Replications that were there from before.
    kept: u64,
    simulated: AtomicU64,
}

impl Progress {
    /// Of so many replications, of which `kept` need not be run.
    #[must_use]
    pub fn new(replications: u32, kept: u32, global: &Global) -> Self {
        let bar = ProgressBar::new(u64::from(replications)).with_position(u64::from(kept));
        if global.quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style = "{bar:12} {pos}/{len}, {msg}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message("starting");
        bar.reset_eta();
        let in_lines = !global.quiet && !std::io::stderr().is_terminal();
        let start = Instant::now();
        let lines = in_lines.then(|| Mutex::new(start));
        Self { bar, lines, start, kept: u64::from(kept), simulated: AtomicU64::new(0) }
    }

    /// One more replication, with this many simulated requests. `known` says how exact results are so far; it is asked only
    /// when something is shown.
    pub fn done(&self, requests: u64, known: impl Fn() -> Option<String>) {
        let simulated = self.simulated.fetch_add(requests, Ordering::Relaxed) + requests;
        self.bar.inc(1);
        let elapsed = self.start.elapsed();
        let message = || {
            let rate = simulated as f64 / elapsed.as_secs_f64().max(1e-9) / 1e6;
            let known = known().map_or_else(String::new, |known| format!(", {known}"));
            format!("{rate:.2} M requests/s{known}")
        };
        match &self.lines {
            None if self.bar.is_hidden() => {}
            None => self.bar.set_message(message()),
            Some(last) => {
                let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if last.elapsed() >= BETWEEN_LINES {
                    *last = Instant::now();
                    tell!("{}", self.line(elapsed, &message()));
                }
            }
        }
    }

    fn line(&self, elapsed: Duration, message: &str) -> String {
        let (position, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let pace = elapsed.as_secs_f64() / (position - self.kept).max(1) as f64;
        let left = pace * total.saturating_sub(position) as f64;
        let left = indicatif::HumanDuration(Duration::from_secs(left as u64));
        format!("{position} of {total} replications, {message}, about {left} left")
    }

    /// Take the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
