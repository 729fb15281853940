//! The summary on a terminal: the verdict first, then the numbers behind it, in plain text without colours.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};

use super::boundary::Overcommitment;
use super::digest::label;
use super::numbers::{out_of, per_hour, percent, plain, signed, signed_with_error, words};
use crate::readout::verdict::{scale_of_differences, with_unit};
use crate::readout::{Finding, Verdict};
use crate::scenario::Scenario;
use crate::stats::Measure;
use crate::study::Graded;

pub(crate) const WIDEST: usize = 80;
pub(super) const NARROWEST: usize = 40;

/// The first column keeps words of up to this many letters whole, where the others leave room.
const WHOLE_WORD: usize = 19;

/// A rule under the header, nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('-'));

/// The verdicts as text for a terminal of `width` columns; lines have 80 columns at most.
#[must_use]
pub fn verdict_text(verdicts: &[Verdict], scenario: &Scenario, graded: &Graded, width: usize) -> String {
    let width = width.clamp(NARROWEST, WIDEST);
    let mut text = String::new();
    if verdicts.is_empty() {
        paragraph(&mut text, super::UNOBSERVED, width);
    }
    for (at, verdict) in verdicts.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let of = if verdicts.len() > 1 { format!("{}: ", verdict.candidate) } else { String::new() };
        paragraph(&mut text, &format!("{of}{}", verdict.sentence), width);
        text.push('\n');
        let of_shares = verdict.metric.unit == "share";
        let table = if of_shares { " The table is in percentage points." } else { "" };
        paragraph(&mut text, &format!("{}{table}", truth_line(verdict, scenario)), width);
        text.push('\n');
        findings(&mut text, verdict, width);
        notes(&mut text, verdict, width);
        text.push('\n');
        overcommitment(&mut text, &Overcommitment::of(graded, scenario, &verdict.candidate), width);
        text.push('\n');
        paragraph(&mut text, &verdict.boundary, width);
    }
    text
}

/// The truth in a sentence: both worlds, their difference and what it means.
pub(super) fn truth_line(verdict: &Verdict, scenario: &Scenario) -> String {
    let metric = verdict.metric;
    let control = scenario.policies.first().map_or("control", |policy| policy.name.as_str());
    let (scale, unit) = scale_of_differences(metric.unit);
    let effect = Measure { value: scale * verdict.truth, mcse: scale * verdict.truth_se };
    let effect = format!("{} {unit}", signed_with_error(effect));
    let effect = effect.trim_end();
    let asked = scenario.study.replications as usize;
    let replications = match (verdict.truth_replications, asked) {
        (1, 1) => "in one replication, hence without a standard error".to_owned(),
        (1, asked) => format!("in one of {asked} replications, hence without a standard error"),
        (known, asked) => format!("over {} replications", out_of(known, asked)),
    };
    let better = if metric.higher_is_better { "higher" } else { "lower" };
    format!(
        "Truth: {} is {} under all:{control} and {} under all:{}: an effect of {effect} {replications} \
         ({better} is better).",
        metric.name,
        with_unit(verdict.value_control, metric.unit),
        with_unit(verdict.value_candidate, metric.unit),
        verdict.candidate,
    )
}

fn findings(text: &mut String, verdict: &Verdict, width: usize) {
    let header = ["design / estimator", "estimate", "bias", "coverage", "spillover", "dilution", "standing"];
    let (scale, _) = scale_of_differences(verdict.metric.unit);
    let rows = verdict.findings.iter().map(|finding| finding_cells(finding, scale));
    push_table(text, &header, rows, &[1, 2, 3, 4, 5], width);
}

/// What the table has no room for: designs without an answer, and replications that gave none.
fn notes(text: &mut String, verdict: &Verdict, width: usize) {
    for finding in &verdict.findings {
        let label = label(finding);
        match &finding.performance {
            None => paragraph(text, &format!("{label}: not graded: {}.", finding.reason), width),
            Some(p) if p.n_failed > 0 => {
                let count = out_of(p.n_replications, p.n_replications + p.n_failed);
                paragraph(
                    text,
                    &format!(
                        "{label}: {count} replications gave an estimate and a truth; its row is of these."
                    ),
                    width,
                );
            }
            Some(_) => {}
        }
    }
}

/// The cells of a row; differences are shown times `scale`.
fn finding_cells(finding: &Finding, scale: f64) -> Vec<String> {
    let label = plain(&label(finding));
    let none = || "-".to_owned();
    let (estimate, bias, coverage) = match &finding.performance {
        Some(p) => (
            signed(scale * p.mean_estimate.value),
            signed_with_error(Measure { value: scale * p.bias.value, mcse: scale * p.bias.mcse }),
            percent(p.coverage).replace(" ± ", "±"),
        ),
        None => (none(), none(), none()),
    };
    let part = |part: Option<f64>| part.map_or_else(none, |part| signed(scale * part));
    vec![
        label,
        estimate,
        bias,
        coverage,
        part(finding.parts.map(|parts| parts.spillover_on_control)),
        part(finding.parts.map(|parts| parts.dilution_on_treated)),
        finding.standing.name().to_owned(),
    ]
}

fn overcommitment(text: &mut String, found: &Overcommitment, width: usize) {
    let kinds: Vec<String> = found.kinds.iter().map(|kind| words(kind)).collect();
    let header: Vec<&str> =
        ["fleet events / h"].into_iter().chain(kinds.iter().map(String::as_str)).collect();
    let rows = found.worlds.iter().map(|world| {
        let rates = world.kinds.iter().map(|rate| per_hour(rate.per_hour));
        [plain(&world.name)].into_iter().chain(rates).collect()
    });
    let right: Vec<usize> = (1..header.len()).collect();
    push_table(text, &header, rows, &right, width);
}

/// A table whose columns `right` are aligned to the right, wrapped into `width`.
pub(super) fn push_table(
    text: &mut String,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    right: &[usize],
    width: usize,
) {
    let mut table = Table::new();
    table.load_style(STYLE).set_width(width as u16).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().copied());
    let mut longest_word = 0;
    for row in rows {
        let words = row.first().into_iter().flat_map(|label| label.split(' '));
        longest_word = words.map(|word| word.chars().count()).fold(longest_word, usize::max);
        table.add_row(row);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, u16::from(at + 1 < header.len())));
        if at == 0 && width == WIDEST {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(
                longest_word.min(WHOLE_WORD) as u16 + 1,
            )));
        }
        if right.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
}

/// Text wrapped at spaces; a word longer than a line is cut.
pub(crate) fn paragraph(text: &mut String, words: &str, width: usize) {
    let mut column = 0;
    // A narrow space within a number does not break.
    for word in plain(words).split_ascii_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for (at, piece) in letters.chunks(width).enumerate() {
            let fits = column > 0 && at == 0 && column + 1 + piece.len() <= width;
            if fits {
                text.push(' ');
                column += 1;
            } else if column > 0 {
                text.push('\n');
                column = 0;
            }
            text.extend(piece);
            column += piece.len();
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::readout::verdicts;

    fn text(candidate: &str, width: usize) -> String {
        let (scenario, graded) = fixture::study(candidate);
        let verdicts = verdicts(&graded, scenario.study.primary);
        verdict_text(&verdicts, &scenario, &graded, width)
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_or_80_columns() {
        let long = "a-candidate-whose-name-goes-on-and-on-and-on-and-on-until-it-is-longer-than-any-line-has-room-for";
        for candidate in ["p2c", long] {
            for (asked, allowed) in [(200, 80), (80, 80), (60, 60), (10, 40)] {
                for line in text(candidate, asked).lines() {
                    assert!(line.chars().count() <= allowed, "{} columns: {line}", line.chars().count());
                }
            }
        }
    }

    #[test]
    fn the_verdict_comes_first_and_every_design_is_named() {
        let text = text("p2c", 80);
        assert!(text.starts_with("Trust") || text.starts_with("No design"), "{text}");
        for name in fixture::DESIGNS.map(|(design, _)| design) {
            assert!(text.contains(name), "{name} in {text}");
        }
        assert!(text.contains("all:random") && text.contains("Never observed"), "{text}");
        assert!(!text.contains("NaN") && !text.contains('\u{1b}'));
    }

    #[test]
    fn names_cannot_send_control_sequences() {
        assert!(!text("x\u{1b}[2Jy", 80).contains('\u{1b}'));
    }
}
