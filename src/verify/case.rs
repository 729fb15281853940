//! One rung of the ladder.

use super::{Bench, Check};

/// A known answer: what is claimed, why it is so, who says so, and how it is tried.
#[derive(Clone, Copy)]
pub struct Case {
    /// Short identity, such as `R1`.
    pub id: &'static str,
    /// What is claimed, in a sentence.
    pub claim: &'static str,
    /// Why it is so: the derivation, with its formulas.
    pub derivation: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// How it is tried, from the quickest part to the longest.
    pub parts: &'static [Part],
}

/// One way to try a case.
#[derive(Clone, Copy)]
pub struct Part {
    /// 0: pure functions, the whole tier in a second. 1: simulations, the whole tier within a minute. 2: minutes.
    pub tier: u8,
    /// Try it.
    pub check: fn(&Bench<'_>) -> Vec<Check>,
}
