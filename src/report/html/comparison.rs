//! The page of a comparison: what changed in the settings and the verdicts, then the measures and where both runs come from.

use maud::{Markup, html};

use super::parts::{figure, header, table};
use super::shell::{Page, document};
use crate::report::comparison::{
    Comparison, PeopleRow, PeopleTable, RunName, label, people_tables, sentences, shown_or_absent,
    standing_or_absent,
};
use crate::report::numbers::plain;
use crate::report::plots::dumbbell;
use crate::study::compare::ComparedMeasure;

/// The page of a comparison as one self-contained document.
#[must_use]
pub fn comparison_html(comparison: &Comparison) -> String {
    let [before, after] = &comparison.runs;
    let tables = people_tables(comparison);
    let page = Page {
        header: html! {
            h1 { "What changed between two runs" }
            p.faint {
                "Before: " code { (plain(&before.place)) } ". After: " code { (plain(&after.place)) } "."
            }
        },
        contents: html! {},
        main: html! {
            @for (at, sentence) in sentences(comparison).iter().enumerate() {
                p.verdict[at < 2] { (plain(sentence)) }
            }
            (settings(comparison))
            (verdicts(comparison))
            @if !tables.is_empty() {
                section {
                    h2 { "Measures" }
                    @for table in &tables { (measure(comparison, table)) }
                }
            }
        },
        footer: html! {
            h2 { "Provenance" }
            (provenance("Before", before))
            (provenance("After", after))
        },
    };
    document(&format!("{} and {}", before.scenario, after.scenario), &page)
}

fn settings(comparison: &Comparison) -> Markup {
    let rows: Vec<Vec<String>> = comparison
        .settings
        .iter()
        .map(|change| {
            let shown = |value: &Option<String>| shown_or_absent(value.as_deref());
            vec![change.path.clone(), shown(&change.before), shown(&change.after)]
        })
        .collect();
    let caption = "Settings that differ, with every default written out";
    html! {
        section {
            h2 { "Scenario" }
            @if rows.is_empty() { p { "No setting differs." } }
            @else { (table(caption, &header(&["setting", "before", "after"]), &rows, &[1, 2])) }
        }
    }
}

fn verdicts(comparison: &Comparison) -> Markup {
    let rows: Vec<Vec<String>> = comparison
        .standings
        .iter()
        .map(|pair| {
            let name = label(comparison, (&pair.candidate, &pair.design, &pair.estimator));
            let changed = if pair.changed() { "changed" } else { "" };
            vec![name, standing_or_absent(pair.before), standing_or_absent(pair.after), changed.to_owned()]
        })
        .collect();
    let names = header(&["design / estimator", "before", "after", ""]);
    html! {
        @if !rows.is_empty() {
            section {
                h2 { "Verdicts" }
                (table("How far each can be believed", &names, &rows, &[]))
            }
        }
    }
}

/// The table of a measure; that of the bias as the twin of its figure.
fn measure(comparison: &Comparison, found: &PeopleTable) -> Markup {
    let table_of = |of: &dyn Fn(&&PeopleRow) -> bool| {
        let rows: Vec<Vec<String>> =
            found.rows.iter().filter(of).map(|row| row.cells.clone().into()).collect();
        table(&found.caption, &header(&found.header), &rows, &[])
    };
    let caption = "Bias before and after with 1.96 Monte-Carlo standard errors on each side; the dashed line is no bias. The \
                   thin line joins the two.";
    html! {
        h3 { (plain(&found.caption)) }
        @if found.measure == ComparedMeasure::Bias {
            @for candidate in candidates(found) {
                (figure(&dumbbell(comparison, candidate), "Bias before and after", caption, &table_of(&|row| row.candidate == candidate)))
            }
        } @else {
            (table_of(&|_| true))
        }
        @if !found.notes.is_empty() { ul { @for note in &found.notes { li { (plain(note)) "." } } } }
    }
}

/// The candidates of a table, in its order.
fn candidates(table: &PeopleTable) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in &table.rows {
        if !names.contains(&row.candidate.as_str()) {
            names.push(&row.candidate);
        }
    }
    names
}

fn provenance(when: &str, run: &RunName) -> Markup {
    let found = &run.provenance;
    html! {
        h3 { (when) }
        pre { code { (plain(&found.command)) } }
        dl {
            dt { "scenario" } dd { (plain(&run.scenario)) }
            dt { "scenario hash" } dd { code { (plain(&found.scenario_hash)) } }
            dt { "seed" } dd { (found.seed) }
            dt { "replications" } dd { (found.replications) }
            dt { "contention" } dd { (plain(&found.version)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::comparison::tests::comparison;

    #[test]
    fn the_page_has_the_sentences_a_figure_with_its_table_and_both_calls() {
        let page = comparison_html(&comparison("p2c"));
        for text in ["settings differ", "verdict", "contention run p2c.toml", "request / difference_in_means"]
        {
            assert!(page.contains(text), "{text}");
        }
        let figure = page.split("<figure ").nth(1).and_then(|rest| rest.split("</figure>").next()).unwrap();
        assert!(figure.contains("<svg") && figure.contains("<table") && figure.contains("<figcaption"));
        assert!(!page.contains("NaN"));
    }

    #[test]
    fn hostile_names_stay_text_and_the_page_needs_no_network() {
        let page = comparison_html(&comparison("<script src=x>alert(1)</script>"));
        assert!(!page.contains("<script") && page.contains("&lt;script"));
        let page = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for forbidden in ["http://", "https://", "<link", "@import", "url("] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
