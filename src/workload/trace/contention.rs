//! Our own request log, read back as a trace: another policy can then meet the very same requests.

use std::io::BufRead;

use super::cell::Cell;
use super::gather::{Epoch, Gather, RawRow};
use super::problem::TraceProblem;
use super::{Identity, TraceRow, table};

/// The columns that must be there; a log has more, and they are ignored.
pub(super) const COLUMNS: [&str; 8] =
    ["arrival_ps", "prompt_tokens", "output_tokens", "user", "ordinal", "class", "tier", "region"];

pub(super) fn read(source: impl BufRead) -> Result<Vec<TraceRow>, Vec<TraceProblem>> {
    let mut gather = Gather::from_epoch(Epoch::Zero);
    let empty = table::read_rows(source, &COLUMNS, &mut gather, |row, gather| {
        let [when, prompt, output, who @ ..] = row.cells();
        let raw = RawRow {
            when,
            instant_ps: when.time("picoseconds").map(i128::from),
            prompt_tokens: prompt.tokens(),
            output_tokens: output.tokens(),
        };
        gather.row(raw, Some(identity(who)));
    });
    gather.finish(empty)
}

fn identity([user, ordinal, class, tier, region]: [Cell<'_>; 5]) -> Result<Identity, Vec<TraceProblem>> {
    match (user.number(), ordinal.number(), class.name(), tier.name(), region.name()) {
        (Ok(user), Ok(ordinal), Ok(class), Ok(tier), Ok(region)) => {
            Ok(Identity { user, ordinal, class, tier, region })
        }
        (user, ordinal, class, tier, region) => {
            let problems = [user.err(), ordinal.err(), class.err(), tier.err(), region.err()];
            Err(problems.into_iter().flatten().collect())
        }
    }
}
