//! Observation: what a world leaves behind. Request outcomes, time windows and boundary events, as an operator's
//! own instruments could have recorded them; never the truth, and never a policy.

pub mod boundary;
pub mod log;
pub mod metric;
pub mod outcome;
pub mod quantity;
pub mod recorder;
pub mod totals;
pub mod windows;

pub use boundary::{BoundaryEvent, BoundaryKind, BoundaryRules, Cause, Episode};
pub use log::Log;
pub use metric::{METRICS, Measure, Metric};
pub use outcome::{Outcome, Status};
pub use quantity::{Quantity, Reading, Terms};
pub use recorder::{Observed, Recorder, State, Tally};
pub use totals::Totals;
pub use windows::{Window, Windows};
