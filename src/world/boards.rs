//! Scraped signals: what every replica looked like at the latest multiple of a period.

use crate::policy::KvLoad;
use crate::units::{SimTime, Span};

/// What a scrape reads of one replica.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signals {
    /// Requests in transit, waiting and running.
    pub outstanding: u32,
    /// Requests that wait.
    pub waiting: u32,
    /// KV blocks.
    pub kv: KvLoad,
}

/// The signals of all replicas as of the latest scrape of one period.
#[derive(Clone, Debug)]
pub struct Board {
    /// Time between scrapes.
    pub period: Span,
    /// When the next scrape is due.
    pub next: SimTime,
    /// By replica.
    pub signals: Vec<Signals>,
}

/// One board for each distinct period, all idle at the start.
#[must_use]
pub fn boards(mut periods: Vec<Span>, idle: &[Signals]) -> Vec<Board> {
    periods.sort_unstable();
    periods.dedup();
    let board = |period| Board { period, next: SimTime::ZERO + period, signals: idle.to_vec() };
    periods.into_iter().map(board).collect()
}
