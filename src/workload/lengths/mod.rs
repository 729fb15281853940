//! How many tokens a prompt or an answer has: every length law becomes one integer threshold table.
//!
//! A [`LengthLaw`] says what a scenario asked for; [`LengthTable::new`] checks it and turns it into
//! thresholds `U_l = floor(F(l) * 2^64)`. A draw is then the smallest `l` with `bits < U_l`, so it is
//! monotone in its one uniform: two laws given the same bits are coupled (common random numbers,
//! antithetic pairs), which an alias table cannot do. No float is touched after the table is built, and
//! the table itself is built with `libm` only, so lengths are the same on every platform.
//!
//! This module knows nothing of users, classes, drift or context windows; it maps 64 bits to a count.

mod cumulative;
mod empirical;
mod law;
mod lognormal;
mod plain;
mod power_law;
mod problem;
mod spliced;
mod table;
mod thresholds;

#[cfg(test)]
mod tests;

pub use law::{Atom, Beyond, LengthLaw, LognormalComponent, QuantilePoint, Shape};
pub use problem::LengthProblem;
pub use table::LengthTable;
pub use thresholds::MAX_TOKENS;
