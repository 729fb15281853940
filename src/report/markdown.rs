//! The text of a report as Markdown for an issue, a wiki or a chat: what the page says, without its pictures.
//!
//! Every text is escaped, so that a name can neither break a table nor become markup.

use super::boundary::Overcommitment;
use super::digest::{Grid, findings, gaps, label, overcommitment};
use super::html::{Provenance, title};
use super::numbers::plain;
use super::terminal::truth_line;
use crate::readout::Verdict;
use crate::scenario::Scenario;
use crate::study::Graded;

/// The report of a study as GitHub Markdown.
#[must_use]
pub fn markdown(
    scenario: &Scenario,
    graded: &Graded,
    verdicts: &[Verdict],
    provenance: &Provenance,
) -> String {
    let mut text = String::new();
    push(&mut text, &format!("# {}", escaped(&title(scenario))));
    if verdicts.is_empty() {
        push(&mut text, super::UNOBSERVED);
    }
    for verdict in verdicts {
        candidate(&mut text, verdict, scenario, graded);
    }
    push(&mut text, "## What was not observed");
    let gaps = gaps(scenario, graded, verdicts);
    if gaps.is_empty() {
        push(&mut text, "Every kind of boundary event was seen, and every design gave an answer.");
    } else {
        list(&mut text, gaps.iter().map(|gap| escaped(gap)));
    }
    push(&mut text, "## Provenance");
    push(&mut text, "Made by the following command, byte for byte, on any number of cores:");
    // Indented code has no fence that a command could close.
    push(&mut text, &format!("    {}", plain(&provenance.command)));
    list(
        &mut text,
        [
            format!("scenario: {}", escaped(&scenario.name)),
            format!("hash of the resolved scenario: {}", escaped(&provenance.scenario_hash)),
            format!("seeds: {}", provenance.seeds()),
            format!("contention {}", escaped(&provenance.version)),
        ]
        .into_iter(),
    );
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn candidate(text: &mut String, verdict: &Verdict, scenario: &Scenario, graded: &Graded) {
    push(text, &format!("## Candidate {}", escaped(&verdict.candidate)));
    push(text, &format!("**{}**", escaped(&verdict.sentence)));
    push(text, &escaped(&truth_line(verdict, scenario)));
    push(text, "### What each design reports");
    grid(text, &findings(verdict));
    list(
        text,
        verdict.findings.iter().map(|finding| {
            let (label, reason) = (escaped(&label(finding)), escaped(&finding.reason));
            format!("**{label}**, {}: {reason}.", finding.standing.name())
        }),
    );
    push(text, "### Overcommitment");
    grid(text, &overcommitment(&Overcommitment::of(graded, scenario, &verdict.candidate)));
    push(text, &escaped(&verdict.boundary));
}

/// A block and the blank line behind it.
fn push(text: &mut String, block: &str) {
    text.push_str(block);
    text.push_str("\n\n");
}

fn list(text: &mut String, items: impl Iterator<Item = String>) {
    let lines: Vec<String> = items.map(|item| format!("- {item}")).collect();
    push(text, &lines.join("\n"));
}

fn grid(text: &mut String, grid: &Grid) {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule: Vec<&str> =
        (0..grid.header.len()).map(|column| if column == 0 { "---" } else { "---:" }).collect();
    let mut lines = vec![line(&grid.header), format!("| {} |", rule.join(" | "))];
    lines.extend(grid.rows.iter().map(|row| line(row)));
    push(text, &lines.join("\n"));
    push(text, &escaped(&grid.caption));
}

/// Text that is shown as it is: no table cell, tag, link, code or emphasis begins in it.
fn escaped(text: &str) -> String {
    let mut found = String::new();
    for letter in plain(text).chars() {
        match letter {
            '&' => found.push_str("&amp;"),
            '<' => found.push_str("&lt;"),
            '>' => found.push_str("&gt;"),
            '|' | '\\' | '`' | '*' | '[' | ']' | '#' | '~' => found.extend(['\\', letter]),
            _ => found.push(letter),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    fn text(candidate: &str) -> String {
        let (scenario, graded) = fixture::study(candidate);
        let verdicts = verdicts(&graded, scenario.study.primary);
        markdown(&scenario, &graded, &verdicts, &fixture::provenance())
    }

    #[test]
    fn the_verdict_comes_first_and_every_design_is_named() {
        let text = text("p2c");
        assert!(
            text.starts_with("# Is &lt;p2c&gt; better than random &amp; cheaper?\n\n## Candidate p2c\n\n**")
        );
        for (design, estimator) in fixture::DESIGNS {
            assert!(text.contains(&format!("| {design} / {estimator} |")), "{design} in {text}");
        }
        assert!(text.contains("    contention run made-up.toml --seed 1\n") && !text.contains("NaN"));
    }

    #[test]
    fn names_can_neither_break_a_table_nor_become_markup() {
        let text = text("a|b<img src=x>`*[link](http://x)\u{1b}");
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        for lines in text.split("\n\n").filter(|block| block.starts_with('|')) {
            let columns: Vec<usize> = lines.lines().map(bars).collect();
            assert!(columns.iter().all(|count| *count == columns[0]), "{lines}");
        }
        assert!(!text.contains("<img") && !text.contains("a|b") && !text.contains('\u{1b}'), "{text}");
        assert!(text.contains("\\[link\\]"), "{text}");
        assert_eq!(escaped("a\n| b"), "a\u{fffd}\\| b");
    }

    #[test]
    fn the_same_study_gives_the_same_text() {
        assert_eq!(text("p2c"), text("p2c"));
    }
}
