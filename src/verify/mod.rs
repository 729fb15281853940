//! Known answers: a ladder of closed-form and published results that the simulator must reproduce through the same
//! engine, designs, recorder and estimators that studies use (docs/verification.md).
//!
//! A newcomer adds a case as one file and its two lines in `cases/mod.rs`.

mod bench;
mod both_engines;
mod case;
mod cases;
mod check;
pub mod exact;
mod ideal;
mod ladder;
pub mod measured;
pub mod small_logs;
pub mod swarm;

pub use bench::{Bench, Study};
pub use case::{Case, Part};
pub use cases::CASES;
pub use check::{Check, Evidence, Verdict, Z_LIMIT};
pub use ladder::{Summary, run_case};
