//! The laws of docs/model.md, section 8, as seen from outside: what must hold between the inputs and the outputs of worlds,
//! whatever happens inside.
//!
//! A newcomer adds a law as one file and its two lines here, and as a row of the table in docs/model.md.

mod cause;
mod flow;
mod fresh;
mod kv;
mod life;
mod little;
mod oracle;
mod order;
mod progress;
mod replay;
mod repro;
mod seats;
mod session;
mod split;
mod stale;
mod truth;
mod work;

use super::trial::Trial;

/// A broken law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its id in docs/model.md.
    pub law: &'static str,
    /// What was seen.
    pub what: String,
}

/// Whether a scenario could show anything about a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It was put to the test.
    Yes,
    /// The scenario cannot exercise it.
    No,
}

impl Tried {
    const fn when(exercised: bool) -> Self {
        if exercised { Self::Yes } else { Self::No }
    }
}

/// What a checker finds.
pub type Finding = Result<Tried, Broken>;

/// One law and its checker.
#[derive(Debug)]
pub struct Law {
    /// Its id in docs/model.md.
    pub id: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Looks at a scenario that was run.
    pub check: fn(&Trial) -> Finding,
}

/// All laws.
pub const LAWS: &[Law] = &[
    flow::LAW,
    life::LAW,
    cause::TIME,
    cause::ARRIVALS,
    kv::LAW,
    seats::LAW,
    work::LAW,
    order::LAW,
    little::LAW,
    fresh::LAW,
    stale::LAW,
    oracle::LAW,
    session::LAW,
    progress::LAW,
    replay::LAW,
    repro::LAW,
    truth::LAW,
    split::LAW,
];

/// The law of an assertion that names none.
pub const SOUND: &str = "SOUND-1";

/// The law that a message of an assertion begins with.
#[must_use]
pub fn named_in(message: &str) -> &'static str {
    let named = LAWS.iter().map(|law| law.id).chain(["KV-2"]);
    named.into_iter().find(|id| message.starts_with(&format!("{id}:"))).unwrap_or(SOUND)
}

/// Hold or report.
macro_rules! hold {
    ($law:expr, $condition:expr, $($what:tt)+) => {
        let holds: bool = $condition;
        if !holds {
            return Err($crate::verify::swarm::laws::Broken { law: $law, what: format!($($what)+) });
        }
    };
}
use hold;
