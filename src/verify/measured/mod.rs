//! A measured run of a real server, replayed: its arrivals and lengths on a simulated fleet, and its latencies against
//! the simulated ones (docs/fidelity.md).
//!
//! `replay` serves the requests through the same world as any study, `timing` says what is compared of a
//! request, `comparison` puts the two runs side by side and holds the gate. No file is touched here.

mod comparison;
mod replay;
mod timing;

pub use comparison::{Compared, Comparison, GATE, Statistic};
pub use replay::replay;
pub use timing::{Latency, Role, Timing};
