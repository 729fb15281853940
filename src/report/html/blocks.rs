//! The blocks of time of a candidate's section: one figure a design that switches.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use crate::readout::Verdict;
use crate::report::numbers::short;
use crate::report::plots::{blocks, switching};
use crate::study::Graded;
use crate::study::tables::BlockRow;

/// Blocks of the table beside a figure.
const ROWS: usize = 100;

pub(super) fn section(verdict: &Verdict, graded: &Graded) -> Markup {
    let designs = switching(graded).into_iter().filter(|(_, candidate)| *candidate == verdict.candidate);
    html! { @for (design, candidate) in designs { (of_design(graded, design, candidate)) } }
}

fn of_design(graded: &Graded, design: &str, candidate: &str) -> Markup {
    let rows: Vec<&BlockRow> =
        graded.blocks.iter().filter(|block| block.design == design && block.candidate == candidate).collect();
    let count = |arm: &dyn Fn(&BlockRow) -> bool| rows.iter().filter(|row| arm(row)).count();
    let treated = count(&|row| row.arm == candidate);
    let caption = format!(
        "{design} gives {treated} of {} blocks to {candidate} (hatched). Dark strips are the washout that an analysis may \
         leave out; marks beneath are boundary events, which a block may hand on to the next.",
        rows.len()
    );
    let svg = blocks(graded, design, candidate);
    figure(&svg, &format!("Blocks of time of {design} for {candidate}"), &caption, &twin(&rows))
}

fn twin(rows: &[&BlockRow]) -> Markup {
    let names = ["cluster", "from min", "to min", "arm", "washout, s"];
    let cells: Vec<Vec<String>> = rows
        .iter()
        .take(ROWS)
        .map(|row| {
            vec![
                if row.cluster.is_empty() { "whole fleet".to_owned() } else { row.cluster.clone() },
                short(row.start_s / 60.0),
                short(row.end_s / 60.0),
                row.arm.clone(),
                short(row.washout_s),
            ]
        })
        .collect();
    let caption = match rows.len() {
        ..=ROWS => "Blocks of the first replication".to_owned(),
        count => {
            format!("The first {ROWS} of {count} blocks of the first replication; all are in blocks.csv")
        }
    };
    table(&caption, &header(&names), &cells, &[])
}
