//! How latencies and tokens are distributed over the completed measured requests of a truth world.

use super::columns::Requests;
use super::tables::{Distributed, Distribution};
use crate::record::{Quantity, Reading, Status};
use crate::stats::BucketCounts;

/// Picoseconds in a microsecond.
const PS_PER_US: u64 = 1_000_000;

/// The distributions of one world, those of no request left out.
#[must_use]
pub fn distributions(world: &str, requests: &Requests<'_>) -> Vec<Distribution> {
    let mut counts: [BucketCounts; 4] = Default::default();
    for reading in requests.readings() {
        let outcome = reading.outcome();
        if outcome.status != Status::Completed {
            continue;
        }
        let [ttft, tpot, end_to_end, tokens] = &mut counts;
        ttft.add(outcome.ttft.0 / PS_PER_US);
        if let (time, 1) = Quantity::Tpot.read(reading) {
            tpot.add(time / PS_PER_US);
        }
        end_to_end.add(outcome.end_to_end.0 / PS_PER_US);
        tokens.add(tokens_of(reading));
    }
    let named = Distributed::ALL.into_iter().zip(counts).filter(|(_, counts)| !counts.is_empty());
    named.map(|(quantity, counts)| Distribution { world: world.to_owned(), quantity, counts }).collect()
}

/// Tokens of a request's prompt and answer together.
pub(super) fn tokens_of(reading: &Reading<'_>) -> u64 {
    u64::from(reading.request().prompt_tokens) + u64::from(reading.outcome().output_tokens)
}

/// Add the counts of `more`. The order is that of worlds' names and quantities, whatever came first.
pub fn merge(distributions: &mut Vec<Distribution>, more: Vec<Distribution>) {
    for distribution in more {
        let place = distributions.binary_search_by(|other| {
            (&other.world, other.quantity).cmp(&(&distribution.world, distribution.quantity))
        });
        match place {
            Ok(at) => distributions[at].counts.merge(&distribution.counts),
            Err(at) => distributions.insert(at, distribution),
        }
    }
}
