//! A comparison on a terminal: the sentences first, then settings and tables.

use super::words::{sentences, shown_or_absent};
use super::{Comparison, people_tables};
use crate::report::numbers::plain;
use crate::report::terminal::{NARROWEST, WIDEST, paragraph, push_table};

/// Up to this many settings are listed; every other form lists all.
const SETTINGS: usize = 20;

/// The comparison as text for a terminal of `width` columns; lines have 80 columns at most.
#[must_use]
pub fn comparison_text(comparison: &Comparison, width: usize) -> String {
    let width = width.clamp(NARROWEST, WIDEST);
    let mut text = String::new();
    for (when, run) in ["before", "after"].into_iter().zip(&comparison.runs) {
        paragraph(&mut text, &format!("{when}: {} ({})", run.place, run.scenario), width);
    }
    for sentence in sentences(comparison) {
        text.push('\n');
        paragraph(&mut text, &sentence, width);
    }
    settings(&mut text, comparison, width);
    for table in people_tables(comparison) {
        text.push('\n');
        paragraph(&mut text, &table.caption, width);
        let rows = table.rows.iter().map(|row| row.cells.clone().into());
        push_table(&mut text, &table.header, rows, &[1, 2, 3, 4], width);
        for note in &table.notes {
            paragraph(&mut text, note, width);
        }
    }
    text
}

/// The settings that differ, where the sentence could not tell their values.
fn settings(text: &mut String, comparison: &Comparison, width: usize) {
    let all = &comparison.settings;
    if all.len() < 2 {
        return;
    }
    text.push('\n');
    let rows = all.iter().take(SETTINGS).map(|change| {
        let shown = |value: &Option<String>| shown_or_absent(value.as_deref());
        vec![plain(&change.path), shown(&change.before), shown(&change.after)]
    });
    push_table(text, &["setting", "before", "after"], rows, &[], width);
    if all.len() > SETTINGS {
        paragraph(text, &format!("and {} more: see --format md", all.len() - SETTINGS), width);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::comparison;
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal_or_80_columns() {
        let long = "a-candidate-whose-name-goes-on-and-on-and-on-and-on-until-it-is-longer-than-any-line-has-room-for";
        for candidate in ["p2c", long, "x\u{1b}[2Jy"] {
            for (asked, allowed) in [(200, 80), (80, 80), (60, 60), (10, 40)] {
                let text = comparison_text(&comparison(candidate), asked);
                assert!(!text.contains('\u{1b}') && !text.contains("NaN"), "{text}");
                for line in text.lines() {
                    assert!(line.chars().count() <= allowed, "{} columns: {line}", line.chars().count());
                }
            }
        }
    }

    #[test]
    fn the_sentences_come_before_the_tables() {
        let text = comparison_text(&comparison("p2c"), 80);
        let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in {text}"));
        assert!(place("settings differ") < place("verdict"));
        assert!(place("verdict") < place("bias, ttft_ms_mean (ms)"));
    }
}
