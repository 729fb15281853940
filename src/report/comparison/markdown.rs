//! A comparison in Markdown, for an issue or a wiki.

use super::words::{sentences, shown_or_absent, standing_or_absent};
use super::{Comparison, label, people_tables};
use crate::report::numbers::plain;

/// The comparison as Markdown with tables.
#[must_use]
pub fn comparison_markdown(comparison: &Comparison) -> String {
    let mut text = "# What changed between two runs\n\n".to_owned();
    for (when, run) in ["before", "after"].into_iter().zip(&comparison.runs) {
        text.push_str(&format!("- {when}: {} ({})\n", escaped(&run.place), escaped(&run.scenario)));
    }
    for sentence in sentences(comparison) {
        text.push_str(&format!("\n{}\n", escaped(&sentence)));
    }
    let shown = |value: &Option<String>| shown_or_absent(value.as_deref());
    let settings = comparison
        .settings
        .iter()
        .map(|change| vec![change.path.clone(), shown(&change.before), shown(&change.after)]);
    section(&mut text, "Settings", &["setting", "before", "after"], settings.collect());
    let standings = comparison.standings.iter().map(|pair| {
        let name = label(comparison, (&pair.candidate, &pair.design, &pair.estimator));
        vec![name, standing_or_absent(pair.before), standing_or_absent(pair.after)]
    });
    section(&mut text, "Verdicts", &["design / estimator", "before", "after"], standings.collect());
    for table in people_tables(comparison) {
        let rows = table.rows.iter().map(|row| row.cells.clone().into()).collect();
        section(&mut text, &table.caption, &table.header, rows);
        for note in &table.notes {
            text.push_str(&format!("\n{}\n", escaped(note)));
        }
    }
    text
}

/// A heading and its table; nothing without rows.
fn section(text: &mut String, heading: &str, header: &[&str], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    text.push_str(&format!("\n## {}\n\n| {} |\n", escaped(heading), header.join(" | ")));
    // Names to the left, numbers to the right.
    let alignment: Vec<&str> = (0..header.len()).map(|at| if at == 0 { "---" } else { "---:" }).collect();
    text.push_str(&format!("| {} |\n", alignment.join(" | ")));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

/// Text that is no markup: neither Markdown's nor HTML's.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '*' | '`' | '[' | ']' | '#' | '!' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::comparison;
    use super::*;

    #[test]
    fn every_table_has_as_many_cells_in_each_row_as_in_its_header() {
        for candidate in ["p2c", "a|b", "back\\slash"] {
            let text = comparison_markdown(&comparison(candidate));
            let mut expected = None;
            let mut rows = 0;
            for line in text.lines() {
                if !line.starts_with('|') {
                    expected = None;
                    continue;
                }
                let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
                assert_eq!(*expected.get_or_insert(bars), bars, "{line}");
                rows += 1;
            }
            assert!(rows > 20, "{text}");
        }
    }

    #[test]
    fn names_are_no_markup() {
        let text = comparison_markdown(&comparison("<script>![x](y)</script>"));
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;\\!\\[x\\](y)"), "{text}");
    }
}
