//! Cells: what a study is cut into for work that is spread, kept and gone on with.

use std::ops::Range;

use super::{Graded, replicate};
use crate::scenario::{LoadEstimate, Scenario};

/// Simulated requests of a cell, about: some tenths of a second of work, far above the cost of keeping a file.
const REQUESTS: f64 = 200_000.0;

/// The most replications of a cell, so that cores share even the smallest study.
const MOST: f64 = 64.0;

/// Replications of a full cell of this study.
#[must_use]
pub fn cell_size(scenario: &Scenario) -> u32 {
    let seconds = scenario.study.duration.seconds();
    let requests = LoadEstimate::of(scenario).requests_per_s * seconds * scenario.worlds() as f64;
    let wanted = (REQUESTS / requests.max(1.0)).clamp(1.0, MOST);
    // With few replications a core each.
    (wanted as u32).min(scenario.study.replications.div_ceil(MOST as u32)).max(1)
}

/// Replications that are in none of `kept` (ranges in order, without overlap), cut into cells.
#[must_use]
pub fn missing(numbers: Range<u32>, kept: &[Range<u32>], size: u32) -> Vec<Range<u32>> {
    let mut cells = Vec::new();
    let mut next = numbers.start;
    let ends = kept.iter().map(|range| (range.start, range.end)).chain([(numbers.end, numbers.end)]);
    for (start, end) in ends {
        while next < start {
            let to = start.min(next + size.max(1));
            cells.push(next..to);
            next = to;
        }
        next = next.max(end);
    }
    cells
}

/// Run the replications of a cell, telling `done` the rows of each. `None` when `stop` said so before the end.
pub fn run_cell(
    scenario: &Scenario,
    numbers: Range<u32>,
    stop: impl Fn() -> bool,
    done: impl Fn(&Graded),
) -> Option<Graded> {
    let mut rows = Graded::default();
    for number in numbers {
        if stop() {
            return None;
        }
        let replication = Graded::of(replicate(scenario, number));
        done(&replication);
        rows.append(replication);
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_kept_cells_cover_every_replication_once() {
        let cases: [(&[(u32, u32)], u32); 4] =
            [(&[], 7), (&[(0, 5)], 4), (&[(3, 9), (12, 20)], 3), (&[(0, 40)], 1)];
        for (kept, size) in cases {
            let kept: Vec<Range<u32>> = kept.iter().map(|(start, end)| *start..*end).collect();
            let mut all = missing(0..40, &kept, size);
            assert!(all.iter().all(|cell| cell.end - cell.start <= size && cell.start < cell.end));
            all.extend(kept);
            let mut numbers: Vec<u32> = all.into_iter().flatten().collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..40).collect::<Vec<u32>>());
        }
    }
}
